using System.Collections.Immutable;
using Fractions;
using Tern.Geometry.Diagrams;
using Tern.Geometry.Language;

namespace Tern.Geometry.Algebra;

/// <summary>
/// Which of two places, that are both rational functions of what is before, is the diagram's. Residues have no order, so a place is known by a statement that is true at it and false at the other,
/// in all figures, and by whether the diagram has it: a direction that a line shares with another one or that makes a constant angle with it, equal distances, a circle.
/// </summary>
sealed class BranchFinder(Diagram diagram, List<ModularFigure> figures, ImmutableArray<int> placed)
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
        foreach (var statement in Directions(step.Point).Concat(Distances(step.Point)))
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
        foreach (var statement in Directions(point, bisectors.Vertex))
            if (Tells(statement, point, places) == true)
                return PointLocus.Of(statement, point, figures[0]).First(locus => locus.Form == LocusForm.Line) with { IsChoice = true };
        return null;
    }

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
                foreach (var a in placed)
                    foreach (var b in placed)
                    {
                        if (b <= a) continue;
                        yield return turn == 0
                            ? from == a || from == b ? new Statement(Predicate.Collinear, [a, b, point]) : new Statement(Predicate.Parallel, [a, b, from, point])
                            : turn * 2 == ModularFields.Turns
                                ? new Statement(Predicate.Perpendicular, [a, b, from, point])
                                : new Statement(Predicate.AngleValue, [a, b, from, point], new Fraction(turn, ModularFields.Turns));
                    }
            }
    }

    IEnumerable<Statement> Distances(int point) => from a in placed from b in placed where a < b select new Statement(Predicate.EqualLengths, [point, a, point, b]);

    IEnumerable<Statement> Circles(int point) => from a in placed from b in placed from c in placed where a < b && b < c select new Statement(Predicate.Concyclic, [a, b, c, point]);
}
