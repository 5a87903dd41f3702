using YamlDotNet.RepresentationModel;

namespace Tern.Plan.Sweeps;

/// <summary>A run of a sweep: one point of one grid, or of several grids that agree in it.</summary>
public sealed record SweepRun
{
    /// <summary>Of size, tokens, batch, learning rate, bits and seed, and a piece of the hash, so that no two runs share it.</summary>
    public required string Name { get; init; }

    /// <summary>The grids that the run belongs to.</summary>
    public required IReadOnlyList<string> Parts { get; init; }

    /// <summary>Of the model.</summary>
    public required string Size { get; init; }

    /// <summary>All weights.</summary>
    public required long Parameters { get; init; }

    /// <summary>All but embedding and head.</summary>
    public required long NonEmbeddingParameters { get; init; }

    /// <summary>Tokens of a sequence.</summary>
    public required int SequenceLength { get; init; }

    /// <summary>Of a step.</summary>
    public required int Sequences { get; init; }

    public required long Steps { get; init; }

    public required double LearningRate { get; init; }

    public required int Seed { get; init; }

    /// <summary>FLOP that were given out, where the run belongs to a budget.</summary>
    public double? Budget { get; init; }

    /// <summary>Forward and backward of all steps, as the shape needs them; attention included.</summary>
    public required double ExactFlop { get; init; }

    public long BatchTokens => (long)Sequences * SequenceLength;

    public long Tokens => Steps * BatchTokens;

    /// <summary>6ND, of all parameters: what laws and budgets count.</summary>
    public double Flop => 6.0 * Parameters * Tokens;

    internal SweepBits Bits { get; init; }

    internal IReadOnlyList<int> PostTrainingBits { get; init; } = [];

    internal IReadOnlyList<double> Targets { get; init; } = [];

    internal ReferenceTargets? TargetsFrom { get; init; }

    /// <summary>Looks at held-out text over the run.</summary>
    internal int Evaluations { get; init; }

    /// <summary>All of the recipe that decides on the weights; folders and evaluation times are written into it when it is started.</summary>
    internal YamlMappingNode Recipe { get; init; } = [];

    /// <summary>Of <see cref="Recipe"/>.</summary>
    internal string Identity { get; init; } = "";
}
