using System.Buffers.Binary;
using Tern.Numerics.Formats;

namespace Tern.Numerics.Tests.Kernels;

/// <summary>What the scales of random blocks are like.</summary>
public enum Scales
{
    /// <summary>Between 2^-8 and 2, of both signs.</summary>
    Usual,
    Zero,

    /// <summary>Any subnormal half, some of them zero.</summary>
    Subnormal,

    /// <summary>Around 65504, the largest half.</summary>
    Huge,

    /// <summary>Any finite half.</summary>
    Any,
}

/// <summary>Rows of a matrix with codes that are any bytes and scales that are halves of a chosen kind.</summary>
static class RandomBlocks
{
    /// <summary>Where the half-precision scale of a block is, and the half-precision minimum (-1: none), after the structs of ggml-common.h.</summary>
    static (int Scale, int Minimum) Halves(TensorType type) => type switch
    {
        TensorType.Q4_0 or TensorType.Q5_0 or TensorType.Q8_0 or TensorType.IQ4_NL or TensorType.IQ4_XS => (0, -1),
        TensorType.Q4_1 or TensorType.Q5_1 or TensorType.Q4_K or TensorType.Q5_K => (0, 2),
        TensorType.Q2_K => (80, 82),
        TensorType.Q3_K => (108, -1),
        TensorType.Q6_K => (208, -1),
        TensorType.TQ1_0 => (52, -1),
        TensorType.TQ2_0 => (64, -1),
        _ => throw new NotSupportedException($"{type}: say here where its scales are"),
    };

    /// <param name="type">A type that <see cref="Tern.Numerics.Kernels.WeightMatrix"/> multiplies.</param>
    /// <param name="count">Weights: whole blocks.</param>
    /// <param name="scales">Which scales; for plain floats, which magnitudes.</param>
    /// <param name="code">The value of every byte that is no scale; null for random ones.</param>
    /// <param name="random">Source of the randomness.</param>
    public static byte[] Make(TensorType type, int count, Scales scales, byte? code, Random random)
    {
        if (type.ElementsPerBlock() == 1) return MakePlain(type, count, scales, random);
        var format = WeightFormats.Of(type);
        var bytes = new byte[format.BytesFor(count)];
        if (code is { } value) Array.Fill(bytes, value);
        else random.NextBytes(bytes);
        var (scale, minimum) = Halves(type);
        for (var block = 0; block < bytes.Length; block += format.BytesPerBlock)
        {
            BinaryPrimitives.WriteUInt16LittleEndian(bytes.AsSpan(block + scale), Half(scales, random));
            if (minimum >= 0) BinaryPrimitives.WriteUInt16LittleEndian(bytes.AsSpan(block + minimum), Half(scales, random));
        }
        return bytes;
    }

    static byte[] MakePlain(TensorType type, int count, Scales scales, Random random)
    {
        var weights = new float[count];
        for (var i = 0; i < count; i++) weights[i] = (float)BitConverter.UInt16BitsToHalf(Half(scales, random));
        var bytes = new byte[type.BytesFor(count)];
        WeightFormats.Of(type).Encode(weights, bytes);
        return bytes;
    }

    static ushort Half(Scales scales, Random random)
    {
        var sign = random.Next(2) << 15;
        return (ushort)(sign | scales switch
        {
            Scales.Zero => 0,
            Scales.Subnormal => random.Next(0x400),
            Scales.Huge => 0x7bff - random.Next(4),
            Scales.Any => random.Next(0x7c00),
            _ => random.Next(0x1c00, 0x4000),
        });
    }

    /// <summary>
    /// |scale * code| + |minimum| of every weight: what its rounding errors are relative to, since the two may cancel. Decoding does the
    /// work: a minimum with the sign that makes it add.
    /// </summary>
    public static float[] Magnitudes(TensorType type, byte[] bytes, int count)
    {
        var format = WeightFormats.Of(type);
        var magnitudes = new float[count];
        var copy = (byte[])bytes.Clone();
        if (format.WeightsPerBlock > 1 && Halves(type) is { Minimum: >= 0 } halves)
        {
            // Q4_1 and Q5_1 add their minimum, the K formats subtract it.
            var sign = format.WeightsPerBlock == 32 ? 0 : 0x80;
            for (var block = 0; block < copy.Length; block += format.BytesPerBlock)
            {
                copy[block + halves.Scale + 1] &= 0x7f;
                copy[block + halves.Minimum + 1] = (byte)(copy[block + halves.Minimum + 1] & 0x7f | sign);
            }
        }
        format.Decode(copy, magnitudes);
        for (var i = 0; i < count; i++) magnitudes[i] = MathF.Abs(magnitudes[i]);
        return magnitudes;
    }
}
