using static TorchSharp.torch;
using Tensor = TorchSharp.torch.Tensor;

namespace Tern.Train.Loop;

/// <summary>The norm over the gradients of several weights.</summary>
static class GradientNorm
{
    /// <summary>Weights without a gradient are left out; at least one has one.</summary>
    /// <param name="weights">One or more.</param>
    /// <param name="remedy">What to do where it is not finite.</param>
    /// <exception cref="DivergenceException">It is not finite; the message names the first gradient that is not.</exception>
    public static double Of(IReadOnlyList<TrainedParameter> weights, string remedy)
    {
        using var scope = NewDisposeScope();
        using var frozen = no_grad();
        var norm = stack([.. weights.Select(weight => weight.Gradient?.norm()).OfType<Tensor>()]).to(ScalarType.Float64).norm().item<double>();
        if (double.IsFinite(norm)) return norm;
        var bad = weights.FirstOrDefault(weight => weight.Gradient is { } gradient && !gradient.isfinite().all().item<bool>());
        var what = bad is null ? "the norm of the gradients is too large for float32" : $"the gradient of {bad.Name} is not finite";
        throw new DivergenceException($"training: {what} ({norm}). {remedy}; the last checkpoint is intact.");
    }
}
