using System.Text;
using Microsoft.ML.Tokenizers;
using Tern.Models.Tokenizers;
using Tern.Testing;

namespace Tern.Models.Tests.Tokenizers;

public class TokenizerFilesTests
{
    static string Text(int characters) => File.ReadAllText(RealData.Path("text/wikitext-2/test.txt"))[..characters];

    static PipelineTokenizer Gpt2() => TokenizerFiles.LoadGpt2(RealData.Path("tokenizers/gpt2/gpt2_vocab.json"), RealData.Path("tokenizers/gpt2/gpt2_merges.txt"));

    static PipelineTokenizer Mistral() => SentencePieceModel.Load(RealData.Path("tokenizers/mistral/tokenizer.model.v1"));

    static PipelineTokenizer Neox() => TokenizerJson.Load(RealData.Path("tokenizers/neox/20B_tokenizer.json"));

    static PipelineTokenizer BabyLlama() => SentencePieceModel.Load(RealData.Path("weights/babyllama-105/tok105.model"));

    [Fact]
    public void BabyLlama_encodes_its_first_words_as_published()
    {
        Assert.Equal([1, 3, 34, 9, 22, 4, 3, 18, 20, 7, 9, 3, 5, 3, 6, 10, 16, 4], BabyLlama().Encode("Once upon a time"));
        Assert.Equal("Once upon a time", BabyLlama().Decode([1, 3, 34, 9, 22, 4, 3, 18, 20, 7, 9, 3, 5, 3, 6, 10, 16, 4]));
    }

    [Fact]
    public void A_run_of_unknown_characters_is_one_unknown_token() =>
        Assert.Equal([3, 5, 0, 23], BabyLlama().Encode("a\n\n🦙b", addSpecial: false));

    [Fact]
    public void Gpt2_files_and_the_GGUF_vocabulary_of_GPT_2_agree()
    {
        var tokenizer = Gpt2();
        foreach (var (text, ids) in GgufTokenizerTests.Golden("gpt-2")) Assert.Equal(ids, tokenizer.Encode(text));
    }

    [Fact]
    public void Gpt2_agrees_with_Microsoft_ML_Tokenizers_on_a_long_text()
    {
        var text = Text(300_000);
        // The oracle takes the first line for the version, which this file lacks.
        using var merges = new MemoryStream(Encoding.UTF8.GetBytes("#version: 0.2\n" + File.ReadAllText(RealData.Path("tokenizers/gpt2/gpt2_merges.txt"))));
        using var vocabulary = File.OpenRead(RealData.Path("tokenizers/gpt2/gpt2_vocab.json"));
        var oracle = CodeGenTokenizer.Create(vocabulary, merges);
        Assert.Equal(oracle.EncodeToIds(text), Gpt2().Encode(text));
    }

    [Fact]
    public void Mistral_agrees_with_Microsoft_ML_Tokenizers()
    {
        using var file = File.OpenRead(RealData.Path("tokenizers/mistral/tokenizer.model.v1"));
        var oracle = LlamaTokenizer.Create(file);
        var tokenizer = Mistral();
        // Runs of '!' are left out: of equal pairs the oracle does not take the leftmost, as SentencePiece does.
        var texts = Text(40_000).Split('\n').Concat(GgufTokenizerTests.Golden("llama-spm").Select(golden => golden.Text));
        foreach (var text in texts.Where(text => text.Length > 0 && !text.Contains("!!!"))) Assert.Equal(oracle.EncodeToIds(text), tokenizer.Encode(text));
    }

    [Fact]
    public void Neox_gives_back_every_text_in_normal_form_C()
    {
        var tokenizer = Neox();
        var text = Text(100_000);
        Assert.Equal(text, tokenizer.Decode(tokenizer.Encode(text)));
        Assert.Equal("é", tokenizer.Decode(tokenizer.Encode("e\u0301")));
        Assert.Equal([12092, 1533], tokenizer.Encode("Hello world"));
        Assert.Equal([0], tokenizer.Encode("<|endoftext|>", parseSpecial: true));
    }

