using System.Collections.Immutable;
using Tern.Geometry.Diagrams;
using Tern.Geometry.Language;

namespace Tern.Geometry.Algebra;

/// <summary>
/// Whether statements are true of a construction, by evaluating their polynomials at random values modulo primes of 61 bits: a polynomial that is zero there is zero, but for a chance that its degree
/// bounds (Schwartz 1980, Journal of the ACM 27, 701; Zippel 1979). Points are placed in Wu's order (Wu 1978, Scientia Sinica 21, 159), each by equations of degree two at most.
/// <para>
/// Square roots: parameters are drawn again until all numbers have one. An equation of degree two without a rational solution has two solutions that a change of the root's sign exchanges, and a polynomial
/// in the coordinates is zero at both or at none: either may be taken. This is so for all signs at once, for each equation is tested in the field that the roots before it generate. Where both solutions are
/// rational, they are told apart as <see cref="BranchFinder"/> says; where that fails, figures of all signs are drawn, and an answer is given only if they agree.
/// </para>
/// What is called false is false, for one value that is not zero proves it of the diagram's branch; that a root is irrational, or that of two places one is meant, was seen in sixteen figures.
/// Measured on the published goals: all 30 of IMO-AG-30 are found true, and 229 of 231 of JGEX-AG-231; one needs a cube root, one circles that touch.
/// Angles are directed, modulo π: inner and outer bisectors, or the centres of the four circles that touch three lines, are not told apart.
/// </summary>
public sealed class WuOracle
{
    /// <summary>Figures for an answer, and for each sign that is open.</summary>
    const int Figures = 4, FiguresPerSign = 24, MostOpenChoices = 4;

    readonly ConstructionPlan? _plan;
    readonly SplitMix64 _random;
    readonly Problem _problem;

    WuOracle(Problem problem, ConstructionPlan? plan, ulong seed) => (_problem, _plan, _random) = (problem, plan, new SplitMix64(seed));

    /// <summary>The oracle of a problem's construction, for many statements about its points.</summary>
    /// <param name="diagram">Which of several figures is meant. Null: one in which the problem's goals are true, if that is found.</param>
    /// <param name="goals">Statements that will be asked for, if they have constant angles; those of the problem are known.</param>
    /// <exception cref="ArgumentException">The diagram has another number of points.</exception>
    /// <exception cref="GeometryException">The problem cannot be drawn.</exception>
    /// <exception cref="OperationCanceledException"/>
    public static WuOracle Of(Problem problem, Diagram? diagram = null, ulong seed = 0, IEnumerable<Statement>? goals = null, CancellationToken cancellation = default)
    {
        if (diagram is not null && diagram.Count != problem.PointNames.Length) throw new ArgumentException($"{diagram.Count} points in the diagram, and {problem.PointNames.Length} in the problem.", nameof(diagram));
        var plan = Planner.Plan(problem, diagram ?? DiagramOf(problem, seed), [.. problem.Goals, .. goals ?? []], seed, cancellation);
        return new WuOracle(problem, plan, seed ^ 0x5851F42D4C957F2D);
    }

    /// <summary>Whether a statement is true of a problem's points.</summary>
    /// <inheritdoc cref="Of"/>
    public static OracleAnswer Test(Problem problem, Statement goal, ulong seed = 0, Diagram? diagram = null, CancellationToken cancellation = default) =>
        Of(problem, diagram, seed, [goal], cancellation).Test(goal, cancellation);

    internal ConstructionPlan? Plan => _plan;

    static Diagram DiagramOf(Problem problem, ulong seed)
    {
        try
        {
            return Diagram.Build(problem, seed);
        }
        catch (GoalIsFalseException exception)
        {
            return exception.Diagram;
        }
    }

    /// <summary>Not by several threads at once.</summary>
    /// <exception cref="OperationCanceledException"/>
    public OracleAnswer Test(Statement goal, CancellationToken cancellation = default)
    {
        if (_plan is null) return NotKnown("its constant angles have no small common denominator");
        if (_plan.Obstacle is { } obstacle) return NotKnown(obstacle);
        if (goal.Predicate.IsAngle() && ModularFields.CommonOrder([goal], 1) is var order && !(_plan.Fields.Order % order).IsZero) return NotKnown("its constant angle was not announced");
        if (_plan.OpenChoices > MostOpenChoices) return NotKnown("too many choices between two places are open");
        var figures = _plan.OpenChoices == 0 ? Figures : FiguresPerSign << _plan.OpenChoices;
        var zeros = 0;
        for (var i = 0; i < figures; i++)
        {
            if (_plan.Draw(_random, cancellation) is not { } figure) return NotKnown("no values modulo primes were found for which all square roots exist");
            if (Equations.Of(goal, figure.Places, figure) is not { } values) return NotKnown($"'{_problem.TextOf(goal)}' is no equation of coordinates");
            if (EmptyLine(goal, figure) is { } empty) return NotKnown(empty);
            if (values.TrueForAll(value => value.IsZero)) zeros++;
            if (zeros <= i && _plan.OpenChoices == 0) return Answer(Truth.False, null, 0, i + 1, 0);
            if (zeros > 0 && zeros <= i) return NotKnown("it is true for one choice between two places and false for another");
        }
        if (zeros == 0) return Answer(Truth.False, null, 0, figures, 0);
        var (degree, roots) = DegreeOf(goal);
        // The norm of the polynomial over all signs has 2^roots times its degree, and values for which all roots exist are one part in 2^roots of all; the density of a residue is at most 2/p.
        var chance = 2 * Math.Pow(4, roots) * degree / Math.Pow(2, 60);
        return Answer(Truth.True, null, Math.Min(1, Math.Pow(chance, Figures)), figures, degree);
    }

    /// <summary>A line through one place has no direction.</summary>
    string? EmptyLine(Statement goal, ModularFigure figure)
    {
        if (!goal.Predicate.TakesPairs()) return null;
        for (var i = 0; i + 1 < goal.Points.Length; i += 2)
            if (figure.Places[goal.Points[i]] == figure.Places[goal.Points[i + 1]]) return $"{_problem.PointNames[goal.Points[i]]} and {_problem.PointNames[goal.Points[i + 1]]} are in the same place";
        return null;
    }

    /// <summary>A bound of the degree of the goal's polynomial in the parameters, and of how many roots it has.</summary>
    (double Degree, int Roots) DegreeOf(Statement goal)
    {
        var arithmetic = new DegreeArithmetic();
        var places = new Isotropic<DegreeBound>[_plan!.Names.Length];
        foreach (var step in _plan.Steps) step.Place(places, arithmetic);
        return (Equations.Of(goal, places, arithmetic)!.Max(value => value.Degree), arithmetic.Roots);
    }

    OracleAnswer NotKnown(string reason) => Answer(Truth.NotKnown, reason, 1, 0, 0);

    OracleAnswer Answer(Truth truth, string? reason, double errorBound, int figures, double degree) =>
        new(truth, reason, errorBound, figures, degree, _plan is null ? [] : [.. _plan.Conditions], _plan is null ? [] : [.. _plan.Choices]);
}
