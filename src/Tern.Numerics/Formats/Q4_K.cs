using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace Tern.Numerics.Formats;

/// <summary>
/// ggml Q4_K: 256 weights in 144 bytes, [d: half][dmin: half][6-bit scales and mins × 8, packed in 12][nibbles × 128].
/// Sub-block j (32 weights): weight = d·scale[j]·q − dmin·min[j]. Byte i of the 32 bytes of sub-blocks 2k and 2k + 1 holds
/// weight i of the first in its low and of the second in its high nibble. Encoding: <see cref="AffineSuperBlock"/>.
/// </summary>
public readonly struct Q4_K : IWeightFormat<Q4_K>
{
    const int Scales = 4; // offset of the packed scales and mins
    const int Codes = 16; // offset of the nibbles

    static readonly AffineSuperBlock Search = new() { SubBlock = 32, TopCode = 15, TopScale = 63 };

    public static TensorType Type => TensorType.Q4_K;

    public static int WeightsPerBlock => 256;

    public static int BytesPerBlock => 144;

    public static void Decode(ReadOnlySpan<byte> block, Span<float> weights)
    {
        var d = BlockScale.Read(block, 0);
        var dMin = BlockScale.Read(block, 2);
        for (var j = 0; j < 8; j++)
        {
            var (scale, min) = PackedScales.Read(block[Scales..], j);
            for (var i = 0; i < 32; i++)
            {
                var q = block[Codes + j / 2 * 32 + i] >> 4 * (j & 1) & 0x0f;
                weights[32 * j + i] = d * scale * q - dMin * min;
            }
        }
    }

    [SkipLocalsInit]
    public static void Encode(ReadOnlySpan<float> weights, Span<byte> block)
    {
        BlockScale.Require(weights, Type);
        Span<byte> scales = stackalloc byte[8], mins = stackalloc byte[8];
        Span<sbyte> codes = stackalloc sbyte[256];
        Search.Encode(weights[..256], block, block[2..], scales, mins, codes);
        PackedScales.Write(scales, mins, block[Scales..]);
        for (var pair = 0; pair < 4; pair++)
        {
            for (var i = 0; i < 32; i++)
                block[Codes + 32 * pair + i] = (byte)(codes[64 * pair + i] & 0x0f | codes[64 * pair + 32 + i] << 4);
        }
    }

    public static void DecodeBlocks(ReadOnlySpan<byte> blocks, Span<float> weights)
    {
        var lowNibble = Vector256.Create((byte)0x0f);
        for (; weights.Length >= 256; blocks = blocks[144..], weights = weights[256..])
        {
            var d = BlockScale.Read(blocks, 0);
            var dMin = BlockScale.Read(blocks, 2);
            for (var j = 0; j < 8; j += 2)
            {
                var bytes = Vector256.Create(blocks[(Codes + 16 * j)..]);
                var (scale, min) = PackedScales.Read(blocks[Scales..], j);
                BlockCodes.StoreAffine(bytes & lowNibble, d * scale, -(dMin * min), weights[(32 * j)..]);
                (scale, min) = PackedScales.Read(blocks[Scales..], j + 1);
                BlockCodes.StoreAffine(bytes >> 4, d * scale, -(dMin * min), weights[(32 * j + 32)..]);
            }
        }
    }
}
