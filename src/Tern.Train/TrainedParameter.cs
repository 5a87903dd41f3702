using static TorchSharp.torch;

namespace Tern.Train;

/// <summary>A weight that training changes, unless an adapter is trained in its place: a leaf of the graph in float32, under its Hugging Face name.</summary>
/// <param name="Name">"model.layers.0.self_attn.q_proj.weight".</param>
/// <param name="Value">float32, requires gradients unless frozen; optimisers change it in place.</param>
/// <param name="Role">What the weight is for, which decides on weight decay and on the methods that only treat matrices between layers.</param>
public sealed record TrainedParameter(string Name, Tensor Value, ParameterRole Role)
{
    /// <summary>Two parameters are the same only where they are one object: comparing their values is nobody's intent.</summary>
    public bool Equals(TrainedParameter? other) => ReferenceEquals(this, other);

    public override int GetHashCode() => System.Runtime.CompilerServices.RuntimeHelpers.GetHashCode(this);

    /// <summary>The gradient of the step, float32, of the shape of <see cref="Value"/>; null where the loss did not reach the weight.</summary>
    public Tensor? Gradient => Value.grad;

    /// <summary>Outermost dimension first; [out, in] for matrices.</summary>
    public long[] Shape => Value.shape;

    /// <summary>Multiplies the learning rate of this weight.</summary>
    public double LearningRateMultiplier { get; init; } = 1;
}

/// <summary>What a weight is for.</summary>
public enum ParameterRole
{
    /// <summary>A matrix [out, in] between two layers: the weights that Muon, SOAP and GaLore are about.</summary>
    Matrix,

    /// <summary>The table of token embeddings [vocabulary, hidden].</summary>
    Embedding,

    /// <summary>The output matrix [vocabulary, hidden], where it is not the embedding.</summary>
    Output,

    /// <summary>Norm weights, biases, scalars: never decayed.</summary>
    Vector,
}
