using Tern.Plan.Laws;

namespace Tern.Plan.Tests.Laws;

public sealed class OtherLawsTests
{
    [Fact]
    public void The_over_training_law_is_a_Chinchilla_law_with_equal_exponents()
    {
        var law = new OverTrainingLaw(1.51, 141, 190, 0.121);
        foreach (var (parameters, tokens) in ((double, double)[])[(1e8, 1e10), (7e9, 1.4e11), (1e10, 1e13)])
        {
            var at = new Allocation(parameters, tokens);
            Assert.Equal(law.Loss(at.TrainingFlop, at.TokensPerParameter), law.ToChinchilla().Loss(at), 1e-12);
        }
        Assert.Equal(1, law.ToChinchilla().OptimumForFlop(1e21).TokensPerParameter / law.OptimalTokensPerParameter, 1e-12);
    }

    /// <summary>arXiv 2305.16264, equation 17: L = 521 / N'^0.353 + 1488 / D'^0.353 + 1.87, with U_N = 0.051 U_D.</summary>
    [Fact]
    public void The_constants_for_repeated_data_are_those_of_the_papers_equation()
    {
        var law = RepeatedDataLaw.Muennighoff.Base;
        Assert.Equal(521, law.A, 0.5);
        Assert.Equal(1488, law.B, 0.5);
        Assert.Equal(1.87, law.E, 2);
        Assert.Equal(0.051, law.OptimumForTokens(1e11).Parameters / 1e11, 3);
    }

    [Fact]
    public void Repeated_tokens_are_worth_less_and_less()
    {
        var law = RepeatedDataLaw.Over(PublishedLaw.Named("sardana").Law);
        Assert.Equal(1e11, law.EffectiveTokens(1e11, 1e12));                           // nothing repeated
        Assert.Equal(4e11, law.EffectiveTokens(4e11, 1e11), 4e11 * 0.1);               // four epochs: almost fresh, says the paper's abstract
        Assert.Equal(1e11 * (1 + (15.387756 * (1 - Math.Exp(-1)))), law.EffectiveTokens(1e11 * (1 + 15.387756), 1e11), 1);
        Assert.Equal(16.387756e11, law.EffectiveTokens(1e17, 1e11), 1e6);
        Assert.Equal(1, law.TokensForEffective(law.EffectiveTokens(7e11, 1e11), 1e11) / 7e11, 1e-12);
        Assert.Equal(double.PositiveInfinity, law.TokensForEffective(17e11, 1e11));
        Assert.Equal(law.Base.Loss(new(7e9, 1e11)), law.Loss(new(7e9, 1e11), 1e12));
    }

    /// <summary>Forecasts of arXiv 2410.21676 from its fit over 85M to 1.2B parameters; the notebook prints whole sequences.</summary>
    [Theory]
    [InlineData(1.2e9, 2578)]
    [InlineData(1.5e9, 2862)]
    [InlineData(2e9, 3275)]
    [InlineData(3e9, 3960)]
    [InlineData(4e9, 4531)]
    [InlineData(5e9, 5030)]
    [InlineData(6e9, 5478)]
    public void Forecasts_of_the_critical_batch(double parameters, double sequences) => Assert.Equal(sequences, CriticalBatchScaling.InParametersAtChinchilla.Sequences(parameters), 1.0);

    /// <summary>The remembered prefactor in tokens against the fitted law in parameters.</summary>
    [Theory]
    [InlineData(1e8)]
    [InlineData(1e10)]
    public void The_law_in_tokens_agrees_at_twenty_tokens_each(double parameters) =>
        Assert.Equal(1, CriticalBatchScaling.InTokens.Sequences(20 * parameters) / CriticalBatchScaling.InParametersAtChinchilla.Sequences(parameters), 0.03);

    /// <summary>a, b and the critical batch of the fits of arXiv 2410.21676, B_opt 256 and 20 %.</summary>
    [Theory]
    [InlineData(1293.827, 2834258, 745.32, 2190.6)]
    [InlineData(1752.421, 5677479, 955.16, 3239.8)]
    [InlineData(2095.350, 11383270, 1393.73, 5432.6)]
    [InlineData(2459.927, 19449689, 1888.52, 7906.6)]
    [InlineData(3897.307, 43381130, 2533.41, 11131.1)]
    public void Critical_batches_of_the_papers_fits(double a, double b, double critical, double balance)
    {
        var law = new CriticalBatchLaw(a, b);
        Assert.Equal(critical, law.CriticalBatch(256), 0.01);
        Assert.Equal(balance, law.Balance, 0.06);
        var back = CriticalBatchLaw.Of(law.Tokens(256), 256, law.CriticalBatch(256));
        Assert.Equal(1, back.LeastSteps / a, 1e-9);
        Assert.Equal(1, back.LeastTokens / b, 1e-9);
    }

    [Fact]
    public void At_the_critical_batch_tokens_are_a_fifth_more_than_at_the_efficient_one()
    {
        foreach (var tokens in (double[])[1e7, 1e9, 1e12])
        {
            var critical = CriticalBatchScaling.InTokens.BatchTokens(tokens);
            var law = CriticalBatchScaling.StepsOf(tokens, critical);
            var efficient = Math.Min(CriticalBatchScaling.EfficientBatchTokens, critical / 2.4);
            Assert.Equal(1, law.Tokens(efficient) / tokens, 1e-9);
            Assert.Equal(1.2, law.Tokens(critical) / tokens, 1e-9);
        }
    }

