using Tern.Models;
using Tern.Plan.Budgets;
using Tern.Plan.Laws;

namespace Tern.Plan.Tests.Budgets;

public sealed class PlannerTests
{
    static readonly ServingDemand Trillion = ServingDemand.OfTokens(1e12);

    static PlanRequest Asking(PlanGoal goal, string law = "sardana") => new() { Goal = goal, Law = LawEstimate.Of(PublishedLaw.Named(law)), Objective = goal.Usd is null ? PlanObjective.Flop : PlanObjective.Usd };

    [Fact]
    public void Optimum_of_the_sardana_fit_at_1e22_flop()
    {
        var plan = Planner.Plan(Asking(new() { Flop = 1e22 }));
        Assert.Equal(1, plan.Parameters.Value / 6.538113e9, 1e-6);        // closed form in double precision, seven digits
        Assert.Equal(1, plan.Tokens.Value / 2.549156e11, 1e-6);
        Assert.Equal(2.137575, plan.Loss.Value, 6);
        Assert.Empty(plan.Sensitivity);
    }

    /// <summary>Every goal that the plan of another one answers. 1e-9: roots and powers of powers.</summary>
    [Fact]
    public void Every_goal_of_a_plan_leads_to_the_same_plan()
    {
        var request = Asking(new() { Loss = 2.1 }) with { Demand = Trillion };
        var plan = Planner.Plan(request);
        var flop = plan.Cost.TrainingFlop + plan.Cost.InferenceFlop;
        PlanGoal[] goals =
        [
            new() { Flop = flop }, new() { Parameters = plan.Parameters.Value }, new() { Tokens = plan.Tokens.Value },
            new() { Parameters = plan.Parameters.Value, Loss = 2.1 }, new() { Tokens = plan.Tokens.Value, Loss = 2.1 }, new() { Parameters = plan.Parameters.Value, Flop = flop },
            new() { Tokens = plan.Tokens.Value, Flop = flop }, new() { Parameters = plan.Parameters.Value, Tokens = plan.Tokens.Value },
        ];
        foreach (var goal in goals)
        {
            var other = Planner.Plan(request with { Goal = goal });
            Assert.Equal(1, other.Parameters.Value / plan.Parameters.Value, 1e-9);
            Assert.Equal(1, other.Tokens.Value / plan.Tokens.Value, 1e-9);
        }
    }

    [Fact]
    public void A_budget_of_dollars_is_spent_to_the_last()
    {
        var plan = Planner.Plan(Asking(new() { Usd = 50_000 }) with { Demand = Trillion });
        Assert.Equal(50_000, plan.Cost.TotalUsd, 1e-3);
        Assert.Equal(50_000, plan.Cost.TrainingUsd + plan.Cost.PromptUsd + plan.Cost.GenerationUsd, 1e-3);
    }

    [Fact]
    public void Demand_that_does_not_decide_leaves_Chinchillas_optimum_and_is_priced()
    {
        var plan = Planner.Plan(Asking(new() { Loss = 2.1 }) with { Demand = Trillion, IgnoreDemand = true });
        Assert.Equal(1, plan.Parameters.Value / PublishedLaw.Named("sardana").Law.OptimumForLoss(2.1).Parameters, 1e-12);
        Assert.True(plan.Cost.GenerationUsd > 0);
        Assert.Equal(1, plan.Chinchilla!.FlopRatio, 1e-9);
    }

    [Fact]
    public void A_law_with_samples_gives_every_number_an_interval_that_holds_it()
    {
        var plan = Planner.Plan(Asking(new() { Loss = 2.2 }, "epoch") with { Demand = Trillion });
        var (cost, ranges) = (plan.Cost, plan.Intervals);
        foreach (var (value, interval) in ((double, Interval?)[])[
            (plan.Parameters.Value, plan.Parameters.Interval), (plan.Tokens.Value, plan.Tokens.Interval), (plan.TokensPerParameter.Value, plan.TokensPerParameter.Interval),
            (cost.TotalUsd, cost.TotalUsdEstimate.Interval), (cost.TrainingFlop, ranges.TrainingFlop), (cost.InferenceFlop, ranges.InferenceFlop), (cost.TrainingUsd, ranges.TrainingUsd),
            (cost.PromptUsd + cost.GenerationUsd, ranges.ServingUsd), (plan.Batch.CriticalBatchTokens, ranges.CriticalBatchTokens), (plan.Cluster.TrainingDeviceHours, ranges.TrainingDeviceHours)])
        {
            Assert.NotNull(interval);
            Assert.True(interval.Value.Low < value && value < interval.Value.High);
        }
        Assert.Contains("standard errors", plan.Law.Uncertainty);
        var bare = Planner.Plan(Asking(new() { Loss = 2.2 }));
        Assert.Null(bare.Parameters.Interval);
        Assert.Equal(new(null, null, null, null, null, null), bare.Intervals);
        Assert.Contains("without intervals", bare.Advice);
    }

