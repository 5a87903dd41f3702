using OxyPlot;
using OxyPlot.Axes;
using Tern.Models;
using Tern.Plan.Budgets;
using Tern.Plan.Fitting;
using Tern.Plan.Laws;
using Tern.Plots;

namespace Tern.Plan.Pictures;

/// <summary>The pictures of a fit: residuals, the frontier with its interval, and what the law says.</summary>
public static class FitPictures
{
    const int Points = 61;

    /// <summary>Budgets of the isoFLOP curves, over the largest run's, and how far the frontier is drawn beyond it.</summary>
    static readonly double[] Budgets = [0.01, 0.1, 1, 10];

    /// <summary>Writes all of them into a folder, each as SVG and as PNG.</summary>
    /// <returns>The files.</returns>
    /// <exception cref="TernException">They cannot be written, or the machine has no font for the PNG.</exception>
    public static IReadOnlyList<string> Write(string folder, FittedLaw fit) => PictureFolder.Write(folder, Of(fit));

    /// <summary>Those that the fit has.</summary>
    public static IReadOnlyList<Picture> Of(FittedLaw fit)
    {
        var pictures = new List<Picture>();
        if (fit.Quality is { } quality) pictures.Add(Residuals(quality, fit.Law == LawKind.CriticalBatch ? "steps" : "loss"));
        if (fit.Range is { } range && fit.Law != LawKind.CriticalBatch) pictures.Add(Frontier(fit, range));
        if (fit is { Chinchilla: not null, Range: { } of }) pictures.Add(IsoFlopPicture.Draw(LawSource.Of(fit, fit.Source.File ?? "fit"), [.. Budgets.Select(factor => factor * LargestFlop(of))]));
        if (fit is { Precision: { } precision, Range: { } runs }) pictures.AddRange(Precision(precision, runs.Middle, fit.Source.File));
        if (fit.CriticalBatch is { } batch) pictures.Add(BatchPictures.Steps(batch, source: fit.Source.File));
        return pictures;
    }

    static double LargestFlop(FittedRange range) => new Allocation(range.Parameters.High, Math.Min(range.Tokens.High, range.TokensPerParameter.High * range.Parameters.High)).TrainingFlop;

    static Picture Residuals(FitQuality quality, string what)
    {
        var picture = new Picture("fit-residuals", "What the law misses", $"Each point is a run: how far the law's {what} lies above the measured one. A trend would mean that the law has the wrong form.");
        picture.AddAxis(what == "loss" ? new LinearAxis() : new LogarithmicAxis(), AxisPosition.Bottom, $"{what} by the law", what == "loss" ? Short.Loss : Short.Tick);
        picture.AddAxis(new LinearAxis(), AxisPosition.Left, "law / measured - 1, percent", Short.Loss);
        DataPoint At(FitResidual residual) => new(residual.Predicted, 100 * (Math.Exp(residual.Log) - 1));
        picture.AddMarks("runs", quality.Residuals.Except(quality.Outliers).Select(At), PlotStyle.Colors[0], size: 3);
        if (quality.Outliers.Any()) picture.AddMarks("outliers", quality.Outliers.Select(At), PlotStyle.Colors[1]);
        return picture;
    }

    static Picture Frontier(FittedLaw fit, FittedRange range)
    {
        var picture = new Picture("fit-frontier", "Best size by operations of training", "The line is the size of the least loss for C = 6 N D; points are the runs of the fit. To their right the law extrapolates."
            + (fit.Samples.Count > 0 ? $" The band holds 80 % of {fit.Samples.Count} draws of the runs." : " No interval is drawn: the fit has no bootstrap."));
        picture.AddAxis(new LogarithmicAxis(), AxisPosition.Bottom, "operations of training C, FLOP", Short.Power);
        picture.AddAxis(new LogarithmicAxis(), AxisPosition.Left, "parameters N", Short.Tick);
        var largest = LargestFlop(range);
        var smallest = new Allocation(range.Parameters.Low, Math.Max(range.Tokens.Low, range.TokensPerParameter.Low * range.Parameters.Low)).TrainingFlop;
        var flops = Spread.Logarithmic(Math.Min(smallest, largest / 10), largest * Budgets[^1], Points);
        if (Bands(fit, flops) is { Count: > 0 } bands)
            picture.AddBand("80 % of draws", bands.Select((band, i) => new DataPoint(flops[i], band.Low)), bands.Select((band, i) => new DataPoint(flops[i], band.High)), PlotStyle.Colors[0]);
        picture.AddCurve("N*", flops.Select(flop => new DataPoint(flop, Optimum(fit, [.. fit.Constants.Select(constant => constant.Value)], fit.Chinchilla, flop))), PlotStyle.Colors[0]);
        if (fit.Quality is { } quality) picture.AddMarks("runs", quality.Residuals.Select(run => new DataPoint(Allocation.TrainingFlopPerParameterAndToken * run.Parameters * run.Tokens, run.Parameters)), PlotStyle.Colors[5], size: 3);
        return picture;
    }

    static IReadOnlyList<Interval> Bands(FittedLaw fit, IReadOnlyList<double> flops)
    {
        if (fit.Samples.Count == 0) return [];
        var laws = fit.ChinchillaSamples.ToList();
        var each = flops.Select(flop => Interval.Middle(fit.Samples.Select((sample, i) => Optimum(fit, sample, laws.Count > 0 ? laws[i] : null, flop)), 0.8, Bootstrap.FewestDraws)).ToList();
        return each.Any(band => band is null) ? [] : [.. each.OfType<Interval>()];
    }

    /// <summary>N* of a loss surface, or of the power law of approaches 1 and 2.</summary>
    static double Optimum(FittedLaw fit, IReadOnlyList<double> constants, ChinchillaLaw? law, double flop)
    {
        if (law is not null) return law.OptimumForFlop(flop).Parameters;
        int Index(string name) => fit.Constants.ToList().FindIndex(constant => constant.Name == name);
        return new PowerLaw(constants[Index("parameters_prefactor")], constants[Index("parameters_exponent")]).At(flop);
    }

    static IEnumerable<Picture> Precision(PrecisionLaw law, Allocation middle, string? source)
    {
        double[] rounding = [2, 3, 4, 5, 6];
        if (law.Gamma != TrainingBits.All(0)) yield return PrecisionPictures.Training(law, middle, middle.TrainingFlop, null, source ?? "");
        if (law.PostTraining is not null) yield return PrecisionPictures.Rounding(law, middle, null, rounding, source ?? "");
    }
}
