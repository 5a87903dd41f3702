namespace Tern.Run.Embeddings;

/// <summary>How the hidden states of a text's tokens become one vector; the names are those of llama.cpp's --pooling.</summary>
public enum Pooling
{
    /// <summary>Their mean: the choice for models that were not trained as embedders.</summary>
    Mean,

    /// <summary>That of the last token, which has seen the whole text: for embedders made from decoders.</summary>
    Last,

    /// <summary>That of the first token. A decoder's first token has seen nothing but itself: for models that were trained so.</summary>
    Cls,
}

/// <summary>How texts become vectors.</summary>
public sealed record EmbeddingOptions
{
    public Pooling Pooling { get; init; } = Pooling.Mean;

    /// <summary>Whether vectors have length 1, so that their dot product is the cosine.</summary>
    public bool Normalize { get; init; } = true;

    /// <summary>Most tokens of a text; 0 for what the model was trained for, at most 4096.</summary>
    public int MaxTokens { get; init; }

    /// <summary>What is longer loses its end (a closing EOS stays); otherwise it is an error.</summary>
    public bool Truncate { get; init; }
}
