using System.Numerics;

namespace Tern.Plan.Fitting.Minimisation;

/// <summary>Least squares with coefficients that are not negative, for a handful of columns: every subset of them is solved, and the best whose coefficients are positive wins.</summary>
static class NonNegativeLeastSquares
{
    /// <summary>A column that keeps less of its norm beside the others is a combination of them.</summary>
    const double Dependent = 1e-10;

    /// <param name="columns">Few, as there are 2^n subsets.</param>
    /// <param name="target">As long as each column.</param>
    public static double[] Solve(double[][] columns, double[] target)
    {
        var (best, least) = (new double[columns.Length], Dot(target, target));
        for (var subset = (1u << columns.Length) - 1; subset > 0; subset--)
        {
            var chosen = Enumerable.Range(0, columns.Length).Where(i => (subset >> i & 1) != 0).ToArray();
            if (Projected([.. chosen.Select(i => columns[i])], target, out var rest) is not { } solved || solved.Any(value => value < 0) || rest >= least) continue;
            (best, least) = (new double[columns.Length], rest);
            for (var i = 0; i < chosen.Length; i++) best[chosen[i]] = solved[i];
            if (BitOperations.PopCount(subset) == columns.Length) return best;      // without a bound no subset is better
        }
        return best;
    }

    /// <summary>By the modified method of Gram and Schmidt (Golub and Van Loan, Matrix Computations, 4th edition, section 5.3.5); null where columns depend on each other.</summary>
    static double[]? Projected(double[][] columns, double[] target, out double rest)
    {
        var n = columns.Length;
        var (q, r, z, y) = (columns.Select(column => (double[])column.Clone()).ToArray(), new double[n, n], new double[n], (double[])target.Clone());
        rest = double.PositiveInfinity;
        for (var k = 0; k < n; k++)
        {
            r[k, k] = Math.Sqrt(Dot(q[k], q[k]));
            if (!(r[k, k] > Dependent * Math.Sqrt(Dot(columns[k], columns[k])))) return null;
            for (var i = 0; i < y.Length; i++) q[k][i] /= r[k, k];
            for (var j = k + 1; j < n; j++) Subtract(q[j], q[k], r[k, j] = Dot(q[k], q[j]));
            Subtract(y, q[k], z[k] = Dot(q[k], y));
        }
        for (var k = n - 1; k >= 0; k--)
        {
            for (var j = k + 1; j < n; j++) z[k] -= r[k, j] * z[j];
            z[k] /= r[k, k];
        }
        rest = Dot(y, y);
        return z;
    }

    static void Subtract(double[] from, double[] direction, double times)
    {
        for (var i = 0; i < from.Length; i++) from[i] -= times * direction[i];
    }

    static double Dot(double[] a, double[] b)
    {
        var sum = 0.0;
        for (var i = 0; i < a.Length; i++) sum += a[i] * b[i];
        return sum;
    }
}
