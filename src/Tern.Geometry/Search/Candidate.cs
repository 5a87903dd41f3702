using Tern.Geometry.Diagrams;
using Tern.Geometry.Language;

namespace Tern.Geometry.Search;

/// <summary>How an auxiliary point is constructed.</summary>
public enum CandidateKind
{
    TwoLines,
    LineAndCircle,
    TwoCircles,
    Midpoint,
    Mirror,
    Reflection,
    Foot,
    Circumcentre,
    Parallelogram,
    ArcMidpoint,

    /// <summary>A point of the problem named again by other lines or circles, so that the engine can prove that it is the same.</summary>
    DoublePoint,

    /// <summary>Proposed by a language model.</summary>
    Proposed,
}

/// <summary>One construction of a clause, without its new point.</summary>
readonly record struct Recipe(string Word, int[] Arguments)
{
    public Construction Build(Definitions definitions, int point) => definitions[Word].With([point, .. Arguments]);
}

/// <summary>A place where an auxiliary point may help, and the ways to construct it there.</summary>
/// <param name="Score">How many lines and circles meet there beyond those that construct it.</param>
/// <param name="Ways">Each one or two constructions.</param>
sealed record Candidate(Vector Place, CandidateKind Kind, double Score, IReadOnlyList<Recipe[]> Ways)
{
    public Clause Clause(Definitions definitions, int point, int way) => new([point], Ways[way].Select(recipe => recipe.Build(definitions, point)), isAuxiliary: true);
}
