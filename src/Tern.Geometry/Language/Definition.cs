using System.Collections.Immutable;
using Tern.Geometry.Diagrams;

namespace Tern.Geometry.Language;

/// <summary>
/// What a construction of the problem language takes, says and draws. In the text, six lines: name and parameters; which new points move with which others; what must be true of the
/// points before; the facts of each new point, and remarks; how to draw it; an empty line.
/// </summary>
public sealed class Definition
{
    Definition(string name, ImmutableArray<string> parameters) => (Name, Parameters) = (name, parameters);

    public string Name { get; }

    public ImmutableArray<string> Parameters { get; }

    /// <summary>Positions of the points that the construction introduces, ascending.</summary>
    public ImmutableArray<int> NewPoints { get; private init; }

    /// <summary>Positions of the parameters that are numbers, ascending.</summary>
    public ImmutableArray<int> Numbers { get; private init; }

    /// <summary>Which points (positions) a proof of something about a new point may need: the inputs that determine it, and itself where it is not determined.</summary>
    public ImmutableArray<(ImmutableArray<int> Points, ImmutableArray<int> With)> MovesWith { get; private init; }

    public ImmutableArray<FactTemplate> Guards { get; private init; }

    public ImmutableArray<FactTemplate> Facts { get; private init; }

    /// <summary>Consequences of the facts that the text lists after them.</summary>
    public ImmutableArray<FactTemplate> Remarks { get; private init; }

    internal ImmutableArray<SketchTemplate> Sketches { get; private init; }

    /// <summary>Gives only one of two conditions of a point: another construction may give the other.</summary>
    public bool IsLocus => Sketches is [{ Kind: var kind }] && kind.IsLocus();

    /// <summary><c>on_line x a b</c></summary>
    public string Signature => string.Join(' ', [Name, .. Parameters]);

    /// <summary>The construction with points only.</summary>
    public Construction With(params ReadOnlySpan<int> points)
    {
        var arguments = new Argument[points.Length];
        for (var i = 0; i < points.Length; i++) arguments[i] = new Argument(points[i]);
        return new Construction(this, arguments);
    }

    /// <param name="lines">The five lines, each ready to be read.</param>
    internal static Definition Parse(TokenReader[] lines)
    {
        var header = lines[0].TakeWords();
        if (header.Count == 0 || !lines[0].AtEnd) throw lines[0].Error("a definition begins with its name and its parameters.");
        var definition = new Definition(header[0].Text, [.. header.Skip(1).Select(token => token.Text)]);
        for (var i = 1; i < header.Count; i++)
            if (definition.Parameters.IndexOf(header[i].Text) != i - 1) throw lines[0].Error($"the parameter '{header[i].Text}' is there twice.", header[i]);

        var facts = definition.ReadFacts(lines[3], out var remarks, out var newPoints);
        var used = facts.Concat(remarks).SelectMany(fact => fact.Points);
        var guards = definition.ReadGuards(lines[2], out var inputs);
        newPoints = [.. newPoints.Distinct().Order()];
        var points = inputs.Concat(newPoints).Concat(used).ToHashSet();
        ImmutableArray<int> numbers = [.. Enumerable.Range(0, definition.Parameters.Length).Where(position => !points.Contains(position))];
        if (newPoints.IsEmpty) throw lines[3].Error("no point before a colon: a definition names the points it introduces, 'x : coll x a b'.");
        return new Definition(definition.Name, definition.Parameters)
        {
            NewPoints = newPoints,
            Numbers = numbers,
            MovesWith = definition.ReadMovesWith(lines[1]),
            Guards = guards,
            Facts = facts,
            Remarks = remarks,
            Sketches = definition.ReadSketches(lines[4], newPoints, numbers),
        };
    }

    int Position(TokenReader line, Token token)
    {
        var position = Parameters.IndexOf(token.Text);
        return position >= 0 ? position : throw line.Error($"'{token.Text}' is not a parameter of {Name}; they are {string.Join(", ", Parameters)}.", token);
    }

    ImmutableArray<(ImmutableArray<int>, ImmutableArray<int>)> ReadMovesWith(TokenReader line)
    {
        var groups = ImmutableArray.CreateBuilder<(ImmutableArray<int>, ImmutableArray<int>)>();
        while (!line.AtEnd)
        {
            ImmutableArray<int> points = [.. line.TakeWords().Select(token => Position(line, token))];
            if (!line.TryTake(":")) throw line.Error("expected ':' between the new points and those they move with.");
            groups.Add((points, [.. line.TakeWords().Select(token => Position(line, token))]));
            if (!line.TryTake(",") && !line.AtEnd) throw line.Error("expected ',' between groups of points.");
        }
        return groups.ToImmutable();
    }

