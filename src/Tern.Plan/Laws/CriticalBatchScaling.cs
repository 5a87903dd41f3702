namespace Tern.Plan.Laws;

/// <summary>
/// How the critical batch size grows: a power law in parameters or tokens, in sequences of 512 tokens. Zhang et al. 2024, arXiv 2410.21676: at 20 % overhead over perfect scaling from 256 sequences, with constant learning rate and
/// averaged weights. It grows with the tokens and hardly with the size at fixed tokens.
/// </summary>
/// <param name="Prefactor">Sequences at one million.</param>
/// <param name="Exponent">Of millions of parameters or tokens.</param>
/// <param name="Source">Where the constants come from.</param>
/// <param name="Warning">What to know before relying on them; null: nothing.</param>
public sealed record CriticalBatchScaling(double Prefactor, double Exponent, string Source, string? Warning = null)
{
    /// <summary>Tokens of a sequence in the paper.</summary>
    public const double SequenceTokens = 512;

    /// <summary>B_opt of the paper: 256 sequences, an efficient batch.</summary>
    public const double EfficientBatchTokens = 256 * SequenceTokens;

    /// <summary>p of the paper.</summary>
    public const double Overhead = 0.2;

    /// <summary>In N, where D = 20 N.</summary>
    public static CriticalBatchScaling InParametersAtChinchilla { get; } = new(93.1968, 0.468278, "fit of the steps to target of arXiv 2410.21676 (85M to 1.2B parameters)");

    /// <summary>In D.</summary>
    public static CriticalBatchScaling InTokens { get; } = new(22.91, 0.47, "arXiv 2410.21676", "constants from memory; they agree with the law in parameters at 20 tokens each");

    /// <summary>In N at fixed D.</summary>
    public static CriticalBatchScaling InParametersAtFixedTokens { get; } = new(621.3, 0.087, "arXiv 2410.21676", "prefactor from memory");

    /// <summary>Sequences of <see cref="SequenceTokens"/> tokens.</summary>
    /// <param name="count">Parameters or tokens.</param>
    public double Sequences(double count) => Prefactor * Math.Pow(count / 1e6, Exponent);

    /// <summary>Tokens of the critical batch.</summary>
    public double BatchTokens(double count) => Sequences(count) * SequenceTokens;

    /// <summary>Parameters or tokens from which on a batch is not above the critical one.</summary>
    public double CountForBatch(double batchTokens) => 1e6 * Math.Pow(batchTokens / SequenceTokens / Prefactor, 1 / Exponent);

    /// <summary>
    /// Steps by batch of a run of so many tokens. B_opt is the paper's 256 sequences, or as much less that b/a is 2.5 critical batches (the ratio of the smallest models of the paper is 2.9): without this, the offset
    /// (1 + p) B_opt would be all of the critical batch of a short run.
    /// </summary>
    /// <param name="tokens">D.</param>
    /// <param name="criticalBatchTokens">Of this run.</param>
    public static CriticalBatchLaw StepsOf(double tokens, double criticalBatchTokens)
    {
        var efficient = Math.Min(EfficientBatchTokens, criticalBatchTokens / (2 * (1 + Overhead)));
        return CriticalBatchLaw.Of(tokens, efficient, criticalBatchTokens, Overhead);
    }
}
