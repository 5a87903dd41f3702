using System.Security.Cryptography;
using Tern.Models;
using Tern.Models.Files;
using Tern.Plan.Fitting.Runs;
using Tern.Plan.Laws;

namespace Tern.Plan.Fitting;

/// <summary>Fits laws to tables of runs, with intervals, goodness, and what to be careful about.</summary>
public static class LawFitting
{
    /// <summary>A constant whose interval spans more than this factor is not identified.</summary>
    const double Identified = 3;

    /// <summary>Curvatures further apart than this are flat within the rounding of central differences.</summary>
    const double IllConditioned = 1e8;

    /// <summary>Reads the runs (<see cref="TrainedModels.Read"/>), chooses those that the law is about, and fits.</summary>
    /// <exception cref="TernException">The table cannot be read, or its runs do not determine the law.</exception>
    public static FittedLaw Fit(string path, FitOptions options, IReadOnlyDictionary<string, string>? columns = null, CancellationToken cancellationToken = default)
    {
        var all = TrainedModels.ReadAll(path, options.Law == LawKind.CriticalBatch ? RunTableKind.BatchSizes : RunTableKind.Losses, columns);
        var (runs, selection) = RunSelection.For(options.Law, all, options.Parts, path);
        var hash = File.Exists(path) ? Convert.ToHexStringLower(SHA256.HashData(DiskFile.ReadAllBytes(path))) : null;
        return Fit(runs, options, Path.GetFileName(Path.TrimEndingDirectorySeparator(path)), hash, selection, cancellationToken);
    }

    /// <summary>Fits to runs that are at hand.</summary>
    /// <exception cref="TernException">The runs do not determine the law.</exception>
    public static FittedLaw Fit(IReadOnlyList<TrainedModel> runs, FitOptions options, CancellationToken cancellationToken = default) => Fit(runs, options, null, null, [], cancellationToken);

    static FittedLaw Fit(IReadOnlyList<TrainedModel> all, FitOptions options, string? file, string? hash, IReadOnlyList<string> selection, CancellationToken cancellationToken)
    {
        var runs = all.Where(run => Kept(run, options)).ToList();
        var fitter = FitterFor(options, runs);
        var constants = fitter.Fit(runs, cancellationToken);
        var samples = Bootstrap.Samples(fitter, runs, constants, options, cancellationToken);
        var derivedSamples = samples.Select(fitter.Derive).ToList();
        var named = Named(fitter.Constants, constants, samples);
        var quality = fitter.Predicts ? FitQuality.Of(fitter, runs, constants) : null;
        return new FittedLaw
        {
            Law = options.Law,
            Approach = options.Approach,
            Constants = named,
            Derived = Named(fitter.Derived, fitter.Derive(constants), derivedSamples),
            Samples = samples,
            Range = RangeOf(runs),
            Source = new(file, hash, runs.Count, all.Count - runs.Count, selection),
            Quality = quality,
            Warnings = [.. fitter.Warnings(runs, constants), .. Doubts(named, quality, samples.Count, options)],
        };
    }

    static bool Kept(TrainedModel run, FitOptions options)
    {
        const double Rounding = 1e-9;           // D / N of a table is rounded
        return !(run.Allocation.TokensPerParameter > options.Cutoff * (1 + Rounding)) && !(run.Loss > options.MaxLoss);
    }

    static LawFitter FitterFor(FitOptions options, IReadOnlyList<TrainedModel> runs)
    {
        if (runs.Count == 0) throw new TernException("No run is left: raise --cutoff or --max-loss.");
        return options.Law switch
        {
            not LawKind.Chinchilla when options.Approach is FitApproach.Envelope or FitApproach.IsoFlop =>
                throw new TernException($"Approaches 1 and 2 are about the optimum of L(N, D): with --law {FitNames.Of(options.Law)} leave --approach away."),
            LawKind.CriticalBatch => new CriticalBatchFitter(options, runs),
            LawKind.Precision when options.Approach == FitApproach.VariableProjection => throw new TernException("The law of precision is fitted as a surface: leave --approach away, or give --approach 3."),
            LawKind.Precision => new PrecisionFitter(options, Compute(options, runs), runs),
            _ when options.Approach is FitApproach.Envelope or FitApproach.IsoFlop => new FrontierFitter(options, Compute(options, runs)),
            _ => new ChinchillaFitter(options, Compute(options, runs)),
        };
    }

    /// <summary>Budgets for which the optimum is told: those that were asked for, else that of the largest run, and 10 and 100 times as much.</summary>
    static IReadOnlyList<double> Compute(FitOptions options, IReadOnlyList<TrainedModel> runs)
    {
        if (options.Compute.Count > 0) return options.Compute;
        var largest = runs.Max(run => run.Allocation.TrainingFlop);
        return [largest, 10 * largest, 100 * largest];
    }

    static List<FittedConstant> Named(IReadOnlyList<string> names, double[] values, IReadOnlyList<double[]> samples) =>
        [.. names.Select((name, i) => new FittedConstant(name, values[i], Middle(samples, i, 0.8), Middle(samples, i, 0.95)))];

    /// <summary>Null where many of the draws have no such value, such as an optimum: the others would look too sure.</summary>
    static Interval? Middle(IReadOnlyList<double[]> samples, int i, double share)
    {
        const double Absent = 0.02;
        var known = samples.Select(sample => sample[i]).Where(double.IsFinite).ToList();
        return known.Count < (1 - Absent) * samples.Count ? null : Interval.Middle(known, share, Bootstrap.FewestDraws);
    }

    static FittedRange? RangeOf(IReadOnlyList<TrainedModel> runs)
    {
        if (runs.Any(run => double.IsNaN(run.Allocation.TokensPerParameter))) return null;
        Interval Of(Func<Allocation, double> what) => new(runs.Min(run => what(run.Allocation)), runs.Max(run => what(run.Allocation)));
        return new(Of(at => at.Parameters), Of(at => at.Tokens), Of(at => at.TokensPerParameter));
    }

    static IEnumerable<string> Doubts(IReadOnlyList<FittedConstant> constants, FitQuality? quality, int samples, FitOptions options)
    {
        if (options is { Bootstrap: > 0, Law: not LawKind.CriticalBatch } && samples < options.Bootstrap / 2)
            yield return $"Only {samples} of {options.Bootstrap} draws of the bootstrap determine the law: intervals are too narrow. Add runs.";
        foreach (var constant in constants)
            if (constant.Interval95 is var (from, to) && (from <= 0 || to / from > Identified))
                yield return $"{constant.Name} is not identified: 95 % of the bootstrap lie between {from:G3} and {to:G3}. Do not read it alone; what the law predicts within the range of the runs is surer.";
        if (quality?.ConditionNumber > IllConditioned)
            yield return $"The constants trade off against each other (condition number {quality.ConditionNumber:G2}): many sets of them fit nearly as well.";
    }
}
