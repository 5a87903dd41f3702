using Microsoft.Extensions.AI;
using Tern.Models;

namespace Tern.Run.Embeddings;

/// <summary>
/// Texts to vectors: the outputs of the final norm, pooled. Several texts go through the model in one pass. Calls from several threads wait for
/// each other. The vector of a text does not depend on the texts beside it.
/// </summary>
public sealed class EmbeddingModel : IEmbeddingGenerator<string, Embedding<float>>
{
    const int TextsPerPass = 32;

    readonly LanguageModel model;
    readonly EmbeddingOptions options;
    readonly bool ownsModel;
    readonly EmbeddingGeneratorMetadata metadata;
    readonly SemaphoreSlim turn = new(1);
    readonly List<Sequence> sequences = [];
    readonly int maxTokens;
    bool disposed;

    /// <param name="model">With a tokenizer.</param>
    /// <param name="options">Mean pooling to unit vectors by default.</param>
    /// <param name="ownsModel">Whether <see cref="Dispose"/> disposes the model.</param>
    /// <exception cref="TernException">The model came without a tokenizer, or an option is out of its range.</exception>
    public EmbeddingModel(LanguageModel model, EmbeddingOptions? options = null, bool ownsModel = false)
    {
        ArgumentNullException.ThrowIfNull(model);
        const int DefaultMaxTokens = 4096;
        _ = model.Tokenizer;
        this.model = model;
        this.options = options ?? new EmbeddingOptions();
        this.ownsModel = ownsModel;
        if (this.options.MaxTokens < 0) throw new TernException($"Embedding option MaxTokens is {this.options.MaxTokens}; it must be 0 (what the model was trained for) or a number of tokens.");
        maxTokens = this.options.MaxTokens > 0 ? this.options.MaxTokens : Math.Min(model.Config.MaxPositionEmbeddings, DefaultMaxTokens);
        metadata = new EmbeddingGeneratorMetadata("tern", defaultModelId: Path.GetFileName(Path.TrimEndingDirectorySeparator(model.Files.Path)), defaultModelDimensions: model.Config.HiddenSize);
    }

    /// <summary>The vectors of texts, in their order.</summary>
    /// <param name="values">The texts.</param>
    /// <param name="options">Dimensions below the hidden size keep the first ones (for models trained that way); a model id is not looked at.</param>
    /// <param name="cancellationToken">Ends the work between two passes.</param>
    /// <exception cref="TernException">A text is too long or has no tokens, or there are fewer dimensions than asked for.</exception>
    public async Task<GeneratedEmbeddings<Embedding<float>>> GenerateAsync(IEnumerable<string> values, EmbeddingGenerationOptions? options = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(values);
        var texts = values.ToArray();
        var dimensions = options?.Dimensions ?? model.Config.HiddenSize;
        if (dimensions < 1 || dimensions > model.Config.HiddenSize)
            throw new TernException($"{dimensions} dimensions were asked for; this model has 1 to {model.Config.HiddenSize}.");
        await turn.WaitAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            ObjectDisposedException.ThrowIf(disposed, this);
            return await Task.Run(() => Generate(texts, dimensions, cancellationToken), cancellationToken).ConfigureAwait(false);
        }
        finally
        {
            turn.Release();
        }
    }

    GeneratedEmbeddings<Embedding<float>> Generate(string[] texts, int dimensions, CancellationToken cancellation)
    {
        var tokens = texts.Select(TokensOf).ToArray();
        var created = DateTimeOffset.UtcNow;
        var embeddings = new GeneratedEmbeddings<Embedding<float>>(texts.Length);
        for (var start = 0; start < texts.Length; start += TextsPerPass)
        {
            cancellation.ThrowIfCancellationRequested();
            foreach (var vector in Embed(tokens.AsSpan(start, Math.Min(TextsPerPass, texts.Length - start)), dimensions))
                embeddings.Add(new Embedding<float>(vector) { CreatedAt = created, ModelId = metadata.DefaultModelId });
        }
        var count = tokens.Sum(text => (long)text.Length);
        embeddings.Usage = new UsageDetails { InputTokenCount = count, TotalTokenCount = count };
        return embeddings;
    }

    int[] TokensOf(string text, int index)
    {
        ArgumentNullException.ThrowIfNull(text);
        var tokens = model.Tokenizer.Encode(text);
        if (tokens.Length == 0) throw new TernException($"Text {index + 1} has no tokens; there is nothing to embed.");
        if (tokens.Length <= maxTokens) return tokens;
        if (!options.Truncate) throw new TernException($"Text {index + 1} has {tokens.Length} tokens, more than the {maxTokens} of MaxTokens. Split it, or set Truncate to drop its end.");
        return model.Tokenizer.AddsEos ? [.. tokens[..(maxTokens - 1)], tokens[^1]] : tokens[..maxTokens];
    }

    float[][] Embed(ReadOnlySpan<int[]> texts, int dimensions)
    {
        while (sequences.Count < texts.Length) sequences.Add(model.CreateSequence(maxTokens));
        var items = new BatchItem[texts.Length];
        for (var i = 0; i < items.Length; i++)
        {
            sequences[i].Truncate(0);
            // The first token sees only itself: the others need not run.
            items[i] = new BatchItem(sequences[i], options.Pooling == Pooling.Cls ? texts[i].AsMemory(0, 1) : texts[i], options.Pooling == Pooling.Mean ? LogitsOf.All : LogitsOf.Last);
        }

        var vectors = new float[texts.Length][];
        model.HiddenStates(items, states =>
        {
            var row = 0;
            for (var i = 0; i < vectors.Length; i++)
            {
                var count = options.Pooling == Pooling.Mean ? items[i].Tokens.Length : 1;
                vectors[i] = Pool(states, row, count, dimensions);
                row += count;
            }
        });
        return vectors;
    }

    /// <summary>The mean of some rows, cut to its first dimensions and brought to length 1; sums in double.</summary>
    float[] Pool(HiddenStates states, int first, int count, int dimensions)
    {
        var sums = new double[dimensions];
        for (var row = first; row < first + count; row++)
        {
            var state = states[row];
            for (var i = 0; i < dimensions; i++) sums[i] += state[i];
        }
        var length = Math.Sqrt(sums.Sum(sum => sum * sum));
        var scale = !options.Normalize ? 1.0 / count : length > 0 ? 1 / length : 0;
        return Array.ConvertAll(sums, sum => (float)(sum * scale));
    }

    /// <inheritdoc/>
    public object? GetService(Type serviceType, object? serviceKey = null)
    {
        ArgumentNullException.ThrowIfNull(serviceType);
        if (serviceKey is not null) return null;
        if (serviceType == typeof(EmbeddingGeneratorMetadata)) return metadata;
        if (serviceType == typeof(LanguageModel)) return model;
        return serviceType.IsInstanceOfType(this) ? this : null;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        turn.Wait();
        try
        {
            if (disposed) return;
            disposed = true;
            foreach (var sequence in sequences) sequence.Dispose();
            if (ownsModel) model.Dispose();
        }
        finally
        {
            turn.Release();
        }
    }
}
