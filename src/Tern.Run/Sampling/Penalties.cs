using System.Runtime.InteropServices;

namespace Tern.Run.Sampling;

/// <summary>
/// Repetition penalty: Keskar et al. 2019, "CTRL", arXiv 1909.05858, equation 2; as everywhere since, negative logits are
/// multiplied rather than divided, which would favour them. Frequency and presence penalties: OpenAI API, as in llama.cpp:
/// l -= count * frequency + [count > 0] * presence.
/// </summary>
sealed class Penalties
{
    readonly SamplingOptions options;
    readonly Dictionary<int, int> counts;                      // occurrences within the window

    public Penalties(SamplingOptions options) : this(options, new Dictionary<int, int>(Math.Clamp(options.RepeatLastN, 0, 4096) + 1)) { }

    Penalties(SamplingOptions options, Dictionary<int, int> counts) => (this.options, this.counts) = (options, counts);

    public bool Active => options.RepeatLastN != 0
        && (options.RepeatPenalty != 1 || options.FrequencyPenalty != 0 || options.PresencePenalty != 0);

    /// <summary>Counts the token that was just added to the history, and forgets the one that left the window.</summary>
    public void Accept(TokenHistory history)
    {
        if (!Active) return;
        CollectionsMarshal.GetValueRefOrAddDefault(counts, history.FromEnd(0), out _)++;
        if (options.RepeatLastN < 0 || history.Count <= options.RepeatLastN) return;
        var old = history.FromEnd(options.RepeatLastN);
        ref var count = ref CollectionsMarshal.GetValueRefOrAddDefault(counts, old, out _);
        if (--count == 0) counts.Remove(old);
    }

    /// <summary>Changes the logits [vocabSize] of the tokens in the window.</summary>
    public void Apply(Span<float> logits)
    {
        if (!Active) return;
        foreach (var (token, count) in counts)
        {
            ref var logit = ref logits[token];
            if (float.IsInfinity(logit)) continue;             // banned stays banned, certain stays certain
            var penalised = logit > 0 ? logit / options.RepeatPenalty : logit * options.RepeatPenalty;
            penalised -= count * options.FrequencyPenalty + options.PresencePenalty;
            logit = (float)Math.Clamp(penalised, float.MinValue, float.MaxValue);
        }
    }

    public Penalties Fork() => new(options, new Dictionary<int, int>(counts, null));
}
