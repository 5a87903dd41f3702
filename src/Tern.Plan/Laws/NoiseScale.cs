namespace Tern.Plan.Laws;

/// <summary>
/// The gradient noise scale B_simple = tr(Σ) / |G|²: a batch of about this size is where larger ones begin to pay less, estimated within one run. McCandlish et al. 2018, arXiv 1812.06162, section 2 and appendix A.
/// </summary>
/// <param name="Trace">S, an estimate of tr(Σ): the variance of the gradient of one example.</param>
/// <param name="GradientSquared">𝒢, an estimate of |G|²; a single one may be negative.</param>
public readonly record struct NoiseScale(double Trace, double GradientSquared)
{
    /// <summary>B_simple, in the unit in which batches were counted. Average <see cref="Trace"/> and <see cref="GradientSquared"/> apart over many steps before dividing: single ratios are badly biased.</summary>
    public double Simple => Trace / GradientSquared;

    /// <summary>From squared norms of the gradient at two batch sizes.</summary>
    /// <param name="smallSquared">Mean of |g_b|² over all micro-batches.</param>
    /// <param name="smallBatch">b.</param>
    /// <param name="largeSquared">|g_B|².</param>
    /// <param name="largeBatch">B, more than b.</param>
    public static NoiseScale From(double smallSquared, double smallBatch, double largeSquared, double largeBatch)
    {
        ArgumentOutOfRangeException.ThrowIfLessThanOrEqual(largeBatch, smallBatch);
        return new((smallSquared - largeSquared) / ((1 / smallBatch) - (1 / largeBatch)), ((largeBatch * largeSquared) - (smallBatch * smallSquared)) / (largeBatch - smallBatch));
    }

    /// <summary>1 / (1 + B_noise / B): the share of the best learning rate, and of the progress of a step, that a batch reaches of those without noise.</summary>
    public static double Share(double noiseScale, double batch) => 1 / (1 + (noiseScale / batch));
}
