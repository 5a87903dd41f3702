using Tern.Plan.Budgets;
using Tern.Plan.Laws;

namespace Tern.Plan.Tests.Budgets;

/// <summary>Golden values: README of the authors' repository (nikhilsardana/beyond-chinchilla), and tables computed from the formulas in double precision.</summary>
public sealed class LifetimePriceTests
{
    static readonly ChinchillaLaw Sardana = PublishedLaw.Named("sardana").Law;
    static readonly Device A100 = DeviceTable.Named("a100"), A100Small = DeviceTable.Named("a100-40"), H100 = DeviceTable.Named("h100");

    /// <summary>cost_optimal.py; its sibling cost_calculator.py ignores --train_gpu_cost, so the dollars of that example are not ours.</summary>
    [Fact]
    public void The_readme_example_of_least_cost_has_its_printed_digits()
    {
        var price = LifetimePrice.Usd((A100.With(1.40, 0.5, null, null, null), "bf16"), (A100Small.With(0.60, null, 0.4, 0.2, null), "int8"));
        var demand = ServingDemand.OfRequests(1e10, 1000, 250);
        var effective = price.EffectiveServedTokens(demand);
        Assert.Equal(4.0179e12, effective, 1e8);                    // five digits
        var (optimum, chinchilla) = (LifetimeOptimum.ForLoss(Sardana, 1.947, effective), Sardana.OptimumForLoss(1.947));
        Assert.Equal(2.053e10, optimum.Parameters, 5.01e6);         // four digits
        Assert.Equal(3.302e12, optimum.Tokens, 5.01e8);
        Assert.Equal(60.23, 100 * optimum.Parameters / chinchilla.Parameters, 2);
        Assert.Equal(182.41, 100 * optimum.Tokens / chinchilla.Tokens, 2);
        Assert.Equal(88.76, 100 * price.Total(optimum, demand) / price.Total(chinchilla, demand), 2);
    }

    [Fact]
    public void Quality_of_70B_on_H100s()
    {
        var price = LifetimePrice.Usd((H100, "bf16"), (H100, "fp8"));
        var demand = ServingDemand.OfTokens(2e12);
        var (optimum, chinchilla) = Optima(price, demand);
        Assert.Equal(3.7965e13, price.EffectiveServedTokens(demand), 5.01e8);         // digits as given, here and below
        Assert.Equal(2.90754e10, optimum.Parameters, 5.01e4);
        Assert.Equal(1.42174e13, optimum.Tokens, 5.01e7);
        Assert.Equal(66.01, 100 * price.Total(optimum, demand) / price.Total(chinchilla, demand), 2);
    }

    [Fact]
    public void Quality_of_70B_on_A100s()
    {
        var price = LifetimePrice.Usd((A100, "bf16"), (A100Small, "int8"));
        var demand = ServingDemand.OfTokens(2e12);
        var (optimum, chinchilla) = Optima(price, demand);
        Assert.Equal(3.16092e10, optimum.Parameters, 5.01e4);
        Assert.Equal(1.22077e13, optimum.Tokens, 5.01e7);
        Assert.Equal(10_884_939, price.Total(optimum, demand), 1.0);
        Assert.Equal(15_183_553, price.Total(chinchilla, demand), 1.0);
        Assert.Equal(71.69, 100 * price.Total(optimum, demand) / price.Total(chinchilla, demand), 2);
    }

    static (Allocation Optimum, Allocation Chinchilla) Optima(LifetimePrice price, ServingDemand demand)
    {
        var chinchilla = Sardana.OptimumForParameters(70e9);
        return (LifetimeOptimum.ForLoss(Sardana, Sardana.Loss(chinchilla), price.EffectiveServedTokens(demand)), chinchilla);
    }

    [Fact]
    public void All_prices_times_a_factor_leave_the_optimum_where_it_is()
    {
        var demand = ServingDemand.OfTokens(1e12);
        double Effective(double factor) => LifetimePrice.Usd((H100.With(2 * factor, null, null, null, null), "bf16"), (A100.With(1.5 * factor, null, null, null, null), "int8")).EffectiveServedTokens(demand);
        Assert.Equal(1, Effective(7) / Effective(1), 1e-12);
    }

    /// <summary>Dollars summed kind by kind, minimised over N without D_eff.</summary>
    [Fact]
    public void The_reduction_to_effective_tokens_is_the_direct_minimum()
    {
        var price = LifetimePrice.Usd((H100, "bf16"), (A100, "int8"));
        var demand = ServingDemand.OfRequests(1e9, 700, 300);
        var optimum = LifetimeOptimum.ForLoss(Sardana, 2.1, price.EffectiveServedTokens(demand));
        double Usd(double parameters) => price.Total(new(parameters, Sardana.TokensForLoss(parameters, 2.1)), demand);
        const double Step = 1e-4;
        var best = Enumerable.Range(-5000, 10_001).Select(i => optimum.Parameters * Math.Exp(i * Step)).MinBy(Usd);
        Assert.Equal(1, best / optimum.Parameters, 1.5 * Step);      // the grid
    }

    [Fact]
    public void Cost_is_the_price_of_a_training_operation_for_each_effective_one()
    {
        var price = LifetimePrice.Usd((H100, "bf16"), (H100, "fp8"));
        var demand = ServingDemand.OfTokens(3e11);
        var at = new Allocation(7e9, 1e12);
        Assert.Equal(1, price.PerTrainingFlop * (at.TrainingFlop + at.InferenceFlop(price.EffectiveServedTokens(demand))) / price.Total(at, demand), 1e-12);
        Assert.Equal(demand.Tokens, LifetimePrice.Flop.EffectiveServedTokens(demand));
    }

    [Fact]
    public void Fewer_bits_than_the_format_make_generating_cheaper_and_more_do_not()
    {
        var (eight, four, sixteen) = (LifetimePrice.Usd((H100, "bf16"), (H100, "fp8"), 8), LifetimePrice.Usd((H100, "bf16"), (H100, "fp8"), 4), LifetimePrice.Usd((H100, "bf16"), (H100, "fp8"), 16));
        Assert.Equal(eight.PerGeneratedFlop / 2, four.PerGeneratedFlop, 1e-25);        // rounding of numbers near 1e-18
        Assert.Equal(eight, sixteen);
        Assert.Equal(eight.PerPromptFlop, four.PerPromptFlop);
    }
}
