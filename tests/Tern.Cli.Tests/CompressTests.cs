using System.Text.Json;
using Tern.Testing;

namespace Tern.Cli.Tests;

public class CompressTests
{
    [Fact]
    public void A_model_becomes_a_smaller_one_and_a_report()
    {
        using var folder = new TemporaryFolder();
        File.WriteAllText(folder["text.txt"], File.ReadAllText(Path.Combine(Repository.Model, "held-out.txt"))[..3_000]);
        var answer = TernProcess.Run("compress", Repository.Model, folder["m.gguf"], "--method", "Q4_K", "--text", folder["text.txt"], "--report", folder["r.html"]);
        Assert.True(answer.ExitCode == 0, answer.ToString());
        Assert.Contains("| layers.1.mlp.up_proj.weight | 512×256 | F16 | Q4_K | 4.50 |", answer.Output);
        Assert.Contains("| mean KL divergence, nats |", answer.Output);
        Assert.Contains("<svg", File.ReadAllText(folder["r.html"]));
        Assert.Contains("written to", answer.Errors);
    }

    [Fact]
    public void A_folder_of_packed_integers_is_a_model_again()
    {
        using var folder = new TemporaryFolder();
        var answer = TernProcess.Run("compress", Repository.Model, folder["int4"], "--method", "int4", "--group-size", "64", "--json");
        Assert.True(answer.ExitCode == 0, answer.ToString());
        using var json = JsonDocument.Parse(answer.Output);
        // int4 with a half for every 64 weights is 4.25 bits; the embeddings stay at 16, vectors too.
        var layer = json.RootElement.GetProperty("tensors").EnumerateArray().Single(tensor => tensor.GetProperty("name").GetString() == "model.layers.0.mlp.up_proj.weight");
        Assert.Equal(4.25, layer.GetProperty("bits_per_weight").GetDouble());
        Assert.Equal("int4, groups of 64", layer.GetProperty("after").GetString());
        Assert.Equal("875 324 259 1197 280 344 1716 89 866", TernProcess.Run("tokenize", "-m", folder["int4"], "-p", "It was a dark and stormy night").Text);
        Assert.Equal(0, TernProcess.Run("bench", "-m", folder["int4"], "-p", "8", "-n", "4", "-r", "1", "--no-limits").ExitCode);
    }

    [Fact]
    public void The_list_names_every_method()
    {
        var answer = TernProcess.Run("compress", "--list");
        Assert.Equal(0, answer.ExitCode);
        foreach (var name in (string[])["q8_0", "q4_k", "tq2_0", "int4", "int8"]) Assert.Contains($"| {name} |", answer.Output);
    }

    [Theory]
    [InlineData(2, "--method is missing", "a", "b")]
    [InlineData(2, "there is no method 'q4k'; did you mean 'q4_k'?", "a", "b.gguf", "--method", "q4k")]
    [InlineData(2, "name the model", "--method", "q4_k")]
    [InlineData(1, "ends in .gguf", "a", "b", "--method", "q4_k")]
    [InlineData(1, "a report is a .html or a .md file", "a", "b", "--method", "int4", "--report", "r.txt")]
    [InlineData(1, "there is no such file or folder", "nowhere", "b.gguf", "--method", "q4_k")]
    public void Mistakes_are_explained(int exitCode, string message, params string[] arguments)
    {
        using var folder = new TemporaryFolder();
        var answer = TernProcess.Run(["compress", .. arguments], input: "", folder.Path);
        Assert.True(answer.ExitCode == exitCode, answer.ToString());
        Assert.Contains(message, answer.Errors);
        Assert.Empty(Directory.GetFileSystemEntries(folder.Path));
    }
}
