namespace Tern.Run.Evaluation;

/// <summary>A mean and its standard error, as if the values were independent.</summary>
public readonly record struct Estimate(double Value, double Error);

/// <summary>Mean and variance of a stream of numbers (Welford 1962).</summary>
struct Moments
{
    double _mean, _squares;

    public int Count { get; private set; }

    public readonly double Mean => _mean;

    /// <summary>With n - 1; 0 for fewer than two values.</summary>
    public readonly double Variance => Count > 1 ? _squares / (Count - 1) : 0;

    public readonly Estimate Estimate => new(_mean, Count > 0 ? Math.Sqrt(Variance / Count) : 0);

    public void Add(double value)
    {
        Count++;
        var distance = value - _mean;
        _mean += distance / Count;
        _squares += distance * (value - _mean);
    }
}

/// <summary>Quantiles, interpolated between neighbours.</summary>
/// <param name="Min">Smallest value.</param>
/// <param name="P01">1 % of the values are smaller.</param>
/// <param name="P05">5 %.</param>
/// <param name="P10">10 %.</param>
/// <param name="Median">50 %.</param>
/// <param name="P90">90 %.</param>
/// <param name="P95">95 %.</param>
/// <param name="P99">99 %.</param>
/// <param name="P999">99.9 %.</param>
/// <param name="Max">Largest value.</param>
public sealed record Quantiles(double Min, double P01, double P05, double P10, double Median, double P90, double P95, double P99, double P999, double Max)
{
    /// <summary>Sorts <paramref name="values"/>, of which there is at least one.</summary>
    internal static Quantiles Of(double[] values)
    {
        Array.Sort(values);
        double At(double share)
        {
            var place = share * (values.Length - 1);
            var below = (int)place;
            if (below + 1 >= values.Length || place == below) return values[below];
            return values[below] + (place - below) * (values[below + 1] - values[below]);
        }
        return new Quantiles(values[0], At(0.01), At(0.05), At(0.1), At(0.5), At(0.9), At(0.95), At(0.99), At(0.999), values[^1]);
    }
}
