using System.Collections.Immutable;
using System.Globalization;
using System.Text;
using Fractions;
using Tern.Geometry.Diagrams;

namespace Tern.Geometry.Language;

/// <summary>A predicate of points. Two statements are equal where their canonical forms are: the order of a pair, of sides and of points that the predicate does not distinguish does not matter.</summary>
public sealed class Statement : IEquatable<Statement>
{
    readonly CanonicalForm _canonical;

    /// <exception cref="ArgumentException">A number of points that the predicate does not have, a point where it needs another one, or a value where none belongs.</exception>
    public Statement(Predicate predicate, IEnumerable<int> points, Fraction? value = null, IEnumerable<Fraction>? coefficients = null)
    {
        Predicate = predicate;
        Points = [.. points];
        Value = value is { } given && predicate.IsAngle() ? given.ModuloOne() : value;
        Coefficients = coefficients is null ? [] : [.. coefficients];
        if (predicate.Problem(Points.AsSpan(), Value, Coefficients.AsSpan()) is { } problem) throw new ArgumentException($"{predicate.Keyword()}: {problem}.");
        _canonical = CanonicalForm.Of(this);
    }

    public Predicate Predicate { get; }

    /// <summary>Indices into the names and coordinates of the problem.</summary>
    public ImmutableArray<int> Points { get; }

    /// <summary>Of the predicates that end in Value, Sum or Product. Of angles, in [0, 1) and in units of π.</summary>
    public Fraction? Value { get; }

    /// <summary>cᵢ of sums and products, one for each pair of <see cref="Points"/>.</summary>
    public ImmutableArray<Fraction> Coefficients { get; }

    /// <summary>Says something of coordinates only: an inequality that guards a construction or a rule.</summary>
    public bool IsGuard => Predicate >= Predicate.NotCollinear;

    /// <summary>The same statement with its points, value and coefficients in the order that stands for all equal ones.</summary>
    public Statement Canonical() => _canonical.Points.IsEmpty || (_canonical.Value == Value && _canonical.Points.AsSpan().SequenceEqual(Points.AsSpan())
        && _canonical.Coefficients.AsSpan().SequenceEqual(Coefficients.AsSpan()))
        ? this
        : new Statement(Predicate, _canonical.Points, _canonical.Value, Coefficients.IsEmpty ? null : _canonical.Coefficients);

    /// <summary>How far the statement is from true in a diagram, without unit: a sine of an angle or a share of the longest length involved. See <see cref="Residual"/>.</summary>
    public double Error(Diagram diagram) => Residual.Of(this, diagram.X, diagram.Y, diagram.Unit);

    /// <summary>True where <see cref="Error"/> is at most <paramref name="tolerance"/>; a guard holds where what it forbids is farther from true than that.</summary>
    public bool Holds(Diagram diagram, double tolerance = 1e-9) => Holds(diagram.X, diagram.Y, diagram.Unit, tolerance);

    /// <summary>As the other overload, for coordinates [points]; <paramref name="unit"/> lengths of the coordinates are one of <see cref="Value"/>.</summary>
    public bool Holds(ReadOnlySpan<double> x, ReadOnlySpan<double> y, double unit, double tolerance) =>
        IsGuard ? Guard.Holds(this, x, y, tolerance) : Residual.Of(this, x, y, unit) <= tolerance;

    /// <summary>In the syntax of problem files: <c>eqangle a b a c d e d f</c>.</summary>
    public string ToString(IReadOnlyList<string> names)
    {
        var text = new StringBuilder(Predicate.Keyword());
        foreach (var point in Points) text.Append(' ').Append(names[point]);
        foreach (var coefficient in Coefficients) text.Append(' ').Append(Text(coefficient));
        if (Value is { } value)
        {
            switch (Predicate)
            {
                case Predicate.AngleValue: text.Append(' ').Append(Text(value.Numerator)).Append("pi/").Append(Text(value.Denominator)); break;
                case Predicate.AngleSum: text.Append(' ').Append(Text((-value).ModuloOne() * 180)); break;
                case Predicate.LengthProduct: text.Append(' ').Append(Text(1 / value)); break;
                case Predicate.LengthSum or Predicate.SquaredLengthSum: if (!value.IsZero) text.Append(' ').Append(Text(-value)); break;
                default: text.Append(' ').Append(Text(value)); break;
            }
        }
        return text.ToString();

        static string Text(Fraction number) => number.ToString("G", CultureInfo.InvariantCulture);
    }

    /// <summary>With the points' numbers for names.</summary>
    public override string ToString() => ToString([.. Enumerable.Range(0, Points.Max() + 1).Select(point => point.ToString(CultureInfo.InvariantCulture))]);

    /// <summary>The same with other points, by old index.</summary>
    public Statement Renamed(IReadOnlyList<int> newPoints) => new(Predicate, Points.Select(point => newPoints[point]), Value, Coefficients.IsEmpty ? null : Coefficients);

    public bool Equals(Statement? other) => other is not null && Predicate == other.Predicate && _canonical.Equals(other._canonical);

    public override bool Equals(object? obj) => Equals(obj as Statement);

    public override int GetHashCode() => _canonical.Hash;

    public static bool operator ==(Statement? left, Statement? right) => left is null ? right is null : left.Equals(right);

    public static bool operator !=(Statement? left, Statement? right) => !(left == right);
}
