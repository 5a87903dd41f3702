using Tern.Plan.Laws;

namespace Tern.Plan.Tests.Laws;

/// <summary>Golden values: computed in double precision from the equations of arXiv 2411.04330 with the constants of <see cref="PublishedPrecisionLaw.Kumar"/>.</summary>
public sealed class PrecisionLawTests
{
    static readonly PrecisionLaw Kumar = PublishedPrecisionLaw.Kumar;

    static PrecisionLaw Common(double gamma) => Kumar with { Gamma = TrainingBits.All(gamma) };

    [Fact]
    public void The_best_bits_of_a_common_gamma_are_the_root_of_3x_is_exp_x_less_1()
    {
        Assert.Equal(1.9038136944403912, PrecisionOptimum.Bits(Common(1)), 1e-12);
        Assert.Equal(5.711441083, PrecisionOptimum.Bits(Common(3)), 9);
    }

    [Theory]
    [InlineData(3.67683, 7)]
    [InlineData(3.93946, 7.5)]
    [InlineData(4.20209, 8)]
    public void Gammas_that_give_the_published_best_bits(double gamma, double bits) => Assert.Equal(bits, PrecisionOptimum.Bits(Common(gamma)), 1e-5);

    [Fact]
    public void The_best_bits_of_the_remembered_constants()
    {
        Assert.Equal(3.468751324, PrecisionOptimum.Bits(Kumar), 9);
        Assert.Equal(3.391070847, PrecisionOptimum.Bits(Kumar with { Exponents = PublishedPrecisionLaw.AppendixExponents }), 9);
    }

    /// <summary>16 bit, 8/8/8, four and three bits of weights.</summary>
    [Theory]
    [InlineData(30e6, 1.5e9, 4.10188, 4.13385, 4.21280, 4.28107)]
    [InlineData(110e6, 3e9, 3.55874, 3.57551, 3.61693, 3.65275)]
    [InlineData(220e6, 26e9, 3.19710, 3.20899, 3.23835, 3.26374)]
    [InlineData(1.7e9, 26e9, 2.99911, 3.00342, 3.01405, 3.02325)]
    public void Losses_of_training_in_few_bits(double parameters, double tokens, double full, double eight, double fourWeights, double threeWeights)
    {
        var at = new Allocation(parameters, tokens);
        Assert.Equal(full, Kumar.Loss(at, TrainingBits.All(16)), 5);
        Assert.Equal(eight, Kumar.Loss(at, TrainingBits.All(8)), 5);
        Assert.Equal(fourWeights, Kumar.Loss(at, new(4, 16, 16)), 5);
        Assert.Equal(threeWeights, Kumar.Loss(at, new(3, 16, 16)), 5);
    }

    [Theory]
    [InlineData(30e6, 1.5e9, 0.000278, 0.001512, 0.008220, 0.044679)]
    [InlineData(220e6, 26e9, 0.000595, 0.003236, 0.017586, 0.095585)]
    public void Damage_of_rounding_to_six_to_three_bits(double parameters, double tokens, double six, double five, double four, double three)
    {
        var damage = Kumar.PostTraining!;
        foreach (var (bits, expected) in ((double, double)[])[(6, six), (5, five), (4, four), (3, three)]) Assert.Equal(expected, damage.Loss(new(parameters, tokens), bits), 6);
        Assert.Equal(Math.Exp(1 / 0.5907), damage.Loss(new(parameters, tokens), 3) / damage.Loss(new(parameters, tokens), 4), 1e-12);
    }

    [Theory]
    [InlineData(3e7, 3, 1.6385e10)]
    [InlineData(3e7, 4, 8.8560e10)]
    [InlineData(3e7, 5, 4.7867e11)]
    [InlineData(2.2e8, 3, 3.2436e10)]
    [InlineData(2.2e8, 4, 1.7532e11)]
    [InlineData(2.2e8, 5, 9.4762e11)]
    [InlineData(1.7e9, 3, 6.5376e10)]
    [InlineData(1.7e9, 4, 3.5336e11)]
    [InlineData(1.7e9, 5, 1.9100e12)]
    public void Beyond_the_critical_tokens_more_of_them_make_the_rounded_model_worse(double parameters, double bits, double tokens)
    {
        var critical = PrecisionOptimum.CriticalTokens(Kumar, parameters, bits);
        Assert.Equal(1, critical / tokens, 6e-5);       // five digits
        double Rounded(double d) => Kumar.Base.Loss(new(parameters, d)) + Kumar.PostTraining!.Loss(new(parameters, d), bits);
        Assert.True(Rounded(critical) < Rounded(0.9 * critical) && Rounded(critical) < Rounded(1.1 * critical));
    }

