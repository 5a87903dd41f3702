using Tern.Geometry.Diagrams;

namespace Tern.Geometry.Search;

/// <summary>A line or circle that points of a figure determine, and the construction that puts a new point on it.</summary>
/// <param name="Locus">Where it is in the diagram.</param>
/// <param name="Points">The points that are proved to be on it.</param>
/// <param name="Needs">The points that the construction takes.</param>
/// <param name="Recipe">The construction.</param>
/// <param name="IsChance">Any three points are on such a circle: worth a meeting only with what the figure says more about.</param>
sealed record Curve(Locus Locus, ulong Points, ulong Needs, Recipe Recipe, bool IsChance = false)
{
    public bool IsLine => Locus.Shape == LocusShape.Line;
}
