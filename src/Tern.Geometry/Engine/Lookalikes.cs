using System.Numerics;

namespace Tern.Geometry.Engine;

/// <summary>A triangle ABC with |BC| ≤ |CA| ≤ |AB|; orientation 1 where it is counter-clockwise, else -1.</summary>
readonly record struct Triangle(int A, int B, int C, int Orientation);

/// <summary>B is between A and C.</summary>
readonly record struct Division(int A, int B, int C);

/// <summary>Points in as many as three or more on one line, four or more on one circle, similar triangles and so on, as the coordinates say: the only candidates for what can be proved.</summary>
sealed class Lookalikes
{
    /// <summary>Of angles in units of π and of ratios.</summary>
    public const double Tolerance = 1e-8;

    readonly Figure _figure;

    public Lookalikes(Figure figure)
    {
        _figure = figure;
        FindLines();
        FindCircles();
        FindCentres();
        FindTriangles();
        FindDivisions();
        FindRightAngles();
        FindIncentres();
    }

    /// <summary>Largest sets of three or more points on a line.</summary>
    public List<ulong> Lines { get; } = [];

    /// <summary>Largest sets of four or more points on a circle.</summary>
    public List<ulong> Circles { get; } = [];

    /// <summary>Points and largest sets of two or more points at one distance from them.</summary>
    public List<(int Centre, ulong Points)> Centres { get; } = [];

    /// <summary>Groups of similar triangles. One with equal sides is there in each of its orders.</summary>
    public List<Triangle[]> Triangles { get; } = [];

    /// <summary>Groups of three points on a line that are divided in one ratio.</summary>
    public List<Division[]> Divisions { get; } = [];

    /// <summary>Those of <see cref="Divisions"/> in the middle.</summary>
    public List<Division> Midpoints { get; } = [];

    /// <summary>Pairs of pairs of points whose lines are perpendicular.</summary>
    public List<(int One, int Other)> RightAngles { get; } = [];

    /// <summary>Triangles ABC and points I on bisectors, inner or outer ones, of all their angles.</summary>
    public List<(int I, int A, int B, int C)> Incentres { get; } = [];

    void FindLines()
    {
        var covered = new bool[Figure.PairCount(_figure.Count)];
        for (var i = 0; i < _figure.Count; i++)
            for (var j = i + 1; j < _figure.Count; j++)
            {
                if (covered[Figure.Pair(i, j)] || !_figure.AreDistinct(i, j)) continue;
                var line = (1UL << i) | (1UL << j);
                for (var k = 0; k < _figure.Count; k++)
                    if (k != i && k != j && _figure.AreCollinear(i, j, k)) line |= 1UL << k;
                if (BitOperations.PopCount(line) < 3) continue;
                foreach (var a in Bits.Of(line))
                    foreach (var b in Bits.Of(line))
                        if (a < b) covered[Figure.Pair(a, b)] = true;
                Lines.Add(line);
            }
    }

    /// <summary>For the two first points A and B of a circle, its other points X see AB under one directed angle.</summary>
    void FindCircles()
    {
        var keys = new double[_figure.Count];
        var points = new int[_figure.Count];
        for (var a = 0; a < _figure.Count; a++)
            for (var b = a + 1; b < _figure.Count; b++)
            {
                if (!_figure.AreDistinct(a, b)) continue;
                var count = 0;
                for (var x = b + 1; x < _figure.Count; x++)
                {
                    if (!_figure.AreDistinct(a, x) || !_figure.AreDistinct(b, x) || _figure.AreCollinear(a, b, x)) continue;
                    var angle = _figure.Directions[Figure.Pair(x, a)] - _figure.Directions[Figure.Pair(x, b)];
                    (keys[count], points[count++]) = (angle - Math.Floor(angle), x);
                }
                Array.Sort(keys, points, 0, count);
                foreach (var (start, end) in Runs(keys, count))
                    if (end - start >= 2) AddCircle(a, b, points.AsSpan(start, end - start));
            }
    }

    void AddCircle(int a, int b, ReadOnlySpan<int> others)
    {
        var circle = (1UL << a) | (1UL << b);
        foreach (var x in others) circle |= 1UL << x;
        foreach (var known in Circles)
            if ((circle & ~known) == 0) return;
        Circles.Add(circle);
    }

    void FindCentres()
    {
        var keys = new double[_figure.Count];
        var points = new int[_figure.Count];
        for (var o = 0; o < _figure.Count; o++)
        {
            var count = 0;
            for (var x = 0; x < _figure.Count; x++)
                if (_figure.AreDistinct(o, x)) (keys[count], points[count++]) = (_figure.LogLengths[Figure.Pair(o, x)], x);
            Array.Sort(keys, points, 0, count);
            foreach (var (start, end) in Runs(keys, count))
            {
                if (end - start < 2) continue;
                var group = 0UL;
                for (var i = start; i < end; i++) group |= 1UL << points[i];
                Centres.Add((o, group));
            }
        }
    }

