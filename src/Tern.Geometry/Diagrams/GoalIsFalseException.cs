using Tern.Geometry.Language;

namespace Tern.Geometry.Diagrams;

/// <summary>A goal is not true of its problem, so that no proof exists.</summary>
public sealed class GoalIsFalseException : GeometryException
{
    internal GoalIsFalseException(Problem problem, Statement goal, Diagram diagram, int diagrams)
        : base($"{problem.Name}: the goal '{problem.TextOf(goal)}' is false in {(problem.IsPlaced ? "the given diagram" : diagrams == 1 ? "a diagram" : $"each of {diagrams} diagrams")}: {Measurement.Of(goal, diagram, problem.PointNames)}.") =>
        (Goal, Diagram) = (goal, diagram);

    /// <summary>It looks true, and is not.</summary>
    internal GoalIsFalseException(Problem problem, Statement goal, Diagram diagram)
        : base($"{problem.Name}: the goal '{problem.TextOf(goal)}' looks true in the diagram, but is false by exact computation modulo primes.") => (Goal, Diagram) = (goal, diagram);

    public Statement Goal { get; }

    /// <summary>The last of the diagrams.</summary>
    public Diagram Diagram { get; }
}
