using Tern.Train.Data.Documents;

namespace Tern.Train.Tests.Data;

public sealed class HardLineBreaksTests
{
    [Fact]
    public void Lines_of_prose_are_joined_and_blanks_between_sentences_are_one() => Assert.Equal(
        "Mr. Knightley, a sensible man about seven or eight-and-thirty, was not only a very old friend.  He lived near.".Replace("  ", " ", StringComparison.Ordinal),
        HardLineBreaks.Remove("Mr. Knightley, a sensible man about seven or eight-and-thirty, was not\nonly a very old friend.  He lived near."));

    [Fact]
    public void Verse_keeps_its_lines_and_its_indents() => Assert.Equal(
        "     Put in thy chants said he,\nNo more the puzzling hour nor day, nor segments, parts, put in,\nPut first before the rest as light for all and entrance-song of all,\n     That of eidolons.",
        HardLineBreaks.Remove("     Put in thy chants said he,\nNo more the puzzling hour nor day, nor segments, parts, put in,\nPut first before the rest as light for all and entrance-song of all,\n     That of eidolons."));

    [Fact]
    public void Paragraphs_stay_apart_by_one_empty_line() => Assert.Equal("III\n\nBUSTER BEAR\n\nBuster.", HardLineBreaks.Remove("\r\n\r\nIII\r\n\r\n\r\nBUSTER BEAR\r\n \r\nBuster.\r\n\r\n"));

    [Theory]
    [InlineData("")]
    [InlineData("\n \n")]
    public void Text_without_text_is_empty(string text) => Assert.Equal("", HardLineBreaks.Remove(text));

    [Fact]
    public void Twice_is_once()
    {
        const string text = "As she said the words a wonderful light glowed from her heart, the sound\nof thunder rolled through the sky, and a love greater than words can\ntell filled the Cloud.\n\nSoon\n";
        Assert.Equal(HardLineBreaks.Remove(text), HardLineBreaks.Remove(HardLineBreaks.Remove(text)));
    }
}
