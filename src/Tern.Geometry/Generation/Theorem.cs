using Tern.Geometry.Language;

namespace Tern.Geometry.Generation;

/// <summary>A theorem that was found in a random figure.</summary>
/// <param name="Problem">The points that the goal is about and what they are constructed from; then, as auxiliary clauses, what else the proof needs. The goal does not follow without them.</param>
/// <param name="Steps">Of the proof, without what is given.</param>
/// <param name="Figure">The number of the figure; with the generator's seed it gives the theorem again.</param>
public sealed record Theorem(Problem Problem, int Steps, long Figure)
{
    public int AuxiliaryPoints => Problem.Clauses.Where(clause => clause.IsAuxiliary).Sum(clause => clause.Points.Length);
}
