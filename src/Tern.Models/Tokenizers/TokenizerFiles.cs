using System.Text.Json;
using Tern.Models.Files;
using Tern.Models.Tokenizers.Models;
using Tern.Models.Tokenizers.Normalizers;
using Tern.Models.Tokenizers.PreTokenizers;

namespace Tern.Models.Tokenizers;

/// <summary>Finds and loads the tokenizer that lies beside a model.</summary>
public static class TokenizerFiles
{
    /// <summary>
    /// Loads a tokenizer: from the file itself where it is one, else from the folder (that of the file where it is a model).
    /// Looked for, in this order: tokenizer.json, tokenizer.model, vocab.json with merges.txt, tok*.bin, tok*.model.
    /// tokenizer_config.json beside it is honoured: add_bos_token, add_eos_token, bos_token, eos_token, added_tokens_decoder.
    /// </summary>
    /// <returns>Null where there is none.</returns>
    /// <exception cref="TernException">There is one that cannot be read.</exception>
    public static Tokenizer? Load(string folderOrFile)
    {
        if (File.Exists(folderOrFile) && OfFile(folderOrFile) is { } tokenizer) return tokenizer;
        var folder = Directory.Exists(folderOrFile) ? folderOrFile : Path.GetDirectoryName(Path.GetFullPath(folderOrFile));
        if (folder is null || !Directory.Exists(folder)) return null;
        foreach (var name in (string[])["tokenizer.json", "tokenizer.model", "vocab.json"])
            if (Path.Combine(folder, name) is var path && File.Exists(path) && OfFile(path) is { } known) return known;
        foreach (var pattern in (string[])["tok*.bin", "tok*.model"])
            foreach (var path in Directory.EnumerateFiles(folder, pattern).Order(StringComparer.Ordinal))
                if (OfFile(path) is { } found) return found;
        return null;
    }

    /// <summary>Byte-level BPE from the two files of GPT-2.</summary>
    /// <param name="vocabularyPath">vocab.json: piece to id.</param>
    /// <param name="mergesPath">merges.txt: one pair a line, a first line "#version" is skipped.</param>
    /// <exception cref="ModelFormatException">A file is damaged, or they do not belong together.</exception>
    public static PipelineTokenizer LoadGpt2(string vocabularyPath, string mergesPath) => LoadGpt2(vocabularyPath, mergesPath, TokenizerConfig.Beside(vocabularyPath));

    static PipelineTokenizer? OfFile(string path)
    {
        var name = Path.GetFileName(path);
        var config = TokenizerConfig.Beside(path);
        if (name.EndsWith("vocab.json", StringComparison.Ordinal))
        {
            var merges = Path.Combine(Path.GetDirectoryName(Path.GetFullPath(path))!, name[..^"vocab.json".Length] + "merges.txt");
            return File.Exists(merges) ? LoadGpt2(path, merges, config) : null;
        }
        if (!name.StartsWith("tok", StringComparison.Ordinal)) return null;
        if (name == "tokenizer_config.json") return null;
        if (name.EndsWith(".json", StringComparison.Ordinal)) return config.ApplyTo(TokenizerJson.Load(path));
        if (name.EndsWith(".bin", StringComparison.Ordinal)) return LlamaBinTokenizer.Load(path);
        return name.Contains(".model", StringComparison.Ordinal) ? config.ApplyTo(SentencePieceModel.Load(path)) : null;
    }

    static PipelineTokenizer LoadGpt2(string vocabularyPath, string mergesPath, TokenizerConfig config)
    {
        try
        {
            using var document = JsonDocument.Parse(DiskFile.ReadAllBytes(vocabularyPath));
            var pieces = TokenizerJson.ReadPieces(document.RootElement);
            var merges = new List<(string, string)>();
            DiskFile.Require(mergesPath);
            foreach (var line in File.ReadLines(mergesPath))
            {
                if (line.Length == 0 || merges.Count == 0 && line.StartsWith("#version", StringComparison.Ordinal)) continue;
                if (line.Split(' ') is not [{ Length: > 0 } left, { Length: > 0 } right]) throw new ModelFormatException(mergesPath, $"'{line}' is not a pair of pieces");
                merges.Add((left, right));
            }
            return config.ApplyTo(BuildGpt2(pieces, merges, config));
        }
        catch (Exception problem) when (problem is JsonException or InvalidOperationException or FormatException)
        {
            throw new ModelFormatException(vocabularyPath, $"not a vocabulary (piece to id): {problem.Message}", problem);
        }
        catch (TernException problem) when (problem is not ModelFormatException)
        {
            throw new ModelFormatException(vocabularyPath, problem.Message, problem);
        }
    }

    static PipelineTokenizer BuildGpt2(List<string?> pieces, List<(string, string)> merges, TokenizerConfig config)
    {
        // Markers such as <|endoftext|> stand in the vocabulary, but no merge can build them.
        var added = new List<AddedToken>();
        for (var id = 0; id < pieces.Count; id++)
            if (pieces[id] is ['<', '|', .., '|', '>'] and { } marker) added.Add(new AddedToken(id, marker, Special: true));
        var isQwen = config.TokenizerClass.StartsWith("Qwen2", StringComparison.Ordinal);
        var end = added.Find(token => token.Content == "<|endoftext|>")?.Id;
        return new PipelineTokenizer(new TokenizerParts
        {
            Model = new BpeModel(TokenizerJson.WithAdded(pieces, added, unknown: null, byteFallback: false, scores: null), merges),
            Normalizer = isQwen ? new UnicodeNormalizer(UnicodeForm.Nfc) : null,
            PreTokenizer = isQwen
                ? new PreTokenizerSequence([new Split(WordPattern.Qwen2Regex), new ByteLevel(AddPrefixSpace: false, UseRegex: false)])
                : new ByteLevel(config.AddPrefixSpace),
            Decoder = new PieceDecoder(new DecodeStep.ByteLevel()),
            AddedTokens = added,
            BosTokenId = end,
            EosTokenId = end,
        });
    }
}
