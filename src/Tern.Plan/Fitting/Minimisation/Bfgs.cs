namespace Tern.Plan.Fitting.Minimisation;

/// <summary>
/// The method of Broyden, Fletcher, Goldfarb and Shanno (Nocedal and Wright, Numerical Optimization, 2nd edition, algorithm 6.1) with the weak Wolfe line search of
/// Lewis and Overton 2013 (Nonsmooth optimization via quasi-Newton methods, algorithm 2.6), which bears the kinks of Huber's loss.
/// MathNet's BfgsMinimizer is not used: it ends a search with an exception where a line search makes no progress, as most of the starts of a fit do sooner or later, and
/// allocates several matrices in every iteration; a fit takes thousands of starts.
/// </summary>
static class Bfgs
{
    const double SufficientDecrease = 1e-4, Curvature = 0.9;

    /// <summary>Halvings and doublings of one line search; 2^-40 of a step is lost in rounding.</summary>
    const int MaxTrials = 40;

    /// <summary>In a row with next to no progress before a search ends.</summary>
    const int Patience = 4;

    /// <summary>Goes down from <paramref name="start"/>.</summary>
    /// <param name="objective">What is made small.</param>
    /// <param name="start">Not changed.</param>
    /// <param name="relativeProgress">The search ends when some iterations in a row make the objective smaller by less than this share.</param>
    /// <param name="gradientNorm">The search ends at a gradient of this norm.</param>
    /// <param name="maxIterations">The search ends after so many.</param>
    public static Minimum Minimize(IObjective objective, ReadOnlySpan<double> start, double relativeProgress = 1e-9, double gradientNorm = 1e-12, int maxIterations = 500)
    {
        var n = objective.Dimension;
        var (x, g, next, nextGradient) = (start.ToArray(), new double[n], new double[n], new double[n]);
        var (direction, inverse) = (new double[n], new double[n * n]);
        var value = objective.Evaluate(x, g);
        if (!IsFinite(value, g)) return new Minimum(x, double.PositiveInfinity, double.PositiveInfinity);
        SetIdentity(inverse, n, 1 / Math.Max(1e-300, Norm(g)));
        for (var (iteration, idle, fresh) = (0, 0, true); iteration < maxIterations && Norm(g) > gradientNorm; iteration++)
        {
            var slope = Direction(inverse, g, direction);
            if (slope >= 0)                                             // rounding has spoilt the matrix
            {
                SetIdentity(inverse, n, 1 / Norm(g));
                (fresh, slope) = (true, Direction(inverse, g, direction));
            }
            if (!Search(objective, x, value, slope, direction, next, nextGradient, out var nextValue))
            {
                if (fresh) break;
                SetIdentity(inverse, n, 1 / Norm(g));
                fresh = true;
                continue;
            }
            Update(inverse, x, next, g, nextGradient, fresh);
            fresh = false;
            idle = value - nextValue <= relativeProgress * Math.Abs(value) ? idle + 1 : 0;
            (x, next, g, nextGradient, value) = (next, x, nextGradient, g, nextValue);
            if (idle == Patience) break;
        }
        return new Minimum(x, value, Norm(g));
    }

    /// <summary>A step along the direction that decreases the objective enough and makes the slope less steep; false where rounding leaves none.</summary>
    static bool Search(IObjective objective, double[] x, double value, double slope, double[] direction, double[] next, double[] nextGradient, out double nextValue)
    {
        var (low, high, step) = (0.0, double.PositiveInfinity, 1.0);
        nextValue = value;
        for (var trial = 0; trial < MaxTrials; trial++)
        {
            for (var i = 0; i < x.Length; i++) next[i] = x[i] + (step * direction[i]);
            nextValue = objective.Evaluate(next, nextGradient);
            if (!IsFinite(nextValue, nextGradient) || nextValue > value + (SufficientDecrease * step * slope)) high = step;
            else if (Dot(nextGradient, direction) < Curvature * slope) low = step;
            else return nextValue < value;
            step = double.IsPositiveInfinity(high) ? 2 * low : (low + high) / 2;
        }
        return false;
    }

    /// <summary>-H g; the slope of the objective along it.</summary>
    static double Direction(double[] inverse, double[] g, double[] direction)
    {
        var n = g.Length;
        for (var i = 0; i < n; i++) direction[i] = -Dot(inverse.AsSpan(i * n, n), g);
        return Dot(g, direction);
    }

    /// <summary>H ← (I - ρ s yᵀ) H (I - ρ y sᵀ) + ρ s sᵀ, with s the step, y the change of the gradient, ρ = 1/sᵀy (Nocedal and Wright, equations 6.17 and 6.20).</summary>
    static void Update(double[] inverse, double[] x, double[] next, double[] g, double[] nextGradient, bool fresh)
    {
        var n = x.Length;
        Span<double> s = stackalloc double[n], y = stackalloc double[n], hy = stackalloc double[n];
        for (var i = 0; i < n; i++) (s[i], y[i]) = (next[i] - x[i], nextGradient[i] - g[i]);
        var sy = Dot(s, y);
        if (!(sy > 0)) return;
        if (fresh) SetIdentity(inverse, n, sy / Dot(y, y));
        for (var i = 0; i < n; i++) hy[i] = Dot(inverse.AsSpan(i * n, n), y);
        var scale = (1 + (Dot(y, hy) / sy)) / sy;
        for (var i = 0; i < n; i++)
            for (var j = 0; j < n; j++) inverse[(i * n) + j] += (scale * s[i] * s[j]) - (((hy[i] * s[j]) + (s[i] * hy[j])) / sy);
    }

    static void SetIdentity(double[] matrix, int n, double scale)
    {
        Array.Clear(matrix);
        for (var i = 0; i < n; i++) matrix[(i * n) + i] = scale;
    }

    static bool IsFinite(double value, ReadOnlySpan<double> gradient)
    {
        var sum = value;
        foreach (var part in gradient) sum += part;
        return double.IsFinite(sum);
    }

    static double Dot(ReadOnlySpan<double> a, ReadOnlySpan<double> b)
    {
        var sum = 0.0;
        for (var i = 0; i < a.Length; i++) sum += a[i] * b[i];
        return sum;
    }

    internal static double Norm(ReadOnlySpan<double> a) => Math.Sqrt(Dot(a, a));
}
