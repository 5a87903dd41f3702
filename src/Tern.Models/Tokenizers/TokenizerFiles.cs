namespace Tern.Models.Tokenizers;

/// <summary>Finds and loads the tokenizer that lies beside a model.</summary>
public static class TokenizerFiles
{
    /// <summary>
    /// Loads a tokenizer: from the file itself where it is one, else from the folder (that of the file where it is a model).
    /// Looked for, in this order: tokenizer.json, tokenizer.model, vocab.json with merges.txt, tok*.bin, tok*.model.
    /// </summary>
    /// <returns>Null where there is none.</returns>
    /// <exception cref="TernException">There is one that cannot be read.</exception>
    public static Tokenizer? Load(string folderOrFile)
    {
        if (File.Exists(folderOrFile) && OfFile(folderOrFile) is { } tokenizer) return tokenizer;
        var folder = Directory.Exists(folderOrFile) ? folderOrFile : Path.GetDirectoryName(Path.GetFullPath(folderOrFile));
        if (folder is null || !Directory.Exists(folder)) return null;
        foreach (var candidate in Directory.EnumerateFiles(folder, "tok*.bin").Order(StringComparer.Ordinal))
            return LlamaBinTokenizer.Load(candidate);
        return null;
    }

    static PipelineTokenizer? OfFile(string path)
    {
        var name = Path.GetFileName(path);
        return name.StartsWith("tok", StringComparison.Ordinal) && name.EndsWith(".bin", StringComparison.Ordinal) ? LlamaBinTokenizer.Load(path) : null;
    }
}
