using System.Text;
using Tern.Models.Tokenizers;
using Tern.Testing;

namespace Tern.Models.Tests.Tokenizers;

/// <summary>Damaged and malicious files: each is refused with a message, or is a tokenizer that works.</summary>
public class HostileTokenizerFilesTests
{
    const string Text = "Hello wörld, don't 123  panic! 🦙 <s>x</s>";

    const string ByteLevelBpe = """
        {"added_tokens":[{"id":9,"content":"<s>","special":true,"lstrip":true},{"id":10,"content":"don","single_word":true,"normalized":true}],
        "normalizer":{"type":"Sequence","normalizers":[{"type":"NFC"},{"type":"Replace","pattern":{"Regex":" {2,}"},"content":" "}]},
        "pre_tokenizer":{"type":"Sequence","pretokenizers":[{"type":"Split","pattern":{"Regex":"\\p{N}{1,3}|\\s+(?!\\S)"},"behavior":"MergedWithNext","invert":false},
        {"type":"Digits","individual_digits":true},{"type":"ByteLevel","add_prefix_space":true,"use_regex":true}]},
        "post_processor":{"type":"TemplateProcessing","single":[{"SpecialToken":{"id":"<s>","type_id":0}},{"Sequence":{"id":"A","type_id":0}}],
        "special_tokens":{"<s>":{"id":"<s>","ids":[9],"tokens":["<s>"]}}},
        "decoder":{"type":"ByteLevel"},
        "model":{"type":"BPE","unk_token":null,"vocab":{"H":0,"e":1,"l":2,"o":3,"Ġ":4,"He":5,"ll":6,"Hell":7,"Hello":8},"merges":["H e",["l","l"],"He ll","Hell o"]}}
        """;

    const string Unigram = """
        {"added_tokens":[{"id":0,"content":"<unk>","special":true}],
        "normalizer":{"type":"Sequence","normalizers":[{"type":"NFKC"},{"type":"Strip"},{"type":"Lowercase"},{"type":"Precompiled","precompiled_charsmap":"BAAAAAAAAABhAA=="}]},
        "pre_tokenizer":{"type":"Metaspace","replacement":"▁","prepend_scheme":"first","split":true},
        "post_processor":{"type":"BertProcessing","sep":["b",2],"cls":["<unk>",0]},
        "decoder":{"type":"Sequence","decoders":[{"type":"Replace","pattern":{"String":"▁"},"content":" "},{"type":"ByteFallback"},{"type":"Fuse"},{"type":"Strip","content":" ","start":1,"stop":0}]},
        "model":{"type":"Unigram","unk_id":0,"byte_fallback":false,"vocab":[["<unk>",0.0],["a",-1.5],["b",-2.0],["▁hello",-3.0],["l",-4.0]]}}
        """;

    const string WordPiece = """
        {"normalizer":{"type":"BertNormalizer","clean_text":true,"handle_chinese_chars":true,"strip_accents":null,"lowercase":true},
        "pre_tokenizer":{"type":"BertPreTokenizer"},"decoder":{"type":"WordPiece","prefix":"##","cleanup":true},
        "model":{"type":"WordPiece","unk_token":"[UNK]","continuing_subword_prefix":"##","max_input_chars_per_word":100,"vocab":{"[UNK]":0,"hello":1,"w":2,"##orld":3,",":4}}}
        """;

    [Theory]
    [InlineData(ByteLevelBpe)]
    [InlineData(Unigram)]
    [InlineData(WordPiece)]
    public void The_unharmed_files_are_read(string json)
    {
        var tokenizer = TokenizerJson.Parse(Encoding.UTF8.GetBytes(json), "tokenizer.json");
        Assert.NotEmpty(tokenizer.Encode(Text, parseSpecial: true));
    }

    [Fact]
    public void The_parts_do_what_they_say()
    {
        var bpe = TokenizerJson.Parse(Encoding.UTF8.GetBytes(ByteLevelBpe), "tokenizer.json");
        Assert.Equal([9, 4, 8, 9, 4, 8], bpe.Encode("Hello <s>Hello", parseSpecial: true));
        var unigram = TokenizerJson.Parse(Encoding.UTF8.GetBytes(Unigram), "tokenizer.json");
        Assert.Equal([3, 1, 0, 2], unigram.Encode(" HELLOa??b ", addSpecial: false));
        Assert.Equal("helloab", unigram.Decode([3, 1, 0, 2]));
        var wordPiece = TokenizerJson.Parse(Encoding.UTF8.GetBytes(WordPiece), "tokenizer.json");
        Assert.Equal([1, 4, 2, 3, 0], wordPiece.Encode("Hello, Wörld what"));
        Assert.Equal("hello, world", wordPiece.Decode([1, 4, 2, 3]));
    }

    [Theory]
    [InlineData(ByteLevelBpe, 1)]
    [InlineData(Unigram, 2)]
    [InlineData(WordPiece, 3)]
    public void No_mutation_of_a_tokenizer_json_gives_anything_but_a_message(string json, int seed) =>
        Bombard(Encoding.UTF8.GetBytes(json), seed, 1500, file => TokenizerJson.Parse(file, "tokenizer.json"));

