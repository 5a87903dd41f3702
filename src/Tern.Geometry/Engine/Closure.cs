using System.Diagnostics;
using Tern.Geometry.Diagrams;
using Tern.Geometry.Language;
using Tern.Geometry.Proofs;

namespace Tern.Geometry.Engine;

/// <summary>
/// All that follows from a problem's premises by the rules of <see cref="ProofRule"/>: a deductive database of similar triangles, circles, lines and places over linear algebra of directions, log-lengths and lengths.
/// Chervonyi et al. 2025, arXiv 2502.03544 (AlphaGeometry2's DDAR); what may be equal is read off a diagram first, as in Yuclid (arXiv 2411.11938).
/// Differs: proofs are extracted; ratios on lines, centres on two chords and places by directions are found too.
/// </summary>
public sealed class Closure
{
    readonly Knowledge _knowledge;

    Closure(Problem problem, Knowledge knowledge, ClosureOptions options) => (Problem, _knowledge, Options) = (problem, knowledge, options);

    public Problem Problem { get; }

    public ClosureOptions Options { get; }

    public Diagram Diagram => _knowledge.Figure.Diagram;

    /// <summary>False: it ended at the goals, at the time limit, or was cancelled.</summary>
    public bool IsSaturated { get; private set; }

    /// <summary>How often all rules were tried.</summary>
    public int Passes { get; private set; }

    internal Knowledge Knowledge => _knowledge;

    /// <exception cref="ArgumentException">The diagram is not one of the problem, or has more points than the engine takes.</exception>
    /// <exception cref="OperationCanceledException"/>
    public static Closure Of(Problem problem, Diagram diagram, ClosureOptions? options = null, CancellationToken cancellation = default)
    {
        if (diagram.Count != problem.PointNames.Length) throw new ArgumentException($"The diagram has {diagram.Count} points, the problem {problem.PointNames.Length}.");
        var closure = new Closure(problem, new Knowledge(new Figure(diagram)), options ?? ClosureOptions.Default);
        foreach (var premise in problem.Premises) closure._knowledge.Assume(premise);
        closure.Run(cancellation);
        return closure;
    }

    /// <summary>The closure with further clauses, from where this one stands. This one does not change; several threads may extend it at once.</summary>
    /// <param name="extended">This closure's problem with more clauses at its end.</param>
    /// <param name="diagram">This closure's diagram with the new points.</param>
    public Closure With(Problem extended, Diagram diagram, ClosureOptions? options = null, CancellationToken cancellation = default)
    {
        if (diagram.Count != extended.PointNames.Length || diagram.Count < Diagram.Count) throw new ArgumentException($"The diagram has {diagram.Count} points, the problem {extended.PointNames.Length}.");
        var closure = new Closure(extended, _knowledge.Extended(new Figure(diagram)), options ?? Options);
        foreach (var clause in extended.Clauses.Skip(Problem.Clauses.Length))
        {
            foreach (var fact in clause.Facts) closure._knowledge.Assume(fact);
            if (extended.AssertsRemarks)
                foreach (var remark in clause.Remarks) closure._knowledge.Assume(remark);
        }
        closure.Run(cancellation);
        return closure;
    }

    void Run(CancellationToken cancellation)
    {
        var started = Stopwatch.GetTimestamp();
        var triangles = new TriangleRules(_knowledge);
        var lengths = new LengthRules(_knowledge);
        var squares = new SquareRules(_knowledge);
        Action[] rules =
        [
            () => LineRule.Apply(_knowledge), () => CircleRules.Apply(_knowledge), triangles.Apply, lengths.Apply, () => ArcRules.Apply(_knowledge), () => PlaceRule.Apply(_knowledge), squares.Apply, () => IncentreRule.Apply(_knowledge),
        ];
        int before;
        do
        {
            before = _knowledge.Version;
            Passes++;
            foreach (var rule in rules)
            {
                cancellation.ThrowIfCancellationRequested();
                if (Options.TimeLimit is { } limit && Stopwatch.GetElapsedTime(started) > limit) return;
                rule();
            }
            if (Options.StopsAtGoals && Problem.Goals.Length > 0 && Problem.Goals.All(Holds)) return;
        }
        while (_knowledge.Version > before);
        IsSaturated = true;
    }

    /// <summary>All goals of the problem hold.</summary>
    public bool IsSolved => Problem.Goals.All(Holds);

    /// <summary>The statement follows. A question for a value holds where the value is known; what coordinates alone decide is decided by them.</summary>
    public bool Holds(Statement statement)
    {
        if (statement.Predicate is Predicate.FindAngle or Predicate.FindRatio) return Conditions.Answer(statement, _knowledge) is not null;
        if (statement.IsGuard) return statement.Holds(Diagram);
        if (statement.Predicate == Predicate.Coincident) return _knowledge.AreMerged(statement.Points[0], statement.Points[1]);
        return Conditions.Of(statement, _knowledge.Figure).Any(conditions => conditions.All(condition => _knowledge[condition.System].Implies(condition.Form)));
    }

    /// <summary>A proof of one of the problem's goals, or of any other statement of its points; null where it does not follow.</summary>
    public Proof? Prove(Statement goal)
    {
        if (Answer(goal) is not { } statement || new ProofBuilder(_knowledge).Build(statement) is not { } steps) return null;
        return new Proof(Problem, Diagram, goal, steps);
    }

    /// <summary>The value that a goal asks for, as a statement; the goal itself where it asks for none.</summary>
    public Statement? Answer(Statement goal) => goal.Predicate is Predicate.FindAngle or Predicate.FindRatio ? Conditions.Answer(goal, _knowledge) : goal;
}
