using Tern.Numerics;

namespace Tern.Run;

/// <summary>How a model is brought into memory and run.</summary>
public sealed record LoadOptions
{
    /// <summary>Threads for the kernels; 0 for one per core.</summary>
    public int Threads { get; init; }

    /// <summary>Which kernels; TERN_ISA or the best of the machine by default.</summary>
    public IsaLevel Level { get; init; } = Isa.Current;

    /// <summary>Most tokens that go through the layers at once; longer prompts are cut into parts of this size.</summary>
    public int MaxBatch { get; init; } = 512;
}
