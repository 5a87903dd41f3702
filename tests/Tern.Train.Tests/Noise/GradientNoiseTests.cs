using System.Text.Json;
using Tern.Train.Noise;

namespace Tern.Train.Tests.Noise;

public sealed class GradientNoiseTests
{
    const int Examples = 48, Width = 5;

    static double Sine(int i, int j, double a, double b, double c) => Math.Sin((a * (i + 1)) + (b * (j + 1)) + (c * (i + 1) * (j + 1)));

    /// <summary>
    /// Gradients of ½|xW - y|² for each of 48 examples at W₀, with X = φ(0.7, 1.3, 0.11), Y = φ(0.3, 0.9, 0.23), W₀ = 0.1 φ(1.1, 0.4, 0.37) and φ(i, j; a, b, c) = sin(a (i+1) + b (j+1) + c (i+1)(j+1)).
    /// </summary>
    static double[][] LinearModel()
    {
        double[] Gradient(int example)
        {
            double X(int i) => Sine(example, i, 0.7, 1.3, 0.11);
            double Residual(int j) => Enumerable.Range(0, Width).Sum(i => X(i) * 0.1 * Sine(i, j, 1.1, 0.4, 0.37)) - Sine(example, j, 0.3, 0.9, 0.23);
            return [.. Enumerable.Range(0, Width * Width).Select(at => X(at / Width) * Residual(at % Width))];
        }
        return [.. Enumerable.Range(0, Examples).Select(Gradient)];
    }

    static double[] Mean(IEnumerable<double[]> gradients)
    {
        var all = gradients.ToList();
        return [.. Enumerable.Range(0, all[0].Length).Select(at => all.Average(gradient => gradient[at]))];
    }

    static double Square(double[] gradient) => gradient.Sum(value => value * value);

    /// <summary>Golden values computed once in float64 NumPy for the same model.</summary>
    [Theory]
    [InlineData(1, 6.703103775478, 6.343163087848, 0.359940687630, 17.622800939)]
    [InlineData(8, 2.104353638280, 15.477731708667, 0.169637174697, 91.240211565)]
    public void Of_the_linear_model_of_48_examples_with_micro_batches(int size, double square, double trace, double squaredGradient, double scale)
    {
        var gradients = LinearModel();
        var small = gradients.Chunk(size).Average(part => Square(Mean(part)));
        var large = Square(Mean(gradients));
        Assert.Equal(square, small, 1e-11);
        Assert.Equal(0.492089918627, large, 1e-11);
        var noise = GradientNoise.Of(small, size, large, Examples);
        Assert.Equal(trace, noise.Trace, 1e-10);
        Assert.Equal(squaredGradient, noise.SquaredGradient, 1e-11);
        Assert.Equal(scale, noise.Scale, 1e-7);

        var sample = new GradientNoiseSample();
        double[] Sum(IEnumerable<double[]> part) => [.. Mean(part).Select(value => value * part.Count() / 7.0)];       // any divisor
        foreach (var part in gradients.Chunk(size)) sample.Add(Square(Sum(part)), size);
        sample.Add(0, 0);                                                      // a part of which nothing is learned
        var sampled = sample.Of(Square(Sum(gradients)), 7)!;
        Assert.Equal(noise.Trace, sampled.Trace, 1e-10);
        Assert.Equal(noise.SquaredGradient, sampled.SquaredGradient, 1e-11);
    }

    [Fact]
    public void With_single_examples_the_trace_is_that_of_the_sample_covariance()
    {
        var gradients = LinearModel();
        var mean = Mean(gradients);
        var trace = gradients.Sum(gradient => Square([.. gradient.Zip(mean, (value, center) => value - center)])) / (Examples - 1);
        Assert.Equal(trace, GradientNoise.Of(gradients.Average(Square), 1, Square(mean), Examples).Trace, 1e-12);
    }

    /// <summary>Gaussian gradients of known mean and covariance, in micro-batches of different sizes.</summary>
    [Theory]
    [InlineData(4, 4, 4)]
    [InlineData(1, 3, 12)]
    public void Both_estimates_are_without_bias_whatever_the_sizes_of_the_parts(params int[] sizes)
    {
        double[] mean = [0.5, -0.2, 0.1, 0], deviation = [1, 0.5, 2, 0.3];
        double trace = Square(deviation), squaredGradient = Square(mean);
        var random = new Random(11);
        double Normal() => Math.Sqrt(-2 * Math.Log(1 - random.NextDouble())) * Math.Cos(2 * Math.PI * random.NextDouble());
        double[] Sum(int size) => [.. mean.Zip(deviation, (center, width) => (size * center) + (width * Math.Sqrt(size) * Normal()))];
        const int Draws = 10_000;
        var drawn = Enumerable.Range(0, Draws).Select(_ =>
        {
            var sample = new GradientNoiseSample();
            var whole = new double[mean.Length];
            foreach (var size in sizes)
            {
                var part = Sum(size);
                sample.Add(Square(part), size);
                for (var at = 0; at < part.Length; at++) whole[at] += part[at];
            }
            return sample.Of(Square(whole), 1)!;
        }).ToList();
        void AssertUnbiased(double expected, Func<GradientNoise, double> value)
        {
            var average = drawn.Average(value);
            var error = Math.Sqrt(drawn.Average(at => Math.Pow(value(at) - average, 2)) / Draws);
            Assert.InRange((average - expected) / error, -3, 3);               // standard errors
        }
        AssertUnbiased(trace, at => at.Trace);
        AssertUnbiased(squaredGradient, at => at.SquaredGradient);
    }

    [Fact]
    public void One_part_says_nothing()
    {
        var sample = new GradientNoiseSample();
        sample.Add(3, 5);
        sample.Add(0, 0);
        Assert.Null(sample.Of(3, 5));
    }

    [Fact]
    public void The_scale_is_no_number_where_the_squared_gradient_is_not_above_zero() => Assert.Equal(double.NaN, new GradientNoise(1, -0.1).Scale);

    [Fact]
    public void The_average_is_the_weighted_sum_without_its_beginning_and_survives_a_checkpoint()
    {
        var random = new Random(3);
        var average = GradientNoiseAverage.None;
        var (trace, squared, shares) = (0.0, 0.0, 0.0);
        for (var i = 0; i < 200; i++)
        {
            var noise = new GradientNoise(random.NextDouble() * 9, random.NextDouble() - 0.5);
            average = average.Add(noise);
            (trace, squared, shares) = ((0.99 * trace) + (0.01 * noise.Trace), (0.99 * squared) + (0.01 * noise.SquaredGradient), (0.99 * shares) + 0.01);
            Assert.Equal(trace / shares, average.Mean.Trace, 1e-12);
            Assert.Equal(squared / shares, average.Mean.SquaredGradient, 1e-12);
        }
        Assert.Equal(average, JsonSerializer.Deserialize<GradientNoiseAverage>(JsonSerializer.Serialize(average)));
    }
}
