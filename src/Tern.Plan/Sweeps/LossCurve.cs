namespace Tern.Plan.Sweeps;

/// <summary>A look at held-out text.</summary>
/// <param name="Step">Optimiser steps that were done.</param>
/// <param name="Loss">Nats per token.</param>
public sealed record HeldOutPoint(double Step, double Loss);

/// <summary>The held-out loss over a run, between evaluations.</summary>
public static class LossCurve
{
    /// <summary>Where the loss first falls to a target: on the straight line between the two evaluations around it. Null where it never does; the first evaluation, where that is below already.</summary>
    /// <param name="curve">By rising steps.</param>
    /// <param name="target">Nats per token.</param>
    public static double? Crossing(IReadOnlyList<HeldOutPoint> curve, double target)
    {
        for (var i = 0; i < curve.Count; i++)
        {
            if (!(curve[i].Loss <= target)) continue;
            if (i == 0) return curve[0].Step;
            var (before, after) = (curve[i - 1], curve[i]);
            return before.Step + (after.Step - before.Step) * (before.Loss - target) / (before.Loss - after.Loss);
        }
        return null;
    }

    /// <summary>The loss at a step, on the straight line between the evaluations around it; that of the first or last evaluation outside of them.</summary>
    public static double At(IReadOnlyList<HeldOutPoint> curve, double step)
    {
        var after = curve.TakeWhile(point => point.Step < step).Count();
        if (after == 0) return curve[0].Loss;
        if (after == curve.Count) return curve[^1].Loss;
        var (left, right) = (curve[after - 1], curve[after]);
        return left.Loss + (right.Loss - left.Loss) * (step - left.Step) / (right.Step - left.Step);
    }
}
