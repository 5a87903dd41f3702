namespace Tern.Run.Sampling;

/// <summary>
/// Top-p, nucleus sampling: the smallest set of most probable tokens whose probabilities sum to p or more.
/// Holtzman et al. 2019, "The Curious Case of Neural Text Degeneration", arXiv 1904.09751, equation 2.
/// </summary>
static class TopP
{
    /// <summary>At least one token stays; 1 keeps all.</summary>
    public static void Apply(Candidates candidates, double p)
    {
        if (p < 1) candidates.KeepShare(p);
    }
}
