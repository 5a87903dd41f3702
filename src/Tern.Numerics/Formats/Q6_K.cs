using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace Tern.Numerics.Formats;

/// <summary>
/// ggml Q6_K: 256 weights in 210 bytes, [low nibbles × 128][upper 2 bits × 64 bytes][scales: int8 × 16][d: half].
/// Weight n = d·scale[n/16]·(q − 32). In each half (128 weights, 64 low and 32 high bytes), quarter k = 0..3 holds weights
/// 32k + l: low nibble bytes l + 32·(k%2), low nibble for k &lt; 2, high nibble for k ≥ 2; upper bits at 2k of high byte l.
/// Encoding: <see cref="SymmetricSuperBlock"/>.
/// </summary>
public readonly struct Q6_K : IWeightFormat<Q6_K>
{
    const int High = 128;   // offset of the upper bits; the low nibbles come first
    const int Scales = 192; // offset of the sub-block scales
    const int Scale = 208;  // offset of d

    static readonly SymmetricSuperBlock Search = new() { Reach = 32, ScaleReach = 128 };

    public static TensorType Type => TensorType.Q6_K;

    public static int WeightsPerBlock => 256;

    public static int BytesPerBlock => 210;

    public static void Decode(ReadOnlySpan<byte> block, Span<float> weights)
    {
        var d = BlockScale.Read(block, Scale);
        for (var n = 0; n < 256; n++)
        {
            var (half, k, l) = (n / 128, n % 128 / 32, n % 32);
            var low = block[64 * half + 32 * (k & 1) + l] >> 4 * (k >> 1) & 0x0f;
            var high = block[High + 32 * half + l] >> 2 * k & 3;
            weights[n] = d * (sbyte)block[Scales + n / 16] * ((low | high << 4) - 32);
        }
    }

    [SkipLocalsInit]
    public static void Encode(ReadOnlySpan<float> weights, Span<byte> block)
    {
        BlockScale.Require(weights, Type);
        Span<sbyte> scales = stackalloc sbyte[16];
        Span<sbyte> codes = stackalloc sbyte[256];
        Search.Encode(weights[..256], block[Scale..], scales, codes);
        for (var j = 0; j < 16; j++) block[Scales + j] = (byte)scales[j];
        for (var n = 0; n < 256; n++) codes[n] += 32;
        for (var half = 0; half < 2; half++)
        {
            var of = codes.Slice(128 * half, 128);
            for (var l = 0; l < 32; l++)
            {
                block[64 * half + l] = (byte)(of[l] & 0x0f | of[l + 64] << 4);
                block[64 * half + 32 + l] = (byte)(of[l + 32] & 0x0f | of[l + 96] << 4);
                block[High + 32 * half + l] = (byte)(of[l] >> 4 | of[l + 32] >> 4 << 2 | of[l + 64] >> 4 << 4 | of[l + 96] >> 4 << 6);
            }
        }
    }

    public static void DecodeBlocks(ReadOnlySpan<byte> blocks, Span<float> weights)
    {
        var lowNibble = Vector256.Create((byte)0x0f);
        var upperBits = Vector256.Create((byte)0x30);
        var thirtyTwo = Vector256.Create((sbyte)32);
        for (; weights.Length >= 256; blocks = blocks[210..], weights = weights[256..])
        {
            var d = BlockScale.Read(blocks, Scale);
            for (var n = 0; n < 256; n += 32)
            {
                var (half, k) = (n / 128, n % 128 / 32);
                var low = Vector256.Create(blocks[(64 * half + 32 * (k & 1))..]) >> 4 * (k >> 1) & lowNibble;
                var high = Vector256.Create(blocks[(High + 32 * half)..]) >> 2 * k << 4 & upperBits;
                var codes = (low | high).AsSByte() - thirtyTwo;
                BlockCodes.StoreScaled(codes.GetLower(), d * (sbyte)blocks[Scales + n / 16], weights[n..]);
                BlockCodes.StoreScaled(codes.GetUpper(), d * (sbyte)blocks[Scales + n / 16 + 1], weights[(n + 16)..]);
            }
        }
    }
}
