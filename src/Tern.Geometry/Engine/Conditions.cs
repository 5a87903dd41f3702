using Fractions;
using Tern.Geometry.Language;

namespace Tern.Geometry.Engine;

/// <summary>An equation of one system.</summary>
readonly record struct Condition(EquationSystem System, LinearForm Form);

/// <summary>Sets of equations that each are enough for a statement.</summary>
static class Conditions
{
    /// <summary>Alternatives; the first that holds is a proof. Empty where the statement is false in the figure or beyond the engine.</summary>
    public static IEnumerable<Condition[]> Of(Statement statement, Figure figure)
    {
        var p = statement.Points;
        switch (statement.Predicate)
        {
            case Predicate.Collinear: return Lines(p.AsSpan().ToArray(), figure);
            case Predicate.Concyclic: return Circles(p.AsSpan().ToArray(), figure);
            case Predicate.CircleCentre: return All(p.Skip(2).Select(x => Log(Equations.EqualLogs(figure, p[0], p[1], p[0], x))));
            case Predicate.Midpoint:
                var line = Direction(Equations.Parallel(figure, p[0], p[1], p[0], p[2]));
                return [.. All([line, Log(Equations.EqualLogs(figure, p[0], p[1], p[0], p[2]))]), .. All([line, Length(Equations.EqualLengths(figure, p[0], p[1], p[0], p[2]))])];
            case Predicate.Similar or Predicate.MirroredSimilar: return Triangles(p.AsSpan(), statement.Predicate == Predicate.Similar ? 1 : -1, figure);
            case Predicate.Congruent or Predicate.MirroredCongruent:
                var sides = Enumerable.Range(0, 3).Select(i => Log(Equations.EqualLogs(figure, p[i], p[(i + 1) % 3], p[i + 3], p[3 + (i + 1) % 3])));
                return [.. All(sides), .. All([.. Enumerable.Range(0, 2).Select(i => Direction(Equations.TriangleAngles(figure, p.AsSpan(), i, statement.Predicate == Predicate.Congruent ? 1 : -1))), sides.First()])];
            default:
                return Systems.Select(system => (Condition?)(Equations.Of(statement, system, figure) is { } form ? new Condition(system, form) : null)).Where(condition => condition is not null)
                    .Select(condition => new[] { condition!.Value });
        }
    }

    static readonly EquationSystem[] Systems = Enum.GetValues<EquationSystem>();

    static Condition? Direction(LinearForm? form) => form is null ? null : new Condition(EquationSystem.Directions, form);

    static Condition? Log(LinearForm? form) => form is null ? null : new Condition(EquationSystem.Logs, form);

    static Condition? Length(LinearForm? form) => form is null ? null : new Condition(EquationSystem.Lengths, form);

    static IEnumerable<Condition[]> All(IEnumerable<Condition?> conditions)
    {
        var all = conditions.ToArray();
        return all.Contains(null) ? [] : [[.. all.Select(condition => condition!.Value)]];
    }

    /// <summary>From some point, all others are in one direction.</summary>
    static IEnumerable<Condition[]> Lines(int[] points, Figure figure)
    {
        foreach (var a in points)
        {
            var others = points.Where(x => x != a).ToArray();
            if (others.All(x => figure.AreDistinct(a, x)))
                foreach (var conditions in All(others.Skip(1).Select(x => Direction(Equations.Parallel(figure, a, others[0], a, x))))) yield return conditions;
        }
    }

    /// <summary>Some two points are seen from all others under one angle.</summary>
    public static IEnumerable<Condition[]> Circles(int[] points, Figure figure)
    {
        foreach (var a in points)
            foreach (var b in points)
            {
                if (a >= b || !figure.AreDistinct(a, b)) continue;
                var others = points.Where(x => x != a && x != b).ToArray();
                if (!others.All(x => figure.AreDistinct(a, x) && figure.AreDistinct(b, x) && !figure.AreCollinear(a, b, x))) continue;
                foreach (var conditions in All(others.Skip(1).Select(x => Direction(Equations.EqualAngles(figure, others[0], a, others[0], b, x, a, x, b))))) yield return conditions;
            }
    }

    static IEnumerable<Condition[]> Triangles(ReadOnlySpan<int> p, int sign, Figure figure)
    {
        if (figure.AreCollinear(p[0], p[1], p[2]) || figure.Diagram.Area(p[0], p[1], p[2]) * figure.Diagram.Area(p[3], p[4], p[5]) * sign <= 0) return [];
        return
        [
            .. All([Direction(Equations.TriangleAngles(figure, p, 0, sign)), Direction(Equations.TriangleAngles(figure, p, 1, sign))]),
            .. All([Log(Equations.TriangleSides(figure, p, 0)), Log(Equations.TriangleSides(figure, p, 1))]),
        ];
    }

    /// <summary>The answer to what angle or ratio it is, as a statement; null where the system does not know.</summary>
    public static Statement? Answer(Statement question, Knowledge knowledge)
    {
        var p = question.Points;
        var (one, other) = (new Term(Figure.Pair(p[0], p[1]), Rational.One), new Term(Figure.Pair(p[2], p[3]), Rational.One));
        if (question.Predicate == Predicate.FindAngle)
        {
            var rest = knowledge.Directions.Reduce(LinearForm.Of(other, one with { Coefficient = Rational.MinusOne }));
            if (rest.VariableCount > 0) return null;
            return new Statement(Predicate.AngleValue, p, rest.IsZero ? Fraction.Zero : rest.Terms[0].Coefficient.ToFraction());
        }
        var ratio = knowledge.Logs.Reduce(LinearForm.Of(one, other with { Coefficient = Rational.MinusOne }));
        if (ratio.VariableCount > 0) return null;
        if (LogAtoms.TryValue(ratio.Terms, false, out var value)) return new Statement(Predicate.RatioValue, p, value);
        return LogAtoms.TryValue(ratio.Terms, true, out var square) ? new Statement(Predicate.SquaredRatioValue, p, square) : null;
    }
}
