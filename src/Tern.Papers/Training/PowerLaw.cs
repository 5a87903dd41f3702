using Tern.Papers.Results;

namespace Tern.Papers.Training;

/// <summary>y = a + b x^-β: how the final loss falls with the length of a run (SOAP, arXiv 2409.11321, section 5).</summary>
readonly record struct PowerLaw(double A, double B, double Beta)
{
    /// <summary>The exponent on a grid, a and b by least squares for each.</summary>
    /// <param name="points">At least three, x above 0.</param>
    public static PowerLaw Fit(IReadOnlyList<CurvePoint> points)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(points.Count, 3);
        return Enumerable.Range(1, 400).Select(i => i * 0.01).Select(beta => FitLine(points, beta)).MinBy(fit => points.Sum(point => Math.Pow(fit.At(point.X) - point.Y, 2)));
    }

    public double At(double x) => A + (B * Math.Pow(x, -Beta));

    /// <summary>Where the law has this value; NaN where it never does.</summary>
    public double Inverse(double y) => (y - A) / B > 0 ? Math.Pow((y - A) / B, -1 / Beta) : double.NaN;

    static PowerLaw FitLine(IReadOnlyList<CurvePoint> points, double beta)
    {
        var powers = points.Select(point => Math.Pow(point.X, -beta)).ToArray();
        double meanX = powers.Average(), meanY = points.Average(point => point.Y);
        var slope = powers.Zip(points, (x, point) => (x - meanX) * (point.Y - meanY)).Sum() / powers.Sum(x => (x - meanX) * (x - meanX));
        return new PowerLaw(meanY - (slope * meanX), slope, beta);
    }
}
