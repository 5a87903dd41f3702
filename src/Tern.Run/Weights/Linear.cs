using Tern.Numerics.Kernels;

namespace Tern.Run.Weights;

/// <summary>A linear layer: y = x W^T + b.</summary>
sealed record Linear(WeightMatrix Matrix, ParameterVector? Bias) : IDisposable
{
    public int Rows => Matrix.Rows;

    public int Columns => Matrix.Columns;

    public void Dispose()
    {
        Matrix.Dispose();
        Bias?.Dispose();
    }
}
