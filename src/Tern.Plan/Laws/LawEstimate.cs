using MathNet.Numerics.Distributions;

namespace Tern.Plan.Laws;

/// <summary>A law with what is known about its uncertainty.</summary>
/// <param name="Name">For people.</param>
/// <param name="Law">The point estimate.</param>
/// <param name="Source">Where it comes from.</param>
/// <param name="Samples">Laws drawn from its uncertainty, such as those of a bootstrap; empty: no interval is known.</param>
/// <param name="SamplingMethod">How they were drawn, or why there are none.</param>
/// <param name="Fitted">What it was fitted to; null: unknown.</param>
public sealed record LawEstimate(string Name, ChinchillaLaw Law, string Source, IReadOnlyList<ChinchillaLaw> Samples, string SamplingMethod, FittedRange? Fitted)
{
    /// <summary>What to know before relying on it; null: nothing.</summary>
    public string? Warning { get; init; }

    /// <summary>Part of the samples that an interval holds.</summary>
    public const double Coverage = 0.8;

    const int DrawnSamples = 400, DrawingSeed = 1;

    /// <summary>Of a published set of constants. Where it has standard errors, samples are drawn from them.</summary>
    /// <remarks>
    /// α, β and E are drawn from normal distributions with the published standard errors. ln A and ln B move with α and β by the ratio of the published standard errors: in such fits A and α are correlated beyond 0.99, no
    /// covariance is published, and independent draws would widen the interval of every prediction several times.
    /// </remarks>
    public static LawEstimate Of(PublishedLaw published)
    {
        if (published.StandardErrors is not { } errors)
            return new(published.Name, published.Law, published.Source, [], "no interval published", published.Fitted) { Warning = published.Warning };
        var random = new Random(DrawingSeed);
        var law = published.Law;
        var samples = new List<ChinchillaLaw>(DrawnSamples);
        while (samples.Count < DrawnSamples)
        {
            var (alpha, beta, e) = (Normal.Sample(random, 0, 1), Normal.Sample(random, 0, 1), Normal.Sample(random, 0, 1));
            var drawn = new ChinchillaLaw(law.A * Math.Exp(alpha * errors.A / law.A), law.B * Math.Exp(beta * errors.B / law.B), law.E + (e * errors.E), law.Alpha + (alpha * errors.Alpha), law.Beta + (beta * errors.Beta));
            if (drawn is { Alpha: > 0, Beta: > 0, E: > 0 }) samples.Add(drawn);
        }
        return new(published.Name, law, published.Source, samples, "400 draws from the published standard errors, A moving with α and B with β", published.Fitted) { Warning = published.Warning };
    }

    /// <summary>The central <see cref="Coverage"/> of what the samples give; null where there are none. Samples for which there is no finite answer are left out.</summary>
    public Interval? IntervalOf(Func<ChinchillaLaw, double> quantity) => IntervalOf(Samples.Select(quantity));

    /// <summary>The central <see cref="Coverage"/> of values; null where there are fewer than two that are finite.</summary>
    public static Interval? IntervalOf(IEnumerable<double> sampled) => Interval.Middle(sampled, Coverage);
}
