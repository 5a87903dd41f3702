using System.Collections.Immutable;
using Tern.Geometry.Diagrams;
using Tern.Geometry.Language;
using Tern.Geometry.Proofs;

namespace Tern.Geometry.Checking;

/// <summary>
/// Diagrams beside a proof's own in which the premises of one step hold, and nothing else of the problem needs to. A rule that reads more off the coordinates than it should, such as that
/// an angle is right, concludes something there that is false; diagrams of the whole problem, in which every true theorem holds, cannot show it.
/// </summary>
static class NearbyDiagrams
{
    const int Tries = 2;

    /// <summary>How far points are moved, as a share of the diagram's extent: little, so that they stay in order.</summary>
    const double Move = 2e-3;

    /// <summary>What Newton's method may leave over. Where circles touch, places are as exact as its root, which is still finer than <see cref="NumericTruth.Tolerance"/>.</summary>
    const double Sharp = 1e-13;

    /// <summary>A step is false beside the diagram: its premises hold, its rule applies, and its conclusion does not hold.</summary>
    public static bool Refute(Diagram diagram, ProofRule rule, ImmutableArray<Statement> premises, Statement conclusion, ulong seed)
    {
        var random = new SplitMix64(seed);
        var extent = Math.Max(diagram.X.Max() - diagram.X.Min(), diagram.Y.Max() - diagram.Y.Min());
        var points = premises.Append(conclusion).SelectMany(statement => statement.Points).ToHashSet();
        for (var tries = 0; tries < Tries; tries++)
        {
            var (x, y) = ((double[])diagram.X.Clone(), (double[])diagram.Y.Clone());
            foreach (var point in points.Order())
            {
                x[point] += Move * extent * ((2 * random.NextDouble()) - 1);
                y[point] += Move * extent * ((2 * random.NextDouble()) - 1);
            }

            if (!(Refinement.Run(premises, x, y, diagram.Unit) < Sharp)) continue;
            var nearby = new Diagram(x, y, diagram.Unit);
            var truth = new NumericTruth(nearby);
            if (!truth.Holds(conclusion) && premises.All(truth.Holds) && RuleChecks.Follows(rule, new StepGeometry(nearby, premises), conclusion)) return true;
        }

        return false;
    }
}
