using Tern.Numerics.Formats;
using Tern.Numerics.Threading;

namespace Tern.Numerics.Kernels;

/// <summary>
/// Runs each vector kernel once on a few numbers. Kernels are compiled when they are first called, some tens of milliseconds together: done on
/// another thread while a model is being opened, the first token need not wait for that.
/// </summary>
public static unsafe class KernelWarmUp
{
    const int HeadDim = 32, Tokens = 2;

    /// <summary>Starts on a thread of the pool.</summary>
    public static void Start(IsaLevel level, CacheType cacheType = CacheType.F16) => Task.Run(() => Run(level, cacheType));

    static void Run(IsaLevel level, CacheType cacheType)
    {
        var kernels = VectorKernels.For(level);
        using var x = new Activations(Tokens, HeadDim);
        x.Resize(Tokens, HeadDim);
        new Span<float>(x.Values, Tokens * HeadDim).Fill(1);
        RunAttention(kernels, x, cacheType);
        kernels.Rotate(x.Values, x.Values, x.Values, HeadDim, interleaved: false);
        kernels.RmsNorm(x.Values, x.Values, x.Values, HeadDim, epsilon: 1);
        kernels.SwiGlu(x.Values, x.Values, x.Values, HeadDim);
        kernels.Add(x.Values, x.Values, HeadDim);
        kernels.Prepare(x, 0, 1, ActivationForms.Quants);
        Multiply(x, level);
    }

    static void RunAttention(VectorKernels kernels, Activations x, CacheType cacheType)
    {
        using var cache = new AttentionCache(heads: 1, HeadDim, capacity: 1, cacheType);
        using var scratch = new AttentionScratch(maxQueries: 1, HeadDim);
        cache.StoreKey(0, 0, x.Values);
        cache.StoreValue(0, 0, x.Values);
        kernels.Attend(new AttentionTile
        {
            Cache = cache,
            Scratch = scratch,
            KeyValueHead = 0,
            Group = 1,
            Tokens = 1,
            Position = 0,
            Queries = x.Values,
            Output = x.Values,
            Stride = HeadDim,
            Scale = 1,
        });
    }

    /// <summary>A product of the commonest kind, which on the upper rungs also brings in the assembler.</summary>
    static void Multiply(Activations x, IsaLevel level)
    {
        using var team = new WorkerTeam(1);
        var row = stackalloc byte[WeightFormats.Of(TensorType.Q8_0).BytesPerBlock];
        using var matrix = WeightMatrix.Create(TensorType.Q8_0, row, 1, HeadDim, team, level);
        var product = 0f;
        MatrixProduct.Run(team, x, matrix, &product);
    }
}
