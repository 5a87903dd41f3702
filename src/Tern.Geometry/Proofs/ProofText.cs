using System.Text;

namespace Tern.Geometry.Proofs;

/// <summary>Proofs as plain text: numbered sentences in three parts.</summary>
public static class ProofText
{
    public static string Of(Proof proof)
    {
        var (outline, notation) = (new ProofOutline(proof), new PlainNotation(proof.Problem.PointNames));
        var reasons = new Reasons(outline, notation, number => $"({number})");
        var text = new StringBuilder();
        text.Append(proof.Problem.Name).Append("\n\nTo prove: ").Append(notation.Say(proof.Goal)).Append(".\n");
        AppendClauses(text, "Construction", outline.Construction);
        AppendClauses(text, "Auxiliary points", outline.Auxiliary);
        if (outline.Deduction.Count > 0) text.Append("\nDeduction\n");
        foreach (var step in outline.Deduction) AppendStep(text, step, "");
        return text.ToString();

        void AppendClauses(StringBuilder text, string title, IReadOnlyList<OutlineClause> clauses)
        {
            if (clauses.Count == 0) return;
            text.Append('\n').Append(title).Append('\n');
            foreach (var clause in clauses)
            {
                text.Append("  ").Append(proof.Problem.TextOf(clause.Clause)).Append('\n');
                foreach (var step in clause.Facts) AppendStep(text, step, "  ");
            }
        }

        void AppendStep(StringBuilder text, NumberedStep step, string indent)
        {
            var reason = reasons.Of(step.Step);
            text.Append(indent).Append($"({step.Number}) ".PadLeft(6)).Append(notation.Say(step.Step.Conclusion)).Append(reason.Length > 0 ? ", " : "").Append(reason).Append(outline.IsGoal(step.Step) ? ". Which was to be proved.\n" : ".\n");
        }
    }
}
