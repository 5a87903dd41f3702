using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace Tern.Numerics.Formats;

/// <summary>
/// ggml Q5_K: 256 weights in 176 bytes, [d: half][dmin: half][6-bit scales and mins × 8, packed in 12][fifth bits × 32]
/// [nibbles × 128]. As <see cref="Q4_K"/>, with bit j of high byte i as the fifth bit of weight i of sub-block j.
/// </summary>
public readonly struct Q5_K : IWeightFormat<Q5_K>
{
    const int Scales = 4; // offset of the packed scales and mins
    const int High = 16;  // offset of the fifth bits
    const int Codes = 48; // offset of the nibbles

    static readonly AffineSuperBlock Search = new() { SubBlock = 32, TopCode = 31, TopScale = 63 };

    public static TensorType Type => TensorType.Q5_K;

    public static int WeightsPerBlock => 256;

    public static int BytesPerBlock => 176;

    public static void Decode(ReadOnlySpan<byte> block, Span<float> weights)
    {
        var d = BlockScale.Read(block, 0);
        var dMin = BlockScale.Read(block, 2);
        for (var j = 0; j < 8; j++)
        {
            var (scale, min) = PackedScales.Read(block[Scales..], j);
            for (var i = 0; i < 32; i++)
            {
                var q = block[Codes + j / 2 * 32 + i] >> 4 * (j & 1) & 0x0f | (block[High + i] >> j & 1) << 4;
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
        block.Slice(High, 32).Clear();
        for (var j = 0; j < 8; j++)
        {
            for (var i = 0; i < 32; i++) block[High + i] |= (byte)(codes[32 * j + i] >> 4 << j);
        }
        for (var pair = 0; pair < 4; pair++)
        {
            for (var i = 0; i < 32; i++)
                block[Codes + 32 * pair + i] = (byte)(codes[64 * pair + i] & 0x0f | codes[64 * pair + 32 + i] << 4);
        }
    }

    public static void DecodeBlocks(ReadOnlySpan<byte> blocks, Span<float> weights)
    {
        var lowNibble = Vector256.Create((byte)0x0f);
        var sixteen = Vector256.Create((byte)16);
        for (; weights.Length >= 256; blocks = blocks[176..], weights = weights[256..])
        {
            var d = BlockScale.Read(blocks, 0);
            var dMin = BlockScale.Read(blocks, 2);
            var high = Vector256.Create(blocks[High..]);
            for (var j = 0; j < 8; j += 2)
            {
                var bytes = Vector256.Create(blocks[(Codes + 16 * j)..]);
                var (scale, min) = PackedScales.Read(blocks[Scales..], j);
                var codes = bytes & lowNibble | (high >> j << 4) & sixteen;
                BlockCodes.StoreAffine(codes, d * scale, -(dMin * min), weights[(32 * j)..]);
                (scale, min) = PackedScales.Read(blocks[Scales..], j + 1);
                codes = bytes >> 4 | (high >> j + 1 << 4) & sixteen;
                BlockCodes.StoreAffine(codes, d * scale, -(dMin * min), weights[(32 * j + 32)..]);
            }
        }
    }
}
