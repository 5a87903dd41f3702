using Tern.Geometry.Diagrams;
using Tern.Geometry.Language;

namespace Tern.Geometry.Pictures;

/// <summary>What to draw of a problem: the lines and circles of its constructions and facts, what was added for the proof, the goals, and marks for what is given and wanted.</summary>
sealed class ProblemContent
{
    readonly IReadOnlyList<Clause> clauses;
    readonly Diagram diagram;
    readonly List<(SortedSet<int> Points, FigureRole Role)> lines = [];
    readonly List<(int? Centre, SortedSet<int> Points, FigureRole Role)> circles = [];

    ProblemContent(Diagram diagram, IReadOnlyList<Clause> clauses) => (this.diagram, this.clauses) = (diagram, clauses);

    public static FigureContent Of(IReadOnlyList<string> names, Diagram diagram, IReadOnlyList<Clause> clauses, IReadOnlyList<Statement> goals)
    {
        var content = new ProblemContent(diagram, clauses);
        foreach (var clause in clauses)
        {
            var role = clause.IsAuxiliary ? FigureRole.Auxiliary : FigureRole.Given;
            foreach (var construction in clause.Constructions) content.AddConstruction(construction, role);
            foreach (var fact in clause.Assumptions) content.AddFact(fact, role, radii: true);
        }

        foreach (var goal in goals) content.AddFact(goal, FigureRole.Goal, radii: true);
        return content.Finish(names, goals);
    }

    FigureContent Finish(IReadOnlyList<string> names, IReadOnlyList<Statement> goals)
    {
        var owner = clauses.SelectMany(clause => clause.Points.Select(point => (point, clause))).ToDictionary(pair => pair.point, pair => pair.clause);
        var points = names.Select((name, i) =>
        {
            var clause = owner.GetValueOrDefault(i);
            return new FigurePoint(name, Place(i), Free: clause is null || clause.Facts.IsEmpty, clause is { IsAuxiliary: true } ? FigureRole.Auxiliary : FigureRole.Given);
        });
        return new()
        {
            Points = [.. points],
            Lines = [.. lines.Where(line => line.Role != FigureRole.Auxiliary || !lines.Exists(other => other.Role == FigureRole.Given && line.Points.IsSubsetOf(other.Points))).Select(line => new FigureLine([.. line.Points], line.Role))],
            Circles = [.. circles.Select(circle => new FigureCircle(circle.Centre, [.. circle.Points], circle.Role))],
            Marks = [.. Marks(goals)],
        };
    }

    Spot Place(int point) => new(diagram.X[point], diagram.Y[point]);

    void AddConstruction(Construction construction, FigureRole role)
    {
        var name = construction.Definition.Name;
        int[] p = [.. construction.Arguments.Where(argument => argument.Quantity is null).Select(argument => argument.Point)];
        if (IsPolygon(name)) AddLoop(role, p);
        if (name == "segment") AddLine(role, p);
        (int? Centre, int[] Points)[] round = name switch
        {
            "on_circle" => [(p[1], [p[0], p[2]])],
            "circle" or "circumcenter" => [(p[0], p[1..])],
            "on_circum" => [(null, p)],
            "intersection_cc" => [(p[1], [p[0], p[3]]), (p[2], [p[0], p[3]])],
            "intersection_lc" => [(p[2], [p[0], p[3]])],
            "lc_tangent" => [(p[2], [p[1]])],
            "tangent" => [(p[3], [p[0], p[1], p[4]])],
            "cc_tangent0" => [(p[2], [p[0], p[3]]), (p[4], [p[1], p[5]])],
            "cc_tangent" or "cc_itangent" => [(p[4], [p[0], p[2], p[5]]), (p[6], [p[1], p[3], p[7]])],
            "incenter2" or "excenter2" or "ninepoints" => [(p[3], p[..3])],
            "2l1c" => [(p[3], p[..3]), (p[7], [p[4], p[2]])],
            _ => [],
        };
        foreach (var (centre, points) in round) AddCircle(role, centre, points);
        foreach (var fact in construction.Facts) AddFact(fact, role, radii: round.Length == 0);
    }

    /// <summary>The points are its corners, in order.</summary>
    static bool IsPolygon(string name) =>
        name is "pentagon" or "risos" or "parallelogram" or "rectangle" || name.Contains("triangle", StringComparison.Ordinal) || name.EndsWith("quadrangle", StringComparison.Ordinal)
        || name.Contains("trapezoid", StringComparison.Ordinal) || name is "square" or "isquare";

    void AddLoop(FigureRole role, int[] corners)
    {
        for (var i = 0; i < corners.Length; i++) AddLine(role, corners[i], corners[(i + 1) % corners.Length]);
    }

    /// <param name="fact">What is said.</param>
    /// <param name="role">Of what is drawn for it.</param>
    /// <param name="radii">Segments of equal lengths are drawn: no circle says the same.</param>
    void AddFact(Statement fact, FigureRole role, bool radii)
    {
        if (fact.Predicate == Predicate.EqualLengths && !radii) return;
        var parts = StatementParts.Of(fact);
        foreach (var line in parts.Lines) AddLine(role, [.. line]);
        foreach (var (centre, points) in parts.Circles) AddCircle(role, centre, [.. points]);
    }

