using Tern.Geometry.Language;

namespace Tern.Geometry.Pictures;

/// <summary>The lines and circles that a statement speaks of.</summary>
sealed record StatementParts(IReadOnlyList<IReadOnlyList<int>> Lines, IReadOnlyList<(int? Centre, IReadOnlyList<int> Points)> Circles)
{
    public static StatementParts Of(Statement statement)
    {
        int[] p = [.. statement.Points];
        return statement.Predicate switch
        {
            Predicate.Collinear or Predicate.Midpoint or Predicate.Between => new([p], []),
            Predicate.Concyclic => new([], [(null, p)]),
            Predicate.CircleCentre => new([], [(p[0], p[1..])]),
            Predicate.Similar or Predicate.MirroredSimilar or Predicate.Congruent or Predicate.MirroredCongruent => new([.. Sides(p[..3]), .. Sides(p[3..])], []),
            var predicate when predicate.TakesPairs() && !statement.IsGuard => new([.. Enumerable.Range(0, p.Length / 2).Select(i => (IReadOnlyList<int>)[p[2 * i], p[(2 * i) + 1]])], []),
            _ => new([], []),
        };
    }

    static IEnumerable<IReadOnlyList<int>> Sides(int[] corners) => [[corners[0], corners[1]], [corners[1], corners[2]], [corners[2], corners[0]]];
}
