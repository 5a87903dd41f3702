using Tern.Plan.Laws;
using Tern.Plan.Sweeps;

namespace Tern.Papers.Tests.Sweeps;

/// <summary>Rows of sweeps whose laws are known.</summary>
static class KnownRows
{
    /// <summary>Loss of bytes at the sizes of the sweep, near enough; a = 0.5.</summary>
    public static ChinchillaLaw Law { get; } = new(40, 90, 0.9, 0.35, 0.35);

    static readonly long[] Sizes = [41_000, 68_000, 123_000, 357_000, 887_000, 2_263_000];

    public static SweepRow Row(string part, long parameters, double tokens, double loss, double? budget = null) =>
        new() { Name = $"{part} {parameters} {tokens}", Part = part, NParams = parameters, NTokens = tokens, Sequences = 8, BatchTokens = 1024, Steps = tokens / 1024, PW = 16, PA = 16, PKv = 16, Loss = loss, Seed = 1, BudgetFlop = budget, Seconds = 1 };

    /// <summary>Runs of equal operations, and of ever more tokens.</summary>
    /// <param name="loss">By size and tokens.</param>
    public static IReadOnlyList<SweepRow> Losses(Func<Allocation, double> loss) =>
    [
        .. from budget in (double[])[1e12, 4e12, 1.6e13]
           let best = Law.OptimumForFlop(budget).Parameters
           from factor in (double[])[0.25, 0.5, 1, 2, 4]
           let size = (long)(best * factor)
           let tokens = budget / (6.0 * size)
           select Row("isoflop", size, tokens, loss(new(size, tokens)), budget),
        .. from size in Sizes.Take(4)
           from tokens in (double[])[0.7e6, 1.4e6, 2.8e6, 5.6e6, 11.2e6, 22.4e6, 44.8e6]
           where tokens / size <= 1200
           select Row("length", size, tokens, loss(new(size, tokens))),
    ];

    /// <summary>The same with bits.</summary>
    public static SweepRow InBits(SweepRow row, string part, TrainingBits bits, double loss) => row with { Part = part, PW = (int)bits.Weights, PA = (int)bits.Activations, PKv = (int)bits.KeyValues, Loss = loss };

    /// <summary>Rows of a model after rounding.</summary>
    public static IEnumerable<SweepRow> Rounded(SweepRow row, Func<int, double> damage, params int[] bits) => bits.Select(count => row with { PPost = count, LossBefore = row.Loss, Loss = row.Loss + damage(count) });
}
