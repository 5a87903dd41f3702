namespace Tern.Train.Noise;

/// <summary>Measuring the gradient noise scale while training: <see cref="GradientNoise"/>. It needs at least two micro-batches in a step.</summary>
public sealed record GradientNoiseChoice
{
    /// <summary>Steps from one measurement to the next. A measured step holds the gradients of one micro-batch beside the sum, and reads each twice more.</summary>
    public int Every { get; init; } = 10;
}
