using System.Globalization;
using Tern.Geometry.Language;

namespace Tern.Geometry.Diagrams;

/// <summary>Draws until a diagram is good, counts what went wrong before, and says so where none is.</summary>
static class DiagramBuilder
{
    /// <summary>A premise's error that Newton's method should reach: a diagram in which it does not is too near to a degenerate one.</summary>
    const double SharpError = 1e-11;

    public static Diagram Build(Problem problem, SplitMix64 random, DiagramOptions options)
    {
        var drawing = new Drawing(problem, random, options);
        var tally = new ObstacleTally(problem);
        var falseGoals = 0;
        var attempts = problem.IsPlaced ? 1 : options.Attempts;
        for (var attempt = 0; attempt < attempts; attempt++)
        {
            drawing.Restart(0);
            if (!drawing.TryPlaceFrom(0, Looseness(attempt, attempts)))
            {
                tally.Count(drawing.Last);
                continue;
            }
            var diagram = Finish(problem, drawing, options, falseGoals);
            if (FirstFalse(problem.Premises, diagram, SharpTolerance(attempt, attempts, options)) is { } premise)
            {
                tally.Count((Obstacle.PremiseFails, -1, premise), diagram);
                continue;
            }
            if (!options.NeedsGoals || FirstFalse(problem.Goals, diagram, options.Tolerance) is not { } goal) return diagram;
            if (++falseGoals >= options.FalseGoals || problem.IsPlaced) throw new GoalIsFalseException(problem, goal, diagram, falseGoals);
            tally.Count((Obstacle.GoalFails, -1, goal), diagram);
        }
        throw tally.Report(attempts);
    }

    /// <summary>The diagram with the points of further clauses; null where they cannot be placed.</summary>
    public static Diagram? TryExtend(Diagram diagram, Problem problem, SplitMix64 random, DiagramOptions options, int attempts, out string? obstacle)
    {
        var first = FirstNewClause(diagram, problem);
        var drawing = new Drawing(problem, random, options);
        diagram.X.CopyTo(drawing.X, 0);
        diagram.Y.CopyTo(drawing.Y, 0);
        var tally = new ObstacleTally(problem);
        obstacle = null;
        for (var attempt = 0; attempt < attempts; attempt++)
        {
            drawing.Restart(diagram.Count);
            if (drawing.TryPlaceFrom(first, 1))
            {
                var extended = new Diagram((double[])drawing.X.Clone(), (double[])drawing.Y.Clone(), diagram.Unit, diagram.FalseGoals);
                if (FirstFalseFrom(problem, first, extended, options.Tolerance) is not { } premise) return extended;
                tally.Count((Obstacle.PremiseFails, -1, premise), extended);
                continue;
            }
            tally.Count(drawing.Last);
        }
        obstacle = tally.Report(attempts).Message;
        return null;
    }

    static int FirstNewClause(Diagram diagram, Problem problem)
    {
        for (var i = 0; i < problem.Clauses.Length; i++)
            if (problem.Clauses[i].Points.All(point => point >= diagram.Count)) return i;
        return problem.Clauses.Length;
    }

    /// <summary>1 in the first half of the attempts, then up to 8.</summary>
    static double Looseness(int attempt, int attempts) => attempt * 2 < attempts ? 1 : 1 << (6 * (attempt * 2 - attempts) / attempts / 2 + 1);

    static double SharpTolerance(int attempt, int attempts, DiagramOptions options) => attempt * 2 < attempts ? Math.Min(SharpError, options.Tolerance) : options.Tolerance;

    static Diagram Finish(Problem problem, Drawing drawing, DiagramOptions options, int falseGoals)
    {
        var (x, y) = ((double[])drawing.X.Clone(), (double[])drawing.Y.Clone());
        var unit = options.Normalises ? Normalise(x, y) : 1;
        Refinement.Run(problem.Premises, x, y, unit);
        return new Diagram(x, y, unit, falseGoals);
    }

    /// <summary>Centroid to the origin, largest distance from it to one. Returns what one became.</summary>
    static double Normalise(double[] x, double[] y)
    {
        var (centreX, centreY) = (x.Average(), y.Average());
        var square = 0.0;
        for (var i = 0; i < x.Length; i++)
        {
            x[i] -= centreX;
            y[i] -= centreY;
            square = Math.Max(square, x[i] * x[i] + y[i] * y[i]);
        }
        var unit = square > 0 ? 1 / Math.Sqrt(square) : 1;
        for (var i = 0; i < x.Length; i++)
        {
            x[i] *= unit;
            y[i] *= unit;
        }
        return unit;
    }

    static Statement? FirstFalse(IEnumerable<Statement> statements, Diagram diagram, double tolerance)
    {
        foreach (var statement in statements)
            if (!statement.Holds(diagram, tolerance)) return statement;
        return null;
    }

    static Statement? FirstFalseFrom(Problem problem, int firstClause, Diagram diagram, double tolerance)
    {
        for (var i = firstClause; i < problem.Clauses.Length; i++)
        {
            if (FirstFalse(problem.Clauses[i].Facts, diagram, tolerance) is { } fact) return fact;
            if (problem.AssertsRemarks && FirstFalse(problem.Clauses[i].Remarks, diagram, tolerance) is { } remark) return remark;
        }
        return null;
    }
}

/// <summary>How often which clause stopped a drawing, and why.</summary>
sealed class ObstacleTally(Problem problem)
{
    readonly Dictionary<(Obstacle, int, Statement?), int> _counts = [];
    (Statement Statement, Diagram Diagram)? _example;

    public void Count((Obstacle Obstacle, int Clause, Statement? Statement) what, Diagram? diagram = null)
    {
        _counts[what] = _counts.GetValueOrDefault(what) + 1;
        if (diagram is not null) _example = (what.Statement!, diagram);
    }

    public GeometryException Report(int attempts)
    {
        var lines = _counts.OrderByDescending(pair => pair.Value).Take(3).Select(pair => $"{(_counts.Count == 1 && attempts == 1 ? "" : $"{pair.Value} times ")}{Text(pair.Key)}");
        return new GeometryException($"{problem.Name}: could not be drawn{(attempts == 1 ? "" : $" in {attempts.ToString(CultureInfo.InvariantCulture)} attempts")}: {string.Join("; ", lines)}.");
    }

    string Text((Obstacle Obstacle, int Clause, Statement? Statement) what)
    {
        var clause = what.Clause < 0 ? "" : $"'{problem.TextOf(problem.Clauses[what.Clause])}'";
        var names = what.Clause < 0 ? "" : string.Join(' ', problem.Clauses[what.Clause].Points.Select(point => problem.PointNames[point]));
        return what.Obstacle switch
        {
            Obstacle.Degenerate => $"{clause} has no place for {names}",
            Obstacle.LociDoNotMeet => $"the lines or circles of {clause} did not meet",
            Obstacle.GuardFails => $"{clause} needs '{problem.TextOf(what.Statement!)}'",
            Obstacle.TooClose => $"{clause} came too close to another point",
            Obstacle.TooFar => $"{clause} came too far away",
            Obstacle.GoalFails => $"the goal was false: {Numbers(what.Statement!)}",
            _ => $"'{problem.TextOf(what.Statement!)}' was false: {Numbers(what.Statement!)}",
        };
    }

    string Numbers(Statement statement) => Measurement.Of(statement, statement == _example?.Statement ? _example.Value.Diagram : null, problem.PointNames);
}
