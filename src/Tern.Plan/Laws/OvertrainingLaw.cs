namespace Tern.Plan.Laws;

/// <summary>
/// L(C, M) = E + (a M^η + b M^-η) C^-η, with C = 6 N D and M = D / N: loss of models that are trained for longer or shorter than is optimal. Gadre et al. 2024, arXiv 2403.08540, equation 4.
/// It is L(N, D) with β = α written by other variables: η = α/2, a = A 6^η, b = B 6^η.
/// </summary>
/// <param name="E">The loss that is never undercut, in nats per token.</param>
/// <param name="A">a, of the term that grows with the tokens for each parameter.</param>
/// <param name="B">b, of the term that falls with them.</param>
/// <param name="Eta">η.</param>
public sealed record OvertrainingLaw(double E, double A, double B, double Eta)
{
    /// <summary>The same law by N and D, whose exponents must be one.</summary>
    public static OvertrainingLaw Of(ChinchillaLaw law)
    {
        if (law.Alpha != law.Beta) throw new ArgumentException("The exponents of parameters and tokens differ.", nameof(law));
        var scale = Math.Pow(Allocation.TrainingFlopPerParameterAndToken, law.Alpha / 2);
        return new(law.E, law.A * scale, law.B * scale, law.Alpha / 2);
    }

    /// <summary>Nats per token.</summary>
    /// <param name="trainingFlop">C.</param>
    /// <param name="tokensPerParameter">M.</param>
    public double Loss(double trainingFlop, double tokensPerParameter) =>
        E + (((A * Math.Pow(tokensPerParameter, Eta)) + (B * Math.Pow(tokensPerParameter, -Eta))) * Math.Pow(trainingFlop, -Eta));
}
