using System.Collections.Immutable;
using Tern.Geometry.Diagrams;
using Tern.Geometry.Language;
namespace Tern.Geometry.Proofs;
public sealed record ProofStep(ProofRule Rule, Statement Conclusion, ImmutableArray<int> Premises);
public sealed record Proof(Problem Problem, Diagram Diagram, Statement Goal, ImmutableArray<ProofStep> Steps);
