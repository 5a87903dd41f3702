using System.Collections.Immutable;
using Tern.Geometry.Diagrams;
using Tern.Geometry.Language;

namespace Tern.Geometry.Proofs;

/// <summary>A goal of a problem, and the steps that lead to it.</summary>
/// <param name="Problem">With the auxiliary clauses that the steps use.</param>
/// <param name="Diagram">Coordinates of all its points: what steps read off for order and orientation.</param>
/// <param name="Goal">One of the problem's.</param>
/// <param name="Steps">Each after its premises.</param>
public sealed record Proof(Problem Problem, Diagram Diagram, Statement Goal, ImmutableArray<ProofStep> Steps);

/// <summary>A statement, and why it holds.</summary>
/// <param name="Premises">Numbers of the steps it follows from, from zero.</param>
public sealed record ProofStep(ProofRule Rule, Statement Conclusion, ImmutableArray<int> Premises);