    [Fact]
    public void Every_part_of_a_folder_is_found()
    {
        using var folder = new TemporaryFolder();
        Assert.Null(TokenizerFiles.Load(folder.Path));
        File.Copy(RealData.Path("tokenizers/mistral/tokenizer.model.v1"), folder["tokenizer.model"]);
        Assert.Equal(32_000, TokenizerFiles.Load(folder.Path)!.VocabSize);
        File.WriteAllText(folder["tokenizer_config.json"], """{"add_bos_token": false, "add_eos_token": true, "eos_token": {"content": "</s>"}}""");
        Assert.Equal([22557, 2], TokenizerFiles.Load(folder.Path)!.Encode("Hello"));
        File.Copy(RealData.Path("tokenizers/neox/20B_tokenizer.json"), folder["tokenizer.json"]);
        Assert.Equal(50_277, TokenizerFiles.Load(folder["model.safetensors"])!.VocabSize);
    }

    public static TheoryData<string> Sources => ["llama-spm", "phi-3", "gpt-2", "falcon", "deepseek-llm", "bert-bge", "mistral", "babyllama", "stories", "neox"];

    static PipelineTokenizer Load(string source) => source switch
    {
        "mistral" => Mistral(),
        "babyllama" => BabyLlama(),
        "stories" => LlamaBinTokenizer.Load(RealData.Path("weights/stories260K/tok512.bin")),
        "neox" => Neox(),
        _ => GgufTokenizerTests.Load(source),
    };

    static IEnumerable<string> Samples() => GgufTokenizerTests.Golden("gpt-2").Select(golden => golden.Text)
        .Concat([Text(30_000), "", " ", "  two  blanks  ", "tab\tand\r\nbreak", "e\u0301 ﬁ ① Ⅷ 가각", "𐐀𐐨 𝒳 🏴‍☠️"]);

    [Theory]
    [MemberData(nameof(Sources))]
    public void Written_as_tokenizer_json_every_tokenizer_gives_the_same_ids(string source)
    {
        using var folder = new TemporaryFolder();
        var tokenizer = Load(source);
        TokenizerJson.Write(tokenizer, folder["tokenizer.json"]);
        var back = (PipelineTokenizer)TokenizerFiles.Load(folder.Path)!;
        Assert.Equal(tokenizer.VocabSize, back.VocabSize);
        foreach (var text in Samples()) AssertSame(tokenizer, back, text);
        Assert.Equal(tokenizer.BosTokenId, back.BosTokenId ?? tokenizer.BosTokenId);
    }

    [Theory]
    [MemberData(nameof(Sources))]
    public void Written_as_GGUF_metadata_every_tokenizer_gives_the_same_ids(string source)
    {
        // NeoX normalises to NFC, which GGUF cannot say; BabyLlama joins blanks, which only t5 can say.
        if (source is "neox" or "babyllama") return;
        var tokenizer = Load(source);
        var back = GgufTokenizer.From(GgufTokenizer.ToMetadata(tokenizer));
        Assert.Equal(tokenizer.VocabSize, back.VocabSize);
        foreach (var text in Samples()) AssertSame(tokenizer, back, text);
        Assert.Equal(tokenizer.EosTokenId, back.EosTokenId);
    }

    static void AssertSame(PipelineTokenizer expected, PipelineTokenizer actual, string text)
    {
        var ids = expected.Encode(text);
        var other = actual.Encode(text);
        if (!ids.AsSpan().SequenceEqual(other))
        {
            var at = ids.AsSpan().CommonPrefixLength(other);
            Assert.Fail($"differs at token {at}: {Show(expected, ids, at)} | {Show(actual, other, at)}");
        }
        Assert.Equal(expected.Decode(ids), actual.Decode(ids));
    }

    static string Show(PipelineTokenizer tokenizer, int[] ids, int at) =>
        string.Join(' ', ids.Skip(Math.Max(0, at - 2)).Take(6).Select(id => $"{id}:{tokenizer.PieceOf(id)}"));
}
