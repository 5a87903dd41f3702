using Tern.Models;

namespace Tern.Plan.Memory;

/// <summary>The state that an optimiser keeps, as Tern.Train's keep it with their default settings.</summary>
/// <param name="Name">As the recipe names it, and the type of moments where that is not float32.</param>
/// <param name="StateBytes">Of a weight that is trained, gradient and weight not counted.</param>
public sealed record OptimizerMemory(string Name, Func<PlannedTensor, long> StateBytes)
{
    /// <summary>Bytes that the step of a weight takes beside its state and then gives back, where that is more than a few tensors of the weight's size.</summary>
    public Func<PlannedTensor, long> WorkspaceBytes { get; init; } = _ => 0;

    const int Float32 = sizeof(float), StepCounter = sizeof(long);

    /// <summary>Of GaLore (Zhao et al. 2024, arXiv 2403.03507, section 5.1), and of Tern.Train's.</summary>
    public const int UsualRank = 128;

    /// <summary>A longer side of a matrix has no factor in SOAP and Shampoo (max_precond_dim of the authors' code).</summary>
    const long LongestFactor = 10_000;

    /// <summary>Dettmers et al. 2021, arXiv 2110.02861, as bitsandbytes has it: a scale for each 256 codes; moments of fewer than 4096 elements stay float32.</summary>
    const long Int8Block = 256, FewestInt8 = 4096;

    /// <summary>All that Tern trains with.</summary>
    /// <param name="rank">Of GaLore.</param>
    public static IReadOnlyList<OptimizerMemory> All(int rank = UsualRank) =>
    [
        new("adamw", Adam),
        new("adamw-int8", weight => Moments8(weight.Elements) + StepCounter),
        new("adafactor", Adafactor),
        new("muon", weight => IsInnerMatrix(weight) ? Float32 * weight.Elements : Adam(weight)),
        new("galore", weight => GaLore(weight, rank, Moments)),
        new("galore-int8", weight => GaLore(weight, rank, Moments8)),
        new("soap", Kronecker) { WorkspaceBytes = Eigen },
        new("shampoo", Kronecker) { WorkspaceBytes = Eigen },
    ];

    /// <exception cref="TernException">There is no such optimiser, or the rank is below 1.</exception>
    public static OptimizerMemory Named(string name, int rank = UsualRank)
    {
        if (rank < 1) throw new TernException($"A rank of {rank} is not possible; it must be at least 1.");
        var all = All(rank);
        if (all.FirstOrDefault(known => known.Name.Equals(name, StringComparison.OrdinalIgnoreCase)) is { } found) return found;
        var names = all.Select(known => known.Name).ToList();
        var near = EditDistance.Nearest(name, names);
        throw new TernException($"there is no optimizer '{name}'{(near is null ? "." : $"; did you mean '{near}'?")} Known are {string.Join(", ", names)}.");
    }

    /// <summary>A matrix of attention or feed-forward, as opposed to embedding and output.</summary>
    static bool IsInnerMatrix(PlannedTensor weight) => weight.Shape.Count == 2 && !weight.IsTable;

    static long Moments(long elements) => 2 * Float32 * elements;

    static long Moments8(long elements) => elements < FewestInt8 ? Moments(elements) : 2 * (elements + Float32 * ((elements + Int8Block - 1) / Int8Block));

    static long Adam(PlannedTensor weight) => Moments(weight.Elements) + StepCounter;

    /// <summary>Means of rows and columns (Shazeer and Stern 2018, arXiv 1804.04235); the whole moment of a vector.</summary>
    static long Adafactor(PlannedTensor weight) => Float32 * (weight.Shape.Count < 2 ? weight.Elements : weight.Shape[0] + weight.Shape[1]) + StepCounter;

    /// <summary>The projector of the shorter side [m, r], and moments of what is projected [r, n].</summary>
    static long GaLore(PlannedTensor weight, int rank, Func<long, long> moments)
    {
        if (!IsInnerMatrix(weight) || weight.Shape.Min() <= rank) return moments(weight.Elements) + StepCounter;
        return Float32 * rank * weight.Shape.Min() + moments(rank * weight.Shape.Max()) + StepCounter;
    }

    /// <summary>Of the largest factor: it and its eigenvectors in float64, 8 d² bytes each, and the 2 d² numbers of work that LAPACK's syevd asks for.</summary>
    static long Eigen(PlannedTensor weight) => weight.Shape.Count < 2 ? 0 : weight.Shape.Where(side => side <= LongestFactor).Select(side => 4 * sizeof(double) * side * side).DefaultIfEmpty(0).Max();

    /// <summary>Two matrices d × d for each side that is not too long (SOAP: factor and basis; Shampoo: factor and root), and two moments. Vectors have Adam's.</summary>
    static long Kronecker(PlannedTensor weight) => Adam(weight) + (weight.Shape.Count < 2 ? 0 : 2 * Float32 * weight.Shape.Where(side => side <= LongestFactor).Sum(side => side * side));
}
