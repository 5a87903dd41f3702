using System.Text;
using CsCheck;
using Tern.Models.Tokenizers;
using Tern.Testing;

namespace Tern.Models.Tests.Tokenizers;

public class StreamingDecoderTests
{
    [Theory]
    [InlineData("llama-spm")]
    [InlineData("gpt-2")]
    [InlineData("bert-bge")]
    public void The_chunks_put_together_are_the_decoded_text(string name)
    {
        var tokenizer = GgufTokenizerTests.Load(name);
        Gen.Int[0, tokenizer.VocabSize - 1].Array[0, 60].Select(Gen.Bool).Sample((ids, skipSpecial) =>
        {
            var stream = new StreamingDecoder(tokenizer, skipSpecial);
            var text = new StringBuilder();
            foreach (var id in ids) text.Append(stream.Add(id));
            text.Append(stream.Flush());
            return text.ToString() == tokenizer.Decode(ids, skipSpecial);
        }, iter: 500);
    }

    [Fact]
    public void The_text_is_what_the_bytes_say_whatever_the_cuts()
    {
        var tokenizer = GgufTokenizerTests.Load("llama-spm");
        Gen.Byte.Array[0, 40].Sample(bytes =>
        {
            // 3 + b is the token of byte b; 29871 is a blank, the dummy prefix.
            var ids = bytes.Select(value => 3 + value).Prepend(29871).ToArray();
            return tokenizer.Decode(ids) == Encoding.UTF8.GetString(bytes);
        }, iter: 2000);
    }

    [Fact]
    public void A_character_is_only_shown_when_it_is_complete()
    {
        var tokenizer = LlamaBinTokenizer.Load(RealData.Path("weights/stories260K/tok512.bin"));
        var stream = new StreamingDecoder(tokenizer);
        Assert.Equal(["", "", "", "🦙"], Encoding.UTF8.GetBytes("🦙").Select(value => stream.Add(3 + value)));
        Assert.Equal("", stream.Flush());
        Assert.Equal("", stream.Add(3 + 0xF0));
        Assert.Equal("\uFFFD", stream.Flush());
    }

    [Fact]
    public void Only_the_start_of_a_text_loses_its_blank()
    {
        var tokenizer = LlamaBinTokenizer.Load(RealData.Path("weights/stories260K/tok512.bin"));
        var ids = tokenizer.Encode(" a", addSpecial: false);
        Assert.Equal(" a", tokenizer.Decode(ids));
        var behindPrompt = new StreamingDecoder(tokenizer, atStart: false);
        Assert.Equal("  a", string.Concat(ids.Select(behindPrompt.Add)));
    }
}
