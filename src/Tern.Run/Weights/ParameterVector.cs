using Tern.Numerics.Memory;

namespace Tern.Run.Weights;

/// <summary>A small parameter (a norm's weight, a bias) as floats.</summary>
sealed unsafe class ParameterVector(int length) : IDisposable
{
    readonly NativeBuffer _buffer = new((long)length * sizeof(float));

    public int Length { get; } = length;

    public float* Pointer => (float*)_buffer.Pointer;

    public Span<float> Span => new(Pointer, Length);

    public void Dispose() => _buffer.Dispose();
}
