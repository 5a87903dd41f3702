using Tern.Plan.Laws;

namespace Tern.Plan.Tests.Laws;

/// <summary>Golden values: README of the authors' repository (nikhilsardana/beyond-chinchilla), and tables computed from the formulas in double precision.</summary>
public sealed class LifetimeOptimumTests
{
    static readonly ChinchillaLaw Sardana = PublishedLaw.Named("sardana").Law;

    /// <summary>Relative: the digits printed.</summary>
    static double Printed(int digits) => 0.501 * Math.Pow(10, 1 - digits);

    static double LifetimeFlop(Allocation at, double served) => at.TrainingFlop + at.InferenceFlop(served);

    [Fact]
    public void The_readme_example_of_least_compute_has_its_printed_digits()
    {
        var (optimum, chinchilla) = (LifetimeOptimum.ForLoss(Sardana, 1.947, 2e12), Sardana.OptimumForLoss(1.947));
        Assert.Equal("2.418e+10", Scientific(optimum.Parameters));
        Assert.Equal("2.657e+12", Scientific(optimum.Tokens));
        Assert.Equal(70.96, Math.Round(100 * optimum.Parameters / chinchilla.Parameters, 2));
        Assert.Equal(146.77, Math.Round(100 * optimum.Tokens / chinchilla.Tokens, 2));
        Assert.Equal(95.22, Math.Round(100 * LifetimeFlop(optimum, 2e12) / LifetimeFlop(chinchilla, 2e12), 2));
    }

    static string Scientific(double value) => value.ToString("0.000e+00", System.Globalization.CultureInfo.InvariantCulture);

    [Fact]
    public void The_readme_example_of_the_model_calculator_is_met() => Assert.Equal(1.947273, Sardana.Loss(new(70e9, 1e12)), 6);

    [Fact]
    public void The_readme_example_of_a_chinchilla_model_of_30B_is_met()
    {
        var at = Sardana.OptimumForParameters(30e9);
        Assert.Equal(1, at.Tokens / 1.555901e12, Printed(7));
        Assert.Equal(1.958253360475841, Sardana.Loss(at), 13);       // rounding of two powers
        Assert.Equal(1, at.TrainingFlop / 2.800622e23, Printed(7));
    }

    [Theory]
    [InlineData(13e9, 5.764856e11, 2.04528179, 2e12, 6.968595e9, 1.247840e12, 17.45)]
    [InlineData(30e9, 1.555901e12, 1.95825336, 1e13, 1.361283e10, 4.426237e12, 27.98)]
    [InlineData(70e9, 4.254741e12, 1.89179248, 2e12, 5.792232e10, 5.202824e12, 1.31)]
    public void Serving_makes_the_optimum_smaller_and_longer(double size, double chinchillaTokens, double loss, double served, double parameters, double tokens, double savedPercent)
    {
        var chinchilla = Sardana.OptimumForParameters(size);
        Assert.Equal(1, chinchilla.Tokens / chinchillaTokens, Printed(7));
        Assert.Equal(loss, Sardana.Loss(chinchilla), 8);
        var optimum = LifetimeOptimum.ForLoss(Sardana, Sardana.Loss(chinchilla), served);
        Assert.Equal(1, optimum.Parameters / parameters, Printed(7));
        Assert.Equal(1, optimum.Tokens / tokens, Printed(7));
        Assert.Equal(savedPercent, 100 * (1 - (LifetimeFlop(optimum, served) / LifetimeFlop(chinchilla, served))), 2);
    }

    [Fact]
    public void Loss_of_2_4_and_1e12_tokens()
    {
        var optimum = LifetimeOptimum.ForLoss(Sardana, 2.4, 1e12);
        Assert.Equal(1, optimum.Tokens / 2.5773972341e11, Printed(11));
        Assert.Equal(1, optimum.Parameters / 5.5806603118e8, Printed(11));
    }

