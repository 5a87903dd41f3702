using Tern.Train.Metrics;
using Tern.Train.Precision;

namespace Tern.Train.Loop;

/// <summary>What a run tells while it goes on.</summary>
public abstract record TrainingEvent;

/// <summary>Something that was done or decided, in a sentence.</summary>
public sealed record TrainingNote(string Text) : TrainingEvent;

/// <summary>The steps since the last such event.</summary>
/// <param name="Metrics">The losses are means of the interval, the speeds without evaluations and checkpoints; learning rate and norm are of the last step.</param>
/// <param name="Steps">Of the run.</param>
/// <param name="TimeLeft">At the pace since this run was started or resumed, evaluations and checkpoints included.</param>
public sealed record TrainingInterval(IntervalMetrics Metrics, long Steps, TimeSpan TimeLeft) : TrainingEvent;

/// <summary>A look at held-out text.</summary>
/// <param name="Metrics">The loss, and when.</param>
/// <param name="IsBest">Lower than ever before.</param>
/// <param name="Samples">The continued prompts.</param>
public sealed record HeldOutEvaluation(HeldOutMetrics Metrics, bool IsBest, IReadOnlyList<string> Samples) : TrainingEvent;

/// <summary>The loss on held-out text with rounded weights, after the last evaluation.</summary>
/// <param name="Metrics">Loss and bits.</param>
public sealed record PostTrainingEvaluation(PostTrainingMetrics Metrics) : TrainingEvent;

/// <summary>How a run ended.</summary>
/// <param name="Steps">Done.</param>
/// <param name="HeldOutLoss">Of what was exported, nats per target; null where the data have no held-out part.</param>
/// <param name="Model">The exported folder; null where the run was interrupted.</param>
/// <param name="Interrupted">Stopped by cancellation, after a checkpoint.</param>
public sealed record TrainingResult(long Steps, double? HeldOutLoss, string? Model, bool Interrupted)
{
    /// <summary>The step after which the held-out loss was below evaluation.stop_below; null: it never was, or there is no such target.</summary>
    public long? ReachedAt { get; init; }

    /// <summary>For each of evaluation.post_training_bits.</summary>
    public IReadOnlyList<PostTrainingLoss> PostTraining { get; init; } = [];
}
