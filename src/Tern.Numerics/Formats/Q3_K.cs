using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace Tern.Numerics.Formats;

/// <summary>
/// ggml Q3_K: 256 weights in 110 bytes, [high bits × 32][low 2-bit codes × 64 bytes][6-bit scales × 16, packed in 12][d: half].
/// Weight n = d·(scale[n/16] − 32)·(q − 4), q of three bits: the low two as in <see cref="Q2_K"/>, the third is bit n/32 of
/// high byte n%32. Scale j: low nibble in byte j%8 (high half of it for j ≥ 8), upper two bits at 2·(j/4) of byte 8 + j%4.
/// </summary>
public readonly struct Q3_K : IWeightFormat<Q3_K>
{
    const int Codes = 32;  // offset of the low bits; the high bits come first
    const int Scales = 96; // offset of the packed scales
    const int Scale = 108; // offset of d

    static readonly SymmetricSuperBlock Search = new() { Reach = 4, ScaleReach = 32 };

    public static TensorType Type => TensorType.Q3_K;

    public static int WeightsPerBlock => 256;

    public static int BytesPerBlock => 110;

    public static void Decode(ReadOnlySpan<byte> block, Span<float> weights)
    {
        var d = BlockScale.Read(block, Scale);
        for (var n = 0; n < 256; n++)
        {
            var low = block[Codes + n / 128 * 32 + n % 32] >> n % 128 / 32 * 2 & 3;
            var high = block[n % 32] >> n / 32 & 1;
            weights[n] = d * SubScale(block, n / 16) * ((low | high << 2) - 4);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static int SubScale(ReadOnlySpan<byte> block, int j)
    {
        var low = block[Scales + j % 8] >> j / 8 * 4 & 0x0f;
        var high = block[Scales + 8 + j % 4] >> j / 4 * 2 & 3;
        return (low | high << 4) - 32;
    }

    [SkipLocalsInit]
    public static void Encode(ReadOnlySpan<float> weights, Span<byte> block)
    {
        BlockScale.Require(weights, Type);
        Span<sbyte> scales = stackalloc sbyte[16];
        Span<sbyte> codes = stackalloc sbyte[256];
        Search.Encode(weights[..256], block[Scale..], scales, codes);
        block[..Scale].Clear();
        for (var j = 0; j < 16; j++)
        {
            var scale = scales[j] + 32;
            block[Scales + j % 8] |= (byte)((scale & 0x0f) << j / 8 * 4);
            block[Scales + 8 + j % 4] |= (byte)(scale >> 4 << j / 4 * 2);
        }
        for (var n = 0; n < 256; n++)
        {
            codes[n] += 4;
            block[n % 32] |= (byte)(codes[n] >> 2 << n / 32);
        }
        TwoBitCodes.Write(codes, block[Codes..]);
    }

    public static void DecodeBlocks(ReadOnlySpan<byte> blocks, Span<float> weights)
    {
        var four = Vector256.Create((byte)4);
        for (; weights.Length >= 256; blocks = blocks[110..], weights = weights[256..])
        {
            var d = BlockScale.Read(blocks, Scale);
            var high = Vector256.Create(blocks);
            for (var n = 0; n < 256; n += 32)
            {
                var codes = (TwoBitCodes.Read(blocks[Codes..], n) | (high >> n / 32 << 2) & four).AsSByte() - four.AsSByte();
                BlockCodes.StoreScaled(codes.GetLower(), d * SubScale(blocks, n / 16), weights[n..]);
                BlockCodes.StoreScaled(codes.GetUpper(), d * SubScale(blocks, n / 16 + 1), weights[(n + 16)..]);
            }
        }
    }
}
