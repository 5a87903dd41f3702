namespace Tern.Run;

/// <summary>Logits [rows, vocabSize] of a forward pass, in the model's own memory: valid until its next pass.</summary>
public readonly unsafe ref struct Logits
{
    readonly float* _values;

    internal Logits(float* values, int rows, int vocabSize)
    {
        _values = values;
        Rows = rows;
        VocabSize = vocabSize;
    }

    public int Rows { get; }

    public int VocabSize { get; }

    /// <summary>[vocabSize].</summary>
    /// <exception cref="ArgumentOutOfRangeException">There are not that many rows.</exception>
    public Span<float> this[int row]
    {
        get
        {
            ArgumentOutOfRangeException.ThrowIfNegative(row);
            ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(row, Rows);
            return new Span<float>(_values + (long)row * VocabSize, VocabSize);
        }
    }
}

/// <summary>Outputs of the final norm [rows, hiddenSize], in the model's own memory: valid until its next pass.</summary>
public readonly unsafe ref struct HiddenStates
{
    readonly float* _values;

    internal HiddenStates(float* values, int rows, int hiddenSize)
    {
        _values = values;
        Rows = rows;
        HiddenSize = hiddenSize;
    }

    public int Rows { get; }

    public int HiddenSize { get; }

    /// <summary>[hiddenSize].</summary>
    /// <exception cref="ArgumentOutOfRangeException">There are not that many rows.</exception>
    public Span<float> this[int row]
    {
        get
        {
            ArgumentOutOfRangeException.ThrowIfNegative(row);
            ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(row, Rows);
            return new Span<float>(_values + (long)row * HiddenSize, HiddenSize);
        }
    }
}
