using System.Runtime.CompilerServices;
using Tern.Numerics.Registers;

namespace Tern.Numerics.Kernels;

/// <summary>
/// Attention of the queries of a tile over a part of the positions, as online softmax leaves it: weighted sums of values, not divided yet,
/// the largest score that the weights are relative to (float.MinValue at first, which unlike -infinity can be subtracted from itself), and the sum of the weights (0 where a query sees nothing of the part).
/// </summary>
readonly unsafe struct AttentionPartial(float* memory, int queries, int paddedDim)
{
    const int Lanes = 16;

    /// <summary>Floats that a partial takes: whole cache lines.</summary>
    public static long Floats(int queries, int paddedDim) => (long)queries * paddedDim + 2 * Padded(queries);

    static long Padded(int queries) => (queries + Lanes - 1L) / Lanes * Lanes;

    /// <summary>[queries, paddedDim].</summary>
    public float* Outputs => memory;

    /// <summary>Of every query; padded to whole registers.</summary>
    public float* Maxima => memory + (long)queries * paddedDim;

    public float* Sums => Maxima + Padded(queries);

    public void Clear()
    {
        new Span<float>(Outputs, queries * paddedDim).Clear();
        new Span<float>(Maxima, (int)Padded(queries)).Fill(float.MinValue);
        new Span<float>(Sums, queries).Clear();
    }

    /// <summary>Adds a part to what is here. The order of the parts shows in the bits.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public void Add<TRegister>(AttentionPartial part) where TRegister : unmanaged, IRegister<TRegister>
    {
        for (var query = 0; query < queries; query++)
        {
            if (part.Sums[query] == 0) continue;
            float* outputs = Outputs + (long)query * paddedDim, added = part.Outputs + (long)query * paddedDim;
            if (Sums[query] == 0)
            {
                (Maxima[query], Sums[query]) = (part.Maxima[query], part.Sums[query]);
                Buffer.MemoryCopy(added, outputs, paddedDim * sizeof(float), paddedDim * sizeof(float));
                continue;
            }
            var max = MathF.Max(Maxima[query], part.Maxima[query]);
            float here = MathF.Exp(Maxima[query] - max), there = MathF.Exp(part.Maxima[query] - max);
            Maxima[query] = max;
            Sums[query] = Sums[query] * here + part.Sums[query] * there;
            TRegister keep = TRegister.Broadcast(here), take = TRegister.Broadcast(there);
            for (var i = 0; i < paddedDim; i += Lanes)
            {
                var sum = TRegister.MultiplyAdd(TRegister.Load(added + i), take, TRegister.Multiply(TRegister.Load(outputs + i), keep));
                TRegister.Store(sum, outputs + i);
            }
        }
    }
}
