using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace Tern.Numerics.Formats;

/// <summary>
/// ggml IQ4_NL: 32 weights in 18 bytes, [d: half][nibbles × 16], weight = d·codebook[q], with 16 levels that lie closer
/// together around zero, where most weights are. Nibbles as in <see cref="Q4_0"/>.
/// </summary>
public readonly struct IQ4_NL : IWeightFormat<IQ4_NL>
{
    const int Codes = 2; // offset of the nibbles

    public static TensorType Type => TensorType.IQ4_NL;

    public static int WeightsPerBlock => 32;

    public static int BytesPerBlock => 18;

    public static void Decode(ReadOnlySpan<byte> block, Span<float> weights)
    {
        var d = BlockScale.Read(block, 0);
        for (var i = 0; i < 16; i++)
        {
            weights[i] = d * NonLinearCodebook.Levels[block[Codes + i] & 0x0f];
            weights[i + 16] = d * NonLinearCodebook.Levels[block[Codes + i] >> 4];
        }
    }

    [SkipLocalsInit]
    public static void Encode(ReadOnlySpan<float> weights, Span<byte> block)
    {
        BlockScale.Require(weights, Type);
        Span<float> importance = stackalloc float[32];
        ScaleSearch.Importance(weights[..32], importance);
        var d = BlockScale.Write(block, 0, NonLinearCodebook.BestScale(weights[..32], importance));
        NonLinearCodebook.Write(weights, d, block[Codes..]);
    }

    public static void DecodeBlocks(ReadOnlySpan<byte> blocks, Span<float> weights)
    {
        for (; weights.Length >= 32; blocks = blocks[18..], weights = weights[32..])
            BlockCodes.StoreScaled(NonLinearCodebook.Read(blocks[Codes..]), BlockScale.Read(blocks, 0), weights);
    }
}
