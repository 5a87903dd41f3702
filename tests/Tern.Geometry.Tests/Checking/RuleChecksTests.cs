using CsCheck;
using Tern.Geometry.Checking;
using Tern.Geometry.Diagrams;
using Tern.Geometry.Language;
using Tern.Geometry.Proofs;

namespace Tern.Geometry.Tests.Checking;

public class RuleChecksTests
{
    /// <summary>Beside the diagram of a problem, where only the premises of the step hold.</summary>
    [Theory]
    [MemberData(nameof(Samples))]
    public void No_rule_concludes_what_is_false_where_its_premises_alone_hold(SampleStep sample)
    {
        var (_, premises, conclusion, diagram) = sample.Build();
        for (var seed = 1ul; seed <= 20; seed++) Assert.False(NearbyDiagrams.Refute(diagram, sample.Rule, [.. premises], conclusion, seed));
    }

    public static TheoryData<SampleStep> Samples => [.. ProofSamples.Steps];

    [Fact]
    public void Every_rule_has_a_sample() =>
        Assert.Equal(Enum.GetValues<ProofRule>().Where(rule => rule != ProofRule.Given), ProofSamples.Steps.Select(step => step.Rule).Distinct().Order());

    [Theory]
    [MemberData(nameof(Samples))]
    public void A_step_follows_from_its_premises_and_not_from_fewer(SampleStep sample)
    {
        var (_, premises, conclusion, diagram) = sample.Build();
        Assert.True(RuleChecks.Follows(sample.Rule, new(diagram, premises), conclusion));
        foreach (var dropped in premises) Assert.False(RuleChecks.Follows(sample.Rule, new(diagram, [.. premises.Where(premise => premise != dropped)]), conclusion));
    }

    [Theory]
    [MemberData(nameof(Samples))]
    public void A_conclusion_with_other_points_that_follows_is_true_wherever_the_premises_are(SampleStep sample)
    {
        var (problem, premises, conclusion, diagram) = sample.Build();
        var nearby = Neighbourhood.Of(diagram, premises);
        var truth = new NumericTruth(diagram);
        Gen.Int[0, problem.PointNames.Length - 1].Array[conclusion.Points.Length].Sample(points =>
        {
            Statement other;
            try
            {
                other = new(conclusion.Predicate, points, conclusion.Value, conclusion.Coefficients.IsEmpty ? null : conclusion.Coefficients);
            }
            catch (ArgumentException)
            {
                return;
            }

            // By any rule: what is accepted is sound.
            foreach (var rule in Enum.GetValues<ProofRule>().Where(_ => truth.Holds(other)))
            {
                if (RuleChecks.Follows(rule, new(diagram, premises), other)) Assert.All(nearby, place => Assert.True(other.Holds(place, Neighbourhood.ToleranceOf(rule)), $"{rule}: {other}"));
            }
        }, iter: 300);
    }
}

/// <summary>Diagrams near another one in which some statements hold, and little else: what follows from the statements is true in all of them.</summary>
static class Neighbourhood
{
    /// <summary>Of statements in refined diagrams; what does not follow is off by about the step, 1e-2.</summary>
    const double Tolerance = 1e-6;

    /// <summary>Where circles touch is a double root: an error of their equations moves it by its square root.</summary>
    public static double ToleranceOf(ProofRule rule) => rule == ProofRule.TouchingCircles ? 1e-3 : Tolerance;

    public static IReadOnlyList<Diagram> Of(Diagram diagram, IReadOnlyList<Statement> premises)
    {
        var found = new List<Diagram>();
        var random = new Random(1);
        for (var attempt = 0; attempt < 20 && found.Count < 4; attempt++)
        {
            double[] x = [.. diagram.X.Select(Moved)], y = [.. diagram.Y.Select(Moved)];
            Refinement.Run([.. premises], x, y, diagram.Unit);
            var moved = new Diagram(x, y, diagram.Unit);
            if (premises.All(premise => premise.Holds(moved, 1e-9))) found.Add(moved);
        }

        Assert.NotEmpty(found);
        return found;

        double Moved(double coordinate) => coordinate + (0.02 * (random.NextDouble() - 0.5));
    }
}
