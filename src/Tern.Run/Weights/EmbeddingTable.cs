using Tern.Numerics.Formats;

namespace Tern.Run.Weights;

/// <summary>Token embeddings [vocabSize, hiddenSize], decoded a row at a time.</summary>
sealed unsafe class EmbeddingTable(WeightFormat format, byte* data, int rows, int columns)
{
    readonly int _rowBytes = checked((int)format.BytesFor(columns));

    public int Rows => rows;

    /// <summary>Writes the embedding [hiddenSize] of a token.</summary>
    public void LookUp(int token, float* target) =>
        format.Decode(new ReadOnlySpan<byte>(data + (long)token * _rowBytes, _rowBytes), new Span<float>(target, columns));
}
