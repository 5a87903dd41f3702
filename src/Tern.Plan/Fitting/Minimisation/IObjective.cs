namespace Tern.Plan.Fitting.Minimisation;

/// <summary>A function of a few variables that is to be made small. Evaluations do not change it: threads share one.</summary>
interface IObjective
{
    /// <summary>How many variables there are.</summary>
    int Dimension { get; }

    /// <summary>The value; the gradient goes into <paramref name="gradient"/>. What is not finite counts as too large.</summary>
    double Evaluate(ReadOnlySpan<double> at, Span<double> gradient);
}

/// <summary>Where a search ended.</summary>
/// <param name="At">The variables.</param>
/// <param name="Value">Of the objective.</param>
/// <param name="GradientNorm">Euclidean.</param>
sealed record Minimum(double[] At, double Value, double GradientNorm);

/// <summary>Huber's loss of a residual: r²/2 up to δ, then δ(|r| - δ/2). Huber 1964, Robust estimation of a location parameter.</summary>
static class Huber
{
    /// <summary>Its derivative: the residual, cut to ±δ.</summary>
    public static double Slope(double residual, double delta) => Math.Clamp(residual, -delta, delta);

    /// <summary>The loss, given its derivative: with c the cut residual, c (r - c/2) is right on both sides of δ.</summary>
    public static double Loss(double residual, double slope) => slope * (residual - (slope / 2));
}
