using Tern.Geometry.Checking;
using Tern.Geometry.Diagrams;
using Tern.Geometry.Engine;
using Tern.Geometry.Generation;

namespace Tern.Geometry.Tests.Generation;

public class TheoremGeneratorTests
{
    static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    static List<Theorem> Some(int count, GeneratorOptions options) => [.. new TheoremGenerator(options).Generate(Cancellation).Take(count)];

    [Theory]
    [InlineData(false, 150)]
    [InlineData(true, 12)]
    public void Theorems_are_true_and_need_their_auxiliary_points(bool onlyAuxiliary, int count)
    {
        var theorems = Some(count, new GeneratorOptions { Seed = 5, OnlyAuxiliary = onlyAuxiliary });
        var proved = 0;
        foreach (var theorem in theorems)
        {
            if (onlyAuxiliary) Assert.InRange(theorem.AuxiliaryPoints, 1, 4);
            var diagram = Diagram.Build(theorem.Problem, 1, DiagramOptions.Default with { AllowsCoincidentPoints = true, TooClose = 0, TooFar = 100, NeedsGoals = false });
            if (!theorem.Problem.Goals[0].Holds(diagram)) continue;
            var closure = Closure.Of(theorem.Problem, diagram, new ClosureOptions { StopsAtGoals = true }, Cancellation);
            if (!closure.IsSolved) continue;
            proved++;
            var check = ProofChecker.Check(closure.Prove(theorem.Problem.Goals[0])!, theorem.Problem);
            Assert.True(check.IsRight, $"{theorem.Problem.ToText()}: {check}");
        }
        // Another diagram may have its points in an order in which the theorem is another one.
        Assert.InRange(proved, count * 3 / 4, count);
    }

    [Fact]
    public void The_same_seed_gives_the_same_theorems_with_any_number_of_threads() => Assert.Equal(
        Some(8, new GeneratorOptions { Seed = 9, Threads = 1, OnlyAuxiliary = true }).Select(theorem => theorem.Problem.ToText()), Some(8, new GeneratorOptions { Seed = 9, Threads = 2, OnlyAuxiliary = true }).Select(theorem => theorem.Problem.ToText()));

    [Fact]
    public void No_theorem_comes_twice()
    {
        var theorems = Some(300, new GeneratorOptions { Seed = 3 });
        Assert.Equal(theorems.Count, theorems.Select(theorem => theorem.Problem.ToText()).Distinct().Count());
    }
}
