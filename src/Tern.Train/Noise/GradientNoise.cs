using System.Text.Json.Serialization;

namespace Tern.Train.Noise;

/// <summary>
/// How noisy a gradient is (McCandlish et al. 2018, arXiv 1812.06162, appendix A.1): estimates without bias of tr Σ, where Σ is the covariance of the gradient of a single token, and of |G|², the square
/// of the true gradient. Both are noisy and |G|² may come out negative: average each by itself over many steps, and divide at the end.
/// </summary>
/// <param name="Trace">tr Σ; tokens are the unit in which batches are counted.</param>
/// <param name="SquaredGradient">|G|².</param>
public sealed record GradientNoise(double Trace, double SquaredGradient)
{
    /// <summary>B_simple = tr Σ / |G|² in tokens: the batch at which noise and gradient are alike; NaN where |G|² is not above 0.</summary>
    [JsonIgnore]
    public double Scale => SquaredGradient > 0 ? Trace / SquaredGradient : double.NaN;

    /// <summary>From squared norms of mean gradients over few and over many tokens: E|g_n|² = |G|² + tr Σ / n at both sizes, solved.</summary>
    /// <param name="smallSquare">|g|² over the small batch, best the mean over several.</param>
    /// <param name="small">Tokens of the small batch.</param>
    /// <param name="largeSquare">|g|² over the large batch, of which the small ones are parts.</param>
    /// <param name="large">More tokens than <paramref name="small"/>.</param>
    public static GradientNoise Of(double smallSquare, double small, double largeSquare, double large) =>
        new((smallSquare - largeSquare) / ((1 / small) - (1 / large)), ((large * largeSquare) - (small * smallSquare)) / (large - small));
}

/// <summary>The estimate of one step, from the parts of its gradient.</summary>
sealed class GradientNoiseSample
{
    double _squares;
    int _parts;

    /// <summary>Targets of all parts.</summary>
    public long Targets { get; private set; }

    /// <param name="square">The squared norm of the part's sum of gradients over its own targets, divided by any number that is the same for all parts.</param>
    /// <param name="targets">Of the part; a part without any counts for nothing.</param>
    public void Add(double square, long targets)
    {
        if (targets == 0) return;
        _squares += square / targets;
        Targets += targets;
        _parts++;
    }

    /// <summary>
    /// With parts of n_i of N targets, the mean of |g_i|² by weights n_i / N is |G|² + tr Σ k / N in expectation, whatever the n_i are: it stands for a batch of N / k.
    /// </summary>
    /// <param name="square">The squared norm of the sum of all parts.</param>
    /// <param name="divisor">What sums were divided by.</param>
    /// <returns>Null for fewer than two parts.</returns>
    public GradientNoise? Of(double square, double divisor)
    {
        if (_parts < 2) return null;
        double targets = Targets, toMean = divisor * divisor / targets;                                   // |g_i|² n_i / N = square_i divisor² / (n_i N)
        return GradientNoise.Of(_squares * toMean, targets / _parts, square * toMean / targets, targets);
    }
}

/// <summary>An exponential average of both estimates, each by itself, corrected for its beginning.</summary>
/// <param name="Count">Measured steps.</param>
/// <param name="Mean">The average.</param>
public sealed record GradientNoiseAverage(long Count, GradientNoise Mean)
{
    /// <summary>A window of about a hundred measured steps; that of gpt-neox (megatron/gradient_noise_scale).</summary>
    public const double Decay = 0.99;

    public static GradientNoiseAverage None { get; } = new(0, new GradientNoise(0, 0));

    public GradientNoiseAverage Add(GradientNoise measured)
    {
        var share = (1 - Decay) / (1 - Math.Pow(Decay, Count + 1));
        double Towards(double mean, double value) => mean + (share * (value - mean));
        return new GradientNoiseAverage(Count + 1, new GradientNoise(Towards(Mean.Trace, measured.Trace), Towards(Mean.SquaredGradient, measured.SquaredGradient)));
    }
}
