namespace Tern.Plan.Fitting;

/// <summary>y = k x^p.</summary>
/// <param name="Prefactor">k.</param>
/// <param name="Exponent">p.</param>
public sealed record PowerLaw(double Prefactor, double Exponent)
{
    public double At(double x) => Prefactor * Math.Pow(x, Exponent);

    /// <summary>Least squares of logarithms. At least two values of x that differ.</summary>
    public static PowerLaw Fit(IReadOnlyList<double> x, IReadOnlyList<double> y)
    {
        var (meanX, meanY) = (x.Average(Math.Log), y.Average(Math.Log));
        var (xx, xy) = (0.0, 0.0);
        for (var i = 0; i < x.Count; i++)
        {
            var dx = Math.Log(x[i]) - meanX;
            (xx, xy) = (xx + (dx * dx), xy + (dx * (Math.Log(y[i]) - meanY)));
        }
        var exponent = xy / xx;
        return new(Math.Exp(meanY - (exponent * meanX)), exponent);
    }
}
