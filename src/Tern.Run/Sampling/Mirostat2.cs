using Tern.Models;

namespace Tern.Run.Sampling;

/// <summary>
/// Mirostat: feedback that keeps the average surprise of the generated tokens at tau bits. Basu et al. 2020,
/// "Mirostat: A Neural Text Decoding Algorithm that Directly Controls Perplexity", arXiv 2007.14966; version 2 as in the
/// authors' code and in llama.cpp.
/// </summary>
public sealed record Mirostat
{
    /// <summary>0 is off, 2 is Mirostat 2.0. Version 1 (which estimates Zipf's exponent first) is not offered: 2 replaced it.</summary>
    public int Version { get; init; }

    /// <summary>Target surprise in bits per token.</summary>
    public double Tau { get; init; } = 5;

    /// <summary>Learning rate of the threshold mu.</summary>
    public double Eta { get; init; } = 0.1;

    /// <exception cref="TernException">An option is out of its range.</exception>
    public void Validate()
    {
        SamplingOptions.Require(Version is 0 or 2, "Mirostat.Version", Version, "0 (off) or 2");
        SamplingOptions.Require(Tau > 0 && double.IsFinite(Tau), "Mirostat.Tau", Tau, "above 0 (bits per token)");
        SamplingOptions.Require(Eta > 0 && double.IsFinite(Eta), "Mirostat.Eta", Eta, "above 0");
    }
}

/// <summary>
/// Mirostat 2.0: drop tokens of surprise -log2 p above mu, renormalise, draw, then mu -= eta (surprise - tau). mu starts at 2 tau.
/// Differs: mu moves when the token is accepted, not when it is drawn, so that drawing twice does not learn twice.
/// </summary>
struct Mirostat2(Mirostat choice)
{
    public double Mu { get; private set; } = 2 * choice.Tau;

    /// <summary>Keeps -log2 p &lt;= mu, that is l >= logSumExp - mu ln 2; the most probable token always stays.</summary>
    public readonly void Truncate(Candidates candidates)
    {
        var logSumExp = candidates.MaxLogit + Math.Log(candidates.Mass);
        candidates.KeepFrom((float)(logSumExp - Mu * Math.Log(2)));
    }

    /// <summary>Moves mu by the surprise, in bits, of an accepted token under the truncated distribution.</summary>
    public void Learn(double surprise) => Mu -= choice.Eta * (surprise - choice.Tau);
}
