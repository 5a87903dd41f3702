using Tern.Models;

namespace Tern.Run.Sampling;

/// <summary>
/// DRY, "don't repeat yourself": a token that would prolong a verbatim repetition of n earlier tokens loses
/// multiplier * base^(n - allowed length). Philipp Emanuel Weidmann (p-e-w) 2024, text-generation-webui pull request 5677;
/// linear time by the Z-algorithm as pi6am did for koboldcpp (Gusfield 1997, "Algorithms on Strings, Trees, and Sequences", 1.3).
/// </summary>
public sealed record Dry
{
    /// <summary>0 is off.</summary>
    public double Multiplier { get; init; }

    public double Base { get; init; } = 1.75;

    /// <summary>The longest repetition that costs nothing more than the multiplier, in tokens.</summary>
    public int AllowedLength { get; init; } = 2;

    /// <summary>How many recent tokens are searched; -1 is all, 0 is off.</summary>
    public int PenaltyLastN { get; init; } = -1;

    /// <summary>Texts that a repetition does not cross.</summary>
    public IReadOnlyList<string> SequenceBreakers { get; init; } = ["\n", ":", "\"", "*"];

    /// <summary>Whether the step acts at all.</summary>
    public bool Active => Multiplier > 0 && PenaltyLastN != 0;

    /// <exception cref="TernException">An option is out of its range.</exception>
    public void Validate()
    {
        SamplingOptions.Require(Multiplier >= 0 && double.IsFinite(Multiplier), "Dry.Multiplier", Multiplier, "0 (off) or more");
        SamplingOptions.Require(Base >= 1 && double.IsFinite(Base), "Dry.Base", Base, "1 or more");
        SamplingOptions.Require(AllowedLength >= 0, "Dry.AllowedLength", AllowedLength, "0 or more tokens");
        SamplingOptions.Require(PenaltyLastN >= -1, "Dry.PenaltyLastN", PenaltyLastN, "-1 (all tokens), 0 (off) or a number of tokens");
    }
}

/// <summary>Finds the repetitions that end at the last token of the history and penalises what would prolong them.</summary>
sealed class DryPenalty(Dry choice, SequenceBreakers breakers)
{
    /// <summary>Penalties stay finite: a token is never banned, only made as good as impossible.</summary>
    const double MaxPenalty = 1e30;

    readonly Dictionary<int, int> longest = [];                // token -> longest repetition that it would prolong
    int[] z = [];

    /// <summary>Changes the logits [vocabSize] of the tokens that would prolong a repetition.</summary>
    public void Apply(Span<float> logits, TokenHistory history)
    {
        if (!choice.Active) return;
        var window = history.Last(choice.PenaltyLastN).Length;
        var limit = breakers.TokensSince(history, window);
        if (window <= choice.AllowedLength || limit < choice.AllowedLength) return;
        FindRepetitions(history, window, limit);
        foreach (var (token, length) in longest)
        {
            if (breakers.IsBreaker(token) || float.IsInfinity(logits[token])) continue;
            var penalty = choice.Multiplier * Math.Pow(choice.Base, length - choice.AllowedLength);
            logits[token] = (float)Math.Max(logits[token] - Math.Min(penalty, MaxPenalty), float.MinValue);
        }
    }

    /// <summary>
    /// z[k]: how many tokens, read backwards from k tokens before the end, equal those read backwards from the end. The token
    /// that followed such an occurrence is the one that would prolong the repetition.
    /// </summary>
    void FindRepetitions(TokenHistory history, int window, int limit)
    {
        if (z.Length < window) z = new int[Math.Max(window, 2 * z.Length)];
        longest.Clear();
        var (left, right) = (0, 0);                            // [left, right): the match that reaches furthest back
        for (var k = 1; k < window; k++)
        {
            var length = k < right ? Math.Min(right - k, z[k - left]) : 0;
            while (k + length < window && history.FromEnd(length) == history.FromEnd(k + length)) length++;
            z[k] = length;                                     // not yet limited: the recurrence needs the whole match
            if (k + length > right) (left, right) = (k, k + length);
            length = Math.Min(length, limit);
            if (length == 0 || length < choice.AllowedLength) continue;
            var next = history.FromEnd(k - 1);
            if (!longest.TryGetValue(next, out var known) || length > known) longest[next] = length;
        }
    }

    public DryPenalty Fork() => new(choice, breakers);
}
