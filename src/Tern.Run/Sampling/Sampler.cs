using Tern.Models;
using Tern.Run.Constraints;

namespace Tern.Run.Sampling;

/// <summary>
/// From logits to the next token, for one sequence. <see cref="Sample"/> chooses, <see cref="Accept"/> moves on: a token that was
/// sampled but not accepted leaves no trace but the random numbers it took. Nothing is allocated per token once the buffers
/// have grown. Not safe for concurrent use; one sampler per sequence, <see cref="Fork"/> for branches.
/// </summary>
public sealed class Sampler
{
    readonly Candidates candidates = new();
    readonly TypicalP typicalP = new();
    readonly KeyValuePair<int, float>[] bias;
    readonly LogProbRecorder? recorder;
    readonly TokenHistory history;
    readonly Penalties penalties;
    readonly DryPenalty dry;
    Xoshiro256 random;
    Mirostat2 mirostat;
    (int Token, double Surprise) drawn = (-1, 0);              // for Mirostat, until the token is accepted

    /// <param name="options">Checked here.</param>
    /// <param name="vocabSize">Number of logits per step: that of the model, which may exceed the tokenizer's.</param>
    /// <param name="constraint">Which tokens may follow (a grammar); the sampler moves it on. Null: all.</param>
    /// <param name="breakers">Needed where DRY is on and has sequence breakers: <see cref="SequenceBreakers.From"/>.</param>
    /// <exception cref="TernException">An option is out of its range, or the breakers are missing.</exception>
    public Sampler(SamplingOptions options, int vocabSize, ITokenConstraint? constraint = null, SequenceBreakers? breakers = null)
    {
        ArgumentNullException.ThrowIfNull(options);
        ArgumentOutOfRangeException.ThrowIfLessThan(vocabSize, 1);
        options.Validate(vocabSize);
        if (options.Dry.Active && options.Dry.SequenceBreakers.Count > 0 && breakers is null)
            throw new TernException("DRY needs to know the tokens of its sequence breakers: pass SequenceBreakers.From(tokenizer, " +
                "options.Dry.SequenceBreakers), or set Dry.SequenceBreakers to an empty list.");
        (Options, VocabSize, Constraint) = (options, vocabSize, constraint);
        bias = [.. options.LogitBias];
        Seed = options.Seed is null or -1 ? Xoshiro256.RandomSeed() : options.Seed.Value;
        random = new Xoshiro256((ulong)Seed);
        mirostat = new Mirostat2(options.Mirostat);
        history = new TokenHistory();
        penalties = new Penalties(options);
        dry = new DryPenalty(options.Dry, breakers ?? SequenceBreakers.None);
        if (options.LogProbs is { } top) recorder = new LogProbRecorder(vocabSize, top);
    }

    Sampler(Sampler other)
    {
        (Options, VocabSize, Seed, bias) = (other.Options, other.VocabSize, other.Seed, other.bias);
        (random, mirostat, drawn) = (other.random, other.mirostat, other.drawn);
        Constraint = other.Constraint?.Fork();
        history = other.history.Fork();
        penalties = other.penalties.Fork();
        dry = other.dry.Fork();
        if (other.recorder is not null) recorder = new LogProbRecorder(VocabSize, other.recorder.Top);
    }

    public SamplingOptions Options { get; }

    public int VocabSize { get; }

    /// <summary>The seed in use, also where the options left it open.</summary>
    public long Seed { get; }

    public ITokenConstraint? Constraint { get; }

    /// <summary>Of the last sampled token; null unless <see cref="SamplingOptions.LogProbs"/> is set.</summary>
    public TokenLogProbs? LogProbs { get; private set; }

    /// <summary>Chooses the next token.</summary>
    /// <param name="logits">[vocabSize]; overwritten.</param>
    /// <exception cref="TernException">A logit is NaN, or no token is possible.</exception>
    public int Sample(Span<float> logits)
    {
        var raw = Check(logits);
        recorder?.Record(logits, raw);
        Adjust(logits);
        var token = Options.Temperature <= 0 ? Best(logits) : Draw(logits);
        LogProbs = recorder?.Of(token);
        return token;
    }

    /// <summary>The distribution from which <see cref="Sample"/> would draw (speculative decoding needs it).</summary>
    /// <param name="logits">[vocabSize]; overwritten.</param>
    /// <param name="probabilities">[vocabSize]; sums to 1. May not overlap the logits.</param>
    /// <exception cref="TernException">A logit is NaN, or no token is possible.</exception>
    public void Probabilities(Span<float> logits, Span<float> probabilities)
    {
        if (probabilities.Length != VocabSize)
            throw new ArgumentException($"Expected {VocabSize} probabilities, got {probabilities.Length}.", nameof(probabilities));
        Check(logits);
        Adjust(logits);
        probabilities.Clear();
        if (Options.Temperature <= 0)
        {
            probabilities[Best(logits)] = 1;
            return;
        }
        Truncate(logits);
        var weights = candidates.Weights;
        var mass = candidates.Mass;
        for (var i = 0; i < weights.Length; i++) probabilities[candidates.Id(i)] = (float)(weights[i] / mass);
    }

