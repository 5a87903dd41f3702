namespace Tern.Plan.Laws;

/// <summary>
/// How a budget is spent where operations cost in proportion to their bits, C = 6 N D P / 16. Kumar et al. 2024, arXiv 2411.04330, section 4: the best N, D and P, the best P for a size, and where more tokens
/// make the rounded model worse. P stands for all three of weights, activations and key-value cache.
/// </summary>
public static class PrecisionOptimum
{
    /// <summary>Bits of an operation that costs its full price.</summary>
    public const double FullBits = 16;

    /// <summary>Between which P is looked for.</summary>
    const double LeastBits = 0.5, MostBits = 32;

    /// <summary>Halvings of an interval of bits: 32 2^-60 is below the rounding of a double.</summary>
    const int Halvings = 60;

    /// <summary>The least loss for a budget at given bits: N* = G f^(-α/(α+β)) (K/P)^(β/(α+β)), D* = K / (P N*), with K = 16 C / 6.</summary>
    /// <param name="law">Constants.</param>
    /// <param name="fullPrecisionFlop">C: operations, each counted as P/16.</param>
    /// <param name="bits">P.</param>
    public static Allocation ForFlop(PrecisionLaw law, double fullPrecisionFlop, double bits)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(fullPrecisionFlop);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(bits);
        var product = Budget(fullPrecisionFlop) / bits;
        var chinchilla = law.Base;
        var parameters = chinchilla.G * Math.Pow(law.EffectiveShare(TrainingBits.All(bits)), -chinchilla.TokensExponent) * Math.Pow(product, chinchilla.ParametersExponent);
        return new(parameters, product / parameters);
    }

    /// <summary>P* where N, D and P are free, whatever the budget: Σ n_x (P/γ_x) / (e^(P/γ_x) - 1) = 1. With one γ and n = 1, P* = 1.90381 γ.</summary>
    public static double Bits(PrecisionLaw law) => Bisection.Root(LeastBits, MostBits, bits => Elasticity(law, bits) - 1);

    /// <summary>P* of a model of fixed size, to which fewer bits give more tokens: αA N_eff^-α d ln f / d ln P = βB D^-β at D = K / (N P).</summary>
    /// <param name="law">Constants.</param>
    /// <param name="fullPrecisionFlop">C: operations, each counted as P/16.</param>
    /// <param name="parameters">N.</param>
    public static double BitsForParameters(PrecisionLaw law, double fullPrecisionFlop, double parameters)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(fullPrecisionFlop);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(parameters);
        var (a, b) = (law.Base.Alpha * law.Base.A, law.Base.Beta * law.Base.B);
        var product = Budget(fullPrecisionFlop) / parameters;
        return Bisection.Root(LeastBits, MostBits, bits =>
            (a * Math.Pow(law.EffectiveParameters(parameters, TrainingBits.All(bits)), -law.Base.Alpha) * Elasticity(law, bits)) - (b * Math.Pow(product / bits, -law.Base.Beta)));
    }

    /// <summary>
    /// D beyond which more tokens make the model worse once its weights are rounded: (βB N^γ_N e^(P/γ_post) / (γ_D C_T))^(1/(γ_D+β)), of a model trained at full precision. Infinite where rounding costs nothing or does not
    /// grow with the tokens.
    /// </summary>
    /// <param name="law">Constants.</param>
    /// <param name="parameters">N.</param>
    /// <param name="servingBits">P_post.</param>
    public static double CriticalTokens(PrecisionLaw law, double parameters, double servingBits)
    {
        if (law.PostTraining is not { CT: > 0, GammaD: > 0 } damage) return double.PositiveInfinity;
        var (beta, b) = (law.Base.Beta, law.Base.B);
        return Math.Pow(beta * b * Math.Pow(parameters, damage.GammaN) * Math.Exp(servingBits / damage.GammaPost) / (damage.GammaD * damage.CT), 1 / (damage.GammaD + beta));
    }

    /// <summary>N at given bits that has the loss of N at 16 bits: N f(16) / f(P).</summary>
    public static double IsoLossParameters(PrecisionLaw law, double parametersAtFullBits, double bits) =>
        parametersAtFullBits * law.EffectiveShare(TrainingBits.All(FullBits)) / law.EffectiveShare(TrainingBits.All(bits));

    static double Budget(double fullPrecisionFlop) => FullBits * fullPrecisionFlop / Allocation.TrainingFlopPerParameterAndToken;

    /// <summary>d ln f / d ln P; falls with P.</summary>
    static double Elasticity(PrecisionLaw law, double bits) =>
        Elasticity(bits, law.Gamma.Weights, law.Exponents.Weights) + Elasticity(bits, law.Gamma.Activations, law.Exponents.Activations) + Elasticity(bits, law.Gamma.KeyValues, law.Exponents.KeyValues);

    static double Elasticity(double bits, double gamma, double exponent) => gamma == 0 ? 0 : exponent * (bits / gamma) / (Math.Exp(bits / gamma) - 1);
}
