namespace Tern.Plan.Laws;

/// <summary>How large a model is and how long it is trained.</summary>
/// <param name="Parameters">N. Whether embeddings count must be the same in the fit of a law and in its use.</param>
/// <param name="Tokens">D, of training.</param>
public readonly record struct Allocation(double Parameters, double Tokens)
{
    /// <summary>Operations of a training step for each parameter and token: two in the forward pass, four in the backward pass (Kaplan et al. 2020, arXiv 2001.08361, section 2.1).</summary>
    public const double TrainingFlopPerParameterAndToken = 6;

    /// <summary>Operations for each parameter and served token, of the prompt or generated.</summary>
    public const double InferenceFlopPerParameterAndToken = 2;

    /// <summary>C = 6 N D.</summary>
    public double TrainingFlop => TrainingFlopPerParameterAndToken * Parameters * Tokens;

    /// <summary>D / N.</summary>
    public double TokensPerParameter => Tokens / Parameters;

    /// <summary>2 N D_inf.</summary>
    /// <param name="servedTokens">Over the life of the model.</param>
    public double InferenceFlop(double servedTokens) => InferenceFlopPerParameterAndToken * Parameters * servedTokens;
}
