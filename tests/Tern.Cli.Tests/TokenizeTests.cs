using System.Text.Json;
using Tern.Testing;

namespace Tern.Cli.Tests;

public class TokenizeTests
{
    const string Sentence = "It was a dark and stormy night";

    /// <summary>From models/gutenberg-2m/README.md.</summary>
    const string Ids = "875 324 259 1197 280 344 1716 89 866";

    [Fact]
    public void A_text_becomes_the_ids_of_the_model_that_comes_with_Tern()
    {
        Assert.Equal(Ids, TernProcess.Run("tokenize", "-p", Sentence).Text);
        Assert.Equal("9", TernProcess.Run("tokenize", "-p", Sentence, "--count").Text);
    }

    [Fact]
    public void The_text_may_come_from_stdin_or_a_file()
    {
        Assert.Equal(Ids, TernProcess.Run(["tokenize"], Sentence).Text);
        Assert.Equal(Ids, TernProcess.Run(["tokenize", "-f", "-"], Sentence).Text);
        using var folder = new TemporaryFolder();
        File.WriteAllText(folder["text.txt"], Sentence);
        Assert.Equal(Ids, TernProcess.Run("tokenize", "-f", folder["text.txt"]).Text);
    }

    [Fact]
    public void Ids_become_the_text_again()
    {
        Assert.Equal(Sentence, TernProcess.Run("tokenize", "--decode", "-p", Ids).Text);
        Assert.Equal(Sentence, TernProcess.Run(["tokenize", "--decode"], Ids.Replace(" ", ", ")).Text);
    }

    [Fact]
    public void Pieces_come_one_to_a_line()
    {
        var lines = TernProcess.Run("tokenize", "-p", Sentence, "--pieces").Text.Split('\n');
        Assert.Equal(9, lines.Length);
        Assert.Equal("1197\tĠdark", lines[3]);
    }

    [Fact]
    public void Json_is_one_object()
    {
        using var json = JsonDocument.Parse(TernProcess.Run("tokenize", "-p", Sentence, "--json").Output);
        Assert.Equal(9, json.RootElement.GetProperty("count").GetInt32());
        Assert.Equal(Ids.Split(' ').Select(int.Parse), json.RootElement.GetProperty("ids").EnumerateArray().Select(id => id.GetInt32()));
    }

    [Fact]
    public void A_tokenizer_file_needs_no_model()
    {
        var tokenizer = RealData.Path("weights/stories260K/tok512.bin");
        Assert.Equal("1 403 407 261 378", TernProcess.Run("tokenize", "-m", tokenizer, "-p", "Once upon a time").Text);
        Assert.Equal("403 407 261 378", TernProcess.Run("tokenize", "-m", tokenizer, "-p", "Once upon a time", "--no-special").Text);
    }
}
