using System.Globalization;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization;
using Tern.Models;
using Tern.Models.Files;

namespace Tern.Plan.Fitting;

/// <summary>Fits on disk: one JSON object, keys in snake_case.</summary>
public static class FittedLawFile
{
    /// <summary>Of the keys; a reader refuses others.</summary>
    const int Version = 1;

    static readonly JsonSerializerOptions Options = new()
    {
        PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower,
        UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow,
        NumberHandling = JsonNumberHandling.AllowNamedFloatingPointLiterals,
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
        RespectNullableAnnotations = true,
        WriteIndented = true,
        Converters = { new JsonStringEnumConverter(JsonNamingPolicy.SnakeCaseLower), new SampleConverter() },
    };

    /// <summary>Creates or replaces the file.</summary>
    /// <exception cref="TernException">It cannot be written.</exception>
    public static void Write(string path, FittedLaw law) => AtomicFile.WriteText(path, ToJson(law) + "\n");

    /// <summary>The text of the file.</summary>
    public static string ToJson(FittedLaw law) => JsonSerializer.Serialize(new Document(Version, law), Options);

    /// <exception cref="TernException">The file is missing or is no fit.</exception>
    public static FittedLaw Read(string path)
    {
        if (!File.Exists(path)) throw new TernException($"{path}: there is no such file; tern plan fit makes one.");
        try
        {
            var document = JsonSerializer.Deserialize<Document>(DiskFile.ReadAllText(path), Options) ?? throw new TernException($"{path}: is no fit of tern plan fit.");
            if (document.Version != Version) throw new TernException($"{path}: is of version {document.Version}, this program reads {Version}. Fit again with tern plan fit.");
            return Checked(path, document.Fit);
        }
        catch (JsonException problem)
        {
            throw new TernException($"{path}: is no fit of tern plan fit: {problem.Message}", problem);
        }
    }

    static FittedLaw Checked(string path, FittedLaw law)
    {
        if (law.Samples.FirstOrDefault(sample => sample.Count != law.Constants.Count) is { } odd)
            throw new TernException($"{path}: a sample has {odd.Count} values for {law.Constants.Count} constants. Fit again with tern plan fit.");
        if (law.Constants.FirstOrDefault(constant => !double.IsFinite(constant.Value)) is { } bad) throw new TernException($"{path}: the constant {bad.Name} is no number. Fit again with tern plan fit.");
        string[] needed = law is { Law: LawKind.CriticalBatch } or { Approach: FitApproach.Envelope or FitApproach.IsoFlop } ? [] : ["A", "B", "E", "alpha"];
        if (needed.FirstOrDefault(name => law[name] is null) is { } missing) throw new TernException($"{path}: the constant {missing} is missing. Fit again with tern plan fit.");
        return law;
    }

    sealed record Document(int Version, FittedLaw Fit);

    /// <summary>A sample on one line, with the seven digits that percentiles need.</summary>
    sealed class SampleConverter : JsonConverter<IReadOnlyList<double>>
    {
        public override IReadOnlyList<double> Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options)
        {
            if (reader.TokenType != JsonTokenType.StartArray) throw new JsonException("a sample is a list of numbers");
            var values = new List<double>();
            while (reader.Read() && reader.TokenType == JsonTokenType.Number) values.Add(reader.GetDouble());
            return reader.TokenType == JsonTokenType.EndArray ? values : throw new JsonException("a sample is a list of numbers");
        }

        public override void Write(Utf8JsonWriter writer, IReadOnlyList<double> value, JsonSerializerOptions options) =>
            writer.WriteRawValue($"[{string.Join(", ", value.Select(number => number.ToString("G7", CultureInfo.InvariantCulture)))}]");
    }
}
