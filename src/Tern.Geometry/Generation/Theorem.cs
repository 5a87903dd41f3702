using Tern.Geometry.Diagrams;
using Tern.Geometry.Language;

namespace Tern.Geometry.Generation;

/// <summary>A theorem that was found in a random figure.</summary>
/// <param name="Problem">The points that the goal is about and what they are constructed from; then, as auxiliary clauses, what else the proof needs. The goal does not follow without them.</param>
/// <param name="Steps">Of the proof, without what is given.</param>
/// <param name="Figure">The number of the figure; with the generator's seed it gives the theorem again.</param>
public sealed record Theorem(Problem Problem, int Steps, long Figure)
{
    /// <summary>The theorem with its clauses in other orders and its points named anew, the one it has first: to a language model they are different texts. No two are alike.</summary>
    /// <param name="most">As many as are found in twice as many draws, and no more.</param>
    /// <param name="random">Draws them.</param>
    internal IEnumerable<Problem> InOrders(int most, SplitMix64 random)
    {
        var known = new HashSet<string> { Problem.ToText() };
        yield return Problem;
        for (var draw = 0; draw < 2 * most && known.Count < most; draw++)
        {
            var other = Problem.WithClausesIn(RandomOrder(random));
            if (known.Add(other.ToText())) yield return other;
        }
    }

    /// <summary>Each clause behind those that its points are constructed from; auxiliary ones stay behind all others.</summary>
    int[] RandomOrder(SplitMix64 random)
    {
        var (order, placed) = (new List<int>(), new HashSet<int>());
        while (order.Count < Problem.Clauses.Length)
        {
            int[] next = [.. Enumerable.Range(0, Problem.Clauses.Length).Where(clause => !order.Contains(clause) && Sources(clause).All(placed.Contains))];
            int[] own = [.. next.Where(clause => !Problem.Clauses[clause].IsAuxiliary)];
            var chosen = own.Length > 0 ? own[random.Next(own.Length)] : next[random.Next(next.Length)];
            order.Add(chosen);
            placed.UnionWith(Problem.Clauses[chosen].Points);
        }
        return [.. order];
    }

    IEnumerable<int> Sources(int clause) => Problem.Clauses[clause].Constructions.SelectMany(construction => construction.Arguments)
        .Where(argument => argument.Quantity is null && !Problem.Clauses[clause].Points.Contains(argument.Point)).Select(argument => argument.Point);

    public int AuxiliaryPoints => Problem.Clauses.Where(clause => clause.IsAuxiliary).Sum(clause => clause.Points.Length);
}
