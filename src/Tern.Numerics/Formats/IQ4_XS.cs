using System.Buffers.Binary;
using System.Runtime.CompilerServices;

namespace Tern.Numerics.Formats;

/// <summary>
/// ggml IQ4_XS: 256 weights in 136 bytes, [d: half][upper scale bits: uint16][lower scale nibbles × 4][nibbles × 128].
/// Sub-block j (32 weights): weight = d·(scale[j] − 32)·codebook[q]; scale j has its low four bits in nibble j%2 of byte j/2
/// and its upper two at bit 2j of the uint16. The 16 bytes of a sub-block are laid out as in <see cref="IQ4_NL"/>.
/// </summary>
public readonly struct IQ4_XS : IWeightFormat<IQ4_XS>
{
    const int ScalesHigh = 2; // offset of the upper scale bits
    const int ScalesLow = 4;  // offset of the lower scale nibbles
    const int Codes = 8;      // offset of the nibbles

    public static TensorType Type => TensorType.IQ4_XS;

    public static int WeightsPerBlock => 256;

    public static int BytesPerBlock => 136;

    public static void Decode(ReadOnlySpan<byte> block, Span<float> weights)
    {
        var d = BlockScale.Read(block, 0);
        for (var j = 0; j < 8; j++)
        {
            var scale = d * SubScale(block, j);
            for (var i = 0; i < 16; i++)
            {
                var pair = block[Codes + 16 * j + i];
                weights[32 * j + i] = scale * NonLinearCodebook.Levels[pair & 0x0f];
                weights[32 * j + 16 + i] = scale * NonLinearCodebook.Levels[pair >> 4];
            }
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static int SubScale(ReadOnlySpan<byte> block, int j)
    {
        var low = block[ScalesLow + j / 2] >> 4 * (j & 1) & 0x0f;
        var high = BinaryPrimitives.ReadUInt16LittleEndian(block[ScalesHigh..]) >> 2 * j & 3;
        return (low | high << 4) - 32;
    }

    [SkipLocalsInit]
    public static void Encode(ReadOnlySpan<float> weights, Span<byte> block)
    {
        BlockScale.Require(weights, Type);
        Span<float> scales = stackalloc float[8], importance = stackalloc float[256];
        for (var j = 0; j < 8; j++)
        {
            ScaleSearch.Importance(weights.Slice(32 * j, 32), importance.Slice(32 * j, 32));
            scales[j] = NonLinearCodebook.BestScale(weights.Slice(32 * j, 32), importance.Slice(32 * j, 32));
        }
        // The largest sub-block scale gets the code −32, the far end of −32..31.
        var d = BlockScale.Write(block, 0, BlockScale.Extreme(scales) / -32);
        var inverse = d == 0 ? 0 : 1 / d;
        block[ScalesHigh..Codes].Clear();
        var high = 0;
        for (var j = 0; j < 8; j++)
        {
            var code = BestSubScale(weights.Slice(32 * j, 32), importance.Slice(32 * j, 32), d, (int)MathF.Round(scales[j] * inverse));
            NonLinearCodebook.Write(weights.Slice(32 * j, 32), d * code, block[(Codes + 16 * j)..]);
            block[ScalesLow + j / 2] |= (byte)((code + 32 & 0x0f) << 4 * (j & 1));
            high |= code + 32 >> 4 << 2 * j;
        }
        BinaryPrimitives.WriteUInt16LittleEndian(block[ScalesHigh..], (ushort)high);
    }

    /// <summary>The best of the integer scales around the rounded one.</summary>
    static int BestSubScale(ReadOnlySpan<float> x, ReadOnlySpan<float> w, float d, int rounded)
    {
        var (best, least) = (0, double.PositiveInfinity);
        for (var code = Math.Max(-32, rounded - 1); code <= Math.Min(31, rounded + 1); code++)
        {
            var scale = d * code;
            var sums = NonLinearCodebook.Round(x, w, scale == 0 ? 0 : 1 / scale);
            var error = scale * (scale * sums.QQ - 2 * sums.XQ); // without the constant Σwx²
            if (error < least) (best, least) = (code, error);
        }
        return best;
    }

    public static void DecodeBlocks(ReadOnlySpan<byte> blocks, Span<float> weights)
    {
        for (; weights.Length >= 256; blocks = blocks[136..], weights = weights[256..])
        {
            var d = BlockScale.Read(blocks, 0);
            for (var j = 0; j < 8; j++)
                BlockCodes.StoreScaled(NonLinearCodebook.Read(blocks[(Codes + 16 * j)..]), d * SubScale(blocks, j), weights[(32 * j)..]);
        }
    }
}
