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

    public void Dispose() => Weights.Dispose();
}
