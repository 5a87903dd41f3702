namespace Tern.Numerics.Formats;

/// <summary>
/// ggml Q4_1: 32 weights in 20 bytes, [d: half][m: half][nibbles × 16], weight = d·q + m. Byte i holds weight i in its low and
/// weight i + 16 in its high nibble. Encoding spreads the codes 0..15 over min..max.
/// </summary>
public readonly struct Q4_1 : IWeightFormat<Q4_1>
{
    const int Codes = 4; // offset of the nibbles

    public static TensorType Type => TensorType.Q4_1;

    public static int WeightsPerBlock => 32;

    public static int BytesPerBlock => 20;

    public static void Decode(ReadOnlySpan<byte> block, Span<float> weights)
    {
        var d = BlockScale.Read(block, 0);
        var m = BlockScale.Read(block, 2);
        for (var i = 0; i < 16; i++)
        {
            weights[i] = d * (block[Codes + i] & 0x0f) + m;
            weights[i + 16] = d * (block[Codes + i] >> 4) + m;
        }
    }

    public static void Encode(ReadOnlySpan<float> weights, Span<byte> block)
    {
        BlockScale.Require(weights, Type);
        var (min, max) = BlockScale.Range(weights[..32]);
        var d = (max - min) / 15;
        var inverse = BlockScale.Write(block, 0, d) == 0 ? 0 : 1 / d;
        BlockScale.Write(block, 2, min);
        for (var i = 0; i < 16; i++)
            block[Codes + i] = (byte)(Code((weights[i] - min) * inverse) | Code((weights[i + 16] - min) * inverse) << 4);
    }

    static int Code(float steps) => Math.Min(15, (int)(steps + 0.5f));

    public static void DecodeBlocks(ReadOnlySpan<byte> blocks, Span<float> weights)
    {
        for (; weights.Length >= 32; blocks = blocks[20..], weights = weights[32..])
            BlockCodes.StoreAffine(BlockCodes.Nibbles(blocks[Codes..]), BlockScale.Read(blocks, 0), BlockScale.Read(blocks, 2), weights);
    }
}
