namespace Tern.Train.Optimizers;

/// <summary>Adam with decoupled weight decay (Loshchilov and Hutter 2019, arXiv 1711.05101).</summary>
public sealed record AdamW : OptimizerChoice
{
    public override IOptimizer Build(IReadOnlyList<TrainedParameter> parameters) => throw new NotImplementedException();

    public override long StateBytes(ReadOnlySpan<long> shape, ParameterRole role) => throw new NotImplementedException();
}