    /// <summary>Appends a token to the sequence: the sampled one, or any other that the constraint allows.</summary>
    /// <exception cref="InvalidOperationException">The constraint does not allow the token.</exception>
    public void Accept(int token)
    {
        CheckToken(token);
        Constraint?.Accept(token);
        Append(token);
        if (Options.Mirostat.Version == 2 && token == drawn.Token) mirostat.Learn(drawn.Surprise);
        drawn = (-1, 0);
    }

    /// <summary>Appends the prompt: penalties and DRY see it, the constraint does not.</summary>
    public void AcceptPrompt(ReadOnlySpan<int> tokens)
    {
        foreach (var token in tokens)
        {
            CheckToken(token);
            Append(token);
        }
    }

    /// <summary>A sampler in the same state, random numbers included, that moves on independently.</summary>
    public Sampler Fork() => new(this);

    void Append(int token)
    {
        history.Add(token);
        penalties.Accept(history);
    }

    /// <summary>The steps that change single logits: bias, penalties, DRY. Linear in the tokens they touch.</summary>
    void Adjust(Span<float> logits)
    {
        foreach (var (token, added) in bias)
            logits[token] = float.IsNegativeInfinity(added) ? added : logits[token] + added;
        penalties.Apply(logits);
        dry.Apply(logits, history);
    }

    /// <summary>
    /// The allowed token of the largest logit, lowest id among equals. Masking a vocabulary is dear, so the best token of all is
    /// tried first: if it is allowed, it is also the best of the allowed ones.
    /// </summary>
    int Best(Span<float> logits)
    {
        var best = Softmax.IndexOf(logits, Possible(Softmax.Max(logits)));
        if (Constraint is null || Constraint.Allows(best)) return best;
        Constraint.Mask(logits);
        return Softmax.IndexOf(logits, Possible(Softmax.Max(logits)));
    }

    int Draw(Span<float> logits)
    {
        Truncate(logits);
        var index = candidates.Draw(random.NextDouble());
        var token = candidates.Id(index);
        if (Options.Mirostat.Version == 2)
            drawn = (token, Math.Log2(candidates.Mass / candidates.Weights[index]));
        return token;
    }

    /// <summary>
    /// The steps that leave fewer candidates. The mask always comes first: drawing unmasked and masking only on a miss, as
    /// llama.cpp does, is cheaper but gives another distribution as soon as a step truncates (the top k of the allowed tokens
    /// are not the allowed tokens of the top k).
    /// </summary>
    void Truncate(Span<float> logits)
    {
        Constraint?.Mask(logits);
        TopNSigma.Apply(logits, Options.TopNSigma);
        var controlled = Options.Mirostat.Version == 2;
        TopK.Apply(logits, candidates, controlled ? 0 : Options.TopK);
        if (candidates.Count == 0) Possible(float.NegativeInfinity);
        if (controlled)
        {
            Temperature.Apply(candidates, Options.Temperature, Options.DynaTemp);
            mirostat.Truncate(candidates);
            return;
        }
        typicalP.Apply(candidates, Options.TypicalP);
        TopP.Apply(candidates, Options.TopP);
        MinP.Apply(candidates, Options.MinP);
        Options.Xtc.Apply(candidates, ref random);
        Temperature.Apply(candidates, Options.Temperature, Options.DynaTemp);
    }

    float Check(ReadOnlySpan<float> logits)
    {
        if (logits.Length != VocabSize)
            throw new ArgumentException($"Expected {VocabSize} logits, got {logits.Length}.", nameof(logits));
        var max = Softmax.Max(logits);
        if (float.IsNegativeInfinity(max))
            throw new TernException("Every logit of the model is negative infinity: the weights are damaged or an activation overflowed.");
        return max;
    }

    void CheckToken(int token)
    {
        if ((uint)token >= (uint)VocabSize)
            throw new ArgumentOutOfRangeException(nameof(token), token, $"The vocabulary has the ids 0 to {VocabSize - 1}.");
    }

    float Possible(float max)
    {
        if (!float.IsNegativeInfinity(max)) return max;
        throw new TernException(Constraint is null
            ? "No token can follow: LogitBias bans every token that the model considers possible."
            : "No token can follow: the constraint (grammar) and LogitBias together exclude every token. Allow an end-of-text " +
              "token where the grammar ends, or check that grammar and tokenizer fit together.");
    }
}
