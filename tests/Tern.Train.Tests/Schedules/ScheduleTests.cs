using Tern.Train.Schedules;

namespace Tern.Train.Tests.Schedules;

public sealed class ScheduleTests
{
    public static TheoryData<ScheduleChoice, double[]> Schedules => new()
    {
        { new ConstantSchedule(), [1, 1, 1, 1, 1] },
        { new LinearSchedule(), [1, 0.75, 0.5, 0.25, 0] },
        { new LinearSchedule { Final = 0.2 }, [1, 0.8, 0.6, 0.4, 0.2] },
        { new CosineSchedule { Final = 0 }, [1, (1 + Math.Sqrt(0.5)) / 2, 0.5, (1 - Math.Sqrt(0.5)) / 2, 0] },
        { new WarmupStableDecaySchedule { DecayFraction = 0.5 }, [1, 1, 1, 1 - Math.Sqrt(0.5), 0] },
    };

    [Theory]
    [MemberData(nameof(Schedules))]
    public void A_schedule_has_these_factors_at_the_quarters_of_a_run(ScheduleChoice schedule, double[] factors) =>
        Assert.Equal(factors, Enumerable.Range(0, 5).Select(quarter => schedule.Factor(25 * quarter, 100)), (a, b) => Math.Abs(a - b) < 1e-12);

    [Theory]
    [MemberData(nameof(Schedules))]
    public void The_warm_up_is_a_line_that_would_reach_the_peak_after_its_last_step(ScheduleChoice schedule, double[] factors) =>
        Assert.Equal([0.25, 0.5, 0.75, factors[0]], Enumerable.Range(0, 4).Select(step => (schedule with { WarmupSteps = 3 }).Factor(step, 103)));

    /// <summary>The warm-up of arXiv 2410.21676, whose code begins at a tenth of the peak.</summary>
    [Theory]
    [MemberData(nameof(Schedules))]
    public void The_warm_up_may_begin_at_a_part_of_the_peak(ScheduleChoice schedule, double[] factors) =>
        Assert.Equal([0.1, 0.4, 0.7, factors[0]], Enumerable.Range(0, 4).Select(step => (schedule with { WarmupSteps = 3, WarmupFrom = 0.1 }).Factor(step, 103)), (a, b) => Math.Abs(a - b) < 1e-12);

    [Fact]
    public void A_run_may_end_before_its_schedule() =>
        Assert.Equal(new CosineSchedule { WarmupSteps = 10 }.Factor(500, 1000), new CosineSchedule { WarmupSteps = 10, Steps = 1000 }.Factor(500, 600));

    [Fact]
    public void Behind_its_schedule_a_run_keeps_the_last_rate() => Assert.Equal(0.1, new LinearSchedule { Final = 0.1, Steps = 50 }.Factor(80, 100), 1e-12);
}
