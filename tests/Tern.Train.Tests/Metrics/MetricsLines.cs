using Tern.Train.Metrics;

namespace Tern.Train.Tests.Metrics;

/// <summary>Lines as a run writes them.</summary>
static class MetricsLines
{
    public static IntervalMetrics Interval(long step, double? loss = null, double? mfu = 0.25) => new(step, 1000 * step)
    {
        Loss = loss ?? 1 + 1.0 / step,
        LearningRate = 1e-3 / step,
        GradientNorm = 0.5,
        TokensPerSecond = 12_345.678,
        FlopsPerSecond = 1e12,
        Mfu = mfu,
    };

    public static HeldOutMetrics HeldOut(long step, double loss) => new(step, 1000 * step) { HeldOutLoss = loss };
}
