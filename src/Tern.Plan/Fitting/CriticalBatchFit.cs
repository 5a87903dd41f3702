using Tern.Models;
using Tern.Plan.Fitting.Minimisation;

namespace Tern.Plan.Fitting;

/// <summary>Steps to one target by the batch, f(B) = a + b B^-α.</summary>
/// <param name="Label">Which model and target: "N=8.5E+07"; empty where the table is about one.</param>
/// <param name="Parameters">N; NaN where the table does not say.</param>
/// <param name="Tokens">D, of the efficient run; NaN where the table does not say.</param>
/// <param name="Target">The loss; NaN where the table does not say.</param>
/// <param name="A">a: steps at an infinite batch.</param>
/// <param name="B">b; with α = 1 tokens at an infinitesimal batch, in the unit of batches.</param>
/// <param name="Alpha">1, or fitted.</param>
/// <param name="Censored">Runs that did not reach the target: not part of the fit.</param>
public sealed record CriticalBatchCurve(string Label, double Parameters, double Tokens, double Target, double A, double B, double Alpha, IReadOnlyList<TrainedModel> Censored)
{
    /// <summary>b/a: with α = 1 the B_crit of McCandlish et al. 2018, at which steps and tokens are twice their least. Does not depend on what is called efficient or critical.</summary>
    public double Balance => B / A;

    /// <summary>f(B).</summary>
    public double Steps(double batch) => A + (B * Math.Pow(batch, -Alpha));

    /// <summary>
    /// The largest batch that needs at most 1 + p times the tokens of an efficient one: B f(B) = (1 + p) B_opt f(B_opt). With α = 1 it is p b/a + (1 + p) B_opt (Zhang et al. 2024, arXiv
    /// 2410.21676, section 2), else the root is bracketed and halved.
    /// </summary>
    /// <param name="efficientBatch">B_opt; 0, with α = 1 only, for perfect scaling.</param>
    /// <param name="overhead">p.</param>
    public double CriticalBatch(double efficientBatch, double overhead)
    {
        if (Alpha == 1) return (overhead * Balance) + ((1 + overhead) * efficientBatch);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(efficientBatch);
        var allowed = (1 + overhead) * efficientBatch * Steps(efficientBatch);
        var (low, high) = (efficientBatch, 2 * efficientBatch);
        while (high * Steps(high) < allowed && double.IsFinite(high)) high *= 2;
        for (var i = 0; i < 200 && high - low > 1e-14 * high; i++)
        {
            var middle = (low + high) / 2;
            if (middle * Steps(middle) < allowed) low = middle;
            else high = middle;
        }
        return (low + high) / 2;
    }
}

/// <summary>Least squares of log f = log(a + b B^-α) over the runs of each model and target. Zhang et al. 2024, arXiv 2410.21676, section 2.</summary>
public static class CriticalBatchFit
{
    /// <summary>A curve for each model size, number of tokens and target of the table, by size and tokens.</summary>
    /// <param name="runs">With batch; those without steps did not reach the target.</param>
    /// <param name="freeExponent">α is fitted; else it is 1.</param>
    /// <exception cref="TernException">A model has too few batch sizes.</exception>
    public static IReadOnlyList<CriticalBatchCurve> Fit(IReadOnlyList<TrainedModel> runs, bool freeExponent = false)
    {
        var groups = Groups(runs);
        return [.. groups.Select(group => Curve(LabelOf(group, groups), group, freeExponent))];
    }

    /// <summary>Searches from curves of which the runs are a resampling.</summary>
    internal static IReadOnlyList<CriticalBatchCurve> Refit(IReadOnlyList<TrainedModel> runs, IReadOnlyList<CriticalBatchCurve> from, bool freeExponent) => [.. Groups(runs).Zip(from, (group, curve) =>
    {
        var best = Bfgs.Minimize(new CriticalBatchObjective(group, freeExponent), freeExponent ? [Math.Log(curve.A), Math.Log(curve.B), curve.Alpha] : [Math.Log(curve.A), Math.Log(curve.B)], relativeProgress: 1e-11).At;
        return curve with { A = Math.Exp(best[0]), B = Math.Exp(best[1]), Alpha = freeExponent ? best[2] : 1 };
    })];

