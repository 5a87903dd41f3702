using Tern.Plan.Fitting.Minimisation;
using Tern.Plan.Laws;

namespace Tern.Plan.Fitting;

/// <summary>
/// Σ Huber_δ(LSE(a - α ln N_eff, b - β ln D, e) - ln L) over runs, with ln N_eff = ln N + Σ_x n_x ln(1 - e^(-P_x/γ_x)), and its gradient. Kumar et al. 2024, arXiv 2411.04330, equation 3, fitted as Hoffmann et al. 2022 fit theirs.
/// The variables are a, b, e, α, then β unless it is α, then ln γ of each group of parts, then, where powers are free, ln n of each group.
/// </summary>
sealed class PrecisionObjective(IReadOnlyList<TrainedModel> runs, PrecisionParts parts, double delta, bool tied, bool freePowers) : IObjective
{
    readonly (double LnN, double LnD, double LnLoss, double[] Bits)[] _rows =
        [.. runs.Select(run => (Math.Log(run.Allocation.Parameters), Math.Log(run.Allocation.Tokens), Math.Log(run.Loss), parts.Groups.Select(group => group[0].Bits(run.BitsOrFull)).ToArray()))];

    /// <summary>How many parts each group has: its factor counts so many times.</summary>
    readonly int[] _members = [.. parts.Groups.Select(group => group.Count)];

    int Groups => _members.Length;

    int FirstGamma => tied ? 4 : 5;

    public int Dimension => FirstGamma + (freePowers ? 2 * Groups : Groups);

    /// <summary>The grid of starts: two values of each variable, 64 where β and one γ are free.</summary>
    public IReadOnlyList<double[]> Starts()
    {
        double[] scales = [5, 10], ends = [0.5, 1], exponents = [0.3, 0.6];
        return [.. from a in scales from b in scales from e in ends from alpha in exponents from beta in tied ? [alpha] : exponents from gamma in Gammas select Point(new(Math.Exp(a), Math.Exp(b), Math.Exp(e), alpha, beta), gamma)];
    }

    /// <summary>Starts of ln γ: 1.6 and 3.3 bits.</summary>
    static readonly double[] Gammas = [0.5, 1.2];

    /// <summary>Starts from a law that was fitted to the runs at full precision.</summary>
    public IEnumerable<double[]> StartsAt(ChinchillaLaw law) => Gammas.Select(gamma => Point(law, gamma));

    double[] Point(ChinchillaLaw law, double lnGamma) => Point(new PrecisionLaw(law, TrainingBits.All(Math.Exp(lnGamma)), null));

    /// <summary>The point of a law.</summary>
    public double[] Point(PrecisionLaw law)
    {
        const double LeastE = 1e-9;             // ln 0 is no start
        List<double> at = [Math.Log(law.Base.A), Math.Log(law.Base.B), Math.Log(Math.Max(LeastE, law.Base.E)), law.Base.Alpha];
        if (!tied) at.Add(law.Base.Beta);
        at.AddRange(parts.Groups.Select(group => Math.Log(group[0].Bits(law.Gamma))));
        if (freePowers) at.AddRange(parts.Groups.Select(group => Math.Log(group[0].Bits(law.Exponents))));
        return [.. at];
    }

    /// <summary>The law of a point.</summary>
    public PrecisionLaw Law(ReadOnlySpan<double> at)
    {
        double[] gammas = [0, 0, 0], powers = [1, 1, 1];
        foreach (var (i, part) in PrecisionPart.All.Index())
        {
            if (parts.GroupOf(part) is not (>= 0 and var group)) continue;
            gammas[i] = Math.Exp(at[FirstGamma + group]);
            if (freePowers) powers[i] = Math.Exp(at[FirstGamma + Groups + group]);
        }
        var law = new ChinchillaLaw(Math.Exp(at[0]), Math.Exp(at[1]), Math.Exp(at[2]), at[3], tied ? at[3] : at[4]);
        return new(law, new(gammas[0], gammas[1], gammas[2]), null) { Exponents = new(powers[0], powers[1], powers[2]) };
    }

    public double Evaluate(ReadOnlySpan<double> at, Span<double> gradient)
    {
        gradient.Clear();
        var (alpha, beta, value) = (at[3], tied ? at[3] : at[4], 0.0);
        Span<double> factors = stackalloc double[Groups], slopes = stackalloc double[Groups];
        foreach (var (lnN, lnD, lnLoss, bits) in _rows)
        {
            var lnEffective = lnN;
            for (var x = 0; x < Groups; x++)
            {
                var power = _members[x] * (freePowers ? Math.Exp(at[FirstGamma + Groups + x]) : 1);
                var ratio = bits[x] / Math.Exp(at[FirstGamma + x]);
                factors[x] = power * Math.Log(-ExpM1(-ratio));                      // n ln(1 - e^(-P/γ))
                slopes[x] = power * ratio / ExpM1(ratio);                           // -d of it / d ln γ
                lnEffective += factors[x];
            }
            var (u1, u2) = (at[0] - (alpha * lnEffective), at[1] - (beta * lnD));
            var most = Math.Max(Math.Max(u1, u2), at[2]);
            var (w1, w2, w3) = (Math.Exp(u1 - most), Math.Exp(u2 - most), Math.Exp(at[2] - most));
            var sum = w1 + w2 + w3;
            var residual = most + Math.Log(sum) - lnLoss;
            var slope = Huber.Slope(residual, delta);
            value += Huber.Loss(residual, slope);
            var (s1, s2) = (slope * w1 / sum, slope * w2 / sum);
            (gradient[0], gradient[1], gradient[2]) = (gradient[0] + s1, gradient[1] + s2, gradient[2] + (slope * w3 / sum));
            gradient[3] -= s1 * lnEffective;
            gradient[tied ? 3 : 4] -= s2 * lnD;
            for (var x = 0; x < Groups; x++)
            {
                gradient[FirstGamma + x] += s1 * alpha * slopes[x];
                if (freePowers) gradient[FirstGamma + Groups + x] -= s1 * alpha * factors[x];
            }
        }
        return value;
    }

    /// <summary>e^x - 1, near 0 without loss of digits (Kahan's way).</summary>
    static double ExpM1(double x)
    {
        const double Near = 0.5;
        if (Math.Abs(x) > Near) return Math.Exp(x) - 1;
        var e = Math.Exp(x);
        return e == 1 ? x : (e - 1) * x / Math.Log(e);
    }
}
