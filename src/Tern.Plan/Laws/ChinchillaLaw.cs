namespace Tern.Plan.Laws;

/// <summary>
/// L(N, D) = E + A N^-α + B D^-β, in nats per token, and the optimum when only training is paid for, C = 6 N D.
/// Hoffmann et al. 2022, arXiv 2203.15556, equations 2 and 4.
/// </summary>
/// <param name="A">Of the term that falls with the parameters.</param>
/// <param name="B">Of the term that falls with the tokens.</param>
/// <param name="E">The loss that is never undercut, in nats per token.</param>
/// <param name="Alpha">Exponent of the parameters.</param>
/// <param name="Beta">Exponent of the tokens.</param>
public sealed record ChinchillaLaw(double A, double B, double E, double Alpha, double Beta)
{
    /// <summary>G = (αA / βB)^(1/(α+β)): N* = G (C/6)^a.</summary>
    public double G => Math.Pow(Alpha * A / (Beta * B), 1 / (Alpha + Beta));

    /// <summary>a = β/(α+β): how N* grows with C.</summary>
    public double ParametersExponent => Beta / (Alpha + Beta);

    /// <summary>b = α/(α+β): how D* grows with C.</summary>
    public double TokensExponent => Alpha / (Alpha + Beta);

    /// <summary>Nats per token.</summary>
    public double Loss(Allocation at) => E + (A * Math.Pow(at.Parameters, -Alpha)) + (B * Math.Pow(at.Tokens, -Beta));

    /// <summary>The least loss for so many operations of training.</summary>
    public Allocation OptimumForFlop(double trainingFlop)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(trainingFlop);
        var product = trainingFlop / Allocation.TrainingFlopPerParameterAndToken;
        return new(G * Math.Pow(product, ParametersExponent), Math.Pow(product, TokensExponent) / G);
    }

    /// <summary>How long a model of this size is trained where it is the optimum: αA N^-α = βB D^-β.</summary>
    public Allocation OptimumForParameters(double parameters)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(parameters);
        return new(parameters, Math.Pow(Beta * B * Math.Pow(parameters, Alpha) / (Alpha * A), 1 / Beta));
    }

    /// <summary>The size of the model for which so many tokens are the optimum.</summary>
    public Allocation OptimumForTokens(double tokens)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(tokens);
        return new(Math.Pow(Alpha * A * Math.Pow(tokens, Beta) / (Beta * B), 1 / Alpha), tokens);
    }

    /// <summary>The least operations for a loss.</summary>
    /// <param name="loss">Nats per token, above <see cref="E"/>.</param>
    public Allocation OptimumForLoss(double loss)
    {
        ArgumentOutOfRangeException.ThrowIfLessThanOrEqual(loss, E);
        return new(Math.Pow(A * (1 + (Alpha / Beta)) / (loss - E), 1 / Alpha), Math.Pow(B * (1 + (Beta / Alpha)) / (loss - E), 1 / Beta));
    }

    /// <summary>C = 6 (r / (A G^-α + B G^β))^(-(α+β)/(αβ)): the least operations of training for a loss, with r the loss above <see cref="E"/>.</summary>
    /// <param name="loss">Nats per token, above <see cref="E"/>.</param>
    public double LeastFlopForLoss(double loss)
    {
        ArgumentOutOfRangeException.ThrowIfLessThanOrEqual(loss, E);
        var scale = (A * Math.Pow(G, -Alpha)) + (B * Math.Pow(G, Beta));
        return Allocation.TrainingFlopPerParameterAndToken * Math.Pow((loss - E) / scale, -(Alpha + Beta) / (Alpha * Beta));
    }

    /// <summary>The loss of the best model for so many operations of training, in nats per token.</summary>
    public double LeastLossForFlop(double trainingFlop) => Loss(OptimumForFlop(trainingFlop));

    /// <summary>E + A N^-α: what a model of this size comes near to with ever more tokens, in nats per token.</summary>
    public double LimitOfParameters(double parameters) => E + (A * Math.Pow(parameters, -Alpha));

    /// <summary>E + B D^-β: what ever larger models come near to on so many tokens, in nats per token.</summary>
    public double LimitOfTokens(double tokens) => E + (B * Math.Pow(tokens, -Beta));

    /// <summary>(A / (l - E))^(1/α): models of this size and below never reach the loss.</summary>
    public double LeastParametersForLoss(double loss) => Math.Pow(A / (loss - E), 1 / Alpha);

    /// <summary>(B / (l - E))^(1/β): no model reaches the loss on so few tokens.</summary>
    public double LeastTokensForLoss(double loss) => Math.Pow(B / (loss - E), 1 / Beta);

    /// <summary>D of a model of given size for a loss: (B / (l - E - A N^-α))^(1/β); infinite where more tokens do not help.</summary>
    public double TokensForLoss(double parameters, double loss) => Inverse(B, loss - LimitOfParameters(parameters), Beta);

    /// <summary>N for a loss on given tokens: (A / (l - E - B D^-β))^(1/α); infinite where larger models do not help.</summary>
    public double ParametersForLoss(double tokens, double loss) => Inverse(A, loss - LimitOfTokens(tokens), Alpha);

    static double Inverse(double scale, double left, double exponent) => left > 0 ? Math.Pow(scale / left, 1 / exponent) : double.PositiveInfinity;
}
