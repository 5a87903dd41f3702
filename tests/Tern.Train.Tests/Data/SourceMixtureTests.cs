using CsCheck;
using Tern.Train.Data;

namespace Tern.Train.Tests.Data;

public sealed class SourceMixtureTests
{
    [Fact]
    public void Every_source_is_within_one_of_its_share_at_all_times() =>
        Gen.Double[0.001, 10].Array[1, 8].Sample(weights =>
        {
            var mixture = new SourceMixture(weights);
            var drawn = new long[weights.Length];
            for (var draw = 0L; draw < SourceMixture.Period + 100; draw++)
            {
                var (source, rank) = mixture[draw];
                if (rank != drawn[source]++) throw new InvalidOperationException($"draw {draw} has rank {rank}");
                for (var other = 0; other < drawn.Length; other++)
                    if (Math.Abs(drawn[other] - (mixture.ShareOf(other) * (draw + 1))) >= 1) throw new InvalidOperationException($"source {other} is off at {draw}");
            }
        }, iter: 30);

    [Fact]
    public void Shares_are_the_weights_rounded_to_the_period()
    {
        var mixture = new SourceMixture([3, 1, 1e-9]);
        Assert.Equal(0.75, mixture.ShareOf(0), 1.0 / SourceMixture.Period);
        Assert.Equal(0.25, mixture.ShareOf(1), 1.0 / SourceMixture.Period);
        Assert.Equal(1.0 / SourceMixture.Period, mixture.ShareOf(2));
    }

    [Fact]
    public void A_draw_far_away_is_found_without_those_before()
    {
        var mixture = new SourceMixture([1, 1]);
        var (_, rank) = mixture[1L << 50];
        Assert.Equal(1L << 49, rank);
    }
}
