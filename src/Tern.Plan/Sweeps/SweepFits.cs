using Tern.Models;
using Tern.Plan.Fitting;

namespace Tern.Plan.Sweeps;

/// <summary>What came of fitting a law to a part of a sweep.</summary>
/// <param name="Part">Of the sweep.</param>
/// <param name="Law">That was fitted.</param>
/// <param name="Fit">Null where the runs do not determine it.</param>
/// <param name="File">Where it was written.</param>
/// <param name="Problem">Why there is none.</param>
public sealed record PartFit(string Part, LawKind Law, FittedLaw? Fit, string? File, string? Problem);

/// <summary>Fits to the table of a sweep: one for each part that has a law, in fits/PART.json. <c>tern plan fit runs.csv</c> fits other laws and several parts together.</summary>
public static class SweepFits
{
    /// <summary>Fits. Parts whose runs do not determine their law are told with the reason.</summary>
    /// <param name="sweep">With a table in its folder.</param>
    /// <param name="cancellationToken">Ends it.</param>
    public static IReadOnlyList<PartFit> Fit(Sweep sweep, CancellationToken cancellationToken = default) =>
        [.. sweep.Parts.Where(part => part.Law is not null).Select(part => Fit(sweep.Output, part, cancellationToken))];

    static PartFit Fit(string folder, SweepPart part, CancellationToken cancellationToken)
    {
        var law = part.Law!.Value;
        var table = Path.Combine(folder, SweepTables.FileName);
        try
        {
            var fit = LawFitting.Fit(table, new FitOptions { Law = law, Parts = [part.Name] }, cancellationToken: cancellationToken) with { Command = $"tern plan fit {table} --law {FitNames.Of(law)} --parts {part.Name}" };
            var file = Path.Combine(Directory.CreateDirectory(Path.Combine(folder, "fits")).FullName, part.Name + ".json");
            FittedLawFile.Write(file, fit);
            return new(part.Name, law, fit, file, null);
        }
        catch (TernException problem)
        {
            return new(part.Name, law, null, null, problem.Message);
        }
    }
}
