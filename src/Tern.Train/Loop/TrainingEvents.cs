namespace Tern.Train.Loop;

/// <summary>What a run tells while it goes on.</summary>
public abstract record TrainingEvent;

/// <summary>Something that was done or decided, in a sentence.</summary>
public sealed record TrainingNote(string Text) : TrainingEvent;

/// <summary>The steps since the last such event.</summary>
/// <param name="Step">Steps done.</param>
/// <param name="Steps">Of the run.</param>
/// <param name="Tokens">Read since the beginning of the run.</param>
/// <param name="Loss">Mean cross-entropy of the interval, nats per target.</param>
/// <param name="LearningRate">Of the last step.</param>
/// <param name="GradientNorm">Of the last step, before it was cut.</param>
/// <param name="TokensPerSecond">Of the interval, without evaluations and checkpoints.</param>
/// <param name="FlopsPerSecond">By <see cref="Architectures.CausalModel.FlopsPerToken"/>.</param>
/// <param name="Utilization">Of the matrix product measured at the start (MFU).</param>
public sealed record TrainingInterval(long Step, long Steps, long Tokens, double Loss, double LearningRate, double GradientNorm, double TokensPerSecond, double FlopsPerSecond, double Utilization) : TrainingEvent
{
    public double Perplexity => Math.Exp(Loss);
}

/// <summary>A look at held-out text.</summary>
/// <param name="Step">Steps done.</param>
/// <param name="Loss">Nats per target.</param>
/// <param name="IsBest">Lower than ever before.</param>
/// <param name="Samples">The continued prompts.</param>
public sealed record HeldOutEvaluation(long Step, double Loss, bool IsBest, IReadOnlyList<string> Samples) : TrainingEvent
{
    public double Perplexity => Math.Exp(Loss);
}

/// <summary>How a run ended.</summary>
/// <param name="Steps">Done.</param>
/// <param name="HeldOutLoss">Of what was exported, nats per target; null where the data have no held-out part.</param>
/// <param name="Model">The exported folder; null where the run was interrupted.</param>
/// <param name="Interrupted">Stopped by cancellation, after a checkpoint.</param>
public sealed record TrainingResult(long Steps, double? HeldOutLoss, string? Model, bool Interrupted);
