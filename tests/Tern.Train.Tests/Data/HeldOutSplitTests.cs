using CsCheck;
using Tern.Models;
using Tern.Train.Data;

namespace Tern.Train.Tests.Data;

public sealed class HeldOutSplitTests
{
    [Fact]
    public void As_many_documents_are_held_out_as_asked_for_and_everywhere_in_the_text() =>
        Gen.Select(Gen.Int[20, 5000], Gen.Double[0.001, 0.9]).Sample((documents, fraction) =>
        {
            var split = new HeldOutSplit(documents, fraction);
            var heldOut = Enumerable.Range(0, documents).Where(document => split.Contains(document)).ToList();
            var expected = Math.Clamp((int)Math.Round(documents * fraction), 1, documents - 1);
            Assert.Equal(expected, heldOut.Count);
            Assert.InRange(heldOut[0], 0, (documents / expected) + 1);
            Assert.InRange(heldOut[^1], documents - (documents / expected) - 2, documents - 1);
        }, iter: 300);

    [Fact]
    public void Nothing_is_held_out_where_nothing_is_asked_for()
    {
        var split = new HeldOutSplit(1000, 0);
        Assert.DoesNotContain(Enumerable.Range(0, 1000), document => split.Contains(document));
        Assert.Equal(0, HeldOutSplit.TailOf(1000, 0));
    }

    [Theory]
    [InlineData(-0.1)]
    [InlineData(1)]
    [InlineData(double.NaN)]
    public void A_part_that_cannot_be_is_refused(double fraction) => Assert.Throws<TernException>(() => new HeldOutSplit(100, fraction));
}
