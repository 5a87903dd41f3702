using System.Globalization;
using MathNet.Numerics.Distributions;
using Tern.Plan.Fitting.Minimisation;
using Tern.Plan.Laws;

namespace Tern.Plan.Fitting;

/// <summary>
/// Whether the penalties of few bits have the shape 1 - e^(-P/γ). In it γ alone says how large they are and how fast they fall with bits; where runs do not agree, the search bends A and α until γ is many bits. The appendix of Kumar et al.
/// 2024, arXiv 2411.04330, has a power for each factor, which sets the two apart: the law is beside that one, by the ratio of their likelihoods.
/// </summary>
static class PenaltyShape
{
    /// <summary>So much better is chance in one of a hundred tables.</summary>
    const double Chance = 0.01;

    /// <summary>Log losses are not told apart below this: they have four digits.</summary>
    const double SmallestGain = 1e-4;

    /// <summary>A warning, or null where powers tell the runs no better.</summary>
    /// <param name="trained">Runs before rounding.</param>
    /// <param name="parts">What they tell.</param>
    /// <param name="law">Fitted to them without powers.</param>
    /// <param name="options">Of that fit.</param>
    public static string? Doubt(IReadOnlyList<TrainedModel> trained, PrecisionParts parts, PrecisionLaw law, FitOptions options)
    {
        var objective = new PrecisionObjective(trained, parts, options.Huber, options.TieExponents, freePowers: true);
        List<double[]> starts = [objective.Point(law), .. objective.Starts()];
        var freed = objective.Law(ManyStarts.Minimize(objective, starts, options.Threads, CancellationToken.None).Best.At);
        var (tied, free) = (MeanError(trained, law), MeanError(trained, freed));
        // The errors beyond δ are taken as Laplace's, whose scale is their mean: the logarithm of the ratio of likelihoods is n ln of that of the scales.
        var ratio = 2 * trained.Count * Math.Log(tied / free);
        if (tied - free < SmallestGain || ratio < ChiSquared.InvCDF(parts.Groups.Count, 1 - Chance)) return null;
        return string.Create(CultureInfo.InvariantCulture, $"Penalties of few bits are not of the law's shape: with a power of each factor (--exponents) the mean error falls from {tied:0.00 %} to {free:0.00 %}, gamma becomes {Gammas(parts, freed)} bits (here {Gammas(parts, law)}) and P* {PrecisionOptimum.Bits(freed):F1} (here {PrecisionOptimum.Bits(law):F1}). Do not read gamma or P* of this fit.");
    }

    static double MeanError(IReadOnlyList<TrainedModel> trained, PrecisionLaw law) => trained.Average(run => Math.Abs(Math.Log(law.Loss(run.Allocation, run.BitsOrFull) / run.Loss)));

    static string Gammas(PrecisionParts parts, PrecisionLaw law) => string.Join(", ", parts.Groups.Select(group => group[0].Bits(law.Gamma).ToString("F2", CultureInfo.InvariantCulture)));
}
