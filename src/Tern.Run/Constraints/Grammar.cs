using System.Runtime.CompilerServices;
using Tern.Models;

namespace Tern.Run.Constraints;

/// <summary>
/// A language that generated text must belong to: a GBNF grammar as in llama.cpp, or what a JSON schema describes. Immutable from
/// outside and safe to share: what one sequence learns about the grammar (states, masks), all others use.
/// </summary>
public sealed class Grammar
{
    readonly ConditionalWeakTable<TokenTrie, GrammarMasks> masks = [];

    Grammar(string source)
    {
        Source = source;
        Automaton = new GrammarAutomaton(GrammarCompiler.Compile(GbnfParser.Parse(source), "root"));
    }

    /// <summary>The GBNF text.</summary>
    public string Source { get; }

    internal GrammarAutomaton Automaton { get; }

    /// <summary>Reads a GBNF grammar; the text to generate is what its rule "root" describes.</summary>
    /// <exception cref="TernException">The grammar is malformed, lacks a rule, is left-recursive or can never end; the message names line and column.</exception>
    public static Grammar Parse(string gbnf)
    {
        ArgumentNullException.ThrowIfNull(gbnf);
        return new Grammar(gbnf);
    }

    /// <summary>Whether a text belongs to the language.</summary>
    public bool Accepts(string text) => StateAfter(System.Text.Encoding.UTF8.GetBytes(text)).CanEnd;

    /// <summary>Whether some text of the language begins with these bytes (which may end inside of a character).</summary>
    public bool AcceptsPrefix(ReadOnlySpan<byte> utf8) => !ReferenceEquals(StateAfter(utf8), Automaton.Dead);

    internal GrammarMasks MasksFor(TokenTrie trie) => masks.GetValue(trie, key => new GrammarMasks(Automaton, key));

    AutomatonState StateAfter(ReadOnlySpan<byte> utf8)
    {
        var state = Automaton.Start;
        foreach (var value in utf8) state = Automaton.Step(state, value);
        return state;
    }
}

/// <summary>The tokens that each state of a grammar allows, as bit sets; the oldest are forgotten when they grow too many.</summary>
sealed class GrammarMasks(GrammarAutomaton automaton, TokenTrie trie)
{
    const int MaxBytes = 64 << 20;

    readonly Lock gate = new();
    readonly Dictionary<AutomatonState, ulong[]> masks = [];
    readonly Queue<AutomatonState> byAge = [];

    public ulong[] Of(AutomatonState state)
    {
        lock (gate)
            if (masks.TryGetValue(state, out var known)) return known;
        var mask = new ulong[(trie.VocabSize + 63) / 64];
        trie.Mark(automaton, state, mask);
        lock (gate)
        {
            if (!masks.TryAdd(state, mask)) return masks[state];
            byAge.Enqueue(state);
            while (byAge.Count > 1 && (long)byAge.Count * mask.Length * sizeof(ulong) > MaxBytes) masks.Remove(byAge.Dequeue());
        }
        return mask;
    }
}
