using System.Buffers.Binary;
using System.Numerics;
using System.Runtime.CompilerServices;

namespace Tern.Numerics.Formats;

/// <summary>The half-precision scales and minima of block formats, little endian as in GGUF.</summary>
static class BlockScale
{
    /// <summary>The largest finite half: a block scale cannot reach beyond it, so neither may a weight.</summary>
    public const float Largest = 65504;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static float Read(ReadOnlySpan<byte> block, int offset) =>
        F16.ToSingle(BinaryPrimitives.ReadUInt16LittleEndian(block[offset..]));

    /// <summary>The nearest value in half precision.</summary>
    public static float Rounded(float scale) => F16.ToSingle(F16.FromSingle(scale));

    /// <summary>Rounds to half precision, stores, and returns what a reader will see.</summary>
    public static float Write(Span<byte> block, int offset, float scale)
    {
        var half = F16.FromSingle(scale);
        BinaryPrimitives.WriteUInt16LittleEndian(block[offset..], half);
        return F16.ToSingle(half);
    }

    /// <summary>The weight of largest magnitude, with its sign; the first of equals.</summary>
    public static float Extreme(ReadOnlySpan<float> weights)
    {
        var extreme = 0f;
        foreach (var weight in weights)
        {
            if (MathF.Abs(weight) > MathF.Abs(extreme)) extreme = weight;
        }
        return extreme;
    }

    public static (float Min, float Max) Range(ReadOnlySpan<float> weights)
    {
        var (min, max) = (weights[0], weights[0]);
        foreach (var weight in weights)
        {
            if (weight < min) min = weight;
            if (weight > max) max = weight;
        }
        return (min, max);
    }

    /// <exception cref="ArgumentException">A weight is NaN, infinite or beyond ±65504; the message names the first.</exception>
    public static void Require(ReadOnlySpan<float> weights, TensorType type)
    {
        var rest = weights;
        while (Vector.IsHardwareAccelerated && rest.Length >= Vector<float>.Count
            && Vector.LessThanOrEqualAll(Vector.Abs(new Vector<float>(rest)), new Vector<float>(Largest)))
            rest = rest[Vector<float>.Count..];
        for (var i = weights.Length - rest.Length; i < weights.Length; i++)
        {
            if (!(MathF.Abs(weights[i]) <= Largest))
                throw new ArgumentException($"{type} cannot hold weight {i}, which is {weights[i]}: its block scales reach ±{Largest}.", nameof(weights));
        }
    }
}
