using Tern.Models;

namespace Tern.Run.Sampling;

/// <summary>
/// How the next token is chosen from the logits. Names, defaults and order of the steps are those of llama.cpp:
/// penalties, DRY, top-n-sigma, top-k, typical-p, top-p, min-p, XTC, temperature, draw.
/// </summary>
public sealed record SamplingOptions
{
    /// <summary>The most probable token, always.</summary>
    public static SamplingOptions Greedy { get; } = new() { Temperature = 0 };

    /// <summary>Divides the logits; 0 or less takes the most probable token (after bias, penalties and DRY).</summary>
    public double Temperature { get; init; } = 0.8;

    /// <summary>Keep the k most probable tokens; 0 or less keeps all.</summary>
    public int TopK { get; init; } = 40;

    /// <summary>Keep the fewest tokens that hold this share of the probability; 1 keeps all. In [0, 1].</summary>
    public double TopP { get; init; } = 0.95;

    /// <summary>Keep the tokens at least this probable, relative to the most probable one; 0 keeps all. In [0, 1].</summary>
    public double MinP { get; init; } = 0.05;

    /// <summary>Keep the tokens whose surprise is nearest to the entropy, up to this share; 1 keeps all. In (0, 1].</summary>
    public double TypicalP { get; init; } = 1;

    /// <summary>Keep the tokens within this many standard deviations below the largest logit; 0 or less keeps all.</summary>
    public double TopNSigma { get; init; } = -1;

    /// <summary>Divides positive and multiplies negative logits of recent tokens; 1 is off. In (0, 1000].</summary>
    public double RepeatPenalty { get; init; } = 1;

    /// <summary>How many recent tokens (prompt included) the three penalties look at; 0 is off, -1 is all.</summary>
    public int RepeatLastN { get; init; } = 64;

    /// <summary>Subtracted once per recent occurrence; 0 is off. In [-1000, 1000].</summary>
    public double FrequencyPenalty { get; init; }

    /// <summary>Subtracted once if the token occurred recently; 0 is off. In [-1000, 1000].</summary>
    public double PresencePenalty { get; init; }

    /// <summary>Against verbatim repetition of sequences; off by default.</summary>
    public Dry Dry { get; init; } = new();

    /// <summary>Exclude top choices; off by default.</summary>
    public Xtc Xtc { get; init; } = new();

    /// <summary>Temperature that follows the entropy; off by default.</summary>
    public DynaTemp DynaTemp { get; init; } = new();

    /// <summary>Keeps the surprise of the text at a target; off by default. Replaces all truncating steps when on.</summary>
    public Mirostat Mirostat { get; init; } = new();

    /// <summary>Same seed, same logits, same tokens. Null or -1: a random seed, which <see cref="Sampler.Seed"/> reports.</summary>
    public long? Seed { get; init; }

    /// <summary>Added to the logits of single tokens; negative infinity bans a token.</summary>
    public IReadOnlyDictionary<int, float> LogitBias { get; init; } = new Dictionary<int, float>();

    /// <summary>Null: none. 0: the log-probability of each sampled token. n: also those of the n most probable tokens.</summary>
    public int? LogProbs { get; init; }

    /// <summary>Checks every option.</summary>
    /// <param name="vocabSize">Number of logits.</param>
    /// <exception cref="TernException">An option is out of its range; the message names it.</exception>
    public void Validate(int vocabSize)
    {
        Require(double.IsFinite(Temperature), nameof(Temperature), Temperature, "a finite number (0 or less is greedy)");
        Require(TopP is >= 0 and <= 1, nameof(TopP), TopP, "in [0, 1] (1 is off)");
        Require(MinP is >= 0 and <= 1, nameof(MinP), MinP, "in [0, 1] (0 is off)");
        Require(TypicalP is > 0 and <= 1, nameof(TypicalP), TypicalP, "in (0, 1] (1 is off)");
        Require(double.IsFinite(TopNSigma), nameof(TopNSigma), TopNSigma, "a finite number (0 or less is off)");
        Require(RepeatPenalty is > 0 and <= 1000, nameof(RepeatPenalty), RepeatPenalty, "in (0, 1000] (1 is off)");
        Require(RepeatLastN >= -1, nameof(RepeatLastN), RepeatLastN, "-1 (all tokens), 0 (off) or a number of tokens");
        Require(FrequencyPenalty is >= -1000 and <= 1000, nameof(FrequencyPenalty), FrequencyPenalty, "in [-1000, 1000] (0 is off)");
        Require(PresencePenalty is >= -1000 and <= 1000, nameof(PresencePenalty), PresencePenalty, "in [-1000, 1000] (0 is off)");
        Require(Seed is null or >= -1, nameof(Seed), Seed, "0 or more (-1 or none is random)");
        Require(LogProbs is null || (LogProbs >= 0 && LogProbs <= vocabSize), nameof(LogProbs), LogProbs, $"from 0 to the {vocabSize} tokens of the vocabulary");
        Dry.Validate();
        Xtc.Validate();
        DynaTemp.Validate();
        Mirostat.Validate();
        foreach (var (token, bias) in LogitBias)
        {
            Require(token >= 0 && token < vocabSize, nameof(LogitBias), token, $"for token ids from 0 to {vocabSize - 1}");
            Require(!float.IsNaN(bias) && !float.IsPositiveInfinity(bias), $"{nameof(LogitBias)}[{token}]", bias, "finite, or negative infinity to ban the token");
        }
    }

    internal static void Require(bool holds, string option, object? value, string range)
    {
        if (!holds) throw new TernException($"Sampling option {option} is {value}; it must be {range}.");
    }
}
