using System.Collections.Immutable;
using CsCheck;
using Tern.Geometry.Checking;
using Tern.Geometry.Language;
using Tern.Geometry.Proofs;

namespace Tern.Geometry.Tests.Checking;

/// <summary>
/// Damaged proofs. A mutation may leave a proof right by chance: then each of its steps must still be true wherever its premises are, which is tried in diagrams near the proof's own
/// in which the premises hold and little else does.
/// </summary>
public class ProofMutationTests
{
    /// <summary>Each sample as a proof of its own, from assumptions on given coordinates, and the one with an auxiliary point.</summary>
    static readonly Proof[] Proofs = [.. ProofSamples.Steps.Select(Alone), ProofSamples.Orthocentre()];

    static Proof Alone(SampleStep sample)
    {
        var (problem, premises, conclusion, diagram) = sample.Build();
        var points = Enumerable.Range(0, diagram.Count).ToList();
        var clauses = points.Select(point => new Clause([point], [], point == points[^1] ? premises : []));
        var placed = new Problem(sample.Rule.ToString(), problem.PointNames, clauses, [conclusion], coordinates: points.ToDictionary(point => point, point => (diagram.X[point], diagram.Y[point])));
        return new(placed, diagram, conclusion, [.. premises.Select(premise => new ProofStep(ProofRule.Given, premise, [])), new(sample.Rule, conclusion, [.. Enumerable.Range(0, premises.Length)])]);
    }

    static readonly Gen<Proof> AnyProof = Gen.Int[0, Proofs.Length - 1].Select(i => Proofs[i]);

    [Fact]
    public void All_are_right_before() => Assert.All(Proofs, proof => Assert.True(ProofChecker.Check(proof).IsRight, ProofChecker.Check(proof).ToString()));

    [Fact]
    public void A_mutated_proof_is_wrong_or_still_true()
    {
        var (wrong, right) = (0, 0);
        Gen.Select(AnyProof, Gen.Int[0, 4], Gen.Int[0, 100], Gen.Int[0, 1000], Gen.Int[0, 1000]).Sample((proof, kind, at, first, second) =>
        {
            var step = at % proof.Steps.Length;
            if (Mutated(proof, kind, step, first, second) is not { } mutated) return;
            var result = ProofChecker.Check(mutated, proof.Problem);
            if (!result.IsRight)
            {
                wrong++;
                return;
            }

            right++;
            Assert.Contains(mutated.Steps, last => last.Conclusion == proof.Goal);
            foreach (var (index, kept) in mutated.Steps.Index())
            {
                Assert.All(kept.Premises, premise => Assert.InRange(premise, 0, index - 1));
                if (kept.Rule == ProofRule.Given) Assert.Contains(kept.Conclusion, proof.Problem.Premises);
                else Assert.All(Neighbourhood.Of(mutated.Diagram, [.. kept.Premises.Select(premise => mutated.Steps[premise].Conclusion)]), place => Assert.True(kept.Conclusion.Holds(place, Neighbourhood.ToleranceOf(kept.Rule)), kept.ToString()));
            }
        }, iter: 1500);
        // Most damage is found, and some is none: two points exchanged in a statement that does not mind.
        Assert.True(wrong > 3 * right, $"{wrong} wrong, {right} right");
        Assert.True(right > 0);
    }

    /// <summary>Null: the mutation is none, or what it makes is no statement.</summary>
    static Proof? Mutated(Proof proof, int kind, int index, int first, int second)
    {
        var step = proof.Steps[index];
        var changed = kind switch
        {
            // A premise less.
            0 => step.Premises.Length == 0 ? null : step with { Premises = step.Premises.RemoveAt(first % step.Premises.Length) },
            // Two points exchanged, or one for another.
            1 => Changed(step, first, second),
            // Another number.
            2 => step.Conclusion.Value is { } value ? step with { Conclusion = new(step.Conclusion.Predicate, step.Conclusion.Points, value + new Fractions.Fraction(1, 2 + (first % 7)), Coefficients(step.Conclusion)) } : null,
            // Another rule.
            3 => (ProofRule)(first % Enum.GetValues<ProofRule>().Length) is var rule && rule != step.Rule ? step with { Rule = rule } : null,
            _ => null,
        };
        if (changed is not null) return proof with { Steps = proof.Steps.SetItem(index, changed) };
        // Two steps exchanged.
        var other = second % proof.Steps.Length;
        return kind == 4 && other != index ? proof with { Steps = proof.Steps.SetItem(index, proof.Steps[other]).SetItem(other, step) } : null;
    }

    static ProofStep? Changed(ProofStep step, int first, int second)
    {
        var points = step.Conclusion.Points.ToArray();
        var (i, j) = (first % points.Length, second % points.Length);
        if (points[i] == points[j]) return null;
        if (first % 2 == 0) points[i] = points[j];
        else (points[i], points[j]) = (points[j], points[i]);
        try
        {
            return step with { Conclusion = new(step.Conclusion.Predicate, points, step.Conclusion.Value, Coefficients(step.Conclusion)) };
        }
        catch (ArgumentException)
        {
            return null;
        }
    }

    static ImmutableArray<Fractions.Fraction>? Coefficients(Statement statement) => statement.Coefficients.IsEmpty ? null : statement.Coefficients;

    [Fact]
    public void Another_number_is_always_wrong()
    {
        foreach (var proof in Proofs)
        {
            foreach (var (index, step) in proof.Steps.Index())
            {
                if (step.Conclusion.Value is null) continue;
                for (var change = 0; change < 7; change++) Assert.False(ProofChecker.Check(Mutated(proof, 2, index, change, 0)!).IsRight);
            }
        }
    }

    [Fact]
    public void Another_goal_is_always_wrong()
    {
        foreach (var proof in Proofs)
        {
            foreach (var other in proof.Steps.Where(step => step.Conclusion != proof.Goal))
            {
                Assert.False(ProofChecker.Check(proof with { Goal = other.Conclusion }).IsRight);
                Assert.False(ProofChecker.Check(proof with { Goal = other.Conclusion, Problem = proof.Problem.WithGoals([other.Conclusion]) }, proof.Problem).IsRight);
            }
        }
    }
}
