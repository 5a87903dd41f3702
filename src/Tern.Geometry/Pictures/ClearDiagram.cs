using Tern.Geometry.Checking;
using Tern.Geometry.Diagrams;
using Tern.Geometry.Language;
using Tern.Geometry.Proofs;

namespace Tern.Geometry.Pictures;

/// <summary>The diagram, of a few, in whose picture points are farthest apart: a prover takes the first that it draws, a reader does not want to.</summary>
public static class ClearDiagram
{
    const int Diagrams = 24;

    /// <summary>Pixels between two points beyond which more is not clearer.</summary>
    const double Far = 70;

    /// <summary>The proof in the clearest diagram in which the checker accepts it; in its own where there is none better.</summary>
    public static Proof Of(Proof proof)
    {
        if (proof.Problem.IsPlaced) return proof;
        var own = Clarity(ProblemFigure.Of(proof));
        return Seeds.Select(seed => ProofChecker.Draw(proof.Problem, proof.Diagram, seed)).OfType<Diagram>().Select(diagram => proof with { Diagram = diagram }).Select(other => (Proof: other, Clarity: Clarity(ProblemFigure.Of(other))))
            .Where(other => other.Clarity > own).OrderByDescending(other => other.Clarity).Select(other => other.Proof).FirstOrDefault(other => ProofChecker.Check(other, diagrams: 0).IsRight, proof);
    }

    /// <summary>Of a problem, with goals that hold.</summary>
    /// <exception cref="GeometryException">It cannot be drawn.</exception>
    /// <exception cref="GoalIsFalseException">A goal is false in diagrams.</exception>
    public static Diagram Of(Problem problem)
    {
        var first = Diagram.Build(problem);
        return problem.IsPlaced ? first : Seeds.Select(Drawn).OfType<Diagram>().Prepend(first).MaxBy(diagram => Clarity(ProblemFigure.Of(problem, diagram)))!;

        Diagram? Drawn(ulong seed)
        {
            try
            {
                return Diagram.Build(problem, seed, DiagramOptions.Default with { Attempts = 200 });
            }
            catch (GeometryException)
            {
                return null;
            }
        }
    }

    static IEnumerable<ulong> Seeds => Enumerable.Range(1, Diagrams).Select(seed => (ulong)seed);

    /// <summary>How far points are from the nearest other, the worst point counting most.</summary>
    static double Clarity(Figure figure)
    {
        var pixels = figure.Pixels.ToArray();
        if (pixels.Length < 2) return 0;
        var rooms = pixels.Select((spot, i) => Math.Min(Far, pixels.Where((_, j) => j != i).Select(other => (other - spot).Length).Where(distance => distance > 0.01).DefaultIfEmpty(Far).Min())).ToArray();
        return rooms.Min() + (rooms.Average() / 2);
    }
}
