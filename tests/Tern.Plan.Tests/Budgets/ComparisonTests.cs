using Tern.Models;
using Tern.Plan.Budgets;
using Tern.Plan.Laws;

namespace Tern.Plan.Tests.Budgets;

public sealed class ComparisonTests
{
    static readonly LawEstimate Sardana = LawEstimate.Of(PublishedLaw.Named("sardana"));
    static readonly LifetimePrice H100 = LifetimePrice.Usd((DeviceTable.Named("h100"), "bf16"), (DeviceTable.Named("h100"), "fp8"));

    [Fact]
    public void At_the_break_even_both_models_have_cost_the_same()
    {
        var (small, large) = (new Allocation(7e9, 1.25e12), new Allocation(13e9, 5.76e11));
        var compared = ModelComparison.Of(Sardana, small, large, default, H100);
        var (flop, usd) = (compared.BreakEvenFlopTokens!.Value, compared.BreakEvenUsdTokens!.Value);
        var atFlop = ModelComparison.Of(Sardana, large, small, ServingDemand.OfTokens(flop), H100);
        Assert.Equal(1, atFlop.First.TotalFlop / atFlop.Second.TotalFlop, 1e-12);
        var atUsd = ModelComparison.Of(Sardana, small, large, ServingDemand.OfTokens(usd), H100);
        Assert.Equal(1, atUsd.First.TotalUsd / atUsd.Second.TotalUsd, 1e-12);
        Assert.True(usd < flop);                                        // a generated token costs more than its operations
    }

    [Fact]
    public void A_smaller_model_that_is_cheaper_to_train_has_no_break_even()
    {
        var compared = ModelComparison.Of(Sardana, new(1e9, 1e10), new(2e9, 1e10), default, H100);
        Assert.Null(compared.BreakEvenFlopTokens);
        Assert.Null(ModelComparison.Of(Sardana, new(1e9, 1e10), new(1e9, 2e10), default, H100).BreakEvenUsdTokens);
    }

    [Fact]
    public void Losses_have_intervals_where_the_law_has_samples()
    {
        var compared = ModelComparison.Of(LawEstimate.Of(PublishedLaw.Named("epoch")), new(7e9, 1e12), new(1e9, 1e11), default, H100);
        Assert.True(compared.First.Loss.Interval!.Value.Low < compared.First.Loss.Value && compared.First.Loss.Value < compared.First.Loss.Interval!.Value.High);
        Assert.Throws<TernException>(() => ModelComparison.Of(Sardana, new(0, 1), new(1, 1), default, H100));
    }

    /// <summary>A cell of the table computed from the formulas (loss 2.4, 1e12 tokens).</summary>
    [Fact]
    public void Cells_of_the_table_of_ratios_are_those_of_the_optimum()
    {
        var row = Assert.Single(RatioTable.Make(Sardana.Law, [2.4], [1e12]));
        var cell = Assert.Single(row.Cells);
        Assert.Equal((1.9240, 0.3370, 5.1628), (Math.Round(cell.FlopRatio, 4), Math.Round(cell.ParametersRatio, 4), Math.Round(cell.TokensRatio, 4)));
        Assert.Contains("E = 1.69", Assert.Throws<TernException>(() => RatioTable.Make(Sardana.Law, [2, 1.6], [1e12])).Message);
    }

    [Fact]
    public void Ranges_hold_both_ends()
    {
        Assert.Equal([1.8, 2.0, 2.2], RatioTable.Linear(1.8, 2.2, 3));
        Assert.Equal([1e9, 1e10, 1e11], RatioTable.Logarithmic(1e9, 1e11, 3).Select(value => Math.Round(value)));
    }

    [Fact]
    public void A_recipe_has_the_numbers_of_its_plan_and_rounds_where_bits_were_chosen()
    {
        var request = new PlanRequest { Goal = new() { Parameters = 1e8, Tokens = 2e9 }, Law = Sardana };
        var recipe = TrainingRecipe.ToYaml(Planner.Plan(request), "a \"b\"/*.txt");
        Assert.Contains("path: \"a \\\"b\\\"/*.txt\"", recipe);
        Assert.DoesNotContain("quantization", recipe);
        var few = TrainingRecipe.ToYaml(Planner.Plan(request with { TrainingBits = new(8), ServingBits = new(4) }), "text.txt");
        Assert.Contains("quantization: { weight_bits: 8, activation_bits: 8, kv_bits: 8 }\n", few);
        Assert.Contains("  post_training_bits: [4]\n", few);
        Assert.Contains("precision: { name: float32 }\n", TrainingRecipe.ToYaml(Planner.Plan(request with { TrainingBits = new(12) }), "text.txt"));
    }
}
