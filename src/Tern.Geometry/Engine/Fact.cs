using Tern.Geometry.Language;
using Tern.Geometry.Proofs;

namespace Tern.Geometry.Engine;

/// <summary>A statement that was added to the knowledge, and why. Its premises hold by the facts before it; which they are, <see cref="ProofBuilder"/> finds out where a proof needs it.</summary>
/// <param name="Witnesses">Points that the rule needs besides those of the statement, in the order of the rule's text.</param>
sealed record Fact(Statement Statement, ProofRule Rule, int[] Witnesses);

/// <summary>An equation as it was added.</summary>
/// <param name="Fact">The number of the fact that it is an equation of.</param>
readonly record struct LoggedRow(LinearForm Form, int Fact);
