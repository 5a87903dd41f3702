using Tern.Geometry.Checking;
using Tern.Geometry.Diagrams;
using Tern.Geometry.Engine;
using Tern.Geometry.Generation;

namespace Tern.Geometry.Tests.Generation;

public class TheoremGeneratorTests
{
    static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    static List<Theorem> Some(int count, GeneratorOptions options) => [.. new TheoremGenerator(options).Generate(Cancellation).Take(count)];

    [Fact]
    public void Theorems_are_true_and_need_their_auxiliary_points()
    {
        var theorems = Some(150, new GeneratorOptions { Seed = 5 });
        Assert.Contains(theorems, theorem => theorem.AuxiliaryPoints > 0);
        foreach (var theorem in theorems)
        {
            var diagram = Diagram.Build(theorem.Problem, 1, DiagramOptions.Default with { AllowsCoincidentPoints = true, TooClose = 0, TooFar = 100, NeedsGoals = false });
            if (!theorem.Problem.Goals[0].Holds(diagram)) continue;
            var closure = Closure.Of(theorem.Problem, diagram, new ClosureOptions { StopsAtGoals = true }, Cancellation);
            if (!closure.IsSolved) continue;
            var check = ProofChecker.Check(closure.Prove(theorem.Problem.Goals[0])!, theorem.Problem);
            Assert.True(check.IsRight, $"{theorem.Problem.ToText()}: {check}");
        }
    }

    [Fact]
    public void The_same_seed_gives_the_same_theorems_with_any_number_of_threads() => Assert.Equal(
        Some(60, new GeneratorOptions { Seed = 9, Threads = 1 }).Select(theorem => theorem.Problem.ToText()), Some(60, new GeneratorOptions { Seed = 9, Threads = 2 }).Select(theorem => theorem.Problem.ToText()));

    [Fact]
    public void No_theorem_comes_twice()
    {
        var theorems = Some(300, new GeneratorOptions { Seed = 3 });
        Assert.Equal(theorems.Count, theorems.Select(theorem => theorem.Problem.ToText()).Distinct().Count());
    }
}
