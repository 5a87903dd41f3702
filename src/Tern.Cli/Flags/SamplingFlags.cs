using System.CommandLine;
using System.Globalization;
using Tern.Run.Sampling;

namespace Tern.Cli.Flags;

/// <summary>How the next token is chosen; names and defaults of llama.cpp.</summary>
sealed class SamplingFlags
{
    static readonly SamplingOptions Usual = new();

    readonly Flag<long?> _seed = new("--seed", ["-s"], "Same seed, same text; -1 for a random one", null, "n");
    readonly Flag<double> _temperature = new("--temp", [], "Divides the logits; 0 always takes the most probable token", Usual.Temperature, "t");
    readonly Flag<int> _topK = new("--top-k", [], "Keep the k most probable tokens; 0 for all", Usual.TopK, "k");
    readonly Flag<double> _topP = new("--top-p", [], "Keep the fewest tokens that hold this share of the probability; 1 for all", Usual.TopP, "p");
    readonly Flag<double> _minP = new("--min-p", [], "Keep tokens at least this probable, relative to the best; 0 for all", Usual.MinP, "p");
    readonly Flag<double> _typical = new("--typical", ["--typical-p"], "Keep tokens of typical surprise up to this share; 1 is off", Usual.TypicalP, "p");
    readonly Flag<double> _topNSigma = new("--top-nsigma", [], "Keep logits within n standard deviations of the largest; -1 is off", Usual.TopNSigma, "n");
    readonly Flag<double> _repeatPenalty = new("--repeat-penalty", [], "Penalty for tokens that occurred recently; 1 is off", Usual.RepeatPenalty, "r");
    readonly Flag<int> _repeatLastN = new("--repeat-last-n", [], "Tokens that the penalties look at; 0 is off, -1 is all", Usual.RepeatLastN, "n");
    readonly Flag<double> _frequencyPenalty = new("--frequency-penalty", [], "Subtracted once per recent occurrence; 0 is off", Usual.FrequencyPenalty, "x");
    readonly Flag<double> _presencePenalty = new("--presence-penalty", [], "Subtracted once if the token occurred recently; 0 is off", Usual.PresencePenalty, "x");
    readonly Flag<double> _dryMultiplier = new("--dry-multiplier", [], "DRY, against verbatim repetition; 0 is off", Usual.Dry.Multiplier, "x");
    readonly Flag<double> _dryBase = new("--dry-base", [], "DRY: the penalty grows by this factor per repeated token", Usual.Dry.Base, "x");
    readonly Flag<int> _dryAllowedLength = new("--dry-allowed-length", [], "DRY: repetitions up to this length are cheap", Usual.Dry.AllowedLength, "n");
    readonly Flag<int> _dryPenaltyLastN = new("--dry-penalty-last-n", [], "DRY: tokens that are searched; 0 is off, -1 is all", Usual.Dry.PenaltyLastN, "n");
    readonly ListFlag _dryBreakers = new("--dry-sequence-breaker", [], "DRY: a text that no repetition crosses, instead of the usual ones; 'none' for none", "text");
    readonly Flag<double> _xtcProbability = new("--xtc-probability", [], "XTC: how often top choices are excluded; 0 is off", Usual.Xtc.Probability, "p");
    readonly Flag<double> _xtcThreshold = new("--xtc-threshold", [], "XTC: what counts as a top choice; above 0.5 is off", Usual.Xtc.Threshold, "p");
    readonly Flag<int> _mirostat = new("--mirostat", [], "Hold the surprise of the text at a target: 0 is off, 2 is Mirostat 2.0", Usual.Mirostat.Version, "v");
    readonly Flag<double> _mirostatRate = new("--mirostat-lr", [], "Mirostat: learning rate (eta)", Usual.Mirostat.Eta, "x");
    readonly Flag<double> _mirostatTarget = new("--mirostat-ent", [], "Mirostat: target surprise in bits (tau)", Usual.Mirostat.Tau, "x");
    readonly Flag<double> _dynaTempRange = new("--dynatemp-range", [], "The temperature follows the entropy within this range; 0 is off", Usual.DynaTemp.Range, "x");
    readonly Flag<double> _dynaTempExponent = new("--dynatemp-exp", [], "Exponent of --dynatemp-range", Usual.DynaTemp.Exponent, "x");
    readonly ListFlag _logitBias = new("--logit-bias", ["-l"], "Added to the logit of a token: 15043+1, 15043-1, or 15043-inf to ban it", "id+x");