    [Fact]
    public void Without_damage_tokens_are_never_too_many() =>
        Assert.Equal(double.PositiveInfinity, PrecisionOptimum.CriticalTokens(Kumar with { PostTraining = null }, 1e9, 4));

    [Theory]
    [InlineData(2, 8.2729, 0.9670)]
    [InlineData(3, 4.5619, 1.1691)]
    [InlineData(4, 3.1420, 1.2731)]
    [InlineData(6, 2.0163, 1.3225)]
    [InlineData(8, 1.5641, 1.2787)]
    [InlineData(12, 1.1786, 1.1313)]
    public void Fewer_bits_ask_for_more_parameters(double bits, double parametersRatio, double tokensRatio)
    {
        var (at, full) = (PrecisionOptimum.ForFlop(Common(3), 1e20, bits), PrecisionOptimum.ForFlop(Common(3), 1e20, 16));
        Assert.Equal(parametersRatio, at.Parameters / full.Parameters, 4);
        Assert.Equal(tokensRatio, at.Tokens / full.Tokens, 4);
    }

    [Theory]
    [InlineData(16, 9.6902e8, 1.71995e10, 3.06390)]
    [InlineData(4, 3.04464e9, 2.18964e10, 3.03011)]
    public void Optimum_at_1e20_flop(double bits, double parameters, double tokens, double loss)
    {
        var at = PrecisionOptimum.ForFlop(Common(3), 1e20, bits);
        Assert.Equal(1, at.Parameters / parameters, 6e-5);
        Assert.Equal(1, at.Tokens / tokens, 6e-6);
        Assert.Equal(loss, Common(3).Loss(at, TrainingBits.All(bits)), 5);
    }

    [Fact]
    public void The_best_bits_for_a_budget_are_the_same_whatever_the_budget()
    {
        var law = Common(3);
        foreach (var flop in (double[])[1e18, 1e20, 1e24])
        {
            double LossAt(double bits) => law.Loss(PrecisionOptimum.ForFlop(law, flop, bits), TrainingBits.All(bits));
            var best = Enumerable.Range(400, 400).Select(i => i / 100.0).MinBy(LossAt);
            Assert.Equal(5.71, best, 0.011);        // steps of the grid
        }
    }

    [Theory]
    [InlineData(30e6, new[] { 1e17, 1e18, 1e19, 1e20, 1e21 }, new[] { 7.850, 11.450, 15.187, 18.915, 22.604 }, new[] { 37.7, 259, 1951, 1.57e4, 1.31e5 })]
    [InlineData(220e6, new[] { 1e17, 1e18, 1e19, 1e20, 1e21 }, new[] { 3.169, 5.535, 8.788, 12.453, 16.195 }, null)]
    public void The_best_bits_of_a_size_grow_with_over_training(double parameters, double[] flop, double[] bits, double[]? tokensPerParameter)
    {
        if (tokensPerParameter is not null)
            foreach (var ((c, p), expected) in flop.Zip(bits).Zip(tokensPerParameter)) Assert.Equal(1, 16 * c / (6 * p * parameters * parameters) / expected, 4e-3);       // three digits
        foreach (var (c, expected) in flop.Zip(bits)) Assert.Equal(expected, PrecisionOptimum.BitsForParameters(Common(3), c, parameters), 6e-4);
    }

