using Tern.Geometry.Language;
using Tern.Geometry.Proofs;

namespace Tern.Geometry.Engine;

/// <summary>What is proved so far of a figure's points: equations of four systems, lines, circles, places.</summary>
sealed class Knowledge
{
    readonly LinearSystem[] _systems;
    readonly PointSets _lines, _circles;
    readonly HashSet<(int, int)> _merged;

    public Knowledge(Figure figure)
    {
        Figure = figure;
        Lookalikes = new Lookalikes(figure);
        var pairs = Figure.PairCount(figure.Count);
        _systems = [new(pairs), new(pairs), new(pairs), new(pairs)];
        (_lines, _circles, _merged, Facts) = (new PointSets(2, figure), new PointSets(3, figure), [], []);
    }

    Knowledge(Knowledge other, Figure figure)
    {
        Figure = figure;
        Lookalikes = new Lookalikes(figure);
        _systems = [.. other._systems.Select(system => system.Copy())];
        foreach (var system in _systems) system.Grow(Figure.PairCount(figure.Count));
        (_lines, _circles, _merged, Facts) = (other._lines.Copy(figure), other._circles.Copy(figure), [.. other._merged], [.. other.Facts]);
        foreach (var (first, second) in other._merged)
        {
            var fact = Facts.FindIndex(fact => fact.Statement.Predicate == Predicate.Coincident && fact.Statement.Points.Contains(first) && fact.Statement.Points.Contains(second));
            Identify(first, second, fact, other.Figure.Count);
        }
    }

    /// <summary>A copy with more points, which take the next numbers.</summary>
    public Knowledge Extended(Figure figure) => new(this, figure);

    public Figure Figure { get; }

    public Lookalikes Lookalikes { get; }

    public List<Fact> Facts { get; }

    public LinearSystem Directions => _systems[(int)EquationSystem.Directions];

    public LinearSystem Logs => _systems[(int)EquationSystem.Logs];

    public LinearSystem Lengths => _systems[(int)EquationSystem.Lengths];

    public LinearSystem Squares => _systems[(int)EquationSystem.Squares];

    public LinearSystem this[EquationSystem system] => _systems[(int)system];

    /// <summary>Largest sets of points known to be on a line.</summary>
    public IReadOnlyList<ulong> Lines => _lines.Sets;

    public IReadOnlyList<ulong> Circles => _circles.Sets;

    /// <summary>Grows with every new equation, line, circle and place.</summary>
    public int Version { get; private set; }

    public bool AreMerged(int a, int b) => _merged.Contains((Math.Min(a, b), Math.Max(a, b)));

    public bool OnOneLine(ulong points) => _lines.Contain(points);

    public bool OnOneCircle(ulong points) => _circles.Contain(points);

    /// <summary>The number of a new fact.</summary>
    public int Learn(Statement statement, ProofRule rule, params int[] witnesses)
    {
        Facts.Add(new Fact(statement, rule, witnesses));
        return Facts.Count - 1;
    }

    public bool Add(EquationSystem system, LinearForm? form, int fact)
    {
        if (form is null || !_systems[(int)system].Add(form, fact)) return false;
        Version++;
        return true;
    }

    /// <summary>A premise of the problem. Guards say nothing that the figure does not.</summary>
    public void Assume(Statement statement)
    {
        if (statement.IsGuard) return;
        var fact = Learn(statement, ProofRule.Given);
        var p = statement.Points.AsSpan();
        switch (statement.Predicate)
        {
            case Predicate.Collinear: AddLine(Bits.Of(p), fact); break;
            case Predicate.Concyclic: AddCircle(Bits.Of(p), fact); break;
            case Predicate.CircleCentre:
                foreach (var point in p[2..]) AddEqualLengths(p[0], p[1], p[0], point, fact);
                break;
            case Predicate.Midpoint:
                AddLine(Bits.Of(p), fact);
                AddEqualLengths(p[0], p[1], p[0], p[2], fact);
                break;
            case Predicate.Similar or Predicate.MirroredSimilar or Predicate.Congruent or Predicate.MirroredCongruent: AddTriangles(statement, fact); break;
            case Predicate.Coincident: AddSamePlace(p[0], p[1], fact); break;
            default:
                foreach (var system in Enum.GetValues<EquationSystem>())
                    if (system != EquationSystem.Squares || statement.Predicate != Predicate.Perpendicular) Add(system, Equations.Of(statement, system, Figure), fact);
                break;
        }
    }

    /// <summary>|AB| = |CD|, among log-lengths, lengths and squares.</summary>
    public bool AddEqualLengths(int a, int b, int c, int d, int fact)
    {
        var added = Add(EquationSystem.Logs, Equations.EqualLogs(Figure, a, b, c, d), fact);
        added |= Add(EquationSystem.Lengths, Equations.EqualLengths(Figure, a, b, c, d), fact);
        return added | Add(EquationSystem.Squares, Equations.Squares(Figure, Rational.Zero, Equations.Segment(a, b), Equations.Segment(c, d, -1)), fact);
    }

    public bool AddTriangles(Statement statement, int fact)
    {
        var (p, added) = (statement.Points, false);
        var sign = statement.Predicate is Predicate.MirroredSimilar or Predicate.MirroredCongruent ? -1 : 1;
        for (var i = 0; i < 2; i++)
        {
            added |= Add(EquationSystem.Directions, Equations.TriangleAngles(Figure, p.AsSpan(), i, sign), fact);
            added |= Add(EquationSystem.Logs, Equations.TriangleSides(Figure, p.AsSpan(), i), fact);
        }
        if (statement.Predicate is Predicate.Congruent or Predicate.MirroredCongruent)
            for (var i = 0; i < 3; i++) added |= AddEqualLengths(p[i], p[(i + 1) % 3], p[i + 3], p[3 + (i + 1) % 3], fact);
        return added;
    }