    public void AddTo(Command command)
    {
        foreach (var option in (Option[])
            [_seed, _temperature, _topK, _topP, _minP, _typical, _topNSigma, _repeatPenalty, _repeatLastN, _frequencyPenalty, _presencePenalty,
            _dryMultiplier, _dryBase, _dryAllowedLength, _dryPenaltyLastN, _dryBreakers, _xtcProbability, _xtcThreshold,
            _mirostat, _mirostatRate, _mirostatTarget, _dynaTempRange, _dynaTempExponent, _logitBias])
            command.Add(option);
    }

    /// <param name="result">The command line.</param>
    /// <param name="logProbs">As <see cref="SamplingOptions.LogProbs"/>.</param>
    /// <exception cref="WrongUseException">A bias cannot be read.</exception>
    public SamplingOptions Read(ParseResult result, int? logProbs = null) => new()
    {
        Seed = result.GetValue(_seed),
        Temperature = result.GetValue(_temperature),
        TopK = result.GetValue(_topK),
        TopP = result.GetValue(_topP),
        MinP = result.GetValue(_minP),
        TypicalP = result.GetValue(_typical),
        TopNSigma = result.GetValue(_topNSigma),
        RepeatPenalty = result.GetValue(_repeatPenalty),
        RepeatLastN = result.GetValue(_repeatLastN),
        FrequencyPenalty = result.GetValue(_frequencyPenalty),
        PresencePenalty = result.GetValue(_presencePenalty),
        Dry = Usual.Dry with
        {
            Multiplier = result.GetValue(_dryMultiplier),
            Base = result.GetValue(_dryBase),
            AllowedLength = result.GetValue(_dryAllowedLength),
            PenaltyLastN = result.GetValue(_dryPenaltyLastN),
            SequenceBreakers = result.GetValue(_dryBreakers) is { Length: > 0 } texts ? [.. texts.Where(text => text != "none")] : Usual.Dry.SequenceBreakers,
        },
        Xtc = new Xtc { Probability = result.GetValue(_xtcProbability), Threshold = result.GetValue(_xtcThreshold) },
        Mirostat = new Mirostat { Version = result.GetValue(_mirostat), Eta = result.GetValue(_mirostatRate), Tau = result.GetValue(_mirostatTarget) },
        DynaTemp = new DynaTemp { Range = result.GetValue(_dynaTempRange), Exponent = result.GetValue(_dynaTempExponent) },
        LogitBias = result.GetValue(_logitBias)!.Select(ReadBias).GroupBy(bias => bias.Token).ToDictionary(group => group.Key, group => group.Last().Bias),
        LogProbs = logProbs,
    };

    static (int Token, float Bias) ReadBias(string text)
    {
        var sign = text.IndexOfAny(['+', '-']);
        if (sign > 0 && int.TryParse(text.AsSpan(0, sign), NumberStyles.None, CultureInfo.InvariantCulture, out var token))
        {
            if (text[sign..] == "-inf") return (token, float.NegativeInfinity);
            if (float.TryParse(text.AsSpan(sign), NumberStyles.Float, CultureInfo.InvariantCulture, out var bias) && float.IsFinite(bias)) return (token, bias);
        }
        throw new WrongUseException($"--logit-bias: '{text}' is not a token id with what is added to its logit, such as 15043+1, 15043-0.5 or 15043-inf");
    }
}
