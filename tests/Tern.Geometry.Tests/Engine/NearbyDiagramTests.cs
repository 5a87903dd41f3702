using System.Collections.Immutable;
using Tern.Geometry.Diagrams;
using Tern.Geometry.Engine;
using Tern.Geometry.Language;

namespace Tern.Geometry.Tests.Engine;

/// <summary>
/// Soundness: what a closure derives from some premises holds in every diagram of those premises nearby, where points are in the same order. A premise is left out, so that the diagram
/// is special for those that stay: what is true in it by chance, and was derived from that chance, is false beside it.
/// </summary>
public class NearbyDiagramTests
{
    /// <summary>As a share of the diagram's radius.</summary>
    const double Step = 3e-3;

    public static TheoryData<string> Statements =>
    [
        "a b c = triangle a b c; h = orthocenter h a b c; d = foot d a b c; e = foot e b a c; m = midpoint m b c; o = circle o a b c ? perp a h b c",
        "a b c = r_triangle a b c; m = midpoint m b c; d = foot d a b c; i = incenter i a b c; k = mirror k a m ? perp b k b a",
        "a b c d = isquare a b c d; m = midpoint m a b; n = midpoint n b c; x = on_line x d m, on_line x a n ? perp d m a n",
        "a b c = ieq_triangle a b c; o = circle o a b c; p = on_circum p a b c; q = on_line q a p, on_circle q p b ? cong a p a p",
        "a b = segment a b; o = midpoint o a b; c = on_circle c o a; d = on_circle d o a; e = on_line e a c, on_line e b d; f = on_line f a d, on_line f b c ? perp e f a b",
        "a b c d = eq_trapezoid a b c d; o = circle o a b c; e = on_line e a d, on_line e b c; f = on_line f a c, on_line f b d ? perp e f a b",
        "c a b = r_triangle c a b; d = foot d c a b; x = on_line x c d; k = on_line k a x, on_circle k b c; l = on_line l b x, on_circle l a c; m = on_line m a l, on_line m b k ? cong m k m l",
    ];

    [Theory]
    [MemberData(nameof(Statements))]
    public void What_is_derived_from_fewer_premises_holds_in_diagrams_nearby(string text)
    {
        var problem = Problem.Parse(text);
        var diagram = Diagram.Build(problem, 3);
        foreach (var dropped in problem.Premises) Assert.Null(FirstFalse(problem, diagram, [.. problem.Premises.Where(premise => premise != dropped)], 1));
    }

    /// <summary>A derived fact that is false in a diagram nearby, in words.</summary>
    static string? FirstFalse(Problem problem, Diagram diagram, ImmutableArray<Statement> premises, int seed)
    {
        var points = Enumerable.Range(0, diagram.Count).ToArray();
        var given = new Problem(problem.Name, problem.PointNames, [new Clause(points, [], premises)], [], coordinates: points.ToDictionary(point => point, point => (diagram.X[point], diagram.Y[point])));
        var closure = Closure.Of(given, diagram, cancellation: TestContext.Current.CancellationToken);
        var random = new SplitMix64((ulong)seed);
        for (var tries = 0; tries < 3; tries++)
        {
            var (x, y) = (Moved(diagram.X), Moved(diagram.Y));
            if (!(Refinement.Run(premises, x, y, diagram.Unit) < 1e-11)) continue;
            var nearby = new Diagram(x, y, diagram.Unit);
            foreach (var fact in closure.Knowledge.Facts)
                if (!fact.Statement.IsGuard && !fact.Statement.Holds(nearby, 1e-7)) return $"{given.TextOf(fact.Statement)} by {fact.Rule}, from {string.Join("; ", premises.Select(given.TextOf))}";
        }
        return null;

        double[] Moved(double[] coordinates) => [.. coordinates.Select(coordinate => coordinate + (Step * ((2 * random.NextDouble()) - 1)))];
    }
}