    [Fact]
    public void No_mutation_of_a_SentencePiece_model_gives_anything_but_a_message() =>
        Bombard(File.ReadAllBytes(RealData.Path("weights/babyllama-105/tok105.model")), 4, 3000, file => SentencePieceModel.Parse(file, "tokenizer.model"));

    [Fact]
    public void No_mutation_of_a_llama2c_vocabulary_gives_anything_but_a_message() =>
        Bombard(File.ReadAllBytes(RealData.Path("weights/stories260K/tok512.bin")), 5, 1500, file => LlamaBinTokenizer.Parse(file, "tok.bin"));

    static void Bombard(byte[] original, int seed, int count, Func<byte[], PipelineTokenizer> parse)
    {
        var random = new Random(seed);
        for (var i = 0; i < count; i++)
        {
            var file = Mutate(original, random);
            try
            {
                var tokenizer = parse(file);
                var ids = tokenizer.Encode(Text, parseSpecial: i % 2 == 0);
                Assert.All(ids, id => Assert.InRange(id, 0, tokenizer.VocabSize - 1));
                tokenizer.Decode(ids);
            }
            catch (TernException problem)
            {
                Assert.NotEmpty(problem.Message);
            }
            catch (Exception problem) when (problem is not Xunit.Sdk.IAssertionException)
            {
                Assert.Fail($"mutation {i} of seed {seed}: {problem}");
            }
        }
    }

    static byte[] Mutate(byte[] original, Random random)
    {
        var file = original.ToList();
        for (var times = random.Next(1, 4); times > 0 && file.Count > 8; times--)
        {
            var at = random.Next(file.Count);
            var length = Math.Min(random.Next(1, 12), file.Count - at);
            switch (random.Next(6))
            {
                case 0: file[at] = (byte)random.Next(256); break;
                case 1: file[at] ^= (byte)(1 << random.Next(8)); break;
                case 2: file.RemoveRange(at, length); break;
                case 3: file.InsertRange(at, file.GetRange(random.Next(file.Count - length), length)); break;
                case 4: file[at] = (byte)"0123456789-\"[]{},:"[random.Next(18)]; break;
                case 5: file.RemoveRange(at, file.Count - at); break;
            }
        }
        return [.. file];
    }

    [Theory]
    [InlineData("""{"model":{"type":"BPE","vocab":{"a":0},"merges":["a b"]}}""", "not in the vocabulary")]
    [InlineData("""{"model":{"type":"BPE","vocab":{"a":0,"b":0},"merges":[]}}""", "same id")]
    [InlineData("""{"model":{"type":"BPE","vocab":{"a":4000000},"merges":[]}}""", "far beyond")]
    [InlineData("""{"model":{"type":"BPE","vocab":{"a":-1},"merges":[]}}""", "-1")]
    [InlineData("""{"model":{"type":"Sorcery","vocab":{"a":0}}}""", "Sorcery")]
    [InlineData("""{"model":{"type":"Unigram","unk_id":7,"vocab":[["a",0]]}}""", "unk_id 7")]
    [InlineData("""{"pre_tokenizer":{"type":"Split","pattern":{"Regex":"(a"},"behavior":"Isolated"},"model":{"type":"BPE","vocab":{"a":0},"merges":[]}}""", "(a")]
    [InlineData("""{"normalizer":{"type":"Nonsense"},"model":{"type":"BPE","vocab":{"a":0},"merges":[]}}""", "Nonsense")]
    [InlineData("[]", "model")]
    [InlineData("", "JSON")]
    public void A_bad_file_is_named_with_what_is_wrong(string json, string problem)
    {
        var thrown = Assert.Throws<ModelFormatException>(() => TokenizerJson.Parse(Encoding.UTF8.GetBytes(json), "tokenizer.json"));
        Assert.Contains(problem, thrown.Message);
        Assert.StartsWith("tokenizer.json", thrown.Message);
    }

    [Fact]
    public void Deep_nesting_is_refused()
    {
        var bomb = """{"normalizer":""" + string.Concat(Enumerable.Repeat("""{"type":"Sequence","normalizers":[""", 5000));
        Assert.Throws<ModelFormatException>(() => TokenizerJson.Parse(Encoding.UTF8.GetBytes(bomb), "tokenizer.json"));
    }

    [Fact]
    public void Replacements_that_grow_without_end_are_refused()
    {
        var step = """{"type":"Replace","pattern":{"String":"a"},"content":"aaaaaaaaaaaaaaaa"}""";
        var json = $$$"""{"normalizer":{"type":"Sequence","normalizers":[{{{string.Join(',', Enumerable.Repeat(step, 20))}}}]},"model":{"type":"BPE","vocab":{"a":0},"merges":[]}}""";
        var tokenizer = TokenizerJson.Parse(Encoding.UTF8.GetBytes(json), "tokenizer.json");
        Assert.Throws<TernException>(() => tokenizer.Encode("aaaa"));
    }
}
