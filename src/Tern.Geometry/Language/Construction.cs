using System.Collections.Immutable;
using System.Text;

namespace Tern.Geometry.Language;

/// <summary>An argument of a construction: a point's number, or a quantity.</summary>
public readonly record struct Argument(int Point, Quantity? Quantity = null);

/// <summary>A <see cref="Language.Definition"/> with its arguments.</summary>
public sealed class Construction
{
    public Construction(Definition definition, IEnumerable<Argument> arguments)
    {
        Definition = definition;
        Arguments = [.. arguments];
        if (Arguments.Length != definition.Parameters.Length) throw new ArgumentException($"{definition.Name} takes {definition.Parameters.Length} arguments, not {Arguments.Length}.");
        Facts = Instances(definition.Facts);
        Remarks = Instances(definition.Remarks);
        Guards = Instances(definition.Guards);
        Sketches = [.. definition.Sketches.Select(sketch => sketch.With(Arguments))];
    }

    public Definition Definition { get; }

    public ImmutableArray<Argument> Arguments { get; }

    /// <summary>What the construction says of its points.</summary>
    public ImmutableArray<Statement> Facts { get; }

    /// <summary>What follows from the facts, and the definition says as well.</summary>
    public ImmutableArray<Statement> Remarks { get; }

    /// <summary>What must be true of the arguments before.</summary>
    public ImmutableArray<Statement> Guards { get; }

    /// <summary>How to draw it: one call that places the points, or a locus for each of one or two.</summary>
    internal ImmutableArray<Diagrams.Sketch> Sketches { get; }

    ImmutableArray<Statement> Instances(ImmutableArray<FactTemplate> templates) => [.. templates.Select(template => template.With(Arguments))];

    internal void Write(StringBuilder text, IReadOnlyList<string> names)
    {
        text.Append(Definition.Name);
        foreach (var argument in Arguments) text.Append(' ').Append(argument.Quantity?.Text ?? names[argument.Point]);
    }
}

/// <summary>New points and what they are constructed from: one construction that places them, or one or two that each give a locus of one point.</summary>
public sealed class Clause
{
    public Clause(IEnumerable<int> points, IEnumerable<Construction> constructions, IEnumerable<Statement>? assumptions = null, bool isAuxiliary = false)
    {
        Points = [.. points];
        Constructions = [.. constructions];
        Assumptions = assumptions is null ? [] : [.. assumptions];
        IsAuxiliary = isAuxiliary;
        Facts = [.. Constructions.SelectMany(construction => construction.Facts), .. Assumptions];
        Remarks = [.. Constructions.SelectMany(construction => construction.Remarks)];
    }

    /// <summary>The points the clause introduces.</summary>
    public ImmutableArray<int> Points { get; }

    public ImmutableArray<Construction> Constructions { get; }

    /// <summary>Said directly of points whose coordinates are given, without construction (as in the files of AlphaGeometry2).</summary>
    public ImmutableArray<Statement> Assumptions { get; }

    /// <summary>Not a part of the problem: added to help the proof.</summary>
    public bool IsAuxiliary { get; }

    /// <summary>The same with other points, by old number.</summary>
    public Clause Renamed(IReadOnlyList<int> newPoints) => new(
        Points.Select(point => newPoints[point]),
        Constructions.Select(construction => new Construction(construction.Definition, construction.Arguments.Select(argument => argument.Quantity is null ? new Argument(newPoints[argument.Point]) : argument))),
        Assumptions.Select(assumption => assumption.Renamed(newPoints)), IsAuxiliary);

    /// <summary>Of the constructions, and the assumptions.</summary>
    public ImmutableArray<Statement> Facts { get; }

    public ImmutableArray<Statement> Remarks { get; }
}
