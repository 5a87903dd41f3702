using Tern.Models;
using Tern.Papers.Results;
using Tern.Papers.Sweeps;
using Tern.Plan.Laws;
using Tern.Plan.Sweeps;

namespace Tern.Papers.Tests.Sweeps;

public sealed class CriticalBatchSizeTests
{
    static readonly int[] Batches = [2, 4, 8, 16, 32, 64, 128];

    [Fact]
    public void Batches_that_grow_with_data_only_confirm_every_claim() =>
        Assert.Equal(Enumerable.Repeat(Verdict.Reproduced, 4), Judge((_, tokens) => 4000 * Math.Sqrt(tokens / 1e6)).Findings.Select(finding => finding.Verdict));

    [Fact]
    public void Batches_that_grow_with_the_model_only_are_told()
    {
        var findings = Judge((parameters, _) => 4000 * (parameters / 1e5)).Findings;
        Assert.Equal(Verdict.NotReproduced, findings[0].Verdict);
        Assert.Equal(Verdict.NotReproduced, findings[1].Verdict);
    }

    [Fact]
    public void Steps_that_are_no_hyperbola_are_told() => Assert.Equal(Verdict.NotReproduced, Judge((_, tokens) => 4000 * Math.Sqrt(tokens / 1e6), (batch, steps) => batch is 8 or 64 ? 4 * steps : steps).Findings[2].Verdict);

    [Fact]
    public void A_noise_scale_that_is_far_off_is_told() => Assert.Equal(Verdict.NotReproduced, Judge((_, tokens) => 4000 * Math.Sqrt(tokens / 1e6), noise: 100).Findings[3].Verdict);

    [Fact]
    public void The_best_learning_rate_of_a_batch_counts()
    {
        IReadOnlyList<SweepRow> Twice(IReadOnlyList<SweepRow> rows) => [.. rows, .. rows.Select(row => row with { Steps = row.Steps * 3 })];
        var outcome = CriticalBatchSize.Judge(new SweepEvidence(Twice(Rows((_, tokens) => 4000 * Math.Sqrt(tokens / 1e6), (_, steps) => steps, 1)), []));
        Assert.Equal(Verdict.Reproduced, outcome.Findings[2].Verdict);
    }

    [Fact]
    public void Without_targets_there_is_nothing_to_judge() => Assert.Throws<TernException>(() => CriticalBatchSize.Judge(new SweepEvidence([], [])));

    static Outcome Judge(Func<double, double, double> balance, Func<int, double, double>? distort = null, double noise = 1) =>
        CriticalBatchSize.Judge(new SweepEvidence(Rows(balance, distort ?? ((_, steps) => steps), noise), []));

    /// <summary>Steps of a law whose smallest batch takes D tokens to the target.</summary>
    /// <param name="balance">b/a by N and D, in tokens.</param>
    /// <param name="distort">Steps by sequences.</param>
    /// <param name="noise">The noise scale over b/a.</param>
    static IReadOnlyList<SweepRow> Rows(Func<double, double, double> balance, Func<int, double, double> distort, double noise) =>
    [
        .. from size in (long[])[41_000, 123_000, 357_000]
           from tokens in size == 123_000 ? (double[])[1.2e6, 2.4e6, 4.8e6] : [1.2e6, 2.4e6]
           let law = LawOf(tokens, balance(size, tokens))
           from batch in Batches
           let steps = distort(batch, law.Steps(batch * 128))
           select KnownRows.Row("batch", size, steps * batch * 128, 1) with { Sequences = batch, BatchTokens = batch * 128, Steps = steps, Target = 5 - Math.Log10(size) - Math.Log10(tokens) * 0.1 },
        .. from size in (long[])[41_000, 123_000, 357_000] select KnownRows.Row("noise", size, 2.4e6, 2) with { NoiseScaleTokens = noise * balance(size, 2.4e6) },
    ];

    static CriticalBatchLaw LawOf(double tokens, double balance)
    {
        var least = tokens / (256 + balance);
        return new(least, balance * least);
    }
}
