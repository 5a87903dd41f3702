using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization;
using Tern.Models;

namespace Tern.Papers.Results;

/// <summary>What an experiment found, with everything that is needed to run it again.</summary>
public sealed record Reproduction
{
    public required string Paper { get; init; }

    public required ReproductionScale Scale { get; init; }

    /// <summary>The command that gives this result.</summary>
    public required string Command { get; init; }

    public required int Seed { get; init; }

    /// <summary>The text: name and SHA-256.</summary>
    public required string Data { get; init; }

    /// <summary>Processor, cores, system, runtime.</summary>
    public required string Machine { get; init; }

    /// <summary>UTC, when it ended.</summary>
    public required DateTime Date { get; init; }

    /// <summary>Of all trials together, those of earlier, interrupted runs included.</summary>
    public required double Seconds { get; init; }

    public required Outcome Outcome { get; init; }

    static readonly JsonSerializerOptions Format = new()
    {
        PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower,
        WriteIndented = true,
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
        NumberHandling = JsonNumberHandling.AllowNamedFloatingPointLiterals,
        Converters = { new JsonStringEnumConverter(JsonNamingPolicy.SnakeCaseLower) },
    };

    internal static string ToJson<T>(T value) => JsonSerializer.Serialize(value, Format) + "\n";

    /// <exception cref="TernException">The file is missing or is no such JSON.</exception>
    internal static T FromJson<T>(string path)
    {
        try
        {
            return JsonSerializer.Deserialize<T>(File.ReadAllText(path), Format) ?? throw new TernException($"{path}: is empty.");
        }
        catch (Exception problem) when (problem is JsonException or IOException or UnauthorizedAccessException)
        {
            throw new TernException($"{path}: cannot be read as a result: {problem.Message}", problem);
        }
    }
}

/// <summary>What the trials came to.</summary>
/// <param name="Setup">Model, data, schedule and what was tuned: a paragraph of Markdown.</param>
/// <param name="Findings">One for each claim of the paper.</param>
/// <param name="Tables">For the reader.</param>
/// <param name="Plots">For the reader.</param>
/// <param name="Trials">The raw numbers.</param>
public sealed record Outcome(string Setup, IReadOnlyList<Finding> Findings, IReadOnlyList<ResultTable> Tables, IReadOnlyList<ResultPlot> Plots, IReadOnlyList<Trial> Trials);

/// <summary>Our answer to a claim.</summary>
/// <param name="Claim">Its key.</param>
/// <param name="Figure">Our number.</param>
/// <param name="Verdict">Whether it supports the claim.</param>
/// <param name="Remark">Why it differs, where it does.</param>
public sealed record Finding(string Claim, string Figure, Verdict Verdict, string? Remark = null);

public enum Verdict
{
    /// <summary>The effect is there, in the claimed direction and of about the claimed size.</summary>
    Reproduced,

    /// <summary>The direction holds, the size does not.</summary>
    Partly,

    /// <summary>The effect is absent or reversed at this size.</summary>
    NotReproduced,
}

/// <summary>Columns and rows of text.</summary>
public sealed record ResultTable(string Title, IReadOnlyList<string> Columns, IReadOnlyList<IReadOnlyList<string>> Rows);

/// <summary>One run of something, under one setting.</summary>
/// <param name="Name">Says the setting: "soap lr=0.003 f=10".</param>
/// <param name="Fingerprint">Of all that decides on the numbers; a trial with the same one is not run again.</param>
/// <param name="Seconds">Wall time.</param>
/// <param name="Values">Numbers by name.</param>
/// <param name="Curves">By name, (step, value).</param>
public sealed record Trial(string Name, string Fingerprint, double Seconds, IReadOnlyDictionary<string, double> Values, IReadOnlyDictionary<string, IReadOnlyList<CurvePoint>> Curves);

/// <summary>A point of a curve.</summary>
public readonly record struct CurvePoint(double X, double Y);
