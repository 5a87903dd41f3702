using static TorchSharp.torch;

namespace Tern.Train.Optimizers;

/// <summary>An optimiser and its hyper-parameters, as a recipe names them.</summary>
public abstract record OptimizerChoice
{
    /// <summary>The peak learning rate; the schedule multiplies it.</summary>
    public double LearningRate { get; init; } = 1e-3;

    /// <summary>Decoupled weight decay, per unit of learning rate; applied to everything but <see cref="ParameterRole.Vector"/>.</summary>
    public double WeightDecay { get; init; } = 0.1;

    /// <summary>The working optimiser over these parameters. State is made at once, so that memory is known before the first step.</summary>
    /// <exception cref="Tern.Models.TernException">A hyper-parameter out of range.</exception>
    public abstract IOptimizer Build(IReadOnlyList<TrainedParameter> parameters);

    /// <summary>The decay of a weight of this role.</summary>
    private protected double DecayOf(ParameterRole role) => role == ParameterRole.Vector ? 0 : WeightDecay;

    /// <summary>Bytes of state that <see cref="Build"/> keeps for a weight of this shape and role (gradients and weights not counted).</summary>
    public abstract long StateBytes(ReadOnlySpan<long> shape, ParameterRole role);

    /// <summary>Bytes that the step of such a weight takes beside its state and then gives back; 0 where that is no more than a few tensors of the weight's size.</summary>
    public virtual long WorkspaceBytes(ReadOnlySpan<long> shape, ParameterRole role) => 0;
}

/// <summary>A working optimiser: state for each parameter, and the step that uses it.</summary>
public interface IOptimizer : IDisposable
{
    /// <summary>
    /// Changes every parameter by its gradient. Parameters without a gradient stay. Gradients are read, not cleared. Draws no random numbers except from what
    /// <see cref="State"/> keeps.
    /// </summary>
    /// <param name="learningRate">Of this step: the peak rate times the schedule.</param>
    void Step(double learningRate);

    /// <summary>Everything that the next step depends on, by name ("model.norm.weight.exp_avg"); the tensors themselves, not copies. Scalars are float64 or int64 tensors of one element.</summary>
    IEnumerable<(string Name, Tensor Value)> State { get; }

    /// <summary>Puts back what <see cref="State"/> gave. Values are copied.</summary>
    /// <exception cref="Tern.Models.TernException">A tensor is missing or has another shape or type: the message names it.</exception>
    void Restore(IReadOnlyDictionary<string, Tensor> state);
}
