using Tern.Train.Adapters;
using Tern.Train.Precision;
using static TorchSharp.torch;

namespace Tern.Train.Layers;

/// <summary>y = x Wᵀ, and what an adapter adds to it. The product is computed in <c>computeType</c>, whatever the types of x and W.</summary>
/// <param name="name">Of the module, as in Hugging Face: "model.layers.0.self_attn.q_proj".</param>
/// <param name="weight">W [out, in], float32; belongs to the model.</param>
/// <param name="computeType">Of the product.</param>
/// <param name="isOutput">Gives the logits.</param>
public sealed class Linear(string name, Tensor weight, ScalarType computeType, bool isOutput = false)
{
    public string Name => name;

    public Tensor Weight => weight;

    public bool IsOutput => isOutput;

    /// <summary>The product is with the weight rounded to this, one scale for each output channel; null: with the weight.</summary>
    internal SymmetricGrid? WeightGrid { get; set; }

    /// <summary>Null: the weight alone.</summary>
    public LowRankAdapter? Adapter { get; internal set; }

    /// <param name="input">[..., in].</param>
    /// <param name="training">Dropout is active.</param>
    /// <returns>[..., out] in the type of the computation.</returns>
    public Tensor Apply(Tensor input, bool training)
    {
        input = input.to(computeType);
        var product = Product(input);
        return Adapter is null ? product : Adapter.Apply(input, product, training);
    }

    /// <summary>x Wᵀ without the adapter.</summary>
    internal Tensor Product(Tensor input) => nn.functional.linear(input, (WeightGrid is { } grid ? grid.StraightThrough(weight) : weight).to(computeType));
}
