using static TorchSharp.torch;

namespace Tern.Train.Optimizers;

/// <summary>In what Adam's moments are kept.</summary>
public enum MomentType
{
    /// <summary>4 bytes each.</summary>
    Float32,

    /// <summary>A code of one byte for each, and a largest magnitude for each block (Dettmers et al. 2021, arXiv 2110.02861). Moments of fewer than 4096 elements stay float32.</summary>
    Int8,
}

/// <summary>How moments are kept.</summary>
/// <param name="Type">Of their elements.</param>
/// <param name="BlockSize">Int8: elements that share a largest magnitude.</param>
readonly record struct MomentStorage(MomentType Type, int BlockSize)
{
    const int SmallestQuantized = 4096;

    /// <summary>Both moments, for a weight of these elements.</summary>
    public long Bytes(long elements) => Quantizes(elements) ? 2 * (elements + (sizeof(float) * BlockwiseMoments.Blocks(elements, BlockSize))) : 2 * sizeof(float) * elements;

    /// <summary>Moments of zero, of the given shape.</summary>
    public AdamMoments Make(TrainedParameter weight, OptimizerState state, params long[] shape) =>
        Quantizes(AdamUpdate.Elements(shape)) ? new BlockwiseMoments(weight, state, BlockSize, shape) : new Float32Moments(weight, state, shape);

    public void Require()
    {
        if (Type == MomentType.Int8)
        {
            HyperParameter.Require(BlockSize is 256 or 2048, "block_size", BlockSize, "256 or 2048");
        }
    }

    bool Quantizes(long elements) => Type == MomentType.Int8 && elements >= SmallestQuantized;
}

/// <summary>Averages of a gradient and of its square, and the step that they make.</summary>
abstract class AdamMoments
{
    /// <summary>One step of the equations of <see cref="AdamKernel"/>. Weight and gradient are float32, contiguous, and of the shape of the moments; weight and moments change in place.</summary>
    public abstract void Step(Tensor weight, Tensor gradient, AdamCoefficients coefficients);

    /// <summary>Puts a function of the first moment, float32, in its place.</summary>
    public abstract void ReplaceFirst(Func<Tensor, Tensor> function);

    /// <summary>Both become zero.</summary>
    public abstract void Reset();
}

/// <summary>Moments in float32.</summary>
sealed class Float32Moments(TrainedParameter weight, OptimizerState state, long[] shape) : AdamMoments
{
    readonly Tensor _first = state.Zeros(weight, "exp_avg", shape), _second = state.Zeros(weight, "exp_avg_sq", shape);

    public override void Step(Tensor weight, Tensor gradient, AdamCoefficients coefficients)
    {
        if (weight.device_type == TorchSharp.DeviceType.CPU)
        {
            AdamKernel.Step(weight, gradient, _first, _second, coefficients);
        }
        else
        {
            StepOnDevice(weight, gradient, _first, _second, coefficients);
        }
    }

    public override void ReplaceFirst(Func<Tensor, Tensor> function) => _first.copy_(function(_first));

    public override void Reset()
    {
        _first.zero_();
        _second.zero_();
    }

    /// <summary>The equations of <see cref="AdamKernel"/>, for weights outside main memory.</summary>
    internal static void StepOnDevice(Tensor weight, Tensor gradient, Tensor first, Tensor second, AdamCoefficients c)
    {
        first.mul_(1 - c.Gain1).add_(gradient, c.Gain1);
        second.mul_(1 - c.Gain2).addcmul_(gradient, gradient, c.Gain2);
        var root = second.sqrt().mul_(c.RootCorrection).add_(c.Epsilon);
        weight.mul_(c.Decay).addcdiv_(first, root, -c.StepSize);
    }
}
