using Tern.Geometry.Diagrams;
using Tern.Geometry.Language;
using Tern.Geometry.Proofs;

namespace Tern.Geometry.Pictures;

/// <summary>Figures of problems and of proofs.</summary>
public static class ProblemFigure
{
    /// <summary>Auxiliary clauses are drawn as such, the goals highlighted.</summary>
    public static Figure Of(Problem problem, Diagram diagram) => new(problem.Name, ProblemContent.Of(problem.PointNames, diagram, problem.Clauses, problem.Goals));

    /// <summary>The problem in the proof's coordinates, with the goal that is proved.</summary>
    public static Figure Of(Proof proof) => new(proof.Problem.Name, ProblemContent.Of(proof.Problem.PointNames, proof.Diagram, proof.Problem.Clauses, [proof.Goal]));
}
