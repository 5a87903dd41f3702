using System.Text;

namespace Tern.Geometry.Proofs;

/// <summary>Proofs as plain text: numbered sentences in three parts.</summary>
public static class ProofText
{
    /// <summary>Letters of a line at most, where words allow it.</summary>
    const int Width = 98;

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
            var sentence = notation.Say(step.Step.Conclusion) + (reason.Length > 0 ? ", " : "") + reason + (outline.IsGoal(step.Step) ? ". Which was to be proved." : ".");
            AppendWrapped(text, indent + $"({step.Number}) ".PadLeft(6), sentence);
        }
    }

    /// <summary>A sentence whose further lines begin below its first word.</summary>
    static void AppendWrapped(StringBuilder text, string before, string sentence)
    {
        text.Append(before);
        var (column, isFirst) = (before.Length, true);
        foreach (var word in sentence.Split(' '))
        {
            if (!isFirst && column + 1 + word.Length > Width)
            {
                text.Append('\n').Append(' ', before.Length);
                column = before.Length;
            }
            else if (!isFirst)
            {
                text.Append(' ');
                column++;
            }

            text.Append(word);
            (column, isFirst) = (column + word.Length, false);
        }

        text.Append('\n');
    }
}
