namespace Tern.Run.Constraints;

/// <summary>
/// Holds a sequence to a grammar: a token may come next if the text with it is still a prefix of the language, and EOS exactly where
/// the text is complete. After EOS only EOS may follow.
/// </summary>
public sealed class GrammarConstraint : ITokenConstraint
{
    readonly Grammar grammar;
    readonly TokenTrie trie;
    readonly GrammarMasks masks;
    readonly int[] eosIds;
    readonly float[] eosLogits;
    AutomatonState state;
    bool ended;

    /// <param name="grammar">May be shared between sequences.</param>
    /// <param name="trie">Of the tokenizer; may be shared.</param>
    /// <param name="eosIds">The ids that end a generation.</param>
    public GrammarConstraint(Grammar grammar, TokenTrie trie, IReadOnlyList<int> eosIds)
    {
        ArgumentNullException.ThrowIfNull(grammar);
        ArgumentNullException.ThrowIfNull(trie);
        ArgumentNullException.ThrowIfNull(eosIds);
        this.grammar = grammar;
        this.trie = trie;
        this.eosIds = [.. eosIds];
        eosLogits = new float[this.eosIds.Length];
        masks = grammar.MasksFor(trie);
        state = grammar.Automaton.Start;
    }

    GrammarConstraint(GrammarConstraint original) : this(original.grammar, original.trie, original.eosIds)
    {
        state = original.state;
        ended = original.ended;
    }

    /// <summary>Whether the text so far belongs to the language: EOS may come next.</summary>
    public bool CanEnd => ended || state.CanEnd;

    /// <inheritdoc/>
    public void Mask(Span<float> logits)
    {
        for (var i = 0; i < eosIds.Length; i++)
            eosLogits[i] = CanEnd && (uint)eosIds[i] < (uint)logits.Length ? logits[eosIds[i]] : float.NegativeInfinity;
        if (ended) logits.Fill(float.NegativeInfinity);
        else Apply(masks.Of(state), logits);
        for (var i = 0; i < eosIds.Length; i++)
            if ((uint)eosIds[i] < (uint)logits.Length) logits[eosIds[i]] = eosLogits[i];
    }

    /// <inheritdoc/>
    public bool Allows(int token)
    {
        if (eosIds.AsSpan().Contains(token)) return CanEnd;
        return !ended && After(token) is not null;
    }

    /// <inheritdoc/>
    public void Accept(int token)
    {
        if (!Allows(token)) throw new InvalidOperationException($"token {token} is not allowed here by the grammar");
        if (eosIds.AsSpan().Contains(token)) ended = true;
        else state = After(token)!;
    }

    /// <inheritdoc/>
    public ITokenConstraint Fork() => new GrammarConstraint(this);

    AutomatonState? After(int token)
    {
        var bytes = trie.BytesOf(token);
        if (bytes.IsEmpty) return null;
        var next = state;
        foreach (var value in bytes)
        {
            next = grammar.Automaton.Step(next, value);
            if (ReferenceEquals(next, grammar.Automaton.Dead)) return null;
        }
        return next;
    }

    static void Apply(ulong[] mask, Span<float> logits)
    {
        for (var word = 0; word * 64 < logits.Length; word++)
        {
            var allowed = word < mask.Length ? mask[word] : 0;   // logits beyond the vocabulary are padding
            if (allowed == ulong.MaxValue) continue;
            var block = logits.Slice(word * 64, Math.Min(64, logits.Length - word * 64));
            if (allowed == 0)
            {
                block.Fill(float.NegativeInfinity);
                continue;
            }
            for (var i = 0; i < block.Length; i++)
                if ((allowed >> i & 1) == 0) block[i] = float.NegativeInfinity;
        }
    }
}
