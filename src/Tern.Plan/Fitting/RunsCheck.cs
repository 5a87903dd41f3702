using Tern.Models;

namespace Tern.Plan.Fitting;

/// <summary>Whether runs can tell the constants of a law apart.</summary>
static class RunsCheck
{
    /// <summary>Sizes, or tokens, that differ by less than this share are the same.</summary>
    const double Same = 1e-6;

    /// <summary>ln N and ln D on one line within this correlation say nothing about the two terms apart.</summary>
    const double OnALine = 1 - 1e-9;

    /// <exception cref="TernException">Fewer runs than constants, all of one size, all of one length, or all on one line of ln N and ln D.</exception>
    public static void RequireSpread(IReadOnlyList<TrainedModel> runs, int constants)
    {
        RequireCount(runs, constants);
        if (Problem(runs) is { } problem) throw new TernException(problem);
    }

    /// <summary>Whether <see cref="RequireSpread"/> has nothing to say.</summary>
    public static bool HaveSpread(IReadOnlyList<TrainedModel> runs, int constants) => runs.Count >= constants && Problem(runs) is null;

    static string? Problem(IReadOnlyList<TrainedModel> runs)
    {
        var (lnN, lnD) = (runs.Select(run => Math.Log(run.Allocation.Parameters)).ToArray(), runs.Select(run => Math.Log(run.Allocation.Tokens)).ToArray());
        if (Spread(lnN) < Same) return $"All runs have {runs[0].Allocation.Parameters:G4} parameters: how loss falls with size cannot be told from them. Add runs of other sizes.";
        if (Spread(lnD) < Same) return $"All runs have {runs[0].Allocation.Tokens:G4} tokens: how loss falls with data cannot be told from them. Add longer or shorter runs.";
        return Math.Abs(Correlation(lnN, lnD)) > OnALine
            ? "Tokens follow from parameters in all runs (as with a fixed number of tokens per parameter): the two terms of the law cannot be told apart. Add runs of one size with several lengths."
            : null;
    }

    /// <exception cref="TernException">Fewer runs than constants.</exception>
    public static void RequireCount(IReadOnlyList<TrainedModel> runs, int constants)
    {
        if (runs.Count < constants) throw new TernException($"{runs.Count} runs are too few for {constants} constants. Add runs, or raise --cutoff if it left some out.");
    }

    static double Spread(double[] values) => values.Max() - values.Min();

    internal static double Correlation(double[] x, double[] y)
    {
        var (meanX, meanY) = (x.Average(), y.Average());
        var (xx, yy, xy) = (0.0, 0.0, 0.0);
        for (var i = 0; i < x.Length; i++)
        {
            var (dx, dy) = (x[i] - meanX, y[i] - meanY);
            (xx, yy, xy) = (xx + (dx * dx), yy + (dy * dy), xy + (dx * dy));
        }
        return xy / Math.Sqrt(xx * yy);
    }
}