    [Fact]
    public void What_lies_beyond_the_runs_of_the_law_is_told()
    {
        Assert.DoesNotContain(Planner.Plan(Asking(new() { Flop = 1e21 })).Warnings, warning => warning.StartsWith("extrapolation", StringComparison.Ordinal));
        var far = Planner.Plan(Asking(new() { Flop = 1e25 }));
        Assert.Contains(far.Warnings, warning => warning.Contains("times the largest run behind the law", StringComparison.Ordinal));
        Assert.Contains("lie beyond the runs", far.Advice);
        Assert.Contains(Planner.Plan(Asking(new() { Loss = 2.5 }) with { Demand = ServingDemand.OfTokens(1e14) }).Warnings, warning => warning.StartsWith("over-trained", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData(PlanObjective.Flop)]
    [InlineData(PlanObjective.Usd)]
    public void Regret_is_nothing_at_the_planned_demand_and_grows_to_both_sides(PlanObjective objective)
    {
        var cases = Planner.Plan(Asking(new() { Loss = 2.1 }) with { Demand = Trillion, Objective = objective }).Sensitivity;
        Assert.Equal([0.1, 0.3, 1, 3, 10], cases.Select(at => at.Factor));
        Assert.Equal(0, cases[2].Regret, 1e-9);
        Assert.True(cases[0].Regret > cases[1].Regret && cases[1].Regret > cases[2].Regret && cases[4].Regret > cases[3].Regret && cases[3].Regret > cases[2].Regret);
        foreach (var at in cases)
        {
            var (planned, best) = objective == PlanObjective.Usd ? (at.TotalUsd, at.BestUsd) : (at.TotalFlop, at.BestFlop);
            Assert.Equal(at.Regret, (planned / best) - 1, 1e-9);
        }
    }

    /// <summary>Situations without a closed form: attention counted, data that repeat, weights that are rounded. A search over ln N ends within its last section, 8 / 32 · 0.618^45 = 1e-10; the loss is flat there.</summary>
    [Theory]
    [InlineData(FlopRule.Exact, double.PositiveInfinity, null)]
    [InlineData(FlopRule.SixParametersTokens, 2e10, null)]
    [InlineData(FlopRule.SixParametersTokens, double.PositiveInfinity, 3.0)]
    [InlineData(FlopRule.Exact, 2e10, 4.0)]
    public void No_neighbour_of_a_plan_for_a_budget_is_better(FlopRule rule, double unique, double? served)
    {
        var request = Asking(new() { Flop = 1e21 }) with { Demand = ServingDemand.OfTokens(1e11), FlopRule = rule, UniqueTokens = unique, ServingBits = served is null ? null : new(served) };
        var plan = Planner.Plan(request);
        if (served is null) Assert.Equal(1e21, plan.Cost.TrainingFlop + plan.Cost.InferenceFlop, 1e12);
        else Assert.Equal(1e21, plan.Cost.ScaledFlop!.Value, 1e12);
        foreach (var factor in (double[])[0.8, 0.97, 1.03, 1.25])
            Assert.True(Planner.Plan(request with { Goal = request.Goal with { Parameters = plan.Parameters.Value * factor } }).Loss.Value > plan.Loss.Value);
    }

    [Fact]
    public void No_neighbour_of_a_plan_for_a_loss_is_cheaper_where_attention_counts()
    {
        var request = Asking(new() { Loss = 2.3 }) with { Demand = Trillion, FlopRule = FlopRule.Exact, ContextTokens = 8192 };
        double Flop(PlanAnswer answer) => answer.Cost.TrainingFlop + answer.Cost.InferenceFlop;
        var plan = Planner.Plan(request);
        Assert.Equal(2.3, plan.Loss.Value, 1e-9);
        foreach (var factor in (double[])[0.8, 0.97, 1.03, 1.25])
            Assert.True(Flop(Planner.Plan(request with { Goal = request.Goal with { Parameters = plan.Parameters.Value * factor } })) > Flop(plan));
        Assert.True(Flop(plan) > Flop(Planner.Plan(request with { FlopRule = FlopRule.SixParametersTokens })));
    }

    [Fact]
    public void Bits_that_are_free_are_the_best_of_all_pairs()
    {
        var request = Asking(new() { Flop = 1e21 }) with { Demand = ServingDemand.OfTokens(1e11), TrainingBits = BitsChoice.Best, ServingBits = BitsChoice.Best };
        var plan = Planner.Plan(request);
        Assert.Equal(plan.Precision.Tried.Min(at => at.Loss), plan.Loss.Value, 1e-12);
        Assert.Equal(28, plan.Precision.Tried.Count);                     // pairs of seven with no more bits of serving
        foreach (var at in plan.Precision.Tried)
        {
            var alone = Planner.Plan(request with { TrainingBits = new(at.TrainingBits), ServingBits = new(at.ServingBits) });
            Assert.Equal(at.Loss, alone.Loss.Value, 1e-12);
            Assert.Empty(alone.Precision.Tried);
        }
        Assert.Contains(plan.Warnings, warning => warning.StartsWith("bits: ", StringComparison.Ordinal));
    }

    [Fact]
    public void The_best_of_free_training_bits_lies_beside_the_closed_form()
    {
        var request = Asking(new() { Flop = 1e22 }) with { TrainingBits = BitsChoice.Best, Precision = PublishedPrecisionLaw.Kumar with { Gamma = TrainingBits.All(3) } };
        var plan = Planner.Plan(request);
        Assert.Equal(5.711441083, plan.Precision.BestTrainingBits, 9);    // 1.90381 times 3
        Assert.Equal(6, plan.Precision.TrainingBits);
        var closed = PrecisionOptimum.ForFlop(request.Precision with { Base = request.Law.Law }, 1e22, 6);
        Assert.Equal(1, plan.Parameters.Value / closed.Parameters, 1e-9);
        Assert.Equal(1, plan.Tokens.Value / closed.Tokens, 1e-9);
    }

    [Fact]
    public void Repeated_data_are_told_with_what_they_are_worth()
    {
        var plan = Planner.Plan(Asking(new() { Flop = 1e22 }) with { UniqueTokens = 2e10 });
        Assert.Contains(plan.Warnings, warning => warning.StartsWith("data are read", StringComparison.Ordinal) && warning.Contains("beyond four epochs", StringComparison.Ordinal));
        Assert.True(plan.Loss.Value > Planner.Plan(Asking(new() { Flop = 1e22 })).Loss.Value);
    }

    public static TheoryData<string, PlanGoal> Mistakes => new()
    {
        { "nothing is known", new() },
        { "cannot all be given", new() { Flop = 1e21, Loss = 2 } },
        { "too much is given", new() { Flop = 1e21, Parameters = 1e9, Tokens = 1e10 } },
        { "E = 1.69 of the law", new() { Loss = 1.69 } },
        { "stay above 5.6070", new() { Parameters = 1e6, Loss = 2 } },
        { "at least 1.077E+11 fresh tokens", new() { Tokens = 1e6, Loss = 2 } },
        { "both must be at least 1,000", new() { Flop = 1 } },
        { "both must be at least 1,000", new() { Parameters = 500 } },
        { "parameters: NaN must be above 0", new() { Parameters = double.NaN } },
        { "operations: -1", new() { Flop = -1 } },
    };

    [Theory]
    [MemberData(nameof(Mistakes))]
    public void What_cannot_be_planned_is_told_with_the_reason(string told, PlanGoal goal) =>
        Assert.Contains(told, Assert.Throws<TernException>(() => Planner.Plan(Asking(goal))).Message, StringComparison.Ordinal);

    [Fact]
    public void What_serving_leaves_too_little_for_is_told_with_the_numbers() =>
        Assert.Contains("spent by serving alone, which takes 1.4E+25", Assert.Throws<TernException>(() => Planner.Plan(Asking(new() { Flop = 1e21, Parameters = 7e9 }) with { Demand = ServingDemand.OfTokens(1e15) })).Message);

    [Fact]
    public void Impossible_circumstances_are_refused()
    {
        var request = Asking(new() { Flop = 1e21 });
        foreach (var bad in (PlanRequest[])[request with { Days = double.NaN }, request with { Devices = 0 }, request with { GramsCo2PerKilowattHour = -1 }, request with { TrainingBits = new(0.5) },
            request with { Demand = new(-1, 5) }, request with { TrainingFormat = "fp9" }, Asking(new() { Usd = 100 }) with { Objective = PlanObjective.Flop }])
            Assert.Throws<TernException>(() => Planner.Plan(bad));
    }
}
