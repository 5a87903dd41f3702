using System.Diagnostics;
using System.Globalization;
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
}

/// <summary>One construction of an auxiliary point, without the point: a word of the problem language and two or three points.</summary>
/// <param name="C">-1 where the word takes two.</param>
/// <param name="Degrees">Of <c>s_angle</c>, which names its new point after A and B; else zero.</param>
readonly record struct Recipe(string Word, int A, int B, int C = -1, int Degrees = 0)
{
    public const string Angle = "s_angle";

    public Construction Build(Definitions definitions, int point)
    {
        if (Word != Angle) return C < 0 ? definitions[Word].With(point, A, B) : definitions[Word].With(point, A, B, C);
        if (!Quantity.TryParse(Degrees.ToString(CultureInfo.InvariantCulture), out var degrees)) throw new UnreachableException();
        return new Construction(definitions[Word], [new(A), new(B), new(point), new(-1, degrees)]);
    }
}

/// <summary>A way to construct a point: one construction that places it, or two that each give a line or circle.</summary>
readonly record struct Way(Recipe One, Recipe? Other)
{
    public Clause Clause(Definitions definitions, int point) =>
        new([point], Other is { } other ? [One.Build(definitions, point), other.Build(definitions, point)] : [One.Build(definitions, point)], isAuxiliary: true);
}

/// <summary>A place where an auxiliary point may help, and the ways to construct it there.</summary>
/// <param name="Score">How many lines and circles meet there beyond those that construct it.</param>
readonly record struct Candidate(Vector Place, CandidateKind Kind, double Score, ReadOnlyMemory<Way> Ways);
