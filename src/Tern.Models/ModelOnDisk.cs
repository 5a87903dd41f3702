using Tern.Models.Configs;
using Tern.Models.Tokenizers;

namespace Tern.Models;

/// <summary>
/// A model as found on disk, in whatever format: its configuration, its tensors under Hugging Face names, its tokenizer and chat
/// template. Nothing is copied: tensors are views of mapped files until <see cref="Dispose"/>.
/// </summary>
public sealed class ModelOnDisk : IDisposable
{
    /// <summary>"safetensors", "gguf" or "llama2c".</summary>
    public required string FileFormat { get; init; }

    public required string Path { get; init; }

    public required ModelConfig Config { get; init; }

    public required Checkpoint Weights { get; init; }

    /// <summary>Null where the files hold none.</summary>
    public Tokenizer? Tokenizer { get; init; }

    /// <summary>Jinja source, or null.</summary>
    public string? ChatTemplate { get; init; }

    /// <summary>
    /// Opens a model of any readable kind: a Hugging Face folder, a .safetensors file with config.json beside it, a GGUF file, a
    /// llama2.c file. The kind is told by the content. The weights are checked against the configuration.
    /// </summary>
    /// <exception cref="TernException">There is nothing of that name, it is not a model, or it is damaged; the message says what to do.</exception>
    public static ModelOnDisk Open(string path)
    {
        var model = ModelFiles.Open(path);
        try
        {
            model.Validate();
            return model;
        }
        catch
        {
            model.Dispose();
            throw;
        }
    }

    /// <summary>Checks that the weights are those that the configuration describes: names, shapes, number of tokens.</summary>
    /// <exception cref="ModelFormatException">They are not; the message lists the first problems.</exception>
    public void Validate()
    {
        const int Listed = 5;
        var problems = ExpectedTensors.Problems(Config, Weights).ToList();
        // A vocabulary padded to a round number is common, so the tokenizer may be the smaller of the two.
        if (Tokenizer is { } tokenizer && tokenizer.VocabSize > Config.VocabSize)
            problems.Add($"the tokenizer has {tokenizer.VocabSize} tokens, the model only {Config.VocabSize}");
        if (problems.Count == 0) return;
        var more = problems.Count > Listed ? $"{Environment.NewLine}  and {problems.Count - Listed} more" : "";
        throw new ModelFormatException(Path, $"the files do not fit the configuration ({Config.ModelType}):"
            + string.Concat(problems.Take(Listed).Select(problem => $"{Environment.NewLine}  {problem}")) + more);
    }

    /// <summary>Reads every weight and checks that it is a finite number; takes as long as reading the files.</summary>
    /// <exception cref="TernException">One is not: the file is damaged. The message names the first tensor, row and column.</exception>
    /// <exception cref="OperationCanceledException">Cancelled.</exception>
    public void CheckTensors(CancellationToken cancellation = default) => FiniteWeights.Require(this, cancellation);

    public void Dispose() => Weights.Dispose();
}
