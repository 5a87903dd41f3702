using Tern.Train.Recipes;
using TorchSharp;
using static TorchSharp.torch;

namespace Tern.Train.Loop;

/// <summary>The weights that a run begins with.</summary>
static class InitialWeights
{
    /// <summary>
    /// Norms are 1; matrices are normal with the given deviation, those that write to the residual stream divided by sqrt(2 layers) (Radford et al. 2019, section 2.3). Draws from
    /// torch's generator, which the caller seeds.
    /// </summary>
    public static Func<string, long[], ParameterRole, Tensor> Random(double deviation, int layers) => (name, shape, role) =>
    {
        if (role == ParameterRole.Vector) return ones(shape);
        var intoResidual = name.EndsWith("o_proj.weight", StringComparison.Ordinal) || name.EndsWith("down_proj.weight", StringComparison.Ordinal);
        return randn(shape) * (intoResidual ? deviation / Math.Sqrt(2.0 * layers) : deviation);
    };
}
