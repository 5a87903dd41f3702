using System.Buffers.Binary;

namespace Tern.Numerics.Formats;

/// <summary>
/// ggml Q5_1: 32 weights in 24 bytes, [d: half][m: half][fifth bits: uint32][nibbles × 16], weight = d·q + m; bits as in
/// <see cref="Q5_0"/>. Encoding spreads the codes 0..31 over min..max.
/// </summary>
public readonly struct Q5_1 : IWeightFormat<Q5_1>
{
    const int High = 4;  // offset of the fifth bits
    const int Codes = 8; // offset of the nibbles

    public static TensorType Type => TensorType.Q5_1;

    public static int WeightsPerBlock => 32;

    public static int BytesPerBlock => 24;

    public static void Decode(ReadOnlySpan<byte> block, Span<float> weights)
    {
        var d = BlockScale.Read(block, 0);
        var m = BlockScale.Read(block, 2);
        var high = BinaryPrimitives.ReadUInt32LittleEndian(block[High..]);
        for (var i = 0; i < 16; i++)
        {
            weights[i] = d * (block[Codes + i] & 0x0f | (int)(high >> i & 1) << 4) + m;
            weights[i + 16] = d * (block[Codes + i] >> 4 | (int)(high >> i + 16 & 1) << 4) + m;
        }
    }

    public static void Encode(ReadOnlySpan<float> weights, Span<byte> block)
    {
        BlockScale.Require(weights, Type);
        var (min, max) = BlockScale.Range(weights[..32]);
        var d = (max - min) / 31;
        var inverse = BlockScale.Write(block, 0, d) == 0 ? 0 : 1 / d;
        BlockScale.Write(block, 2, min);
        var high = 0u;
        for (var i = 0; i < 16; i++)
        {
            var (low, up) = (Code((weights[i] - min) * inverse), Code((weights[i + 16] - min) * inverse));
            block[Codes + i] = (byte)(low & 0x0f | up << 4);
            high |= (uint)(low >> 4) << i | (uint)(up >> 4) << i + 16;
        }
        BinaryPrimitives.WriteUInt32LittleEndian(block[High..], high);
    }

    static int Code(float steps) => Math.Min(31, (int)(steps + 0.5f));

    public static void DecodeBlocks(ReadOnlySpan<byte> blocks, Span<float> weights)
    {
        for (; weights.Length >= 32; blocks = blocks[24..], weights = weights[32..])
        {
            var codes = BlockCodes.Nibbles(blocks[Codes..]) | BlockCodes.FifthBits(BinaryPrimitives.ReadUInt32LittleEndian(blocks[High..]));
            BlockCodes.StoreAffine(codes, BlockScale.Read(blocks, 0), BlockScale.Read(blocks, 2), weights);
        }
    }
}
