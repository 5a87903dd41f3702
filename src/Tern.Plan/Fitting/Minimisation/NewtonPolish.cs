using MathNet.Numerics.LinearAlgebra;

namespace Tern.Plan.Fitting.Minimisation;

/// <summary>
/// The last digits of a minimum. A line search on values of the objective ends where their differences are lost in rounding, which is at half of the digits of the variables; here steps
/// are judged by the norm of the gradient. The second derivatives are central differences of the gradient, which is exact.
/// </summary>
static class NewtonPolish
{
    /// <summary>Where polishing ends: the rounding of a gradient of hundreds of rows lies a little below.</summary>
    public const double GradientNorm = 1e-11;

    const int MaxIterations = 60, MaxHalvings = 12;

    /// <summary>Relative step of the differences: small beside δ of Huber's loss, whose kinks would blur the second derivatives, large beside rounding.</summary>
    const double DifferenceStep = 1e-6;

    /// <summary>Of the largest curvature; directions that are flatter are left alone.</summary>
    const double FlatDirection = 1e-15;

    /// <summary>Goes on from a point near the minimum until the gradient has this norm, or no step makes it smaller.</summary>
    public static Minimum Polish(IObjective objective, Minimum from)
    {
        var n = objective.Dimension;
        var (x, g) = ((double[])from.At.Clone(), new double[n]);
        var value = objective.Evaluate(x, g);
        for (var iteration = 0; iteration < MaxIterations && Bfgs.Norm(g) > GradientNorm; iteration++)
            if (!TryStep(objective, Step(Hessian(objective, x), g), ref x, ref g, ref value)) break;
        return new Minimum(x, value, Bfgs.Norm(g));
    }

    static bool TryStep(IObjective objective, double[] step, ref double[] x, ref double[] g, ref double value)
    {
        var (next, nextGradient) = (new double[x.Length], new double[x.Length]);
        for (var (halving, share) = (0, 1.0); halving < MaxHalvings; halving++, share /= 2)
        {
            for (var i = 0; i < x.Length; i++) next[i] = x[i] + (share * step[i]);
            var nextValue = objective.Evaluate(next, nextGradient);
            const double Rounding = 1e-12;                  // of a sum of hundreds of terms, relative
            if (!(Bfgs.Norm(nextGradient) < Bfgs.Norm(g)) || !(nextValue <= value * (1 + Rounding))) continue;
            (x, g, value) = (next, nextGradient, nextValue);
            return true;
        }
        return false;
    }

    /// <summary>Second derivatives, made symmetric.</summary>
    public static Matrix<double> Hessian(IObjective objective, ReadOnlySpan<double> at)
    {
        var n = objective.Dimension;
        var (x, above, below) = (at.ToArray(), new double[n], new double[n]);
        var hessian = Matrix<double>.Build.Dense(n, n);
        for (var i = 0; i < n; i++)
        {
            var (middle, step) = (x[i], DifferenceStep * Math.Max(1, Math.Abs(x[i])));
            x[i] = middle + step;
            objective.Evaluate(x, above);
            x[i] = middle - step;
            objective.Evaluate(x, below);
            x[i] = middle;
            for (var j = 0; j < n; j++) hessian[i, j] = (above[j] - below[j]) / (2 * step);
        }
        return (hessian + hessian.Transpose()) / 2;
    }

    /// <summary>Of the second derivatives, variables scaled so that each has a curvature of 1: how far constants trade off against each other.</summary>
    public static double ConditionNumber(IObjective objective, ReadOnlySpan<double> at)
    {
        var hessian = Hessian(objective, at);
        var scale = hessian.Diagonal().Map(value => 1 / Math.Sqrt(Math.Max(double.Epsilon, value)));
        var scaled = Matrix<double>.Build.Dense(at.Length, at.Length, (i, j) => hessian[i, j] * scale[i] * scale[j]);
        var values = scaled.Evd(Symmetricity.Symmetric).EigenValues.Select(value => value.Real).ToArray();
        return values.Min() > 0 ? values.Max() / values.Min() : double.PositiveInfinity;
    }

    /// <summary>-|H|⁻¹ g: downhill along directions of negative curvature, too.</summary>
    static double[] Step(Matrix<double> hessian, double[] g)
    {
        var parts = hessian.Evd(Symmetricity.Symmetric);
        var along = parts.EigenVectors.TransposeThisAndMultiply(Vector<double>.Build.Dense(g));
        var steepest = parts.EigenValues.Max(value => Math.Abs(value.Real));
        for (var i = 0; i < g.Length; i++)
        {
            var curvature = Math.Abs(parts.EigenValues[i].Real);
            along[i] = curvature > FlatDirection * steepest ? -along[i] / curvature : 0;
        }
        return (parts.EigenVectors * along).ToArray();
    }
}
