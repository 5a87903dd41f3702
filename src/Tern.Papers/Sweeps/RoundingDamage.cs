using MathNet.Numerics.LinearRegression;
using Tern.Plan.Fitting;
using Tern.Plan.Laws;
using Tern.Plan.Sweeps;

namespace Tern.Papers.Sweeps;

/// <summary>What rounding a finished model cost: δ = loss after - loss before, in nats.</summary>
readonly record struct RoundingDamage(double Parameters, double Tokens, int Bits, double Delta)
{
    /// <summary>Damage below this is lost in the noise of two losses.</summary>
    public const double Least = 0.002;

    /// <summary>Of models that were trained at full precision. Rows of no measurable damage are left out.</summary>
    public static IReadOnlyList<RoundingDamage> Of(IEnumerable<SweepRow> rounded) =>
        [.. rounded.Where(row => SweepEvidence.IsFull(row) && row.Loss - row.LossBefore > Least).Select(row => new RoundingDamage(row.NParams, row.NTokens, row.PPost!.Value, row.Loss - row.LossBefore!.Value))];
}

/// <summary>ln δ = c_P + γ_D ln D - γ_N ln N, with a constant of its own for each number of bits, by least squares. Intervals are of runs drawn anew, 80 %.</summary>
sealed record DamageSlopes(double ByTokens, Interval? TokensInterval, double BySize, Interval? SizeInterval, int Rows)
{
    /// <summary>Null where the rows do not tell size and tokens apart.</summary>
    public static DamageSlopes? Of(IReadOnlyList<RoundingDamage> rows)
    {
        if (Fit(rows) is not var (byTokens, bySize)) return null;
        return new(byTokens, Scatter.IntervalOf(random => Fit(Scatter.Resampled(rows, random))?.ByTokens), bySize, Scatter.IntervalOf(random => Fit(Scatter.Resampled(rows, random))?.BySize), rows.Count);
    }

    static (double ByTokens, double BySize)? Fit(IReadOnlyList<RoundingDamage> rows)
    {
        var bits = rows.Select(row => row.Bits).Distinct().ToList();
        if (rows.Count < bits.Count + 2 || rows.Select(row => row.Parameters).Distinct().Count() < 2 || rows.Select(row => (row.Parameters, row.Tokens)).Distinct().Count() < 3) return null;
        // Centred within each number of bits, which is the same as a constant for each.
        var (lnD, lnN, lnDelta) = (Centred(rows, row => row.Tokens), Centred(rows, row => row.Parameters), Centred(rows, row => row.Delta));
        var slopes = MultipleRegression.QR([.. rows.Select((_, i) => new[] { lnD[i], lnN[i] })], lnDelta);
        return slopes.All(double.IsFinite) ? (slopes[0], -slopes[1]) : null;
    }

    static double[] Centred(IReadOnlyList<RoundingDamage> rows, Func<RoundingDamage, double> what)
    {
        var means = rows.GroupBy(row => row.Bits).ToDictionary(group => group.Key, group => group.Average(row => Math.Log(what(row))));
        return [.. rows.Select(row => Math.Log(what(row)) - means[row.Bits])];
    }
}
