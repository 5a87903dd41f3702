namespace Tern.Plan.Laws;

/// <summary>
/// L(C, M) = E + (a M^η + b M^-η) C^-η with M = D/N: over-training moves the loss off the frontier, but not its exponent. Gadre et al. 2024, arXiv 2403.08540, equation 4.
/// It is <see cref="ChinchillaLaw"/> with α = β = 2η, A = a 6^-η and B = b 6^-η, because N = sqrt(C / 6M) and D = sqrt(C M / 6).
/// </summary>
/// <param name="E">The loss that is never undercut, in nats per token.</param>
/// <param name="SmallA">a, of models that are too small.</param>
/// <param name="SmallB">b, of models that are trained too briefly.</param>
/// <param name="Eta">η, for operations.</param>
public sealed record OverTrainingLaw(double E, double SmallA, double SmallB, double Eta)
{
    /// <summary>M*, the tokens for each parameter of the least loss, whatever the budget: (b/a)^(1/2η).</summary>
    public double OptimalTokensPerParameter => Math.Pow(SmallB / SmallA, 1 / (2 * Eta));

    /// <summary>Nats per token.</summary>
    public double Loss(double trainingFlop, double tokensPerParameter) =>
        E + (((SmallA * Math.Pow(tokensPerParameter, Eta)) + (SmallB * Math.Pow(tokensPerParameter, -Eta))) * Math.Pow(trainingFlop, -Eta));

    /// <summary>The same law in N and D.</summary>
    public ChinchillaLaw ToChinchilla()
    {
        var scale = Math.Pow(Allocation.TrainingFlopPerParameterAndToken, -Eta);
        return new(SmallA * scale, SmallB * scale, E, 2 * Eta, 2 * Eta);
    }
}
