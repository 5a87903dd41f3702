namespace Tern.Run.Sampling;

/// <summary>All tokens of the sequence so far, prompt included.</summary>
sealed class TokenHistory
{
    int[] tokens = new int[256];

    public int Count { get; private set; }

    /// <summary>The token at a distance from the end; 0 is the last one.</summary>
    public int FromEnd(int distance) => tokens[Count - 1 - distance];

    /// <summary>The last <paramref name="count"/> tokens, or all there are; -1 is all. Oldest first.</summary>
    public ReadOnlySpan<int> Last(int count) =>
        count < 0 || count >= Count ? tokens.AsSpan(0, Count) : tokens.AsSpan(Count - count, count);

    public void Add(int token)
    {
        if (Count == tokens.Length) Array.Resize(ref tokens, Count * 2);
        tokens[Count++] = token;
    }

    public TokenHistory Fork() => new() { tokens = (int[])tokens.Clone(), Count = Count };
}
