using System.Runtime.Intrinsics;
using Tern.Plan.Fitting.Minimisation;
using Tern.Plan.Laws;

namespace Tern.Plan.Fitting;

/// <summary>
/// Σ Huber_δ(LSE(a - α ln N, b - β ln D, e) - ln L) over runs, with A = e^a, B = e^b, E = e^e, and its gradient. Hoffmann et al. 2022, arXiv 2203.15556, equation 3. The sum and not the
/// mean, as Besiroglu et al. 2024, arXiv 2404.10102, section 2: means are so small that searches end at their starts.
/// The variables are (a, b, e, α, β), or (a, b, e, α) where β = α.
/// </summary>
sealed class ChinchillaObjective : IObjective
{
    /// <summary>Rows of one vector.</summary>
    const int Lanes = 4;

    /// <summary>ln N, ln D, ln L and 1, or zeros behind the last row.</summary>
    readonly double[] _lnN, _lnD, _lnLoss, _present;
    readonly double _delta;
    readonly bool _tied;

    /// <param name="runs">Numbers above 0.</param>
    /// <param name="delta">δ of Huber's loss; infinite for least squares.</param>
    /// <param name="tied">β = α.</param>
    public ChinchillaObjective(IReadOnlyList<TrainedModel> runs, double delta, bool tied)
    {
        (_delta, _tied) = (delta, tied);
        var padded = (runs.Count + Lanes - 1) / Lanes * Lanes;
        (_lnN, _lnD, _lnLoss, _present) = (new double[padded], new double[padded], new double[padded], new double[padded]);
        foreach (var (i, run) in runs.Index())
            (_lnN[i], _lnD[i], _lnLoss[i], _present[i]) = (Math.Log(run.Allocation.Parameters), Math.Log(run.Allocation.Tokens), Math.Log(run.Loss), 1);
    }

    public int Dimension => _tied ? 4 : 5;

    /// <summary>The law of a point of the search.</summary>
    public static ChinchillaLaw Law(ReadOnlySpan<double> at) => new(Math.Exp(at[0]), Math.Exp(at[1]), Math.Exp(at[2]), at[3], at[^1]);

    /// <summary>The point of a law.</summary>
    public double[] Point(ChinchillaLaw law) =>
        _tied ? [Math.Log(law.A), Math.Log(law.B), Math.Log(law.E), law.Alpha] : [Math.Log(law.A), Math.Log(law.B), Math.Log(law.E), law.Alpha, law.Beta];

    public double Evaluate(ReadOnlySpan<double> at, Span<double> gradient)
    {
        var (a, b, e) = (Vector256.Create(at[0]), Vector256.Create(at[1]), Vector256.Create(at[2]));
        var (alpha, beta, delta) = (Vector256.Create(at[3]), Vector256.Create(at[^1]), Vector256.Create(_delta));
        Vector256<double> value = default, byA = default, byB = default, byE = default, byAlpha = default, byBeta = default;
        for (var i = 0; i < _lnN.Length; i += Lanes)
        {
            var (lnN, lnD) = (Vector256.Create(_lnN.AsSpan(i, Lanes)), Vector256.Create(_lnD.AsSpan(i, Lanes)));
            var (u1, u2) = (a - (alpha * lnN), b - (beta * lnD));
            var most = Vector256.Max(Vector256.Max(u1, u2), e);
            var (w1, w2, w3) = (Vector256.Exp(u1 - most), Vector256.Exp(u2 - most), Vector256.Exp(e - most));
            var sum = w1 + w2 + w3;
            var residual = most + Vector256.Log(sum) - Vector256.Create(_lnLoss.AsSpan(i, Lanes));
            var slope = Vector256.Min(Vector256.Max(residual, -delta), delta) * Vector256.Create(_present.AsSpan(i, Lanes));
            value += slope * (residual - (slope * 0.5));
            var share = slope / sum;
            var (s1, s2) = (share * w1, share * w2);
            (byA, byB, byE) = (byA + s1, byB + s2, byE + (share * w3));
            (byAlpha, byBeta) = (byAlpha - (s1 * lnN), byBeta - (s2 * lnD));
        }
        (gradient[0], gradient[1], gradient[2]) = (Vector256.Sum(byA), Vector256.Sum(byB), Vector256.Sum(byE));
        if (_tied) gradient[3] = Vector256.Sum(byAlpha) + Vector256.Sum(byBeta);
        else (gradient[3], gradient[4]) = (Vector256.Sum(byAlpha), Vector256.Sum(byBeta));
        return Vector256.Sum(value);
    }
}
