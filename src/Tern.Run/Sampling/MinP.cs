namespace Tern.Run.Sampling;

/// <summary>
/// Min-p: tokens at least p times as probable as the most probable one. Nguyen et al. 2024, "Turning Up the Heat: Min-p Sampling
/// for Creative and Coherent LLM Outputs", arXiv 2407.01082. On logits: l >= max + ln p, which needs no softmax.
/// </summary>
static class MinP
{
    /// <summary>0 keeps all; the most probable token always stays.</summary>
    public static void Apply(Candidates candidates, double p)
    {
        if (p > 0) candidates.KeepFrom((float)(candidates.MaxLogit + Math.Log(p)));
    }
}
