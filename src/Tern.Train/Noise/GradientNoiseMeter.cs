using Tern.Train.Metrics;

namespace Tern.Train.Noise;

/// <summary>What a checkpoint keeps of measured noise.</summary>
/// <param name="Plain">Of gradients as they are.</param>
/// <param name="Adam">In the metric of Adam.</param>
public sealed record GradientNoiseState(GradientNoiseAverage Plain, GradientNoiseAverage Adam)
{
    public static GradientNoiseState None { get; } = new(GradientNoiseAverage.None, GradientNoiseAverage.None);
}

/// <summary>The gradient noise of a run: which steps are measured, the running averages, and what an interval comes to.</summary>
sealed class GradientNoiseMeter(GradientNoiseChoice choice, IReadOnlyList<TrainedParameter> weights, AdamMetric? metric)
{
    readonly List<GradientNoise> _plain = [], _adam = [];
    long _targets;

    public GradientNoiseState State { get; set; } = GradientNoiseState.None;

    /// <summary>For a step (from 0); null where it is not measured.</summary>
    public GradientNoiseProbe? Probe(long step) => (step + 1) % choice.Every == 0 ? new GradientNoiseProbe(weights, metric?.IsKnown == true ? metric : null) : null;

    public void Add(GradientNoiseProbe measured)
    {
        if (measured.Plain is not { } plain) return;
        _targets = measured.Targets;
        _plain.Add(plain);
        State = State with { Plain = State.Plain.Add(plain) };
        if (measured.Adam is not { } adam) return;
        _adam.Add(adam);
        State = State with { Adam = State.Adam.Add(adam) };
    }

    /// <summary>What was measured since the last call; null for nothing.</summary>
    /// <param name="sequences">Of a step.</param>
    public GradientNoiseMetrics? Take(int sequences)
    {
        if (_plain.Count == 0) return null;
        var metrics = new GradientNoiseMetrics
        {
            ScaleTokens = State.Plain.Mean.Scale,
            ScaleSequences = State.Plain.Mean.Scale * sequences / _targets,
            Trace = _plain.Average(at => at.Trace),
            SquaredGradient = _plain.Average(at => at.SquaredGradient),
            Adam = _adam.Count == 0 ? null : new AdamNoiseMetrics(State.Adam.Mean.Scale, _adam.Average(at => at.Trace), _adam.Average(at => at.SquaredGradient)),
        };
        _plain.Clear();
        _adam.Clear();
        return metrics;
    }
}
