using Tern.Models.Tokenizers;
using Tern.Testing;

namespace Tern.Models.Tests.Tokenizers;

public class LlamaBinTokenizerTests
{
    static PipelineTokenizer Stories() => LlamaBinTokenizer.Load(RealData.Path("weights/stories260K/tok512.bin"));

    [Fact]
    public void Stories260K_encodes_its_first_words_as_published()
    {
        Assert.Equal([1, 403, 407, 261, 378], Stories().Encode("Once upon a time"));
        Assert.Equal("Once upon a time", Stories().Decode([1, 403, 407, 261, 378]));
    }

    [Fact]
    public void Stories260K_decodes_its_published_story()
    {
        int[] ids = [1, 403, 407, 261, 378, 432, 383, 286, 261, 376, 298, 315, 421, 395, 317, 426, 338, 401, 396, 267, 337, 410, 408, 419, 292];
        Assert.StartsWith("Once upon a time, there was a little girl named Lily. She loved to", Stories().Decode(ids));
    }

    [Fact]
    public void Unknown_characters_become_their_bytes()
    {
        var tokenizer = Stories();
        var ids = tokenizer.Encode("🦙", addSpecial: false);
        Assert.Equal([0xF0 + 3, 0x9F + 3, 0xA6 + 3, 0x99 + 3], ids[^4..]);
        Assert.Equal("🦙", tokenizer.Decode(ids));
    }

    [Fact]
    public void The_tokenizer_beside_a_model_is_found() =>
        Assert.Equal(512, TokenizerFiles.Load(RealData.Path("weights/stories260K/stories260K.bin"))!.VocabSize);

    [Fact]
    public void Every_truncation_is_refused_or_still_a_vocabulary()
    {
        var file = File.ReadAllBytes(RealData.Path("weights/stories260K/tok512.bin"));
        for (var length = 0; length < file.Length; length += 7)
        {
            try
            {
                Assert.InRange(LlamaBinTokenizer.Parse(file.AsSpan(0, length), "tok.bin").VocabSize, 4, 512);
            }
            catch (ModelFormatException problem)
            {
                Assert.Contains("tok.bin", problem.Message);
            }
        }
    }
}
