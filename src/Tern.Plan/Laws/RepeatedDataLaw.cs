namespace Tern.Plan.Laws;

/// <summary>
/// What repeated tokens and excess parameters are worth: D' = U_D + U_D R*_D (1 - e^(-R_D/R*_D)) with R_D = D/U_D - 1 repetitions of U_D unique tokens, and likewise N' of the excess over U_N, the optimum for U_D unique tokens.
/// Muennighoff et al. 2023, arXiv 2305.16264, equations 5 and 6.
/// </summary>
/// <param name="Base">The law for fresh tokens.</param>
/// <param name="RepetitionsWorth">R*_D: repetitions at which repeated tokens are worth 1 - 1/e of fresh ones on average.</param>
/// <param name="ExcessWorth">R*_N, likewise for parameters; null: excess parameters keep their worth.</param>
public sealed record RepeatedDataLaw(ChinchillaLaw Base, double RepetitionsWorth, double? ExcessWorth)
{
    /// <summary>Appendix A of the paper, 182 runs of 7M to 9B parameters and up to 500 epochs of C4: a = 6.255414, b = 7.3049974, e = 0.6254804, α = β = 0.3526596, R*_D = 15.387756, R*_N = 5.309743.</summary>
    public static RepeatedDataLaw Muennighoff { get; } = new(new(Math.Exp(6.255414), Math.Exp(7.3049974), Math.Exp(0.6254804), 0.3526596, 0.3526596), 15.387756, 5.309743);

    /// <summary>The same decay of repeated tokens over another law of the loss. Excess parameters keep their worth: R*_N belongs to the paper's own law.</summary>
    public static RepeatedDataLaw Over(ChinchillaLaw law) => new(law, Muennighoff.RepetitionsWorth, null);

    /// <summary>D'.</summary>
    /// <param name="tokens">D, all that are read.</param>
    /// <param name="uniqueTokens">U_D; at least D: nothing is repeated.</param>
    public double EffectiveTokens(double tokens, double uniqueTokens) => Effective(tokens, Math.Min(tokens, uniqueTokens), RepetitionsWorth);

    /// <summary>N'.</summary>
    public double EffectiveParameters(double parameters, double tokens, double uniqueTokens) =>
        ExcessWorth is { } worth ? Effective(parameters, Math.Min(parameters, Base.OptimumForTokens(Math.Min(tokens, uniqueTokens)).Parameters), worth) : parameters;

    /// <summary>Nats per token.</summary>
    public double Loss(Allocation at, double uniqueTokens) =>
        Base.Loss(new(EffectiveParameters(at.Parameters, at.Tokens, uniqueTokens), EffectiveTokens(at.Tokens, uniqueTokens)));

    /// <summary>D for a wanted D'; infinite from U_D (1 + R*_D) on, which no number of repetitions reaches.</summary>
    public double TokensForEffective(double effectiveTokens, double uniqueTokens)
    {
        if (effectiveTokens <= uniqueTokens) return effectiveTokens;
        var left = 1 - (((effectiveTokens / uniqueTokens) - 1) / RepetitionsWorth);
        return left > 0 ? uniqueTokens * (1 - (RepetitionsWorth * Math.Log(left))) : double.PositiveInfinity;
    }

    static double Effective(double all, double unique, double worth) => unique + (unique * worth * (1 - Math.Exp(-((all / unique) - 1) / worth)));
}
