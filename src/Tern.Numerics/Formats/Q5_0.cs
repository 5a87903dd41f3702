using System.Buffers.Binary;
using System.Runtime.Intrinsics;

namespace Tern.Numerics.Formats;

/// <summary>
/// ggml Q5_0: 32 weights in 22 bytes, [d: half][fifth bits: uint32][nibbles × 16], weight = d·(q − 16). Byte i holds the low
/// four bits of weight i and, in its high nibble, of weight i + 16; bit i of the uint32 is the fifth bit of weight i.
/// Encoding gives the weight of largest magnitude the code −16.
/// </summary>
public readonly struct Q5_0 : IWeightFormat<Q5_0>
{
    const int High = 2;  // offset of the fifth bits
    const int Codes = 6; // offset of the nibbles

    public static TensorType Type => TensorType.Q5_0;

    public static int WeightsPerBlock => 32;

    public static int BytesPerBlock => 22;

    public static void Decode(ReadOnlySpan<byte> block, Span<float> weights)
    {
        var d = BlockScale.Read(block, 0);
        var high = BinaryPrimitives.ReadUInt32LittleEndian(block[High..]);
        for (var i = 0; i < 16; i++)
        {
            weights[i] = d * ((block[Codes + i] & 0x0f | (int)(high >> i & 1) << 4) - 16);
            weights[i + 16] = d * ((block[Codes + i] >> 4 | (int)(high >> i + 16 & 1) << 4) - 16);
        }
    }

    public static void Encode(ReadOnlySpan<float> weights, Span<byte> block)
    {
        BlockScale.Require(weights, Type);
        var d = BlockScale.Extreme(weights[..32]) / -16;
        var inverse = BlockScale.Write(block, 0, d) == 0 ? 0 : 1 / d;
        var high = 0u;
        for (var i = 0; i < 16; i++)
        {
            var (low, up) = (Code(weights[i] * inverse), Code(weights[i + 16] * inverse));
            block[Codes + i] = (byte)(low & 0x0f | up << 4);
            high |= (uint)(low >> 4) << i | (uint)(up >> 4) << i + 16;
        }
        BinaryPrimitives.WriteUInt32LittleEndian(block[High..], high);
    }

    /// <summary>Rounds half up and clips: only +16 can leave the range, and it becomes 15.</summary>
    static int Code(float steps) => Math.Min(31, (int)(steps + 16.5f));

    public static void DecodeBlocks(ReadOnlySpan<byte> blocks, Span<float> weights)
    {
        for (; weights.Length >= 32; blocks = blocks[22..], weights = weights[32..])
        {
            var codes = BlockCodes.Nibbles(blocks[Codes..]) | BlockCodes.FifthBits(BinaryPrimitives.ReadUInt32LittleEndian(blocks[High..]));
            BlockCodes.StoreScaled(codes.AsSByte() - Vector256.Create((sbyte)16), BlockScale.Read(blocks, 0), weights);
        }
    }
}
