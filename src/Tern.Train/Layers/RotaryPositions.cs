using static TorchSharp.torch;

namespace Tern.Train.Layers;

/// <summary>
/// Rotary positions (Su et al. 2021, arXiv 2104.09864) in the order of Hugging Face: channels i and i + headDim/2 are a pair, rotated by
/// position * theta^(-2i/headDim).
/// </summary>
sealed class RotaryPositions : IDisposable
{
    readonly Tensor _cosine, _sine;                // [length, headDim], float32

    public RotaryPositions(int headDim, int length, double theta)
    {
        using var scope = NewDisposeScope();
        var frequencies = pow(theta, arange(0, headDim, 2, ScalarType.Float64) * (-1.0 / headDim));
        var angles = outer(arange(length, ScalarType.Float64), frequencies);
        var both = cat([angles, angles], 1);
        _cosine = both.cos().to(ScalarType.Float32).DetachFromDisposeScope();
        _sine = cat([angles.sin().neg(), angles.sin()], 1).to(ScalarType.Float32).DetachFromDisposeScope();
    }

    /// <summary>Rotates [sequences, heads, length, headDim] from position 0; the type stays.</summary>
    public Tensor Rotate(Tensor heads)
    {
        var length = heads.shape[2];
        var swapped = heads.roll(heads.shape[3] / 2, -1);          // the partner of each channel; its sign is in the sine
        return (heads * _cosine.narrow(0, 0, length) + swapped * _sine.narrow(0, 0, length)).to(heads.dtype);
    }

    public void Dispose()
    {
        _cosine.Dispose();
        _sine.Dispose();
    }
}
