using System.Runtime.Intrinsics;

namespace Tern.Numerics.Formats;

/// <summary>
/// ggml Q8_0: 32 weights in 34 bytes, [d: half][q: int8 × 32], weight = d·q. Encoding takes d = absmax/127, so that the
/// largest weight is ±127 and nothing is clipped.
/// </summary>
public readonly struct Q8_0 : IWeightFormat<Q8_0>
{
    const int Codes = 2; // offset of q

    public static TensorType Type => TensorType.Q8_0;

    public static int WeightsPerBlock => 32;

    public static int BytesPerBlock => 34;

    public static void Decode(ReadOnlySpan<byte> block, Span<float> weights)
    {
        var d = BlockScale.Read(block, 0);
        for (var i = 0; i < 32; i++) weights[i] = d * (sbyte)block[Codes + i];
    }

    public static void Encode(ReadOnlySpan<float> weights, Span<byte> block)
    {
        BlockScale.Require(weights, Type);
        var absMax = 0f;
        foreach (var weight in weights[..32]) absMax = MathF.Max(absMax, MathF.Abs(weight));
        var d = absMax / 127;
        // The scale is stored as a half, but the codes are taken with the unrounded one, as ggml does: its files compare equal.
        var inverse = BlockScale.Write(block, 0, d) == 0 ? 0 : 1 / d;
        for (var i = 0; i < 32; i++) block[Codes + i] = (byte)(sbyte)MathF.Round(weights[i] * inverse, MidpointRounding.AwayFromZero);
    }

    public static void DecodeBlocks(ReadOnlySpan<byte> blocks, Span<float> weights)
    {
        for (; weights.Length >= 32; blocks = blocks[34..], weights = weights[32..])
            BlockCodes.StoreScaled(Vector256.Create(blocks[Codes..]).AsSByte(), BlockScale.Read(blocks, 0), weights);
    }
}