    ImmutableArray<FactTemplate> ReadGuards(TokenReader line, out ImmutableArray<int> inputs)
    {
        inputs = [.. line.TakeWords().Select(token => Position(line, token))];
        if (!line.TryTake("=")) throw line.Error("expected 'points = conditions' of the points that the construction starts from.");
        var guards = ImmutableArray.CreateBuilder<FactTemplate>();
        while (!line.AtEnd) ReadFactsUpToSign(line, guards);
        return guards.ToImmutable();
    }

    ImmutableArray<FactTemplate> ReadFacts(TokenReader line, out ImmutableArray<FactTemplate> remarks, out ImmutableArray<int> newPoints)
    {
        var facts = ImmutableArray.CreateBuilder<FactTemplate>();
        var others = ImmutableArray.CreateBuilder<FactTemplate>();
        var points = ImmutableArray.CreateBuilder<int>();
        while (!line.AtEnd)
        {
            // Words before a colon are the points that the facts are about; a group without them is one of remarks.
            var words = line.TakeWords();
            if (line.TryTake(":"))
            {
                points.AddRange(words.Select(token => Position(line, token)));
                ReadFactsUpToSign(line, facts);
            }
            else
            {
                if (words.Count > 0) others.Add(ReadFact(line, words));
                if (line.TryTake(",")) ReadFactsUpToSign(line, others);
            }
            if (!line.TryTake(";") && !line.AtEnd) throw line.Error("expected ';' between groups of facts.");
        }
        (remarks, newPoints) = (others.ToImmutable(), points.ToImmutable());
        return facts.ToImmutable();
    }

    void ReadFactsUpToSign(TokenReader line, ImmutableArray<FactTemplate>.Builder facts)
    {
        do
        {
            var words = line.TakeWords();
            if (words.Count > 0) facts.Add(ReadFact(line, words));
        }
        while (line.TryTake(","));
    }

    FactTemplate ReadFact(TokenReader line, List<Token> words)
    {
        if (StatementReader.Unknown(words[0].Text) is { } unknown) throw line.Error(unknown, words[0]);
        var points = ImmutableArray.CreateBuilder<int>();
        var quantities = ImmutableArray.CreateBuilder<TemplateQuantity>();
        // s_angle and the value predicates name their number last: it may be a parameter.
        var numbers = words[0].Text is "s_angle" ? 1 : Predicates.TryParse(words[0].Text, out var predicate) && predicate.HasValue() ? 1 : 0;
        for (var i = 1; i < words.Count; i++)
        {
            var position = Parameters.IndexOf(words[i].Text);
            if (position >= 0 && i == words.Count - 1 && numbers > 0) quantities.Add(new TemplateQuantity(position));
            else if (position >= 0) points.Add(position);
            else if (Quantity.TryParse(words[i].Text, out var own)) quantities.Add(new TemplateQuantity(-1, own));
            else throw line.Error($"'{words[i].Text}' is neither a parameter of {Name} nor a number.", words[i]);
        }
        return new FactTemplate(words[0].Text, points.ToImmutable(), quantities.ToImmutable());
    }

    ImmutableArray<SketchTemplate> ReadSketches(TokenReader line, ImmutableArray<int> newPoints, ImmutableArray<int> numbers)
    {
        var sketches = ImmutableArray.CreateBuilder<SketchTemplate>();
        do
        {
            var words = line.TakeWords();
            if (words.Count == 0) throw line.Error("expected how to draw the construction.");
            if (!SketchKinds.TryParse(words[0].Text, out var kind))
            {
                var near = Tern.Models.EditDistance.Nearest(words[0].Text, SketchKinds.Known);
                throw line.Error($"there is no way of drawing called '{words[0].Text}'{(near is null ? "" : $"; did you mean '{near}'?")}", words[0]);
            }
            var positions = words.Skip(1).Select(token => Position(line, token)).ToArray();
            ImmutableArray<int> points = [.. positions.Where(position => !numbers.Contains(position))];
            ImmutableArray<int> values = [.. positions.Where(position => numbers.Contains(position))];
            if (points.Length != kind.PointCount() || values.Length != kind.NumberCount())
                throw line.Error($"'{words[0].Text}' takes {kind.PointCount()} points and {kind.NumberCount()} numbers, not {points.Length} and {values.Length}.", words[0]);
            if (points.Any(newPoints.Contains)) throw line.Error($"a new point of {Name} cannot be drawn from itself.", words[0]);
            sketches.Add(new SketchTemplate(kind, points, values));
        }
        while (line.TryTake(","));
        if (!line.AtEnd) throw line.Error("expected ',' or the end of the line.");
        var placed = sketches.Count == 1 ? sketches[0].Kind.Outputs() : sketches.All(sketch => sketch.Kind.IsLocus()) && sketches.Count == 2 ? 1 : 0;
        if (placed != newPoints.Length) throw line.Error($"this draws {placed} points, and {Name} introduces {newPoints.Length}.");
        return sketches.ToImmutable();
    }
}