    [Fact]
    public void The_fastest_batch_is_where_the_time_is_least()
    {
        var law = new CriticalBatchLaw(1000, 5e8);
        double Seconds(double batch) => law.Steps(batch) * (0.05 + (2e-6 * batch));
        var best = law.FastestBatch(0.05, 2e-6);
        Assert.Equal(Math.Sqrt(5e8 * 0.05 / (1000 * 2e-6)), best, 1e-6);
        Assert.True(Seconds(best) < Seconds(0.95 * best) && Seconds(best) < Seconds(1.05 * best));
    }

    /// <summary>A linear model with 48 examples: squared norms and estimates computed in double precision from the definitions of arXiv 1812.06162, appendix A.</summary>
    [Fact]
    public void The_noise_scale_of_two_batch_sizes()
    {
        var all = NoiseScale.From(6.703103775478, 1, 0.492089918627, 48);
        Assert.Equal(6.343163087848, all.Trace, 1e-11);
        Assert.Equal(0.359940687630, all.GradientSquared, 1e-11);
        Assert.Equal(17.622800939, all.Simple, 1e-8);
        var micro = NoiseScale.From(2.104353638280, 8, 0.492089918627, 48);
        Assert.Equal(15.477731708667, micro.Trace, 1e-9);
        Assert.Equal(91.240211565, micro.Simple, 1e-6);
    }

    /// <summary>The noisy quadratic with curvatures 1, 0.1, 0.01 and noise 0.5/B: B_noise 0.554445, largest rate 1.00909, largest progress 0.509641.</summary>
    [Theory]
    [InlineData(1, 0.649164107, 0.327860332)]
    [InlineData(2, 0.790065866, 0.399022766)]
    [InlineData(8, 0.943687079, 0.476609159)]
    [InlineData(64, 1.000423033, 0.505263653)]
    public void Learning_rate_and_progress_share_the_noise(double batch, double rate, double progress)
    {
        var share = NoiseScale.Share(0.554445001, batch);
        Assert.Equal(rate, 1.009089901 * share, 1e-8);
        Assert.Equal(progress, 0.509640855 * share, 1e-8);
    }

    /// <summary>B_noise = tr(HΣ) / GᵀHG, the largest rate |G|² / GᵀHG and the largest progress |G|⁴ / 2GᵀHG of the same quadratic, from weights of one; B_simple as the estimator has it.</summary>
    [Fact]
    public void Noise_scales_of_the_quadratic()
    {
        double[] curvatures = [1, 0.1, 0.01];
        const double Variance = 0.5;
        var (squared, curved) = (curvatures.Sum(h => h * h), curvatures.Sum(h => h * h * h));
        Assert.Equal(0.554445001, Variance * curvatures.Sum() / curved, 9);
        Assert.Equal(1.009089901, squared / curved, 9);
        Assert.Equal(0.509640855, squared * squared / (2 * curved), 9);
        var trace = 3 * Variance;
        Assert.Equal(1.485001485, NoiseScale.From(squared + trace, 1, squared + (trace / 8), 8).Simple, 9);      // expected squared norms at both batches
    }

    /// <summary>Gradients with a known mean and variance: the means of many estimates lie within three standard errors.</summary>
    [Fact]
    public void Estimates_of_the_noise_are_unbiased()
    {
        const int Draws = 10_000, Small = 4, Large = 16;
        double[] mean = [0.5, -0.2, 0.1], deviation = [1, 2, 0.5];
        var random = new Random(1);
        double Gaussian() => Math.Sqrt(-2 * Math.Log(1 - random.NextDouble())) * Math.Cos(2 * Math.PI * random.NextDouble());       // Box and Muller 1958
        var estimates = Enumerable.Range(0, Draws).Select(_ =>
        {
            var micro = Enumerable.Range(0, Large / Small).Select(_ => mean.Zip(deviation, (m, s) => m + (s / Math.Sqrt(Small) * Gaussian())).ToArray()).ToList();
            var whole = Enumerable.Range(0, mean.Length).Select(i => micro.Average(gradient => gradient[i]));
            return NoiseScale.From(micro.Average(gradient => gradient.Sum(x => x * x)), Small, whole.Sum(x => x * x), Large);
        }).ToList();
        Within(deviation.Sum(s => s * s), [.. estimates.Select(estimate => estimate.Trace)]);
        Within(mean.Sum(m => m * m), [.. estimates.Select(estimate => estimate.GradientSquared)]);

        static void Within(double expected, double[] values)
        {
            var average = values.Average();
            var error = Math.Sqrt(values.Sum(value => (value - average) * (value - average)) / (values.Length - 1.0) / values.Length);
            Assert.Equal(expected, average, 3 * error);
        }
    }

    [Fact]
    public void Published_standard_errors_give_an_interval_and_their_absence_none()
    {
        var epoch = LawEstimate.Of(PublishedLaw.Named("epoch"));
        var a = epoch.IntervalOf(law => law.ParametersExponent)!.Value;
        Assert.InRange(a.High - a.Low, 0.035, 0.07);         // arXiv 2404.10102: 80 % interval 0.051 wide
        Assert.InRange(epoch.Law.ParametersExponent, a.Low, a.High);
        Assert.Null(LawEstimate.Of(PublishedLaw.Named("sardana")).IntervalOf(law => law.ParametersExponent));
    }

    [Fact]
    public void Beyond_the_fitted_range_is_told()
    {
        var range = PublishedLaw.Named("epoch").Fitted;
        Assert.Empty(range.Beyond(new(1e9, 2e10)));
        Assert.Contains("parameters", Assert.Single(range.Beyond(new(7e10, 2e11))));
        Assert.Equal(2, range.Beyond(new(1e9, 1e12)).Count);        // tokens, and tokens per parameter
    }
}
