using System.Text;
using Tern.Models.Gguf;
using Tern.Models.Tokenizers;
using Tern.Testing;

namespace Tern.Models.Tests.Tokenizers;

/// <summary>The golden encodings that llama.cpp ships for its vocabularies: 46 strings each, all exact.</summary>
public class GgufTokenizerTests
{
    internal static PipelineTokenizer Load(string name)
    {
        using var file = GgufFile.Open(RealData.Path($"tokenizers/gguf-vocab/ggml-vocab-{name}.gguf"));
        return GgufTokenizer.From(file.Metadata);
    }

    internal static IEnumerable<(string Text, int[] Ids)> Golden(string name)
    {
        var path = RealData.Path($"tokenizers/gguf-vocab/ggml-vocab-{name}.gguf.inp");
        var texts = File.ReadAllText(path, Encoding.UTF8).Split("\n__ggml_vocab_test__\n");
        var lines = File.ReadAllLines(Path.ChangeExtension(path, ".out"));
        for (var i = 0; i < texts.Length - 1; i++)
            yield return (texts[i], [.. lines[i].Split(' ', StringSplitOptions.RemoveEmptyEntries).Select(int.Parse)]);
    }

    [Theory]
    [InlineData("llama-spm")]
    [InlineData("phi-3")]
    [InlineData("gpt-2")]
    [InlineData("falcon")]
    [InlineData("deepseek-llm")]
    [InlineData("bert-bge")]
    public void Every_golden_string_has_the_ids_of_llama_cpp(string name)
    {
        var tokenizer = Load(name);
        var wrong = new List<string>();
        foreach (var (text, ids) in Golden(name))
        {
            var actual = tokenizer.Encode(text, addSpecial: false);
            if (!actual.SequenceEqual(ids)) wrong.Add($"{text}\n  expected {string.Join(' ', ids)}\n  actual   {string.Join(' ', actual)}");
        }
        Assert.True(wrong.Count == 0, string.Join("\n", wrong));
    }

    [Theory]
    [InlineData("llama-spm")]
    [InlineData("phi-3")]
    [InlineData("gpt-2")]
    [InlineData("falcon")]
    [InlineData("deepseek-llm")]
    public void Decoding_an_encoded_text_gives_it_back(string name)
    {
        var tokenizer = Load(name);
        foreach (var (text, _) in Golden(name)) Assert.Equal(text, tokenizer.Decode(tokenizer.Encode(text)));
    }

    [Fact]
    public void Special_text_is_plain_text_unless_asked_for()
    {
        var tokenizer = Load("gpt-2");
        Assert.Equal([50256], tokenizer.Encode("<|endoftext|>", addSpecial: false, parseSpecial: true));
        Assert.DoesNotContain(50256, tokenizer.Encode("<|endoftext|>", addSpecial: false));
    }

    [Fact]
    public void Bos_goes_first_where_the_file_says_so()
    {
        Assert.Equal(1, Load("llama-spm").Encode("x")[0]);
        Assert.Equal(100000, Load("deepseek-llm").Encode("x")[0]);
        Assert.Equal([87], Load("gpt-2").Encode("x"));
    }

    [Fact]
    public void Long_text_without_blanks_is_no_trap()
    {
        var tokenizer = Load("llama-spm");
        var text = new string('a', 300_000);
        Assert.Equal(text, tokenizer.Decode(tokenizer.Encode(text)));
    }
}
