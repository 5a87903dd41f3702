namespace Tern.Plan.Laws;

/// <summary>Bits of weights, activations and the key-value cache while training.</summary>
public readonly record struct TrainingBits(double Weights, double Activations, double KeyValues)
{
    /// <summary>All three alike.</summary>
    public static TrainingBits All(double bits) => new(bits, bits, bits);
}

/// <summary>
/// The loss of training in few bits and of rounding after training: L = A N_eff^-α + B D^-β + E + δ, with N_eff = N ∏ (1 - e^(-P_x/γ_x)) over weights, activations and key-value cache.
/// Kumar et al. 2024, arXiv 2411.04330, equations 2 to 4 (numbers as in the paper's main text; <see cref="Exponents"/> as in its appendix).
/// </summary>
/// <param name="Base">The law at full precision.</param>
/// <param name="Gamma">γ_w, γ_a, γ_kv, in bits; 0 for a part that costs nothing.</param>
/// <param name="PostTraining">δ; null where it was not fitted.</param>
public sealed record PrecisionLaw(ChinchillaLaw Base, TrainingBits Gamma, PostTrainingDamage? PostTraining)
{
    /// <summary>Powers of the three factors of N_eff; 1 in the main text.</summary>
    public TrainingBits Exponents { get; init; } = TrainingBits.All(1);

    /// <summary>N_eff / N.</summary>
    public double EffectiveShare(TrainingBits bits) =>
        Factor(bits.Weights, Gamma.Weights, Exponents.Weights) * Factor(bits.Activations, Gamma.Activations, Exponents.Activations) * Factor(bits.KeyValues, Gamma.KeyValues, Exponents.KeyValues);

    /// <summary>N_eff of equation 3.</summary>
    public double EffectiveParameters(double parameters, TrainingBits bits) => parameters * EffectiveShare(bits);

    /// <summary>Nats per token of a model that was trained in so many bits, before it is rounded.</summary>
    public double Loss(Allocation at, TrainingBits bits) => Base.Loss(at with { Parameters = EffectiveParameters(at.Parameters, bits) });

    /// <summary>Nats per token that rounding the weights to so many bits adds; 0 where <see cref="PostTraining"/> is null.</summary>
    public double Damage(Allocation at, TrainingBits bits, double servingBits) =>
        PostTraining?.Loss(at with { Parameters = EffectiveParameters(at.Parameters, bits) }, bits, servingBits) ?? 0;

    /// <summary>Equation 4: nats per token of the model as it is served.</summary>
    public double Loss(Allocation at, TrainingBits bits, double servingBits) => Loss(at, bits) + Damage(at, bits, servingBits);

    static double Factor(double bits, double gamma, double exponent) => gamma == 0 ? 1 : Math.Pow(1 - Math.Exp(-bits / gamma), exponent);
}

/// <summary>δ = C_T D^γ_D / N_eff^γ_N e^(-P_post/γ_post) ∏ [1 - e^(-C_x (P_x - P_post))]: what rounding weights to P_post bits after training costs. Kumar et al. 2024, equations 2 and 4.</summary>
/// <param name="CT">Scale.</param>
/// <param name="GammaD">Exponent of the tokens.</param>
/// <param name="GammaN">Exponent of the parameters.</param>
/// <param name="GammaPost">Bits by which the damage falls to 1/e.</param>
/// <param name="Robustness">C_w, C_a, C_kv; null: the product is left out, as in equation 2 for models trained at full precision.</param>
public sealed record PostTrainingDamage(double CT, double GammaD, double GammaN, double GammaPost, TrainingBits? Robustness = null)
{
    /// <summary>δ of a model that was trained at full precision (equation 2), in nats per token.</summary>
    public double Loss(Allocation at, double servingBits) =>
        CT * Math.Pow(at.Tokens, GammaD) * Math.Pow(at.Parameters, -GammaN) * Math.Exp(-servingBits / GammaPost);

    /// <summary>δ of a model that was trained in few bits (equation 4), in nats per token; 0 where the weights have no more bits than are left to them.</summary>
    /// <param name="effective">N_eff and D.</param>
    /// <param name="trained">Bits while training.</param>
    /// <param name="servingBits">Bits of the weights afterwards.</param>
    public double Loss(Allocation effective, TrainingBits trained, double servingBits)
    {
        if (servingBits >= trained.Weights) return 0;
        return Loss(effective, servingBits) * (Robustness is { } c
            ? Factor(c.Weights, trained.Weights, servingBits) * Factor(c.Activations, trained.Activations, servingBits) * Factor(c.KeyValues, trained.KeyValues, servingBits)
            : 1);
    }

    static double Factor(double c, double trained, double served) => trained > served ? 1 - Math.Exp(-c * (trained - served)) : 0;
}
