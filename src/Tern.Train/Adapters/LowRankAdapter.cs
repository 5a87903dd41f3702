using Tern.Train.Layers;
using static TorchSharp.torch;

namespace Tern.Train.Adapters;

/// <summary>
/// The adapter of one matrix W [out, in]: s B A with A [rank, in] and B [out, rank] (Hu et al. 2021, arXiv 2106.09685, equation 3); with a magnitude m [out] the adapted weight is
/// m (W + s B A) / ‖W + s B A‖, norms of rows (Liu et al. 2024, arXiv 2402.09353, equation 5), where the norm counts as a constant in the gradient (section 4.3).
/// </summary>
public sealed class LowRankAdapter : IDisposable
{
    readonly Linear _layer;
    readonly double _scale, _dropout;

    internal LowRankAdapter(Linear layer, Lora choice)
    {
        (_layer, _scale, _dropout) = (layer, choice.Scale, choice.Dropout);
        TrainedParameter Weight(string name, ParameterRole role, params long[] shape) => new($"{layer.Name}.{name}", zeros(shape).requires_grad_().DetachFromDisposeScope(), role);
        A = Weight("lora_A.weight", ParameterRole.Matrix, choice.Rank, layer.Weight.shape[1]);
        B = Weight("lora_B.weight", ParameterRole.Matrix, layer.Weight.shape[0], choice.Rank);
        if (choice.UseDora) Magnitude = Weight("lora_magnitude_vector", ParameterRole.Vector, layer.Weight.shape[0]);
        Begin();
    }

    /// <summary>[rank, in].</summary>
    public TrainedParameter A { get; }

    /// <summary>[out, rank].</summary>
    public TrainedParameter B { get; }

    /// <summary>[out]; null without DoRA.</summary>
    public TrainedParameter? Magnitude { get; }

    public IEnumerable<TrainedParameter> Parameters => Magnitude is null ? [A, B] : [A, B, Magnitude];

    /// <summary>The name of the module.</summary>
    public string Module => _layer.Name;

    /// <summary>What the adapted layer gives.</summary>
    /// <param name="input">x [..., in] in the type of the computation.</param>
    /// <param name="product">x Wᵀ [..., out].</param>
    /// <param name="training">Dropout is active; it is before A, and with DoRA before everything that m scales.</param>
    internal Tensor Apply(Tensor input, Tensor product, bool training)
    {
        var type = input.dtype;
        var drops = training && _dropout > 0;
        var read = drops ? nn.functional.dropout(input, _dropout, true) : input;
        var change = nn.functional.linear(nn.functional.linear(read, A.Value.to(type)), B.Value.to(type)) * _scale;
        if (Magnitude is null) return product + change;
        var gain = Magnitude.Value / AdaptedNorms();                       // [out], float32
        var scaled = drops ? product + (gain - 1) * _layer.Product(read) + gain * change : gain * (product + change);
        return scaled.to(type);
    }

    /// <summary>The weight that does what W and the adapter do together: [out, in], float32.</summary>
    public Tensor Merged()
    {
        using var scope = NewDisposeScope();
        using var frozen = no_grad();
        var adapted = Adapted();
        return (Magnitude is null ? adapted : adapted * (Magnitude.Value / adapted.norm(1)).unsqueeze(1)).MoveToOuterDisposeScope();
    }

    /// <summary>Moves the adapter into W; a new one begins, which changes nothing yet.</summary>
    internal void Restart()
    {
        using var scope = NewDisposeScope();
        using var frozen = no_grad();
        _layer.Weight.copy_(Merged());
        Begin();
    }

    /// <summary>A uniform in ±1/sqrt(in), from torch's generator (Kaiming with a = sqrt 5, as in the authors' code); B zero; m the norms of W.</summary>
    void Begin()
    {
        using var scope = NewDisposeScope();
        using var frozen = no_grad();
        var bound = 1 / Math.Sqrt(A.Shape[1]);
        A.Value.copy_(rand(A.Shape) * (2 * bound) - bound);
        B.Value.zero_();
        Magnitude?.Value.copy_(_layer.Weight.norm(1));
    }

    Tensor AdaptedNorms()
    {
        using var constant = no_grad();
        return Adapted().norm(1);
    }

    /// <summary>W + s B A.</summary>
    Tensor Adapted() => _layer.Weight + B.Value.matmul(A.Value) * _scale;

    public void Dispose()
    {
        foreach (var weight in Parameters) weight.Value.Dispose();
    }
}
