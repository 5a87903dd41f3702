using Tern.Models;
using Tern.Numerics.Formats;

namespace Tern.Compress;

/// <summary>A way to make a model smaller, with its hyper-parameters. One file for each, one line in <see cref="CompressionMethods"/>.</summary>
public abstract record CompressionMethod
{
    /// <summary>As on the command line: "q4_k", "int4".</summary>
    public abstract string Name { get; }

    /// <summary>One line: what it does to the weights.</summary>
    public abstract string Description { get; }

    /// <summary>Bits that a weight takes in the matrices that it compresses, scales included.</summary>
    public abstract double BitsPerWeight { get; }

    /// <summary>Whether it writes a GGUF file; otherwise a Hugging Face folder.</summary>
    public abstract bool WritesGguf { get; }

    /// <summary>The same method with the settings that are not null.</summary>
    /// <exception cref="TernException">The method has no such setting.</exception>
    public abstract CompressionMethod With(MethodSettings settings);

    /// <summary>Prepares the compression of a model, which stays open until <see cref="ICompressor.Write"/> is done.</summary>
    /// <param name="source">The model.</param>
    /// <param name="threads">Threads to use; 0 for one per core.</param>
    /// <exception cref="TernException">The method cannot be applied to this model.</exception>
    public abstract ICompressor Build(ModelOnDisk source, int threads);
}

/// <summary>Settings of methods; null where a method's own default holds.</summary>
public sealed record MethodSettings
{
    /// <summary>Weights along a row that share a scale; 0 for one scale per row.</summary>
    public int? GroupSize { get; init; }

    /// <summary>Type of lm_head, or of the embeddings where they double as it.</summary>
    public TensorType? OutputType { get; init; }

    /// <summary>Type of the embeddings.</summary>
    public TensorType? EmbeddingType { get; init; }
}

/// <summary>A method at work on one model.</summary>
public interface ICompressor
{
    /// <summary>Writes the compressed model, tensor by tensor; it appears only when it is complete.</summary>
    /// <param name="target">File or folder.</param>
    /// <param name="progress">Told after every few megabytes.</param>
    /// <param name="notice">Told of each tensor that is stored otherwise than asked for, and why.</param>
    /// <param name="cancellation">Cancelling removes what was written.</param>
    /// <exception cref="TernException">A weight cannot be represented, or the disk is full.</exception>
    void Write(string target, IProgress<CompressionProgress>? progress, Action<string>? notice, CancellationToken cancellation);
}

/// <summary>How far a compression is.</summary>
/// <param name="Step">"writing", "comparing", "evaluating" or "timing".</param>
/// <param name="Detail">The tensor, or what else is being worked on.</param>
/// <param name="Done">Of <paramref name="Total"/>, in units of the step.</param>
public readonly record struct CompressionProgress(string Step, string Detail, long Done, long Total);
