namespace Tern.Geometry.Proofs;
sealed class ProofBuilder { }
