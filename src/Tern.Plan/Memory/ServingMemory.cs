using Tern.Models;
using Tern.Models.Configs;
using Tern.Numerics.Formats;
using Tern.Numerics.Kernels;

namespace Tern.Plan.Memory;

/// <summary>How a model is served.</summary>
public sealed record ServingSetup
{
    /// <summary>Positions of each sequence.</summary>
    public required int Context { get; init; }

    /// <summary>Sequences at the same time.</summary>
    public int Batch { get; init; } = 1;

    /// <summary>How keys and values are kept.</summary>
    public CacheType CacheType { get; init; } = CacheType.F16;

    /// <summary>Most tokens that go through the layers at once, as Tern.Run's LoadOptions.MaxBatch.</summary>
    public int TokensAtOnce { get; init; } = 512;
}

/// <summary>The memory of a model that is served by Tern.Run, in bytes. Every part but the runtime follows from shapes.</summary>
/// <param name="Weights">Matrices as the kernels read them, in panels of 16 rows, and norms and biases in float32.</param>
/// <param name="Embeddings">The table, which is looked up in the mapped file: pages that are not read do not count, and the system may drop them.</param>
/// <param name="KeysAndValues">Of all sequences. Tern.Run keeps every position of a layer, whether its attention slides or not.</param>
/// <param name="Rotary">Cosines and sines, which sequences share.</param>
/// <param name="Workspace">What a forward pass writes, logits included.</param>
/// <param name="Runtime">.NET, compiled code, the tokenizer.</param>
public sealed record ServingMemory(long Weights, long Embeddings, long KeysAndValues, long Rotary, long Workspace, long Runtime)
{
    /// <summary>What the peak of tern run was above the other parts, with 512 tokens of models/gutenberg-2m (60.8 MB) and models/gutenberg-9m (62.5 MB), the larger; x64 Linux, .NET 10, 2026-11-26.</summary>
    public const long RuntimeBytes = 62_500_000;

    /// <summary>How keys and values are kept.</summary>
    public CacheType CacheType { get; init; }

    /// <summary>More than any server has; the bytes of as many of the longest contexts are still a number.</summary>
    const int MostSequences = 1 << 20;

    /// <summary>All of it.</summary>
    public long Total => Weights + Embeddings + KeysAndValues + Rotary + Workspace + Runtime;

    /// <summary>What serving takes.</summary>
    /// <exception cref="TernException">The context or batch is not possible.</exception>
    public static ServingMemory Of(PlannedModel model, ServingSetup setup)
    {
        var config = model.Config;
        if (setup.Context < 1) throw new TernException($"A context of {setup.Context} tokens is not possible; it must be at least 1.");
        if (setup.Batch < 1) throw new TernException($"A batch of {setup.Batch} sequences is not possible; it must be at least 1.");
        if (setup.Context > config.MaxPositionEmbeddings)
            throw new TernException($"{model.Path}: a context of {setup.Context:N0} tokens is longer than the {config.MaxPositionEmbeddings:N0} positions that the model was made for; take a shorter one.");
        return At(model, setup);
    }

    /// <summary>The longest context of so many sequences that fits, a multiple of 16 or the model's limit; 0 where none does.</summary>
    public static int LargestContext(PlannedModel model, ServingSetup setup, MemorySize memory)
    {
        const int Panel = 16;
        var limit = model.Config.MaxPositionEmbeddings;
        var panels = LargestCount.Of((limit + Panel - 1) / Panel, count => At(model, setup with { Context = (int)Math.Min(limit, count * Panel) }).Total <= memory.Bytes);
        return (int)Math.Min(limit, panels * Panel);
    }

    /// <summary>The most sequences of this context that fit; 0 where not even one does.</summary>
    public static int LargestBatch(PlannedModel model, ServingSetup setup, MemorySize memory) =>
        (int)LargestCount.Of(MostSequences, count => At(model, setup with { Batch = (int)count }).Total <= memory.Bytes);

    static ServingMemory At(PlannedModel model, ServingSetup setup)
    {
        var config = model.Config;
        var cacheType = setup.CacheType == CacheType.Q8_0 && config.HeadDim % AttentionCache.Q8Group != 0 ? CacheType.F16 : setup.CacheType;       // as Tern.Run's LanguageModel.CreateSequence
        var embedding = model.Tensors.First(tensor => tensor.IsEmbedding);
        var tokens = Math.Min(setup.TokensAtOnce, Math.Max((long)setup.Context, setup.Batch));
        return new ServingMemory(
            model.Tensors.Sum(tensor => tensor == embedding ? 0 : InMemory(tensor)) + HeadOf(config, embedding),
            embedding.StoredBytes,
            checked((long)setup.Batch * config.NumHiddenLayers * AttentionCache.BytesFor(config.NumKeyValueHeads, config.HeadDim, setup.Context, cacheType)),
            RotaryBytes(config, setup.Context),
            WorkspaceBytes(config, (int)tokens, setup.Batch),
            RuntimeBytes)
        { CacheType = cacheType };
    }

    /// <summary>A tied table is repacked as the output matrix; of 32-bit floats nothing is, and both are the same pages.</summary>
    static long HeadOf(ModelConfig config, PlannedTensor embedding) => config.TieWordEmbeddings && embedding.Type != TensorType.F32 ? InMemory(embedding) : 0;

    static long InMemory(PlannedTensor tensor)
    {
        if (tensor.Shape.Count < 2) return sizeof(float) * tensor.Elements;
        var type = tensor.Type switch
        {
            TensorType.F8E4M3 or TensorType.F8E5M2 => TensorType.BF16,             // widened, as Tern.Run's WeightLoader
            TensorType.F64 => TensorType.F32,
            var stored => stored,
        };
        const int Panel = WeightMatrix.RowsPerUnit;
        return (tensor.Shape[0] + Panel - 1) / Panel * Panel * type.BytesFor(tensor.Shape[1]);
    }

    /// <summary>[positions, rotated pairs] twice in float32; Gemma 3 has two bases.</summary>
    static long RotaryBytes(ModelConfig config, int context)
    {
        var rotated = config is Phi3Config phi ? (long)(config.HeadDim * phi.PartialRotaryFactor) / 2 * 2 : config.HeadDim;
        return (config is Gemma3Config ? 2 : 1) * context * rotated * sizeof(float);
    }

    /// <summary>Residual stream, projections, queries, keys, values, gate and up in float32; three inputs of products in every form; logits. Tern.Run's Workspace.</summary>
    static long WorkspaceBytes(ModelConfig config, int tokens, int batch)
    {
        int queries = config.NumAttentionHeads * config.HeadDim, keys = config.NumKeyValueHeads * config.HeadDim;
        return sizeof(float) * tokens * (2L * config.HiddenSize + queries + 2L * keys + 2L * config.IntermediateSize)
            + Activations.BytesFor(tokens, config.HiddenSize) + Activations.BytesFor(tokens, queries) + Activations.BytesFor(tokens, config.IntermediateSize)
            + sizeof(float) * (long)batch * config.VocabSize;
    }
}
