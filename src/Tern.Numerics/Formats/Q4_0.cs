using System.Runtime.Intrinsics;

namespace Tern.Numerics.Formats;

/// <summary>
/// ggml Q4_0: 32 weights in 18 bytes, [d: half][nibbles × 16], weight = d·(q − 8). Byte i holds weight i in its low and weight
/// i + 16 in its high nibble. Encoding gives the weight of largest magnitude the code −8 (d takes its opposite sign), because
/// the range −8..7 reaches further on that side.
/// </summary>
public readonly struct Q4_0 : IWeightFormat<Q4_0>
{
    const int Codes = 2; // offset of the nibbles

    public static TensorType Type => TensorType.Q4_0;

    public static int WeightsPerBlock => 32;

    public static int BytesPerBlock => 18;

    public static void Decode(ReadOnlySpan<byte> block, Span<float> weights)
    {
        var d = BlockScale.Read(block, 0);
        for (var i = 0; i < 16; i++)
        {
            weights[i] = d * ((block[Codes + i] & 0x0f) - 8);
            weights[i + 16] = d * ((block[Codes + i] >> 4) - 8);
        }
    }

    public static void Encode(ReadOnlySpan<float> weights, Span<byte> block)
    {
        BlockScale.Require(weights, Type);
        var d = BlockScale.Extreme(weights[..32]) / -8;
        var inverse = BlockScale.Write(block, 0, d) == 0 ? 0 : 1 / d;
        for (var i = 0; i < 16; i++)
            block[Codes + i] = (byte)(Code(weights[i] * inverse) | Code(weights[i + 16] * inverse) << 4);
    }

    /// <summary>Rounds half up and clips: only +8 can leave the range, and it becomes 7.</summary>
    static int Code(float steps) => Math.Min(15, (int)(steps + 8.5f));

    public static void DecodeBlocks(ReadOnlySpan<byte> blocks, Span<float> weights)
    {
        var eight = Vector256.Create((sbyte)8);
        for (; weights.Length >= 32; blocks = blocks[18..], weights = weights[32..])
            BlockCodes.StoreScaled(BlockCodes.Nibbles(blocks[Codes..]).AsSByte() - eight, BlockScale.Read(blocks, 0), weights);
    }
}