    void FindTriangles()
    {
        var count = _figure.Count;
        var most = count * (count - 1) * (count - 2) / 6;
        var keys = new double[most];
        var indices = new int[most];
        var triangles = new Triangle[most];
        var found = 0;
        for (var a = 0; a < count; a++)
            for (var b = a + 1; b < count; b++)
                for (var c = b + 1; c < count; c++)
                {
                    if (!_figure.AreDistinct(a, b) || !_figure.AreDistinct(b, c) || !_figure.AreDistinct(c, a) || _figure.AreCollinear(a, b, c)) continue;
                    var triangle = Sorted(a, b, c);
                    (triangles[found], indices[found]) = (triangle, found);
                    keys[found++] = Log(triangle.B, triangle.C) - Log(triangle.A, triangle.B);
                }
        Array.Sort(keys, indices, 0, found);
        var seconds = new double[found];
        foreach (var (start, end) in Runs(keys, found))
        {
            for (var i = start; i < end; i++) seconds[i] = Log(triangles[indices[i]].C, triangles[indices[i]].A) - Log(triangles[indices[i]].A, triangles[indices[i]].B);
            Array.Sort(seconds, indices, start, end - start);
            foreach (var (first, last) in Runs(seconds, end, start)) AddTriangles(triangles, indices.AsSpan(first, last - first));
        }
    }

    double Log(int a, int b) => _figure.LogLengths[Figure.Pair(a, b)];

    Triangle Sorted(int a, int b, int c)
    {
        if (Log(b, c) > Log(c, a)) (a, b) = (b, a);
        if (Log(c, a) > Log(a, b)) (b, c) = (c, b);
        if (Log(b, c) > Log(c, a)) (a, b) = (b, a);
        return new Triangle(a, b, c, _figure.Diagram.Area(a, b, c) > 0 ? 1 : -1);
    }

    void AddTriangles(Triangle[] triangles, ReadOnlySpan<int> indices)
    {
        var first = triangles[indices[0]];
        var shortEqual = Log(first.C, first.A) - Log(first.B, first.C) <= Tolerance;
        var longEqual = Log(first.A, first.B) - Log(first.C, first.A) <= Tolerance;
        if (indices.Length == 1 && !shortEqual && !longEqual) return;
        var group = new List<Triangle>(indices.Length);
        foreach (var index in indices)
        {
            var (a, b, c, turn) = triangles[index];
            group.Add(new Triangle(a, b, c, turn));
            if (shortEqual) group.Add(new Triangle(b, a, c, -turn));
            if (longEqual) group.Add(new Triangle(a, c, b, -turn));
            if (!shortEqual || !longEqual) continue;
            group.Add(new Triangle(c, b, a, -turn));
            group.Add(new Triangle(b, c, a, turn));
            group.Add(new Triangle(c, a, b, turn));
        }
        Triangles.Add([.. group]);
    }

    void FindDivisions()
    {
        var divisions = new List<Division>();
        foreach (var line in Lines)
            foreach (var a in Bits.Of(line))
                foreach (var b in Bits.Of(line))
                    foreach (var c in Bits.Of(line))
                        if (a != c && _figure.AreDistinct(a, b) && _figure.AreDistinct(b, c) && _figure.AreDistinct(a, c) && _figure.Diagram.IsBetween(a, b, c))
                            divisions.Add(new Division(a, b, c));
        Midpoints.AddRange(divisions.Where(division => division.A < division.C && Math.Abs(Log(division.A, division.B) - Log(division.B, division.C)) <= Tolerance));
        var keys = divisions.Select(division => Log(division.A, division.B) - Log(division.A, division.C)).ToArray();
        var sorted = divisions.ToArray();
        Array.Sort(keys, sorted);
        foreach (var (start, end) in Runs(keys, keys.Length))
            if (end - start > 1) Divisions.Add(sorted[start..end]);
    }

    void FindRightAngles()
    {
        var pairs = Enumerable.Range(0, _figure.Lengths.Length).Where(pair => _figure.Lengths[pair] > 0).ToArray();
        var keys = pairs.Select(pair => _figure.Directions[pair]).ToArray();
        Array.Sort(keys, pairs);
        for (var i = 0; i < keys.Length; i++)
        {
            var turned = keys[i] + 0.5;
            if (turned > 1 + Tolerance) break;
            var first = Array.BinarySearch(keys, turned - Tolerance);
            for (var j = first < 0 ? ~first : first; j < keys.Length && keys[j] <= turned + Tolerance; j++) RightAngles.Add((pairs[i], pairs[j]));
        }
    }

    void FindIncentres()
    {
        for (var c = 2; c < _figure.Count; c++)
            for (var b = 1; b < c; b++)
                for (var a = 0; a < b; a++)
                {
                    if (!_figure.AreDistinct(a, b) || !_figure.AreDistinct(b, c) || !_figure.AreDistinct(a, c) || _figure.AreCollinear(a, b, c)) continue;
                    for (var i = 0; i < _figure.Count; i++)
                        if (Bisects(i, a, b, c) && Bisects(i, b, c, a) && Bisects(i, c, a, b)) Incentres.Add((i, a, b, c));
                }

        bool Bisects(int i, int a, int b, int c) => _figure.AreDistinct(i, a) && Math.Abs(Figure.Centred(
            2 * _figure.Directions[Figure.Pair(a, i)] - _figure.Directions[Figure.Pair(a, b)] - _figure.Directions[Figure.Pair(a, c)])) <= Tolerance;
    }

    /// <summary>Runs of sorted numbers without a gap.</summary>
    static IEnumerable<(int Start, int End)> Runs(double[] sorted, int end, int start = 0)
    {
        while (start < end)
        {
            var next = start + 1;
            while (next < end && sorted[next] - sorted[next - 1] <= Tolerance) next++;
            yield return (start, next);
            start = next;
        }
    }
}