    /// <summary>Lines of one role that share two points are one; goals stay as they are said.</summary>
    void AddLine(FigureRole role, params int[] points)
    {
        var line = new SortedSet<int>(points);
        if (line.Count < 2) return;
        if (role == FigureRole.Goal)
        {
            if (!lines.Exists(other => other.Role == role && other.Points.SetEquals(line))) lines.Add((line, role));
            return;
        }

        for (var i = lines.FindIndex(Shares); i >= 0; i = lines.FindIndex(Shares))
        {
            line.UnionWith(lines[i].Points);
            lines.RemoveAt(i);
        }

        lines.Add((line, role));

        bool Shares((SortedSet<int> Points, FigureRole Role) other) => other.Role == role && other.Points.Intersect(line).Skip(1).Any();
    }

    void AddCircle(FigureRole role, int? centre, int[] points)
    {
        var known = circles.FindIndex(circle => (circle.Role == role || role == FigureRole.Auxiliary)
            && (centre is null || circle.Centre is null ? circle.Points.Intersect(points).Skip(2).Any() : circle.Centre == centre && circle.Points.Overlaps(points)));
        if (known < 0) circles.Add((centre, [.. points], role));
        else
        {
            circles[known].Points.UnionWith(points);
            if (circles[known].Centre is null) circles[known] = (centre, circles[known].Points, circles[known].Role);
        }
    }

    IEnumerable<FigureMark> Marks(IReadOnlyList<Statement> goals)
    {
        var given = clauses.Where(clause => !clause.IsAuxiliary).SelectMany(clause => clause.Facts).ToList();
        return Marks(goals, FigureRole.Goal).Concat(Marks(given, FigureRole.Given));
    }

    IEnumerable<FigureMark> Marks(IReadOnlyList<Statement> facts, FigureRole role)
    {
        foreach (var fact in facts.Where(fact => fact.Predicate == Predicate.Perpendicular))
        {
            var ((a, b), (c, d)) = (Whole(fact.Points[0], fact.Points[1]), Whole(fact.Points[2], fact.Points[3]));
            yield return new RightAngleMark(a, b, c, d, role);
        }

        foreach (var fact in facts.Where(fact => fact.Predicate == Predicate.EqualAngles))
        {
            if (Angle(fact.Points, 0) is { } first && Angle(fact.Points, 4) is { } second && Math.Abs(Size(first) - Size(second)) < 1e-6) yield return new EqualAnglesMark([first, second], role);
        }

        foreach (var kind in Classes(facts.Where(fact => fact.Predicate == Predicate.Parallel).Select(fact => (Pair(fact.Points, 0), Pair(fact.Points, 2))))) yield return new ParallelMark(kind, role);
        foreach (var kind in Classes(facts.SelectMany(EqualSegments).Where(pair => IsWhole(pair.Item1) && IsWhole(pair.Item2)))) yield return new EqualLengthsMark(kind, role);
    }

    static (int A, int B) Pair(IReadOnlyList<int> p, int at) => (Math.Min(p[at], p[at + 1]), Math.Max(p[at], p[at + 1]));

    /// <summary>The drawn line through two points, by its ends.</summary>
    (int A, int B) Whole(int a, int b)
    {
        var line = lines.Where(line => line.Role != FigureRole.Goal && line.Points.Contains(a) && line.Points.Contains(b)).Select(line => line.Points).FirstOrDefault([a, b]);
        return line.SelectMany(p => line.Select(q => (p, q))).MaxBy(pair => diagram.Distance(pair.p, pair.q));
    }

    /// <summary>It is drawn, and no other point divides it: a mark at its middle cannot be taken for one of a part.</summary>
    bool IsWhole((int A, int B) segment)
    {
        var (a, b) = segment;
        return lines.Exists(line => line.Points.Contains(a) && line.Points.Contains(b))
            && !lines.Exists(line => line.Points.Contains(a) && line.Points.Contains(b) && line.Points.Any(point => point != a && point != b && diagram.IsBetween(a, point, b)));
    }

    static IEnumerable<((int A, int B), (int A, int B))> EqualSegments(Statement fact) => fact.Predicate switch
    {
        Predicate.EqualLengths => [(Pair(fact.Points, 0), Pair(fact.Points, 2))],
        Predicate.Midpoint => [((fact.Points[0], fact.Points[1]), (fact.Points[0], fact.Points[2]))],
        _ => [],
    };

    /// <summary>Segments that equal each other, each kind once.</summary>
    static IEnumerable<List<(int A, int B)>> Classes(IEnumerable<((int A, int B) First, (int A, int B) Second)> pairs)
    {
        var classes = new List<List<(int A, int B)>>();
        foreach (var (first, second) in pairs)
        {
            var touched = classes.Where(kind => kind.Contains(first) || kind.Contains(second)).ToList();
            var joined = touched.SelectMany(kind => kind).Append(first).Append(second).Distinct().ToList();
            classes.RemoveAll(touched.Contains);
            classes.Add(joined);
        }

        return classes;
    }

    /// <summary>Of two lines that share a named point, the angle between the rays from it; null: they share none.</summary>
    static (int A, int V, int B)? Angle(IReadOnlyList<int> p, int at)
    {
        var (a, b, c, d) = (p[at], p[at + 1], p[at + 2], p[at + 3]);
        return a == c ? (b, a, d) : a == d ? (b, a, c) : b == c ? (a, b, d) : b == d ? (a, b, c) : null;
    }

    double Size((int A, int V, int B) angle)
    {
        var (to, from) = (Place(angle.B) - Place(angle.V), Place(angle.A) - Place(angle.V));
        return Math.Abs(Math.Atan2(Spot.Cross(from, to), Spot.Dot(from, to)));
    }
}