    static List<List<TrainedModel>> Groups(IReadOnlyList<TrainedModel> runs) =>
        [.. runs.GroupBy(run => (run.Allocation, run.Loss)).OrderBy(group => group.Key.Allocation.Parameters).ThenBy(group => group.Key.Allocation.Tokens).ThenByDescending(group => group.Key.Loss).Select(group => group.ToList())];

    /// <summary>What tells the group from the others.</summary>
    static string LabelOf(List<TrainedModel> group, List<List<TrainedModel>> all)
    {
        if (all.Count == 1) return "";
        var parts = new List<string>();
        if (all.Select(other => other[0].Allocation.Parameters).Distinct().Count() > 1) parts.Add($"N={group[0].Allocation.Parameters:G4}");
        if (all.Select(other => other[0].Allocation.Tokens).Distinct().Count() > 1) parts.Add($"D={group[0].Allocation.Tokens:G4}");
        if (parts.Count == 0 || all.Count(other => other[0].Allocation.Equals(group[0].Allocation)) > 1) parts.Add($"L={group[0].Loss:G4}");
        return string.Join(' ', parts);
    }

    static CriticalBatchCurve Curve(string label, List<TrainedModel> group, bool freeExponent)
    {
        var reached = group.Where(run => run.Steps is not null).ToList();
        var (batches, needed) = (reached.Select(run => run.BatchTokens).Distinct().Count(), freeExponent ? 4 : 3);
        if (batches < needed)
            throw new TernException($"{(label.Length > 0 ? label + ": " : "")}{batches} batch sizes reached the target; a fit needs {needed}. Run more batch sizes, or runs for longer.");
        var objective = new CriticalBatchObjective(reached, freeExponent);
        var best = objective.Starts().Select(start => ManyStarts.Refined(objective, Bfgs.Minimize(objective, start))).MinBy(minimum => minimum.Value)!.At;
        return new(label, group[0].Allocation.Parameters, group[0].Allocation.Tokens, group[0].Loss, Math.Exp(best[0]), Math.Exp(best[1]), freeExponent ? best[2] : 1, [.. group.Where(run => run.Steps is null)]);
    }
}

/// <summary>½ Σ (ln(a + b B^-α) - ln f)², by (ln a, ln b) or (ln a, ln b, α).</summary>
sealed class CriticalBatchObjective(IReadOnlyList<TrainedModel> runs, bool freeExponent) : IObjective
{
    readonly (double LnBatch, double LnSteps)[] _rows = [.. runs.Select(run => (Math.Log(run.BatchTokens!.Value), Math.Log(run.Steps!.Value)))];

    public int Dimension => freeExponent ? 3 : 2;

    /// <summary>A floor of steps near the least seen, or well below; tokens near those of the smallest batch.</summary>
    public IEnumerable<double[]> Starts()
    {
        var (least, tokens) = (_rows.Min(row => row.LnSteps), _rows.Min(row => row.LnSteps + row.LnBatch));
        foreach (var below in (double[])[0.2, 1, 3]) yield return freeExponent ? [least - below, tokens, 1] : [least - below, tokens];
    }

    public double Evaluate(ReadOnlySpan<double> at, Span<double> gradient)
    {
        gradient.Clear();
        var (alpha, value) = (freeExponent ? at[2] : 1, 0.0);
        foreach (var (lnBatch, lnSteps) in _rows)
        {
            var scaled = at[1] - (alpha * lnBatch);
            var most = Math.Max(at[0], scaled);
            var (floor, falling) = (Math.Exp(at[0] - most), Math.Exp(scaled - most));
            var residual = most + Math.Log(floor + falling) - lnSteps;
            value += residual * residual / 2;
            gradient[0] += residual * floor / (floor + falling);
            gradient[1] += residual * falling / (floor + falling);
            if (freeExponent) gradient[2] -= residual * falling / (floor + falling) * lnBatch;
        }
        return value;
    }
}
