namespace Tern.Cli.Verbs.Plan;

/// <summary>What to train before the money is spent.</summary>
sealed class PlanVerb : Verb
{
    public PlanVerb(CancellationToken cancellation) : base("plan", "Says what to train for a budget, a loss or a demand, by scaling laws.")
    {
        Add(new PlanSweepVerb(cancellation));
    }

    public override IReadOnlyList<string> Examples => [];
}
