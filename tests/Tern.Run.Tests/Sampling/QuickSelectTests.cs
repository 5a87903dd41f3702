using CsCheck;
using Tern.Run.Sampling;

namespace Tern.Run.Tests.Sampling;

public class QuickSelectTests
{
    static readonly Gen<ulong[]> Keys = Gen.Int[1, 2000].Select(Gen.Int, Gen.Int[0, 3]).Select((count, seed, shape) =>
    {
        var keys = Enumerable.Range(0, count).Select(i => (ulong)i * 3).ToArray();
        if (shape == 0) new Random(seed).Shuffle(keys);
        if (shape == 1) Array.Reverse(keys);
        if (shape == 2) Array.Reverse(keys, 0, count / 2);     // an organ pipe
        return keys;
    });

    [Fact]
    public void Smallest_brings_the_k_smallest_to_the_front() => Keys.Select(Gen.Double.Unit).Sample((keys, fraction) =>
    {
        var k = Math.Clamp((int)(fraction * keys.Length), 1, keys.Length);
        var selected = (ulong[])keys.Clone();
        QuickSelect.Smallest(selected, k);
        Assert.Equal(keys.Order().Take(k), selected.Take(k).Order());
        Assert.Equal(keys.Order().ElementAt(k - 1), selected[k - 1]);
        Assert.Equal(keys.Order(), selected.Order());
    });

    [Fact]
    public void SmallestWithMass_takes_the_fewest_that_reach_the_mass() =>
        Keys.Select(Gen.Double[0, 1.1], Gen.Bool).Sample((keys, share, strictly) =>
    {
        // Weights are small integers: every order of summation is exact, so that the boundary is sharp.
        static float Weight(ulong key) => key / 3 % 5;
        var mass = Math.Floor(share * keys.Sum(Weight));
        var expected = new List<ulong>();
        double sum = 0;
        foreach (var key in keys.Order())
        {
            expected.Add(key);
            sum += Weight(key);
            if (strictly ? sum > mass : sum >= mass) break;
        }
        var selected = (ulong[])keys.Clone();
        var weights = selected.Select(Weight).ToArray();
        var count = QuickSelect.SmallestWithMass(selected, weights, mass, strictly);
        Assert.Equal(expected, selected.Take(count).Order());
        Assert.Equal(selected.Select(Weight), weights);        // weights moved with their keys
    });
}