    /// <summary>Points that a fact says are on a line.</summary>
    public void AddLine(ulong points, int fact)
    {
        var all = Bits.ToArray(points);
        var (p, q) = FirstDistinct(all);
        if (q < 0 || _lines.Contain(points)) return;
        Version++;
        foreach (var x in all)
            foreach (var y in all)
                if (x < y && Figure.AreDistinct(x, y)) Add(EquationSystem.Directions, Equations.Parallel(Figure, x, y, p, q), fact);
        _lines.Merge(points, JoinLines);
        AddSums(_lines.Containing(points));
    }

    /// <summary>Two sets that share points: pairs of one point of each are new.</summary>
    void JoinLines(ulong one, ulong other, ReadOnlySpan<int> shared)
    {
        foreach (var x in Bits.Of(one & ~other))
            foreach (var y in Bits.Of(other & ~one))
            {
                if (!Figure.AreDistinct(x, y) || Equations.Parallel(Figure, x, y, shared[0], shared[1]) is not { } form || Directions.SeemsImplied(form)) continue;
                Add(EquationSystem.Directions, form, Learn(new Statement(Predicate.Collinear, [shared[0], shared[1], x, y]), ProofRule.Line));
            }
    }

    (int First, int Second) FirstDistinct(int[] points)
    {
        foreach (var point in points)
            if (Figure.AreDistinct(points[0], point)) return (points[0], point);
        return (points[0], -1);
    }

    /// <summary>Along a line, each segment is the sum of a shorter one and one between neighbours.</summary>
    void AddSums(ulong line)
    {
        var points = Bits.ToArray(line);
        var (p, q) = FirstDistinct(points);
        Array.Sort(points, (i, j) => Along(i).CompareTo(Along(j)));
        for (var j = 2; j < points.Length; j++)
            for (var i = j - 2; i >= 0; i--)
            {
                var middle = j - 1;
                while (middle > i && (!Figure.AreDistinct(points[middle], points[j]) || !Figure.AreDistinct(points[middle], points[i]))) middle--;
                if (middle == i || !Figure.AreDistinct(points[i], points[j])) continue;
                var (a, b, c) = (points[i], points[middle], points[j]);
                if (Equations.Sum(Figure, a, b, c) is not { } form || Lengths.SeemsImplied(form)) continue;
                Add(EquationSystem.Lengths, form, Learn(new Statement(Predicate.Collinear, [a, b, c]), ProofRule.Line));
            }

        double Along(int point) => Figure.X(point) * (Figure.X(q) - Figure.X(p)) + Figure.Y(point) * (Figure.Y(q) - Figure.Y(p));
    }

    /// <summary>Points that a fact says are on a circle.</summary>
    public void AddCircle(ulong points, int fact)
    {
        if (points.Count() < 4 || _circles.Contain(points)) return;
        Version++;
        var all = Bits.ToArray(points);
        for (var j = 3; j < all.Length; j++)
        {
            AddChords(all[0], all[1], all[2], all[j], fact);
            AddChords(all[0], all[1], all[j], all[2], fact);
            for (var i = 3; i < j; i++) AddChords(all[0], all[1], all[i], all[j], fact);
        }
        _circles.Merge(points, JoinCircles);
    }

    /// <summary>d(AB) + d(CD) = d(AC) + d(BD).</summary>
    void AddChords(int a, int b, int c, int d, int fact)
    {
        if (AreAllDistinct(a, b, c, d)) Add(EquationSystem.Directions, Equations.EqualAngles(Figure, a, b, a, c, b, d, c, d), fact);
    }

    bool AreAllDistinct(int a, int b, int c, int d) =>
        Figure.AreDistinct(a, b) && Figure.AreDistinct(a, c) && Figure.AreDistinct(a, d) && Figure.AreDistinct(b, c) && Figure.AreDistinct(b, d) && Figure.AreDistinct(c, d);

    void JoinCircles(ulong one, ulong other, ReadOnlySpan<int> shared)
    {
        var (p, q, r) = (shared[0], shared[1], shared[2]);
        foreach (var x in Bits.Of(one & ~other))
            foreach (var y in Bits.Of(other & ~one))
            {
                if (!AreAllDistinct(p, q, x, y) || Equations.EqualAngles(Figure, p, q, p, x, q, y, x, y) is not { } form || Directions.SeemsImplied(form)) continue;
                Add(EquationSystem.Directions, form, Learn(new Statement(Predicate.Concyclic, [p, q, r, x, y]), ProofRule.Circle));
            }
    }

    /// <summary>Two points are in one place: what holds of one holds of the other.</summary>
    public void AddSamePlace(int a, int b, int fact)
    {
        if (!_merged.Add((Math.Min(a, b), Math.Max(a, b)))) return;
        Version++;
        Identify(a, b, fact, 0);
    }

    void Identify(int a, int b, int fact, int firstOther)
    {
        for (var x = firstOther; x < Figure.Count; x++)
        {
            if (!Figure.AreDistinct(a, x) || !Figure.AreDistinct(b, x)) continue;
            Add(EquationSystem.Directions, Equations.Parallel(Figure, a, x, b, x), fact);
            AddEqualLengths(a, x, b, x, fact);
        }
    }
}
