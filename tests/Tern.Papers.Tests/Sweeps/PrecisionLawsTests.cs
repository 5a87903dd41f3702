using Tern.Papers.Results;
using Tern.Papers.Sweeps;
using Tern.Plan.Laws;
using Tern.Plan.Sweeps;

namespace Tern.Papers.Tests.Sweeps;

public sealed class PrecisionLawsTests
{
    /// <summary>P* is 7.5 bits where γ is 3.93946 for all three (the equation 3x = e^x - 1 of the paper).</summary>
    const double Gamma = 3.93946;

    static readonly PostTrainingDamage Damage = new(0.05, 0.5, 0.35, 0.8, new(0.4, double.PositiveInfinity, double.PositiveInfinity));

    static readonly PrecisionLaw Law = new(KnownRows.Law, TrainingBits.All(Gamma), Damage);

    [Fact]
    public void Rows_of_the_law_confirm_every_claim()
    {
        var outcome = Judge(Rows(Law));
        Assert.Equal(Enumerable.Repeat(Verdict.Reproduced, 5), outcome.Findings.Select(finding => finding.Verdict));
        Assert.Contains("P* = 7.5", outcome.Findings[4].Figure, StringComparison.Ordinal);
    }

    [Fact]
    public void Penalties_that_do_not_multiply_are_told() =>
        Assert.Equal(Verdict.NotReproduced, Judge([.. Rows(Law).Select(row => row.Part == "joint" ? row with { Loss = row.Loss + 0.5 } : row)]).Findings[1].Verdict);

    [Fact]
    public void Damage_that_falls_with_the_tokens_is_told() => Assert.Equal(Verdict.NotReproduced, Judge(Rows(Law with { PostTraining = Damage with { GammaD = -0.5, CT = 50000 } })).Findings[2].Verdict);

    [Fact]
    public void Models_that_are_no_more_robust_for_few_bits_are_told()
    {
        var outcome = Judge([.. Rows(Law).Select(row => row is { Part: "weight_bits", PPost: not null } ? row with { Loss = row.LossBefore!.Value + 5 } : row)]);
        Assert.Equal(Verdict.NotReproduced, outcome.Findings[3].Verdict);
    }

    [Fact]
    public void Another_best_number_of_bits_is_half_of_the_claim() => Assert.Equal(Verdict.Partly, Judge(Rows(Law with { Gamma = TrainingBits.All(2) })).Findings[4].Verdict);

    static Outcome Judge(IReadOnlyList<SweepRow> rows) => PrecisionLaws.Judge(new SweepEvidence(rows, []), TestContext.Current.CancellationToken);

    /// <summary>Full precision with rounding; each part in few bits; all of them together.</summary>
    static IReadOnlyList<SweepRow> Rows(PrecisionLaw law)
    {
        // 16 bits are part of the formula: their factor is not 1.
        var full = KnownRows.Losses(at => law.Loss(at, TrainingBits.All(16)));
        IEnumerable<SweepRow> Rounded(SweepRow row, TrainingBits bits, params int[] post) => KnownRows.Rounded(row, count => law.Damage(new(row.NParams, row.NTokens), bits, count), post);
        SweepRow Trained(string part, long size, double tokens, TrainingBits bits) => KnownRows.InBits(KnownRows.Row(part, size, tokens, 0), part, bits, law.Loss(new(size, tokens), bits));
        TrainingBits[] single = [.. ((double[])[2, 3, 4, 6]).SelectMany(bits => new TrainingBits[] { new(16, bits, 16), new(16, 16, bits) })];
        List<SweepRow> weights = [.. from at in ((long, double)[])[(123_000, 1.4e6), (123_000, 5.6e6), (357_000, 1.4e6)] from bits in (double[])[2, 3, 4, 6, 8] select Trained("weight_bits", at.Item1, at.Item2, new(bits, 16, 16))];
        return
        [
            .. full, .. full.Where(row => row.Part == "length").SelectMany(row => Rounded(row, TrainingBits.All(16), 2, 3, 4, 5, 6)),
            .. weights, .. weights.SelectMany(row => Rounded(row, new(row.PW, 16, 16), 2, 3, 4)),
            .. single.Select(bits => Trained(bits.Activations < 16 ? "activation_bits" : "kv_bits", 123_000, 2.8e6, bits)),
            .. new TrainingBits[] { new(3, 3, 3), new(4, 4, 4), new(3, 6, 4) }.Select(bits => Trained("joint", 123_000, 2.8e6, bits)),
        ];
    }
}
