namespace Tern.Train.Schedules;

/// <summary>How the learning rate changes over a run.</summary>
public abstract record ScheduleChoice
{
    /// <summary>Steps over which the rate rises linearly from 0 to its peak: step s of them has (s + 1) / (warmup_steps + 1).</summary>
    public int WarmupSteps { get; init; }

    /// <summary>The part of the peak rate that the warm-up begins at, in place of 0: step s has from + (1 - from) s / warmup_steps; null: as said at <see cref="WarmupSteps"/>.</summary>
    public double? WarmupFrom { get; init; }

    /// <summary>The schedule is that of a run of so many steps, which this run may end before; null: of this run.</summary>
    public long? Steps { get; init; }

    /// <summary>What the peak learning rate is multiplied by at a step (from 0), in a run of so many steps.</summary>
    public double Factor(long step, long steps)
    {
        var end = Steps ?? steps;
        if (step < WarmupSteps) return WarmupFrom is { } from ? from + (1 - from) * step / WarmupSteps : (step + 1.0) / (WarmupSteps + 1);
        return AfterWarmup(Math.Min(step, end) - WarmupSteps, Math.Max(1, end - WarmupSteps));
    }

    /// <summary>The factor at a step counted from the end of the warm-up, of so many.</summary>
    protected abstract double AfterWarmup(long step, long steps);
}

/// <summary>The peak rate throughout.</summary>
public sealed record ConstantSchedule : ScheduleChoice
{
    protected override double AfterWarmup(long step, long steps) => 1;
}

/// <summary>A straight line from the peak to <see cref="Final"/> of it.</summary>
public sealed record LinearSchedule : ScheduleChoice
{
    public double Final { get; init; }

    protected override double AfterWarmup(long step, long steps) => 1 - (1 - Final) * step / steps;
}

/// <summary>Half a cosine from the peak to <see cref="Final"/> of it (Loshchilov and Hutter 2017, arXiv 1608.03983, without restarts).</summary>
public sealed record CosineSchedule : ScheduleChoice
{
    public double Final { get; init; } = 0.1;

    protected override double AfterWarmup(long step, long steps) => Final + (1 - Final) * 0.5 * (1 + Math.Cos(Math.PI * step / steps));
}

/// <summary>Warm-up, stable, decay (Hu et al. 2024, arXiv 2404.06395; Hägele et al. 2024, arXiv 2405.18392: the decay 1 - sqrt): the peak, then down to <see cref="Final"/> of it in the last <see cref="DecayFraction"/> of the run.</summary>
public sealed record WarmupStableDecaySchedule : ScheduleChoice
{
    public double Final { get; init; }

    public double DecayFraction { get; init; } = 0.2;

    protected override double AfterWarmup(long step, long steps)
    {
        var decay = DecayFraction * steps;
        var into = step - (steps - decay);
        return into <= 0 ? 1 : Final + (1 - Final) * (1 - Math.Sqrt(Math.Min(1, into / decay)));
    }
}
