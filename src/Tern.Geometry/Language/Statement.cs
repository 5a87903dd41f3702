using System.Collections.Immutable;
using Fractions;

namespace Tern.Geometry.Language;

/// <summary>A predicate of points. Two statements are equal where their canonical forms are: the order of a pair, of sides and of points that the predicate does not distinguish does not matter.</summary>
public sealed partial class Statement : IEquatable<Statement>
{
    /// <exception cref="ArgumentException">A number of points that the predicate does not have, or a value where none belongs.</exception>
    public Statement(Predicate predicate, IEnumerable<int> points, Fraction? value = null, IEnumerable<Fraction>? coefficients = null)
    {
        Predicate = predicate;
        Points = [.. points];
        Value = value;
        Coefficients = coefficients is null ? [] : [.. coefficients];
        Validate();
    }

    public Predicate Predicate { get; }

    /// <summary>Indices into the names and coordinates of the problem.</summary>
    public ImmutableArray<int> Points { get; }

    /// <summary>Of the predicates that end in Value, Sum or Product.</summary>
    public Fraction? Value { get; }

    /// <summary>cᵢ of sums and products, one for each pair of <see cref="Points"/>.</summary>
    public ImmutableArray<Fraction> Coefficients { get; }
}
