using Tern.Geometry.Diagrams;
using Tern.Geometry.Engine;

namespace Tern.Geometry.Search;

/// <summary>
/// Counts the lines and circles of a figure's points that pass through a place. Seen from the place, a line is two points in one direction; after inversion there,
/// a circle is three points on a line that misses it.
/// </summary>
sealed class Incidence(Figure figure)
{
    const double Tolerance = 1e-7;

    readonly double[] _angles = new double[figure.Count], _distances = new double[figure.Count], _x = new double[figure.Count], _y = new double[figure.Count];
    readonly double[] _sorted = new double[figure.Count];

    /// <summary>Lines through two or more points, circles through three or more, and equal distances: as many as there are beyond one of each distance.</summary>
    public int Count(Vector place)
    {
        var count = 0;
        for (var i = 0; i < figure.Count; i++)
        {
            var (x, y) = (figure.X(i) - place.X, figure.Y(i) - place.Y);
            var square = x * x + y * y;
            if (square < 1e-12) continue;
            var angle = Math.Atan2(y, x) / Math.PI;
            (_angles[count], _distances[count], _x[count], _y[count]) = (angle < 0 ? angle + 1 : angle, Math.Log(square), x / square, y / square);
            count++;
        }
        return Groups(_angles, count, true) + EqualPairs(count) + Circles(count);
    }

    /// <summary>Runs of two or more equal numbers; numbers near zero and near one are equal where they are of a circle.</summary>
    int Groups(double[] values, int count, bool isCircular)
    {
        values.AsSpan(0, count).CopyTo(_sorted);
        Array.Sort(_sorted, 0, count);
        var (groups, run) = (0, 1);
        for (var i = 1; i < count; i++)
        {
            if (_sorted[i] - _sorted[i - 1] > Tolerance)
            {
                if (run > 1) groups++;
                run = 1;
            }
            else run++;
        }
        if (run > 1) groups++;
        else if (isCircular && count > 1 && _sorted[0] + 1 - _sorted[count - 1] <= Tolerance) groups++;
        return groups;
    }

    int EqualPairs(int count)
    {
        _distances.AsSpan(0, count).CopyTo(_sorted);
        Array.Sort(_sorted, 0, count);
        var pairs = 0;
        for (var i = 1; i < count; i++)
            if (_sorted[i] - _sorted[i - 1] <= Tolerance) pairs++;
        return pairs;
    }

    int Circles(int count)
    {
        var circles = 0;
        for (var i = 0; i < count; i++)
            for (var j = i + 1; j < count; j++)
            {
                var (dx, dy) = (_x[j] - _x[i], _y[j] - _y[i]);
                var length = Math.Sqrt(dx * dx + dy * dy);
                var tolerance = Tolerance * length;
                // The line misses the place itself, which inversion leaves where it is.
                if (Math.Abs(_x[i] * dy - _y[i] * dx) <= tolerance * 10) continue;
                var isFirst = true;
                for (var k = 0; k < j && isFirst; k++)
                    if (k != i && IsOn(k)) isFirst = false;
                if (!isFirst) continue;
                for (var k = j + 1; k < count; k++)
                    if (IsOn(k))
                    {
                        circles++;
                        break;
                    }

                bool IsOn(int k) => Math.Abs((_x[k] - _x[i]) * dy - (_y[k] - _y[i]) * dx) <= tolerance * Math.Max(1, Math.Abs(_x[k]) + Math.Abs(_y[k]));
            }
        return circles;
    }
}
