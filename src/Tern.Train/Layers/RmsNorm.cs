using static TorchSharp.torch;

namespace Tern.Train.Layers;

/// <summary>Root mean square norm (Zhang and Sennrich 2019, arXiv 1910.07467): x / sqrt(mean(x^2) + eps) * weight, computed in float32.</summary>
static class RmsNorm
{
    /// <param name="x">[..., channels], float32.</param>
    /// <param name="weight">[channels].</param>
    /// <param name="epsilon">Added to the mean of squares.</param>
    /// <param name="result">The type of what comes back.</param>
    public static Tensor Apply(Tensor x, Tensor weight, double epsilon, ScalarType result) =>
        (x * (x.square().mean([-1], keepdim: true) + epsilon).rsqrt() * weight).to(result);
}
