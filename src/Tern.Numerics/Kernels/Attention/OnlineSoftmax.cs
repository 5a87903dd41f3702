using System.Runtime.CompilerServices;
using Tern.Numerics.Registers;
using static System.Runtime.CompilerServices.MethodImplOptions;

namespace Tern.Numerics.Kernels;

/// <summary>
/// Turns the scores of a block into weights relative to each query's running maximum, and rescales what was summed before. Three short loops over
/// the queries rather than one: a processor that works on several iterations at a time hides the latency of the sums across a register.
/// </summary>
static unsafe class OnlineSoftmax<TRegister> where TRegister : unmanaged, IRegister<TRegister>
{
    const int Lanes = 16;
    const int KeysPerBlock = AttentionScratch.KeysPerBlock;

    public static void Update(in AttentionTile tile, int queries, int start, AttentionPartial result)
    {
        var scratch = tile.Scratch;
        if (tile.SoftCap > 0) VectorKernels.For(TRegister.Level).SoftCap(scratch.Scores, tile.SoftCap, queries * KeysPerBlock);
        if (start + KeysPerBlock - 1 > tile.Position || (tile.Window > 0 && tile.LastPosition - tile.Window + 1 > start)) Mask(tile, queries, start);
        FindLargest(scratch.Scores, queries, scratch.Corrections);
        RaiseMaxima(result.Maxima, scratch.Corrections, queries);
        ToWeights(scratch.Scores, queries, result.Maxima, scratch.Corrections, result.Sums);
        for (var query = 0; query < queries; query++)
            if (scratch.Corrections[query] != 1) Scale(result.Outputs + (long)query * scratch.PaddedDim, scratch.Corrections[query], scratch.PaddedDim);
    }

    /// <summary>What a query does not see gets the score -infinity: positions behind it, and before its window.</summary>
    static void Mask(in AttentionTile tile, int queries, int start)
    {
        for (var query = 0; query < queries; query++)
        {
            var scores = new Span<float>(tile.Scratch.Scores + query * KeysPerBlock, KeysPerBlock);
            var position = tile.Position + query / tile.Group;
            if (tile.Window > 0) scores[..Math.Clamp(position - tile.Window + 1 - start, 0, KeysPerBlock)].Fill(float.NegativeInfinity);
            scores[Math.Clamp(position + 1 - start, 0, KeysPerBlock)..].Fill(float.NegativeInfinity);
        }
    }

    [MethodImpl(AggressiveOptimization)]
    static void FindLargest(float* scores, int queries, float* largest)
    {
        for (var query = 0; query < queries; query++, scores += KeysPerBlock)
        {
            var low = TRegister.Max(TRegister.Load(scores), TRegister.Load(scores + Lanes));
            var high = TRegister.Max(TRegister.Load(scores + 2 * Lanes), TRegister.Load(scores + 3 * Lanes));
            largest[query] = TRegister.ReduceMax(TRegister.Max(low, high));
        }
    }

    /// <summary>correction = exp(old maximum - new maximum); in its place stand the largest scores of the block.</summary>
    [MethodImpl(AggressiveOptimization)]
    static void RaiseMaxima(float* maxima, float* corrections, int queries)
    {
        for (var query = 0; query < queries; query += Lanes)
        {
            var old = TRegister.Load(maxima + query);
            var raised = TRegister.Max(old, TRegister.Load(corrections + query));
            TRegister.Store(raised, maxima + query);
            TRegister.Store(Exponential<TRegister>.Of(TRegister.Subtract(old, raised)), corrections + query);
        }
    }

    /// <summary>weight = exp(score - maximum), and their sums.</summary>
    [MethodImpl(AggressiveOptimization)]
    static void ToWeights(float* scores, int queries, float* maxima, float* corrections, float* sums)
    {
        for (var query = 0; query < queries; query++, scores += KeysPerBlock)
        {
            var max = TRegister.Broadcast(maxima[query]);
            var sum = TRegister.Zero;
            for (var i = 0; i < KeysPerBlock; i += Lanes)
            {
                var weights = Exponential<TRegister>.Of(TRegister.Subtract(TRegister.Load(scores + i), max));
                sum = TRegister.Add(sum, weights);
                TRegister.Store(weights, scores + i);
            }
            sums[query] = sums[query] * corrections[query] + TRegister.ReduceAdd(sum);
        }
    }

    [MethodImpl(AggressiveOptimization)]
    static void Scale(float* outputs, float factor, int count)
    {
        var factors = TRegister.Broadcast(factor);
        for (var i = 0; i < count; i += Lanes) TRegister.Store(TRegister.Multiply(TRegister.Load(outputs + i), factors), outputs + i);
    }
}
