using System.Collections.Immutable;
using Tern.Geometry.Language;

namespace Tern.Geometry.Diagrams;

/// <summary>
/// Moves all points as little as possible until all premises are true to rounding: Newton's method on underdetermined equations, whose step is the shortest that solves their linear part,
/// J⁺ r = Jᵀ (J Jᵀ)⁻¹ r. Derivatives by differences: their error only costs a little of the quadratic convergence.
/// </summary>
static class Refinement
{
    const int MostSteps = 8;

    /// <summary>Of coordinates, for derivatives.</summary>
    const double Difference = 1e-7;

    /// <summary>Added to the diagonal of J Jᵀ, as a share of its largest entry: premises that follow from others make it singular.</summary>
    const double Damping = 1e-13;

    /// <summary>Errors up to this are those of rounding.</summary>
    const double Rounding = 4e-15;

    /// <summary>The largest error that is left.</summary>
    public static double Run(ImmutableArray<Statement> premises, double[] x, double[] y, double unit)
    {
        var worst = Worst(premises, x, y, unit);
        if (!(worst > Rounding)) return worst;
        var equations = 0;
        foreach (var premise in premises) equations += Residual.Count(premise);
        var system = new LinearPart(premises, equations, x.Length);
        var (bestX, bestY) = (x.ToArray(), y.ToArray());
        var best = worst;
        for (var step = 0; step < MostSteps && best > Rounding; step++)
        {
            system.Step(x, y, unit);
            worst = Worst(premises, x, y, unit);
            if (!(worst < best)) break;
            best = worst;
            x.CopyTo(bestX, 0);
            y.CopyTo(bestY, 0);
        }
        bestX.CopyTo(x, 0);
        bestY.CopyTo(y, 0);
        return best;
    }

    public static double Worst(ImmutableArray<Statement> premises, double[] x, double[] y, double unit)
    {
        var worst = 0.0;
        foreach (var premise in premises)
        {
            var error = Residual.Of(premise, x, y, unit);
            if (!(error <= worst)) worst = error;
        }
        return worst;
    }

    /// <summary>The linear part of all equations at a diagram.</summary>
    sealed class LinearPart(ImmutableArray<Statement> premises, int equations, int points)
    {
        readonly double[] _errors = new double[equations];                        // r
        readonly double[] _jacobian = new double[equations * 2 * points];        // J [equation, x of all points then y]
        readonly double[] _normal = new double[equations * equations];           // J Jᵀ and its factor, lower triangle

        public void Step(double[] x, double[] y, double unit)
        {
            Array.Clear(_jacobian);
            var row = 0;
            foreach (var premise in premises)
            {
                var count = Residual.Count(premise);
                if (count > 0) Differentiate(premise, row, count, x, y, unit);
                row += count;
            }
            Factor();
            Solve();
            for (var i = 0; i < equations; i++)
                for (var point = 0; point < points; point++)
                {
                    x[point] -= _jacobian[i * 2 * points + point] * _errors[i];
                    y[point] -= _jacobian[i * 2 * points + points + point] * _errors[i];
                }
        }

        void Differentiate(Statement premise, int row, int count, double[] x, double[] y, double unit)
        {
            var errors = _errors.AsSpan(row, count);
            Residual.Fill(premise, x, y, unit, errors);
            Span<double> moved = count <= 16 ? stackalloc double[16] : new double[count];
            foreach (var point in premise.Points)
                for (var axis = 0; axis < 2; axis++)
                {
                    var coordinates = axis == 0 ? x : y;
                    var old = coordinates[point];
                    coordinates[point] = old + Difference;
                    var difference = coordinates[point] - old;
                    Residual.Fill(premise, x, y, unit, moved);
                    coordinates[point] = old;
                    for (var i = 0; i < count; i++) _jacobian[(row + i) * 2 * points + axis * points + point] = (moved[i] - errors[i]) / difference;
                }
        }

        /// <summary>Cholesky.</summary>
        void Factor()
        {
            var largest = 0.0;
            for (var i = 0; i < equations; i++)
                for (var j = 0; j <= i; j++)
                {
                    var product = Dot(_jacobian.AsSpan(i * 2 * points, 2 * points), _jacobian.AsSpan(j * 2 * points, 2 * points));
                    _normal[i * equations + j] = product;
                    largest = Math.Max(largest, Math.Abs(product));
                }
            for (var i = 0; i < equations; i++)
            {
                for (var j = 0; j < i; j++)
                {
                    var sum = _normal[i * equations + j];
                    for (var k = 0; k < j; k++) sum -= _normal[i * equations + k] * _normal[j * equations + k];
                    _normal[i * equations + j] = sum / _normal[j * equations + j];
                }
                var rest = _normal[i * equations + i] + Damping * largest;
                for (var k = 0; k < i; k++) rest -= _normal[i * equations + k] * _normal[i * equations + k];
                _normal[i * equations + i] = Math.Sqrt(Math.Max(rest, Damping * largest / 10));
            }
        }

        static double Dot(ReadOnlySpan<double> a, ReadOnlySpan<double> b)
        {
            var sum = 0.0;
            for (var i = 0; i < a.Length; i++) sum += a[i] * b[i];
            return sum;
        }

        void Solve()
        {
            for (var i = 0; i < equations; i++)
            {
                for (var k = 0; k < i; k++) _errors[i] -= _normal[i * equations + k] * _errors[k];
                _errors[i] /= _normal[i * equations + i];
            }
            for (var i = equations - 1; i >= 0; i--)
            {
                for (var k = i + 1; k < equations; k++) _errors[i] -= _normal[k * equations + i] * _errors[k];
                _errors[i] /= _normal[i * equations + i];
            }
        }
    }
}
