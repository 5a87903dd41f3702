namespace Tern.Plan.Budgets;

/// <summary>Tokens that are served over the life of a model.</summary>
/// <param name="PromptTokens">Read.</param>
/// <param name="GeneratedTokens">Written.</param>
public readonly record struct ServingDemand(double PromptTokens, double GeneratedTokens)
{
    /// <summary>Prompt and generated tokens of an average request to LMSYS-Chat, as arXiv 2401.00448 takes them.</summary>
    public const double AveragePromptTokens = 70, AverageGeneratedTokens = 215;

    /// <summary>D_inf.</summary>
    public double Tokens => PromptTokens + GeneratedTokens;

    /// <summary>So many tokens in all, split as in the average request.</summary>
    public static ServingDemand OfTokens(double tokens) =>
        new(tokens * AveragePromptTokens / (AveragePromptTokens + AverageGeneratedTokens), tokens * AverageGeneratedTokens / (AveragePromptTokens + AverageGeneratedTokens));

    /// <summary>Requests of given lengths.</summary>
    public static ServingDemand OfRequests(double requests, double promptTokens, double generatedTokens) => new(requests * promptTokens, requests * generatedTokens);

    /// <summary>A multiple of the demand.</summary>
    public ServingDemand Times(double factor) => new(PromptTokens * factor, GeneratedTokens * factor);
}
