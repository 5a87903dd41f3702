using Tern.Numerics.Kernels;

namespace Tern.Numerics.Assembled;

/// <summary>
/// Where a kernel writes the 16 rows of a panel for some tokens: straight into the output, or, for the last panel of a matrix, which may have
/// fewer rows, into padded memory from which <see cref="Finish"/> copies the rows there are.
/// </summary>
readonly unsafe ref struct PanelOutput(float* output, int stride, int unit, int rows)
{
    const int Lanes = WeightMatrix.RowsPerUnit;

    /// <summary>Floats of padded memory.</summary>
    public const int PaddedLength = Lanes * Activations.MaxInterleaved;

    readonly float* _target = output + unit * Lanes;
    readonly int _rows = Math.Min(Lanes, rows - unit * Lanes);

    public long StrideBytes => (_rows < Lanes ? Lanes : (long)stride) * sizeof(float);

    public float* Target(float* padded) => _rows < Lanes ? padded : _target;

    public void Finish(float* padded, int tokens)
    {
        if (_rows == Lanes) return;
        for (var token = 0; token < tokens; token++)
            new ReadOnlySpan<float>(padded + token * Lanes, _rows).CopyTo(new Span<float>(_target + (long)token * stride, _rows));
    }
}
