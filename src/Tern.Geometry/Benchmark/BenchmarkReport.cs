using System.Globalization;
using System.Runtime.InteropServices;
using System.Text.Json;
using System.Text.Json.Serialization;
using Tern.Geometry.Language;
using Tern.Models;
using Tern.Models.Files;

namespace Tern.Geometry.Benchmark;

/// <summary>What a benchmark has found so far: the file results.json.</summary>
public sealed record BenchmarkReport
{
    public const string FileName = "results.json";

    static readonly JsonSerializerOptions Json = new()
    {
        PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower,
        Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
        WriteIndented = true,
        IgnoreReadOnlyProperties = true,
        DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
        Converters = { new JsonStringEnumConverter() },
    };

    /// <summary>The file of problems, without folder.</summary>
    public required string Source { get; init; }

    public required string Machine { get; init; }

    public required DateTime Started { get; init; }

    /// <summary>Of the process that needed most, in bytes.</summary>
    public long PeakMemory { get; init; }

    public BaseClosures? Closures { get; init; }

    public IReadOnlyList<BenchmarkRow> Rows { get; init; } = [];

    /// <summary>Rows of one run over the problems: the same settings and seed.</summary>
    public IEnumerable<IGrouping<(BenchmarkSettings Settings, ulong Seed), BenchmarkRow>> Runs() => Rows.GroupBy(row => (row.Settings, row.Seed));

    public static BenchmarkReport Of(string source)
    {
        const string info = "/proc/cpuinfo";
        var model = File.Exists(info) ? File.ReadLines(info).FirstOrDefault(line => line.StartsWith("model name", StringComparison.Ordinal))?.Split(':')[1].Trim() : null;
        return new()
        {
            Source = source,
            Machine = string.Create(CultureInfo.InvariantCulture, $"{model ?? RuntimeInformation.ProcessArchitecture.ToString()}, {Environment.ProcessorCount} threads, {RuntimeInformation.OSDescription}, {RuntimeInformation.FrameworkDescription}"),
            Started = DateTime.UtcNow,
        };
    }

    /// <summary>Replaces the file of the folder; nobody sees half of one.</summary>
    /// <exception cref="TernException">It cannot be written.</exception>
    public void Write(string folder) => AtomicFile.WriteText(Path.Combine(folder, FileName), JsonSerializer.Serialize(this, Json) + "\n");

    /// <summary>That of the folder; null: there is none.</summary>
    /// <exception cref="GeometryException">It cannot be read.</exception>
    public static BenchmarkReport? Read(string folder)
    {
        var path = Path.Combine(folder, FileName);
        if (!File.Exists(path)) return null;
        try
        {
            return JsonSerializer.Deserialize<BenchmarkReport>(TextFile.Read(path), Json) ?? throw new GeometryException($"{path}: is empty.");
        }
        catch (JsonException mistake)
        {
            throw new GeometryException($"{path}: is not the result of a benchmark: {mistake.Message}");
        }
    }
}
