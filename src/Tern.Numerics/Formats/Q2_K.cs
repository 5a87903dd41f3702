using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace Tern.Numerics.Formats;

/// <summary>
/// ggml Q2_K: 256 weights in 84 bytes, [scale and min nibbles × 16][2-bit codes × 64 bytes][d: half][dmin: half].
/// Sub-block j (16 weights): weight = d·scale[j]·q − dmin·min[j], scale in the low nibble. Byte l of the 32 bytes of a half
/// (128 weights) holds weights l, l + 32, l + 64, l + 96 of that half, lowest bits first.
/// </summary>
public readonly struct Q2_K : IWeightFormat<Q2_K>
{
    const int Codes = 16; // offset of the codes; the scales come first
    const int Scale = 80; // offset of d; dmin follows

    static readonly AffineSuperBlock Search = new() { SubBlock = 16, TopCode = 3, TopScale = 15 };

    public static TensorType Type => TensorType.Q2_K;

    public static int WeightsPerBlock => 256;

    public static int BytesPerBlock => 84;

    public static void Decode(ReadOnlySpan<byte> block, Span<float> weights)
    {
        var d = BlockScale.Read(block, Scale);
        var dMin = BlockScale.Read(block, Scale + 2);
        for (var n = 0; n < 256; n++)
        {
            var q = block[Codes + n / 128 * 32 + n % 32] >> n % 128 / 32 * 2 & 3;
            weights[n] = d * (block[n / 16] & 0x0f) * q - dMin * (block[n / 16] >> 4);
        }
    }

    [SkipLocalsInit]
    public static void Encode(ReadOnlySpan<float> weights, Span<byte> block)
    {
        BlockScale.Require(weights, Type);
        Span<byte> scales = stackalloc byte[16], mins = stackalloc byte[16];
        Span<sbyte> codes = stackalloc sbyte[256];
        Search.Encode(weights[..256], block[Scale..], block[(Scale + 2)..], scales, mins, codes);
        for (var j = 0; j < 16; j++) block[j] = (byte)(scales[j] | mins[j] << 4);
        TwoBitCodes.Write(codes, block[Codes..]);
    }

    public static void DecodeBlocks(ReadOnlySpan<byte> blocks, Span<float> weights)
    {
        for (; weights.Length >= 256; blocks = blocks[84..], weights = weights[256..])
        {
            var d = BlockScale.Read(blocks, Scale);
            var dMin = BlockScale.Read(blocks, Scale + 2);
            for (var n = 0; n < 256; n += 32)
            {
                var codes = TwoBitCodes.Read(blocks[Codes..], n);
                var (first, second) = (blocks[n / 16], blocks[n / 16 + 1]);
                BlockCodes.StoreAffine(codes.GetLower(), d * (first & 0x0f), -(dMin * (first >> 4)), weights[n..]);
                BlockCodes.StoreAffine(codes.GetUpper(), d * (second & 0x0f), -(dMin * (second >> 4)), weights[(n + 16)..]);
            }
        }
    }
}
