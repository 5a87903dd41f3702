using System.Text;
using Tern.Models.Tokenizers;
using Tern.Run.Sampling;

namespace Tern.Run.Tests.Sampling;

public class SequenceBreakersTests
{
    //                                               0    1    2     3      4        5    6       7
    static readonly Pieces Vocabulary = new("a", "b", ":", "a:", "end\n", "\n", "x\"\n", "<é>");

    [Theory]
    [InlineData(":", new[] { 2, 3 })]
    [InlineData("\n", new[] { 4, 5, 6 })]
    [InlineData("\"", new[] { 6 })]
    [InlineData("é", new[] { 7 })]
    [InlineData("#", new int[0])]
    [InlineData("", new int[0])]
    public void Every_token_that_contains_the_text_is_a_breaker(string breaker, int[] expected)
    {
        var breakers = SequenceBreakers.From(Vocabulary, [breaker]);
        Assert.Equal(expected, Enumerable.Range(0, Vocabulary.VocabSize).Where(breakers.IsBreaker));
    }

    [Fact]
    public void A_text_over_two_tokens_breaks_where_the_second_follows()
    {
        var breakers = SequenceBreakers.From(Vocabulary, [":b"]);
        Assert.DoesNotContain(Enumerable.Range(0, 8), breakers.IsBreaker);
        Assert.Equal(2, Since(breakers, 2, 1, 0, 0));
        Assert.Equal(1, Since(breakers, 3, 1, 0));
        Assert.Equal(0, Since(breakers, 0, 3, 1));
        Assert.Equal(3, Since(breakers, 1, 2, 0));
    }

    [Fact]
    public void The_longest_breaker_at_a_place_counts()
    {
        var breakers = new SequenceBreakers([[1], [1, 2], [1, 2, 3], []]);
        Assert.Equal(0, Since(breakers, 0, 1, 2, 3));
        Assert.Equal(1, Since(breakers, 0, 1, 2, 0));
        Assert.Equal(2, Since(breakers, 0, 1, 3, 2));
    }

    static int Since(SequenceBreakers breakers, params int[] text)
    {
        var history = new TokenHistory();
        foreach (var token in text) history.Add(token);
        return breakers.TokensSince(history, text.Length);
    }

    /// <summary>A tokenizer that knows whole pieces only, longest first.</summary>
    sealed class Pieces(params string[] pieces) : Tokenizer
    {
        public override int VocabSize => pieces.Length;

        public override int[] Encode(string text, bool addSpecial = true, bool parseSpecial = false)
        {
            var ids = new List<int>();
            for (var i = 0; i < text.Length; i += PieceOf(ids[^1]).Length)
                ids.Add(Enumerable.Range(0, pieces.Length).Where(id => text.AsSpan(i).StartsWith(pieces[id])).MaxBy(id => pieces[id].Length));
            return [.. ids];
        }

        public override ReadOnlyMemory<byte> BytesOf(int id) => Encoding.UTF8.GetBytes(pieces[id]);

        public override string PieceOf(int id) => pieces[id];

        public override int? IdOf(string piece) => Array.IndexOf(pieces, piece) is >= 0 and var id ? id : null;

        public override bool IsSpecial(int id) => false;

        public override string Decode(ReadOnlySpan<int> ids, bool skipSpecial = true) => string.Concat(ids.ToArray().Select(PieceOf));
    }
}
