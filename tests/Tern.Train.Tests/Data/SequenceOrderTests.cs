using CsCheck;
using Tern.Train.Data;

namespace Tern.Train.Tests.Data;

public sealed class SequenceOrderTests
{
    [Fact]
    public void The_order_is_a_bijection_for_every_count_and_key() =>
        Gen.Select(Gen.Int[1, 3000], Gen.ULong).Sample((count, key) =>
        {
            var order = new SequenceOrder(count, key);
            var seen = new bool[count];
            for (var place = 0; place < count; place++) seen[order[place]] = true;
            Assert.DoesNotContain(false, seen);
        }, iter: 200);

    [Theory]
    [InlineData(1L << 40)]
    [InlineData((1L << 62) + 12345)]
    [InlineData(long.MaxValue)]
    public void Numbers_of_a_large_order_stay_below_the_count_and_differ(long count)
    {
        var order = new SequenceOrder(count, key: 7);
        var numbers = Enumerable.Range(0, 1000).Select(place => order[count - 1 - place]).ToList();
        Assert.All(numbers, number => Assert.InRange(number, 0, count - 1));
        Assert.Equal(numbers.Count, numbers.Distinct().Count());
    }

    [Fact]
    public void Every_number_comes_to_every_place()
    {
        const int Count = 10, Keys = 20_000;
        var counts = new int[Count, Count];
        for (var key = 0; key < Keys; key++)
        {
            var order = new SequenceOrder(Count, SequenceOrder.Mix((ulong)key));
            for (var place = 0; place < Count; place++) counts[place, order[place]]++;
        }
        // Each of the 100 counts is binomial with mean 2000 and deviation 42; the keys are fixed, and six deviations leave room for a fair order only.
        foreach (var count in counts) Assert.InRange(count, 2000 - (6 * 42), 2000 + (6 * 42));
    }

    [Fact]
    public void Places_outside_are_refused()
    {
        Assert.Throws<ArgumentOutOfRangeException>(() => new SequenceOrder(0, 1));
        Assert.Throws<ArgumentOutOfRangeException>(() => new SequenceOrder(5, 1)[5]);
        Assert.Throws<ArgumentOutOfRangeException>(() => new SequenceOrder(5, 1)[-1]);
    }
}
