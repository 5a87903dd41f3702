namespace Tern.Train.Data;

/// <summary>The windows of several sources under one numbering: those of the first source, then those of the second, and so on.</summary>
sealed class WindowPool
{
    readonly TokenWindows[] sources;
    readonly long[] ends;                                            // numbers below belong to the source or an earlier one

    /// <param name="sources">One or more.</param>
    /// <param name="windowsOf">How many windows of a source take part.</param>
    public WindowPool(IEnumerable<TokenWindows> sources, Func<TokenWindows, long> windowsOf)
    {
        this.sources = [.. sources];
        ends = new long[this.sources.Length];
        for (var i = 0; i < ends.Length; i++) ends[i] = Count += windowsOf(this.sources[i]);
    }

    public long Count { get; }

    /// <inheritdoc cref="TokenWindows.Read"/>
    public int Read(long window, Span<int> tokens, Span<int> documents, Span<bool> learned)
    {
        var source = 0;
        while (window >= ends[source]) source++;
        return sources[source].Read(window - (source == 0 ? 0 : ends[source - 1]), tokens, documents, learned);
    }
}
