namespace Tern.Geometry.Checking;

/// <summary>What the checker found.</summary>
/// <param name="Problem">Why the proof is wrong; null: it is right.</param>
/// <param name="Step">The number of the wrong step, from zero; null: none of them, but the proof as a whole.</param>
/// <param name="Agreeing">New diagrams in which every step holds by its rule, too.</param>
/// <param name="OtherOrder">New diagrams whose points are in another order, so that some rule does not apply in them as it does in the proof's own.</param>
public sealed record CheckResult(string? Problem, int? Step = null, int Agreeing = 0, int OtherOrder = 0)
{
    public bool IsRight => Problem is null;

    public override string ToString() => IsRight
        ? $"right; checked in its own diagram and {Agreeing} others" + (OtherOrder > 0 ? $", while {OtherOrder} have their points in another order" : "")
        : Step is { } step ? $"step {step + 1}: {Problem}" : Problem!;
}
