namespace Tern.Plan.Laws;

/// <summary>
/// L(C, M) = E + (a M^η + b M^-η) C^-η with M = D/N: over-training moves the loss off the frontier, but not its exponent. Gadre et al. 2024, arXiv 2403.08540, equation 4.
/// It is <see cref="ChinchillaLaw"/> with α = β = 2η, A = a 6^-η and B = b 6^-η, because N = sqrt(C / 6M) and D = sqrt(C M / 6).
/// </summary>
/// <param name="E">The loss that is never undercut, in nats per token.</param>
/// <param name="A">a, of models that are too small.</param>
/// <param name="B">b, of models that are trained too briefly.</param>
/// <param name="Eta">η, for operations.</param>
public sealed record OverTrainingLaw(double E, double A, double B, double Eta)
{
    /// <summary>M*, the tokens for each parameter of the least loss, whatever the budget: (b/a)^(1/2η).</summary>
    public double OptimalTokensPerParameter => Math.Pow(B / A, 1 / (2 * Eta));

    /// <summary>Nats per token.</summary>
    public double Loss(double trainingFlop, double tokensPerParameter) =>
        E + (((A * Math.Pow(tokensPerParameter, Eta)) + (B * Math.Pow(tokensPerParameter, -Eta))) * Math.Pow(trainingFlop, -Eta));

    /// <summary>A law by N and D in these variables.</summary>
    /// <exception cref="ArgumentException">Its exponents are not one.</exception>
    public static OverTrainingLaw Of(ChinchillaLaw law)
    {
        if (law.Alpha != law.Beta) throw new ArgumentException("The exponents of parameters and tokens differ.", nameof(law));
        var scale = Math.Pow(Allocation.TrainingFlopPerParameterAndToken, law.Alpha / 2);
        return new(law.E, law.A * scale, law.B * scale, law.Alpha / 2);
    }

    /// <summary>The same law in N and D.</summary>
    public ChinchillaLaw ToChinchilla()
    {
        var scale = Math.Pow(Allocation.TrainingFlopPerParameterAndToken, -Eta);
        return new(A * scale, B * scale, E, 2 * Eta, 2 * Eta);
    }
}
