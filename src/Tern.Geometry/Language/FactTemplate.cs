using System.Collections.Immutable;
using Fractions;

namespace Tern.Geometry.Language;

/// <summary>A statement of a definition's parameters.</summary>
/// <param name="Points">Positions among the parameters.</param>
/// <param name="Quantities">The predicate's numbers: a position among the parameters, or a number of the definition itself.</param>
public sealed record FactTemplate(string Word, ImmutableArray<int> Points, ImmutableArray<TemplateQuantity> Quantities)
{
    internal Statement With(ImmutableArray<Argument> arguments)
    {
        var points = new int[Points.Length];
        for (var i = 0; i < points.Length; i++) points[i] = arguments[Points[i]].Point;
        var quantities = new Quantity[Quantities.Length];
        for (var i = 0; i < quantities.Length; i++) quantities[i] = Quantities[i].With(arguments);
        return StatementReader.Make(Word, points, quantities);
    }
}

/// <summary>A number of a definition: its own, or the argument at a position.</summary>
public readonly record struct TemplateQuantity(int Position, Quantity? Own = null)
{
    internal Quantity With(ImmutableArray<Argument> arguments) => Own ?? arguments[Position].Quantity!;
}
