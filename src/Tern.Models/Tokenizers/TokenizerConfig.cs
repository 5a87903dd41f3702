using System.Globalization;
using System.Text.Json;
using Tern.Models.Files;
using Tern.Models.Tokenizers.Models;

namespace Tern.Models.Tokenizers;

/// <summary>What tokenizer_config.json says beyond tokenizer.json or tokenizer.model.</summary>
sealed record TokenizerConfig
{
    static readonly TokenizerConfig None = new();

    public string TokenizerClass { get; init; } = "";

    public bool AddPrefixSpace { get; init; }

    public bool? AddBosToken { get; init; }

    public bool? AddEosToken { get; init; }

    public string? BosToken { get; init; }

    public string? EosToken { get; init; }

    public string? PadToken { get; init; }

    public IReadOnlyList<AddedToken> AddedTokens { get; init; } = [];

    /// <summary>The configuration in the folder of this file; an empty one where there is none.</summary>
    /// <exception cref="ModelFormatException">It is damaged.</exception>
    public static TokenizerConfig Beside(string file)
    {
        var path = Path.Combine(Path.GetDirectoryName(Path.GetFullPath(file))!, "tokenizer_config.json");
        if (!File.Exists(path)) return None;
        try
        {
            using var document = JsonDocument.Parse(DiskFile.ReadAllBytes(path));
            return Read(document.RootElement);
        }
        catch (Exception problem) when (problem is JsonException or InvalidOperationException or FormatException or TernException and not ModelFormatException)
        {
            throw new ModelFormatException(path, $"not a tokenizer configuration: {problem.Message}", problem);
        }
    }

    static TokenizerConfig Read(JsonElement json)
    {
        var added = new List<AddedToken>();
        if (json.Optional("added_tokens_decoder") is { } decoder)
            foreach (var entry in decoder.EnumerateObject())
                added.Add(TokenizerJson.ReadAddedToken(entry.Value, TokenizerJson.CheckedId(long.Parse(entry.Name, CultureInfo.InvariantCulture))));
        return new TokenizerConfig
        {
            TokenizerClass = json.Optional("tokenizer_class")?.GetString() ?? "",
            AddPrefixSpace = json.Flag("add_prefix_space") ?? false,
            AddBosToken = json.Flag("add_bos_token"),
            AddEosToken = json.Flag("add_eos_token"),
            BosToken = Content(json.Optional("bos_token")),
            EosToken = Content(json.Optional("eos_token")),
            PadToken = Content(json.Optional("pad_token")),
            AddedTokens = added,
        };
    }

    // Either the text itself or an object that describes the token.
    static string? Content(JsonElement? json) => json is not { } value ? null
        : value.ValueKind == JsonValueKind.Object ? value.Optional("content")?.GetString() : value.GetString();

    public PipelineTokenizer ApplyTo(PipelineTokenizer tokenizer)
    {
        if (ReferenceEquals(this, None)) return tokenizer;
        var parts = WithAddedTokens(tokenizer.Parts);
        var vocabulary = parts.Model.Vocabulary;
        int? IdOf(string? token, int? otherwise) => token is null ? otherwise : vocabulary.IdOf(token) ?? otherwise;
        var (bos, eos) = (IdOf(BosToken, parts.BosTokenId), IdOf(EosToken, parts.EosTokenId));
        return new PipelineTokenizer(parts with
        {
            BosTokenId = bos,
            EosTokenId = eos,
            PadTokenId = IdOf(PadToken, parts.PadTokenId),
            Prefix = Toggle(parts.Prefix, bos, AddBosToken, atFront: true),
            Suffix = Toggle(parts.Suffix, eos, AddEosToken, atFront: false),
        });
    }

    static IReadOnlyList<int> Toggle(IReadOnlyList<int> ids, int? id, bool? wanted, bool atFront)
    {
        if (wanted is not { } adds || id is not { } token || ids.Contains(token) == adds) return ids;
        if (!adds) return [.. ids.Where(other => other != token)];
        return atFront ? [token, .. ids] : [.. ids, token];
    }

    TokenizerParts WithAddedTokens(TokenizerParts parts)
    {
        var vocabulary = parts.Model.Vocabulary;
        var known = parts.AddedTokens.Select(token => token.Id).ToHashSet();
        // A tokenizer.json lists its added tokens itself; ids behind the vocabulary of a tokenizer.model would need another model.
        var missing = AddedTokens.Where(token => !known.Contains(token.Id) && token.Id < vocabulary.Size && vocabulary[token.Id] == token.Content).ToList();
        return missing.Count == 0 ? parts : parts with { AddedTokens = [.. parts.AddedTokens, .. missing] };
    }
}
