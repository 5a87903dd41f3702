using Tern.Plan.Laws;

namespace Tern.Plan.Fitting;

/// <summary>Weights, activations, or keys and values.</summary>
/// <param name="Suffix">Of names of constants: gamma_w.</param>
/// <param name="Name">For people.</param>
/// <param name="Bits">Its bits.</param>
sealed record PrecisionPart(string Suffix, string Name, Func<TrainingBits, double> Bits)
{
    public static readonly IReadOnlyList<PrecisionPart> All =
        [new("w", "weights", bits => bits.Weights), new("a", "activations", bits => bits.Activations), new("kv", "keys and values", bits => bits.KeyValues)];
}

/// <summary>
/// Which γ runs can tell. A part whose bits are the same in all runs has none: its γ is 0, which is no penalty. Parts whose bits go together in all runs share one.
/// </summary>
/// <param name="Groups">Parts that share a γ.</param>
sealed record PrecisionParts(IReadOnlyList<IReadOnlyList<PrecisionPart>> Groups)
{
    /// <summary>Parts with a γ, in the order of their names.</summary>
    public IEnumerable<PrecisionPart> Fitted => PrecisionPart.All.Where(part => GroupOf(part) >= 0);

    /// <summary>Parts without.</summary>
    public IEnumerable<PrecisionPart> Fixed => PrecisionPart.All.Where(part => GroupOf(part) < 0);

    /// <summary>-1 for a part without γ.</summary>
    public int GroupOf(PrecisionPart part) => Groups.ToList().FindIndex(group => group.Contains(part));

    public static PrecisionParts Of(IReadOnlyList<TrainedModel> runs)
    {
        var groups = new List<List<PrecisionPart>>();
        foreach (var part in PrecisionPart.All.Where(part => Varies(part, runs)))
        {
            var same = groups.Find(group => runs.All(run => group[0].Bits(run.BitsOrFull) == part.Bits(run.BitsOrFull)));
            if (same is null) groups.Add([part]);
            else same.Add(part);
        }
        return new([.. groups]);
    }

    /// <summary>Whether other runs, drawn from the same, still tell them.</summary>
    public bool AreToldBy(IReadOnlyList<TrainedModel> runs) => Groups.All(group => Varies(group[0], runs));

    static bool Varies(PrecisionPart part, IReadOnlyList<TrainedModel> runs) => runs.Select(run => part.Bits(run.BitsOrFull)).Distinct().Count() > 1;
}
