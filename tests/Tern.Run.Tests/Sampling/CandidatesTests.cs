using CsCheck;
using Tern.Run.Sampling;

namespace Tern.Run.Tests.Sampling;

public class CandidatesTests
{
    [Fact]
    public void Load_keeps_the_k_largest_logits_and_the_lowest_ids_among_equals() =>
        // A few distinct values: ties everywhere, also at the k-th place.
        Gen.Select(Gen.Int[-3, 3].Array[1, 500], Gen.Int[1, 60]).Sample((values, k) =>
        {
            var logits = Array.ConvertAll(values, value => value == -3 ? float.NegativeInfinity : value / 2f);
            var candidates = new Candidates();
            candidates.Load(logits, k);
            var expected = Enumerable.Range(0, logits.Length).Where(id => values[id] > -3)
                .OrderByDescending(id => logits[id]).ThenBy(id => id).Take(k).ToArray();
            Assert.Equal(expected, Ids(candidates));
            Assert.Equal(expected.Select(id => logits[id]), Enumerable.Range(0, candidates.Count).Select(candidates.Logit));
        });

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void Load_of_sorted_logits_is_right_too(bool ascending)
    {
        var logits = Enumerable.Range(0, 10_000).Select(i => ascending ? i : -(float)i).ToArray();
        var candidates = new Candidates();
        candidates.Load(logits, 50);
        Assert.Equal(Enumerable.Range(0, 50).Select(i => ascending ? 9999 - i : i), Ids(candidates));
    }

    [Fact]
    public void Logits_survive_the_packing_into_keys()
    {
        float[] logits = [1, -1, 0, float.Epsilon, -float.Epsilon, float.MaxValue, float.MinValue, 1.5f, -1.5f, MathF.PI];
        var candidates = new Candidates();
        candidates.Load(logits, 0);
        Assert.Equal(10, candidates.Count);
        for (var i = 0; i < candidates.Count; i++) Assert.Equal(logits[candidates.Id(i)], candidates.Logit(i));
        for (var i = 1; i < candidates.Count; i++) Assert.True(candidates.Logit(i - 1) > candidates.Logit(i));
    }

    [Fact]
    public void A_buffer_that_held_more_gives_the_same_as_a_fresh_one()
    {
        var used = new Candidates();
        used.Load(TestLogits.Normal(20_000, 1), 0);
        used.KeepShare(0.9);
        used.Load(TestLogits.Normal(100, 2), 0);
        var fresh = new Candidates();
        fresh.Load(TestLogits.Normal(100, 2), 0);
        Assert.Equal(Ids(fresh), Ids(used));
        Assert.Equal(fresh.Weights.ToArray(), used.Weights.ToArray());
        Assert.Equal(fresh.Mass, used.Mass);
    }

    [Theory]
    [InlineData(0.0, 0)]
    [InlineData(0.49, 0)]
    [InlineData(0.51, 1)]
    [InlineData(0.74, 1)]
    [InlineData(0.76, 2)]
    [InlineData(0.9999999999999999, 2)]
    public void Draw_inverts_the_cumulative_distribution(double uniform, int expected)
    {
        var candidates = new Candidates();
        candidates.Load([MathF.Log(2), 0, 0, -200], 0);        // 1/2, 1/4, 1/4, 0
        Assert.Equal(expected, candidates.Draw(uniform));
    }

    static int[] Ids(Candidates candidates) => Enumerable.Range(0, candidates.Count).Select(candidates.Id).ToArray();
}
