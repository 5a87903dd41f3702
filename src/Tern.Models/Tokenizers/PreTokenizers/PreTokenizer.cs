namespace Tern.Models.Tokenizers.PreTokenizers;

/// <summary>Cuts a text into words that no token crosses, and may respell them.</summary>
public abstract record PreTokenizer
{
    internal abstract void Apply(Words words);
}

/// <summary>A pre-tokenizer that only cuts.</summary>
public abstract record Splitter : PreTokenizer
{
    internal override void Apply(Words words) => words.CutEach(this);

    /// <summary>Reports the parts of <paramref name="word"/> by <see cref="Words.Keep"/>, in order.</summary>
    internal abstract void Cut(ReadOnlySpan<char> word, Words words);
}

/// <summary>One after the other.</summary>
public sealed record PreTokenizerSequence(IReadOnlyList<PreTokenizer> Steps) : PreTokenizer
{
    internal override void Apply(Words words)
    {
        foreach (var step in Steps) step.Apply(words);
    }
}
