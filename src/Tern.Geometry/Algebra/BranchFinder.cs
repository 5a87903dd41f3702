using System.Collections.Immutable;
using Fractions;
using Tern.Geometry.Diagrams;
using Tern.Geometry.Language;

namespace Tern.Geometry.Algebra;

/// <summary>
/// Which of two places, that are both rational functions of what is before, is the diagram's. Residues have no order, so a place is known by a statement that is true at it and false at the other,
/// in all figures, and by whether the diagram has it: a direction that a line shares with another one or that makes a constant angle with it, equal distances, a circle.
/// </summary>
/// <param name="bisectors">Pairs of points, the second auxiliary, whose lines count, too.</param>
/// <param name="goals">Statements that are used only where no other tells the places apart.</param>
sealed class BranchFinder(Diagram diagram, List<ModularFigure> figures, ImmutableArray<int> placed, List<(int From, int To)> bisectors, HashSet<Statement> goals)
{
    /// <summary>Points of a diagram, whose radius is one, that are nearer are in the same place.</summary>
    public const double SamePlace = 1e-6;

    /// <summary>Errors of what is true in a diagram, and of what is not: between them nothing is concluded.</summary>
    const double TrueError = 1e-8, FalseError = 1e-5;

    /// <summary>By how the two places of a step differ.</summary>
    public Placement Split(EitherMeetPlacement step, IEnumerable<Statement> facts)
    {
        var places = figures.ConvertAll(figure => BothPlaces(step, figure));
        foreach (var fact in facts)
            if (fact.Points.Contains(step.Point) && fact.Points.All(point => point == step.Point || placed.Contains(point)) && Tells(fact, step.Point, places) is { } holds)
                return step with { Told = fact, Holds = holds };
        foreach (var statement in GoalsLast(Directions(step.Point).Concat(Distances(step.Point)).Concat(Proportions(step)).Concat(Projections(step))))
        {
            if (Tells(statement, step.Point, places) is not { } holds) continue;
            foreach (var line in PointLocus.Of(statement, step.Point, figures[0]))
            {
                var split = new SplitMeetPlacement(step.Point, step.First, step.Second, line with { IsChoice = true }, holds);
                if (line.Form == LocusForm.Line && figures.TrueForAll(figure => IsPossible(split, figure))) return split;
            }
            return step with { Told = statement, Holds = holds };
        }
        foreach (var circle in Circles(step.Point))
            if (Tells(circle, step.Point, places) is { } holds) return step with { Told = circle, Holds = holds };
        return step;
    }

    /// <summary>The bisector that is the diagram's, as a line at a constant angle to another line; null where none was found.</summary>
    public PointLocus? DirectionOf(PointLocus bisectors, int point)
    {
        var places = figures.ConvertAll(figure =>
        {
            var (p, q) = bisectors.Squares(point, figure.Places, figure);
            figure.TryRoot(-(p * q), out var s);
            var vertex = figure.Places[bisectors.Vertex];
            return (vertex + new Isotropic<Residue>(q, s), vertex + new Isotropic<Residue>(q, -s));
        });
        foreach (var statement in GoalsLast(Directions(point, bisectors.Vertex).Concat(Angles(point, bisectors.Vertex))))
            if (Tells(statement, point, places) == true)
                return PointLocus.Of(statement, point, figures[0]).First(locus => locus.Form == LocusForm.Line) with { IsChoice = true, Bisectors = bisectors };
        return null;
    }

    IEnumerable<Statement> GoalsLast(IEnumerable<Statement> statements) => statements.Where(statement => !goals.Contains(statement)).Concat(statements.Where(goals.Contains));

    static bool IsPossible(Placement step, ModularFigure figure)
    {
        var before = figure.Places[step.Point];
        step.Place(figure.Places, figure);
        figure.Places[step.Point] = before;
        var isPossible = !figure.IsStuck;
        figure.Unstick();
        return isPossible;
    }

    static (Isotropic<Residue> One, Isotropic<Residue> Other) BothPlaces(EitherMeetPlacement step, ModularFigure figure)
    {
        var before = figure.Places[step.Point];
        step.Place(figure.Places, figure);
        var one = figure.Places[step.Point];
        var other = one;
        for (var draw = 0; draw < 64 && other == one; draw++)
        {
            step.Place(figure.Places, figure);
            other = figure.Places[step.Point];
        }
        figure.Places[step.Point] = before;
        return (one, other);
    }

