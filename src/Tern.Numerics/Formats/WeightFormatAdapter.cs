namespace Tern.Numerics.Formats;

/// <summary>The run-time face of the format <typeparamref name="TFormat"/>: checks the lengths once, then runs its whole-span loops.</summary>
public sealed class WeightFormat<TFormat> : WeightFormat where TFormat : struct, IWeightFormat<TFormat>
{
    public override TensorType Type => TFormat.Type;

    public override int WeightsPerBlock => TFormat.WeightsPerBlock;

    public override int BytesPerBlock => TFormat.BytesPerBlock;

    public override bool CanEncode => TFormat.CanEncode;

    public override void Decode(ReadOnlySpan<byte> blocks, Span<float> weights)
    {
        CheckLengths(weights.Length, blocks.Length);
        TFormat.DecodeBlocks(blocks, weights);
    }

    public override void Encode(ReadOnlySpan<float> weights, Span<byte> blocks)
    {
        if (!TFormat.CanEncode) throw new NotSupportedException($"{Type} is read only: it can be decoded but not encoded.");
        CheckLengths(weights.Length, blocks.Length);
        // Plain element types have a place for NaN and infinity; a block would lose all its weights to one of them.
        if (TFormat.WeightsPerBlock > 1) BlockScale.Require(weights, TFormat.Type);
        TFormat.EncodeBlocks(weights, blocks);
    }

    void CheckLengths(int weights, int bytes)
    {
        var needed = BytesFor(weights);
        if (bytes != needed)
            throw new ArgumentException($"{Type}: {weights} weights take {needed} bytes, not {bytes}.");
    }
}
