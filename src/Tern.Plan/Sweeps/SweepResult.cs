using System.Text.Json;
using Tern.Models.Files;

namespace Tern.Plan.Sweeps;

/// <summary>The loss of the finished model after its weights were rounded.</summary>
/// <param name="Bits">Of the weights.</param>
/// <param name="Loss">Nats per held-out token.</param>
public sealed record PostTrainingLoss(int Bits, double Loss);

/// <summary>How a run ended: all numbers that the table needs, in result.json.</summary>
public sealed record SweepResult
{
    /// <summary>Of the recipe that was run.</summary>
    public required string RecipeHash { get; init; }

    /// <summary>Steps that were done: fewer than planned where the run reached its target.</summary>
    public required long Steps { get; init; }

    /// <summary>Nats per held-out token at the end; infinite where the run diverged; NaN where it failed.</summary>
    public required double Loss { get; init; }

    /// <summary>A number of the run was not finite.</summary>
    public bool Diverged { get; init; }

    /// <summary>The last message of a run that failed. It is tried again when the sweep goes on.</summary>
    public string? Failure { get; init; }

    /// <summary>Of the steps, evaluations and start not counted.</summary>
    public double Seconds { get; init; }

    public IReadOnlyList<HeldOutPoint> HeldOut { get; init; } = [];

    public IReadOnlyList<PostTrainingLoss> PostTraining { get; init; } = [];

    /// <summary>Gradient noise scale at the end of the run, in tokens; null where it was not measured.</summary>
    public double? NoiseScaleTokens { get; init; }

    /// <summary>Nothing is left to do.</summary>
    internal bool IsFinal => Failure is null;

    internal static SweepResult? Read(string path)
    {
        if (!File.Exists(path)) return null;
        try
        {
            return JsonSerializer.Deserialize<SweepResult>(DiskFile.ReadAllBytes(path), SweepJson.Options);
        }
        catch (JsonException)
        {
            return null;                                              // of another version: the run is done again
        }
    }

    internal void Write(string path) => AtomicFile.WriteText(path, JsonSerializer.Serialize(this, SweepJson.Options) + "\n");
}