    /// <summary>Total operations of Chinchilla's model over the optimum's, N and D of the optimum over Chinchilla's; for 1e10 to 1e13 served tokens.</summary>
    [Theory]
    [InlineData(2.0, 1.9506e10, 9.3329e11, new[] { 1.0000, 0.9943, 1.0057, 1.0009, 0.9481, 1.0557, 1.0481, 0.7142, 1.4559, 1.5955, 0.3956, 3.6707 })]
    [InlineData(2.2, 4.4329e9, 1.6070e11, new[] { 1.0003, 0.9685, 1.0328, 1.0210, 0.7919, 1.2859, 1.3774, 0.4578, 2.8016, 2.7001, 0.2602, 10.2018 })]
    [InlineData(2.4, 1.6559e9, 4.9922e10, new[] { 1.0030, 0.9105, 1.1014, 1.1116, 0.6180, 1.7598, 1.9240, 0.3370, 5.1628, 3.6535, 0.2092, 21.8861 })]
    [InlineData(2.8, 4.3800e8, 1.0293e10, new[] { 1.0417, 0.7289, 1.4198, 1.5515, 0.4060, 3.4894, 3.0516, 0.2381, 13.5639, 4.9890, 0.1673, 65.3873 })]
    [InlineData(3.0, 2.6751e8, 5.7322e9, new[] { 1.0936, 0.6393, 1.6804, 1.8446, 0.3488, 4.7763, 3.5366, 0.2142, 19.9480, 5.4608, 0.1567, 99.3900 })]
    public void The_table_of_ratios(double loss, double parameters, double tokens, double[] ratios)
    {
        var chinchilla = Sardana.OptimumForLoss(loss);
        Assert.Equal(1, chinchilla.Parameters / parameters, Printed(5));
        Assert.Equal(1, chinchilla.Tokens / tokens, Printed(5));
        foreach (var (served, i) in ((double, int)[])[(1e10, 0), (1e11, 3), (1e12, 6), (1e13, 9)])
        {
            var optimum = LifetimeOptimum.ForLoss(Sardana, loss, served);
            Assert.Equal(ratios[i], LifetimeFlop(chinchilla, served) / LifetimeFlop(optimum, served), 4);
            Assert.Equal(ratios[i + 1], optimum.Parameters / chinchilla.Parameters, 4);
            Assert.Equal(ratios[i + 2], optimum.Tokens / chinchilla.Tokens, 4);
        }
    }

    [Fact]
    public void Without_demand_the_optimum_is_Chinchillas()
    {
        Assert.Equal(Sardana.OptimumForLoss(2.2), LifetimeOptimum.ForLoss(Sardana, 2.2, 0));
        Assert.Equal(Sardana.OptimumForFlop(1e22), LifetimeOptimum.ForLifetimeFlop(Sardana, 1e22, 0));
        Assert.Equal(Sardana.OptimumForParameters(7e9), LifetimeOptimum.ForParameters(Sardana, 7e9, 0));
    }

    /// <summary>1e-9: bisection ends at 1e-14 in the logarithm, of which N takes a power.</summary>
    [Theory]
    [InlineData(1.8, 1e9)]
    [InlineData(1.947, 2e12)]
    [InlineData(2.4, 1e14)]
    [InlineData(3.5, 1e16)]
    public void Every_way_of_asking_for_an_optimum_gives_the_same_one(double loss, double served)
    {
        var optimum = LifetimeOptimum.ForLoss(Sardana, loss, served);
        var byFlop = LifetimeOptimum.ForLifetimeFlop(Sardana, LifetimeFlop(optimum, served), served);
        var byParameters = LifetimeOptimum.ForParameters(Sardana, optimum.Parameters, served);
        var byTokens = LifetimeOptimum.ForTokens(Sardana, optimum.Tokens, served);
        foreach (var other in (Allocation[])[byFlop, byParameters, byTokens])
        {
            Assert.Equal(1, other.Parameters / optimum.Parameters, 1e-9);
            Assert.Equal(1, other.Tokens / optimum.Tokens, 1e-9);
        }
        Assert.Equal(loss, Sardana.Loss(optimum), 1e-10);
    }

    [Fact]
    public void No_neighbour_with_the_same_loss_takes_fewer_operations()
    {
        var optimum = LifetimeOptimum.ForLoss(Sardana, 2.1, 3e12);
        foreach (var factor in (double[])[0.9, 0.99, 1.01, 1.1])
        {
            var parameters = optimum.Parameters * factor;
            Assert.True(LifetimeFlop(new(parameters, Sardana.TokensForLoss(parameters, 2.1)), 3e12) > LifetimeFlop(optimum, 3e12));
        }
    }

    [Fact]
    public void More_demand_means_fewer_parameters_and_more_tokens()
    {
        var optima = Enumerable.Range(9, 7).Select(power => LifetimeOptimum.ForLoss(Sardana, 2.1, Math.Pow(10, power))).ToList();
        foreach (var (less, more) in optima.Zip(optima.Skip(1)))
        {
            Assert.True(more.Parameters < less.Parameters);
            Assert.True(more.Tokens > less.Tokens);
        }
    }

    [Fact]
    public void At_the_break_even_both_models_cost_the_same()
    {
        var (small, large) = (new Allocation(7e9, Sardana.TokensForLoss(7e9, 2.0453)), new Allocation(13e9, Sardana.TokensForLoss(13e9, 2.0453)));
        var served = LifetimeOptimum.BreakEvenServedTokens(small, large);
        Assert.True(served > 0);
        Assert.Equal(1, LifetimeFlop(small, served) / LifetimeFlop(large, served), 1e-12);
    }
}