    /// <summary>C_x = 0.5 is an arbitrary value.</summary>
    [Theory]
    [InlineData(16, 16, 16, 4, 3.374690, 0.015609)]
    [InlineData(8, 8, 8, 4, 3.391463, 0.010434)]
    [InlineData(6, 16, 16, 4, 3.399194, 0.010272)]
    [InlineData(4, 16, 16, 4, 3.432881, 0)]
    [InlineData(4, 16, 16, 3, 3.432881, 0.036556)]
    public void The_unified_law(double weights, double activations, double keyValues, double served, double loss, double damage)
    {
        var law = Kumar with { PostTraining = Kumar.PostTraining! with { Robustness = TrainingBits.All(0.5) } };
        var (at, bits) = (new Allocation(110e6, 13e9), new TrainingBits(weights, activations, keyValues));
        Assert.Equal(loss, law.Loss(at, bits), 6);
        Assert.Equal(damage, law.Damage(at, bits, served), 6);
        Assert.Equal(loss + damage, law.Loss(at, bits, served), 2e-6);      // both rounded
    }

    [Fact]
    public void Its_limits_are_the_other_equations()
    {
        var law = Kumar with { PostTraining = Kumar.PostTraining! with { Robustness = TrainingBits.All(0.5) } };
        var at = new Allocation(110e6, 13e9);
        Assert.Equal(law.Base.Loss(at) + law.PostTraining.Loss(at, 4), law.Loss(at, TrainingBits.All(1000), 4), 1e-12);
        Assert.Equal(law.Loss(at, TrainingBits.All(8)), law.Loss(at, TrainingBits.All(8), 1000));
        foreach (var with in (Func<double, TrainingBits>[])[bits => new(bits, 8, 8), bits => new(8, bits, 8), bits => new(8, 8, bits)])
        {
            var losses = Enumerable.Range(2, 15).Select(bits => law.Loss(at, with(bits))).ToList();
            Assert.All(losses.Zip(losses.Skip(1)), pair => Assert.True(pair.First > pair.Second));
        }
    }

    [Theory]
    [InlineData(4)]
    [InlineData(8)]
    public void A_larger_model_makes_up_for_fewer_bits(double bits)
    {
        var parameters = PrecisionOptimum.IsoLossParameters(Kumar, 1e9, bits);
        Assert.Equal(Kumar.Loss(new(1e9, 2e10), TrainingBits.All(16)), Kumar.Loss(new(parameters, 2e10), TrainingBits.All(bits)), 1e-12);
    }

    [Fact]
    public void The_closed_form_is_stationary()
    {
        var at = PrecisionOptimum.ForFlop(Kumar, 1e21, 6);
        double LossAt(double factor) => Kumar.Loss(new(at.Parameters * factor, at.Tokens / factor), TrainingBits.All(6));
        const double Step = 1e-4;
        Assert.Equal(0, (LossAt(1 + Step) - LossAt(1 / (1 + Step))) / (2 * Step), 1e-7);     // central difference: error of the order of the step squared
    }

    /// <summary>Central differences in ln P, ln D; 1e-6: their error is of the order of the step squared.</summary>
    [Fact]
    public void Optima_in_bits_and_tokens_are_stationary()
    {
        const double Step = 1e-4, Tolerance = 1e-6;
        static double Slope(Func<double, double> of) => (of(1 + Step) - of(1 / (1 + Step))) / (2 * Step);
        var best = PrecisionOptimum.Bits(Kumar);
        Assert.Equal(0, Slope(factor => Kumar.Loss(PrecisionOptimum.ForFlop(Kumar, 1e21, best * factor), TrainingBits.All(best * factor))), Tolerance);
        var product = 16 * 1e19 / 6 / 30e6;
        var ofSize = PrecisionOptimum.BitsForParameters(Kumar, 1e19, 30e6);
        Assert.Equal(0, Slope(factor => Kumar.Loss(new(30e6, product / (ofSize * factor)), TrainingBits.All(ofSize * factor))), Tolerance);
        var critical = PrecisionOptimum.CriticalTokens(Kumar, 1e9, 4);
        Assert.Equal(0, Slope(factor => Kumar.Base.Loss(new(1e9, critical * factor)) + Kumar.PostTraining!.Loss(new(1e9, critical * factor), 4)), Tolerance);
    }
}
