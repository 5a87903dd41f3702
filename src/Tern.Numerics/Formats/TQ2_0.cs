using System.Runtime.Intrinsics;

namespace Tern.Numerics.Formats;

/// <summary>
/// ggml TQ2_0, ternary in two bits: 256 weights in 66 bytes, [codes × 64 bytes][d: half], weight = d·(q − 1). Byte l of a half
/// (128 weights) holds the codes l, l + 32, l + 64 and l + 96, lowest bits first. Encoding takes d = absmax and rounds each
/// weight to −d, 0 or d; the code 3 (2·d) is decoded but never written.
/// </summary>
public readonly struct TQ2_0 : IWeightFormat<TQ2_0>
{
    const int Scale = 64; // offset of d

    public static TensorType Type => TensorType.TQ2_0;

    public static int WeightsPerBlock => 256;

    public static int BytesPerBlock => 66;

    public static void Decode(ReadOnlySpan<byte> block, Span<float> weights)
    {
        var d = BlockScale.Read(block, Scale);
        for (var n = 0; n < 256; n++)
            weights[n] = d * ((block[n / 128 * 32 + n % 32] >> n % 128 / 32 * 2 & 3) - 1);
    }

    public static void Encode(ReadOnlySpan<float> weights, Span<byte> block)
    {
        BlockScale.Require(weights, Type);
        var d = MathF.Abs(BlockScale.Extreme(weights[..256]));
        var inverse = BlockScale.Write(block, Scale, d) == 0 ? 0 : 1 / d;
        block[..Scale].Clear();
        for (var n = 0; n < 256; n++)
            block[n / 128 * 32 + n % 32] |= (byte)(Code(weights[n] * inverse) << n % 128 / 32 * 2);
    }

    /// <summary>0, 1 or 2 for −d, 0 or d; halves away from zero.</summary>
    internal static int Code(float steps) => steps >= 0.5f ? 2 : steps <= -0.5f ? 0 : 1;

    public static void DecodeBlocks(ReadOnlySpan<byte> blocks, Span<float> weights)
    {
        for (; weights.Length >= 256; blocks = blocks[66..], weights = weights[256..])
        {
            var d = BlockScale.Read(blocks, Scale);
            for (var n = 0; n < 256; n += 32)
                BlockCodes.StoreScaled(TwoBitCodes.Read(blocks, n).AsSByte() - Vector256<sbyte>.One, d, weights[n..]);
        }
    }
}
