using Tern.Geometry.Language;

namespace Tern.Geometry.Proofs;

/// <summary>A step of a proof as it is presented.</summary>
/// <param name="Index">Among the steps of the proof.</param>
/// <param name="Number">In the text, from one.</param>
readonly record struct NumberedStep(int Index, int Number, ProofStep Step);

/// <summary>A clause of the problem, with the given facts of it that the proof uses.</summary>
sealed record OutlineClause(Clause Clause, IReadOnlyList<NumberedStep> Facts);

/// <summary>A proof in the order in which people read it: what is constructed, what is added for the proof, and what follows; numbered through.</summary>
sealed class ProofOutline
{
    readonly int[] numbers;

    public ProofOutline(Proof proof)
    {
        Proof = proof;
        numbers = new int[proof.Steps.Length];
        var (next, placed) = (1, new HashSet<int>());
        var groups = proof.Problem.Clauses.Where(clause => !clause.IsAuxiliary).Concat(proof.Problem.Clauses.Where(clause => clause.IsAuxiliary))
            .Select(clause => new OutlineClause(clause, [.. Enumerable.Range(0, proof.Steps.Length).Where(i => IsOf(clause, proof.Steps[i]) && placed.Add(i)).Select(Numbered)])).ToList();
        Construction = [.. groups.Where(group => !group.Clause.IsAuxiliary)];
        Auxiliary = [.. groups.Where(group => group.Clause.IsAuxiliary)];
        Deduction = [.. Enumerable.Range(0, proof.Steps.Length).Where(i => !placed.Contains(i)).Select(Numbered)];

        NumberedStep Numbered(int i) => new(i, numbers[i] = next++, proof.Steps[i]);
    }

    public Proof Proof { get; }

    public IReadOnlyList<OutlineClause> Construction { get; }

    public IReadOnlyList<OutlineClause> Auxiliary { get; }

    public IReadOnlyList<NumberedStep> Deduction { get; }

    /// <summary>Of a step in the text, by its index in the proof.</summary>
    public int NumberOf(int index) => numbers[index];

    /// <summary>It concludes what was to be proved.</summary>
    public bool IsGoal(ProofStep step) => step.Conclusion == Proof.Goal;

    static bool IsOf(Clause clause, ProofStep step) => step.Rule == ProofRule.Given && (clause.Facts.Contains(step.Conclusion) || clause.Remarks.Contains(step.Conclusion));
}