    /// <summary>Whether the statement is true at the diagram's place, where it is true at exactly one of two in every figure; null where it does not tell them apart.</summary>
    bool? Tells(Statement statement, int point, List<(Isotropic<Residue> One, Isotropic<Residue> Other)> places)
    {
        for (var i = 0; i < figures.Count; i++)
            if (IsTrue(statement, point, places[i].One, figures[i]) == IsTrue(statement, point, places[i].Other, figures[i])) return null;
        var error = statement.Error(diagram);
        return error < TrueError ? true : error > FalseError ? false : null;
    }

    static bool IsTrue(Statement statement, int point, Isotropic<Residue> place, ModularFigure figure) =>
        PointLocus.Values(statement, point, place, figure.Places, figure) is { } values && values.TrueForAll(value => value.IsZero);

    /// <summary>Lines through the point that are parallel or perpendicular, or at another constant angle, to others, as far as the diagram has them, or one of two places in the first figure may.</summary>
    IEnumerable<Statement> Directions(int point, int vertex = -1)
    {
        var turns = Enumerable.Range(0, ModularFields.Turns).OrderBy(turn => turn % (ModularFields.Turns / 2) == 0 ? 0 : 1);
        foreach (var turn in turns)
            foreach (var from in placed)
            {
                if (vertex >= 0 && from != vertex) continue;
                foreach (var (a, b) in Lines())
                    yield return turn == 0
                        ? from == a || from == b ? new Statement(Predicate.Collinear, [a, b, point]) : new Statement(Predicate.Parallel, [a, b, from, point])
                        : turn * 2 == ModularFields.Turns
                            ? new Statement(Predicate.Perpendicular, [a, b, from, point])
                            : new Statement(Predicate.AngleValue, [a, b, from, point], new Fraction(turn, ModularFields.Turns));
            }
    }

    IEnumerable<(int A, int B)> Lines() => (from a in placed from b in placed where a < b select (a, b)).Concat(bisectors);

    /// <summary>Lines at equal angles: all four through the vertex, or one of them an earlier bisector.</summary>
    IEnumerable<Statement> Angles(int point, int vertex) =>
        (from a in placed
         from b in placed
         from c in placed
         where a != vertex && b != vertex && c != vertex && a <= b && c != a && c != b
         select new Statement(Predicate.EqualAngles, [vertex, point, vertex, a, vertex, b, vertex, c]))
        .Concat(
            from bisector in bisectors
            from a in Lines()
            from b in Lines()
            select new Statement(Predicate.EqualAngles, [vertex, point, a.A, a.B, b.A, b.B, bisector.From, bisector.To]));

    /// <summary>Of two segments of equal lengths, the same projection on a line: p × q for displacements is a sum of squares of distances.</summary>
    IEnumerable<Statement> Projections(EitherMeetPlacement step) =>
        from locus in step.Loci
        where locus.Statement.Predicate == Predicate.EqualLengths
        let p = locus.Statement.Points
        from line in Lines().Take(placed.Length * (placed.Length - 1) / 2)
        from turn in new[] { (p[0], p[1]), (p[1], p[0]) }
        let terms = Products(turn.Item1, turn.Item2, line.A, line.B).Concat(Products(p[2], p[3], line.B, line.A)).Where(term => term.P != term.Q).ToArray()
        select new Statement(Predicate.SquaredLengthSum, terms.SelectMany(term => new[] { term.P, term.Q }), 0, terms.Select(term => (Fraction)term.Sign));

    /// <summary>2 (B - A)·(D - C).</summary>
    static (int Sign, int P, int Q)[] Products(int a, int b, int c, int d) => [(1, a, d), (1, b, c), (-1, a, c), (-1, b, d)];

    /// <summary>On a line, places that divide a segment as three points of another line do, with sign.</summary>
    IEnumerable<Statement> Proportions(EitherMeetPlacement step)
    {
        if (step.First.Statement.Predicate != Predicate.Collinear) return [];
        ImmutableArray<int> ends = step.First.Statement.Points.Remove(step.Point);
        var places = figures[0].Places;
        return from a in placed
               from b in placed
               from c in placed
               where a != b && b != c && c != a && Isotropic<Residue>.Cross(places[b] - places[a], places[c] - places[a]).IsZero
               from end in ends
               select new Statement(Predicate.Similar, [end, step.Point, ends[0] == end ? ends[1] : ends[0], a, b, c]);
    }

    IEnumerable<Statement> Distances(int point) => from a in placed from b in placed where a < b select new Statement(Predicate.EqualLengths, [point, a, point, b]);

    IEnumerable<Statement> Circles(int point) => from a in placed from b in placed from c in placed where a < b && b < c select new Statement(Predicate.Concyclic, [a, b, c, point]);
}
