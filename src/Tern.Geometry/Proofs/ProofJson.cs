using System.Collections.Immutable;
using System.Globalization;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization;
using Tern.Geometry.Diagrams;
using Tern.Geometry.Language;

namespace Tern.Geometry.Proofs;

/// <summary>
/// A proof as JSON, for programs and for <see cref="Checking.ProofChecker"/>: the problem's statement with its auxiliary clauses, coordinates of all points, and the steps with their
/// rules and premises. Statements are in the problem language; steps count from zero.
/// </summary>
public static class ProofJson
{
    const string Format = "tern-proof";
    const int Version = 1;

    static readonly ProofJsonContext Context = new(new JsonSerializerOptions
    {
        PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower,
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
        UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow,
        RespectRequiredConstructorParameters = true,
        RespectNullableAnnotations = true,
        WriteIndented = true,
        NewLine = "\n",
    });

    public static string Of(Proof proof)
    {
        var problem = proof.Problem;
        var points = Enumerable.Range(0, proof.Diagram.Count).ToDictionary(point => problem.PointNames[point], point => (double[])[proof.Diagram.X[point], proof.Diagram.Y[point]]);
        var steps = proof.Steps.Select(step => new StepPart(NameOf(step.Rule), problem.TextOf(step.Conclusion), [.. step.Premises]));
        return JsonSerializer.Serialize(new ProofPart(Format, Version, problem.Name, problem.ToText(), problem.AssertsRemarks, problem.TextOf(proof.Goal), proof.Diagram.Unit, points, [.. steps]), Context.ProofPart) + "\n";
    }

    /// <param name="json">What <see cref="Of"/> wrote.</param>
    /// <param name="source">What messages call the text.</param>
    /// <param name="definitions">Those of the problem's constructions, where they are not the built-in ones.</param>
    /// <exception cref="GeometryException">It is not JSON, not a proof, or names what does not exist, with the place. Whether the proof is right is another question.</exception>
    public static Proof Parse(string json, string source = "proof", Definitions? definitions = null)
    {
        ProofPart part;
        try
        {
            part = JsonSerializer.Deserialize(json, Context.ProofPart) ?? throw new GeometryException($"{source}: is empty.");
        }
        catch (JsonException mistake)
        {
            throw new GeometryException($"{source}: {(mistake.Path is null or "$" ? "" : $"{mistake.Path}: ")}not a proof of Tern: {mistake.Message}");
        }
        if (part.Format != Format) throw new GeometryException($"{source}: $.format is '{part.Format}', not '{Format}'.");
        if (part.Version != Version) throw new GeometryException($"{source}: $.version is {part.Version}; this program reads {Version}.");
        var problem = Read(source, "$.statement", () => Problem.Parse(part.Statement, part.Problem, definitions, part.AssertsRemarks));
        var goal = Read(source, "$.goal", () => problem.ParseStatement(part.Goal));
        var steps = part.Steps.Select((step, i) => new ProofStep(RuleOf(step.Rule, $"{source}: $.steps[{i}].rule"), Read(source, $"$.steps[{i}].conclusion", () => problem.ParseStatement(step.Conclusion)), Premises(step.Premises, i, source)));
        return new Proof(problem, DiagramOf(part, problem, source), goal, [.. steps]);
    }

    static T Read<T>(string source, string path, Func<T> read)
    {
        try
        {
            return read();
        }
        catch (GeometryException mistake)
        {
            throw new GeometryException($"{source}: {path}: {mistake.Message}");
        }
    }

    static Diagram DiagramOf(ProofPart part, Problem problem, string source)
    {
        var (x, y) = (new double[problem.PointNames.Length], new double[problem.PointNames.Length]);
        foreach (var (point, name) in problem.PointNames.Index())
        {
            if (!part.Points.TryGetValue(name, out var place)) throw new GeometryException($"{source}: $.points: '{name}' has no coordinates.");
            if (place is not [var first, var second]) throw new GeometryException($"{source}: $.points.{name}: expected two coordinates, not {place.Length}.");
            (x[point], y[point]) = (first, second);
        }
        if (part.Points.Keys.FirstOrDefault(name => !problem.PointNames.Contains(name)) is { } other) throw new GeometryException($"{source}: $.points: the statement has no point '{other}'.");
        if (!(part.Unit > 0)) throw new GeometryException($"{source}: $.unit: {part.Unit.ToString(CultureInfo.InvariantCulture)} is not a length.");
        return new Diagram(x, y, part.Unit);
    }

    static ImmutableArray<int> Premises(int[] premises, int step, string source)
    {
        foreach (var premise in premises)
            if (premise < 0 || premise >= step) throw new GeometryException($"{source}: $.steps[{step}].premises: {premise} is not a step before this one.");
        return [.. premises];
    }

    static string NameOf(ProofRule rule) => JsonNamingPolicy.SnakeCaseLower.ConvertName(rule.ToString());

    static ProofRule RuleOf(string name, string place)
    {
        foreach (var rule in Enum.GetValues<ProofRule>())
            if (NameOf(rule) == name) return rule;
        var near = Tern.Models.EditDistance.Nearest(name, Enum.GetValues<ProofRule>().Select(NameOf));
        throw new GeometryException($"{place}: there is no rule '{name}'{(near is null ? "" : $"; did you mean '{near}'?")}");
    }
}

/// <param name="Unit">The length in coordinates of what statements call one.</param>
sealed record ProofPart(string Format, int Version, string Problem, string Statement, bool AssertsRemarks, string Goal, double Unit, Dictionary<string, double[]> Points, StepPart[] Steps);

sealed record StepPart(string Rule, string Conclusion, int[] Premises);

[JsonSerializable(typeof(ProofPart))]
sealed partial class ProofJsonContext : JsonSerializerContext;
