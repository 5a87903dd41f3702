using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace Tern.Numerics.Formats;

/// <summary>
/// ggml TQ1_0, ternary: 256 weights in 54 bytes, [five trits a byte × 48][four trits a byte × 4][d: half], weight = d·(trit − 1).
/// A byte holds its trits as a fraction: ⌈256·t/243⌉ of the base-3 number t = t0 t1 t2 t3 t4, so the leading trit is the upper
/// part of a multiplication by 3, and multiplying by 3 (modulo 256) moves on to the next. Byte m of the first 32 holds
/// weights m + 32k, of the next 16 weights 160 + m + 16k, of the last four 240 + m + 4k with a trailing zero trit.
/// Encoding takes d = absmax and rounds each weight to −d, 0 or d.
/// </summary>
public readonly struct TQ1_0 : IWeightFormat<TQ1_0>
{
    const int Scale = 52; // offset of d

    static ReadOnlySpan<byte> PowersOfThree => [1, 3, 9, 27, 81];

    /// <summary>The byte runs: first byte, bytes, trits of each byte, first weight.</summary>
    static readonly (int Byte, int Bytes, int Trits, int Weight)[] Runs = [(0, 32, 5, 0), (32, 16, 5, 160), (48, 4, 4, 240)];

    public static TensorType Type => TensorType.TQ1_0;

    public static int WeightsPerBlock => 256;

    public static int BytesPerBlock => 54;

    public static void Decode(ReadOnlySpan<byte> block, Span<float> weights)
    {
        var d = BlockScale.Read(block, Scale);
        foreach (var run in Runs)
        {
            for (var k = 0; k < run.Trits; k++)
            {
                for (var m = 0; m < run.Bytes; m++)
                    weights[run.Weight + k * run.Bytes + m] = d * (Trit(block[run.Byte + m], k) - 1);
            }
        }
    }

    /// <summary>Trit k of a byte: the fraction times 3^k loses its leading trits modulo 256; times 3, the upper byte is the next.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static int Trit(byte fraction, int k) => (byte)(fraction * PowersOfThree[k]) * 3 >> 8;

    public static void Encode(ReadOnlySpan<float> weights, Span<byte> block)
    {
        BlockScale.Require(weights, Type);
        var d = MathF.Abs(BlockScale.Extreme(weights[..256]));
        var inverse = BlockScale.Write(block, Scale, d) == 0 ? 0 : 1 / d;
        foreach (var run in Runs)
        {
            for (var m = 0; m < run.Bytes; m++)
            {
                var number = 0;
                for (var k = 0; k < 5; k++)
                    number = 3 * number + (k < run.Trits ? TQ2_0.Code(weights[run.Weight + k * run.Bytes + m] * inverse) : 0);
                block[run.Byte + m] = (byte)((number * 256 + 242) / 243);
            }
        }
    }

    public static void DecodeBlocks(ReadOnlySpan<byte> blocks, Span<float> weights)
    {
        for (; weights.Length >= 256; blocks = blocks[54..], weights = weights[256..])
        {
            var d = BlockScale.Read(blocks, Scale);
            for (var m = 0; m < 48; m += 16)
            {
                var fractions = Vector128.Create(blocks[m..]);
                var (first, stride) = m < 32 ? (m, 32) : (160, 16);
                for (var k = 0; k < 5; k++, fractions *= 3)
                    BlockCodes.StoreScaled(LeadingTrits(fractions) - Vector128<sbyte>.One, d, weights[(first + k * stride)..]);
            }
            for (var n = 0; n < 16; n++) weights[240 + n] = d * (Trit(blocks[48 + n % 4], n / 4) - 1);
        }
    }

    /// <summary>⌊3·f/256⌋ by comparison: 1 from 86 on, 2 from 171 on.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static Vector128<sbyte> LeadingTrits(Vector128<byte> fractions) =>
        -(Vector128.GreaterThanOrEqual(fractions, Vector128.Create((byte)86)).AsSByte()
            + Vector128.GreaterThanOrEqual(fractions, Vector128.Create((byte)171)).AsSByte());
}
