using System.Text;

namespace Tern.Geometry.Proofs;

/// <summary>Proofs as LaTeX, for a document that uses amsmath and amssymb.</summary>
public static class ProofLatex
{
    /// <param name="proof">The proof.</param>
    /// <param name="document">A whole article; else what stands between its \begin{document} and \end{document}.</param>
    public static string Of(Proof proof, bool document = false)
    {
        var (outline, notation) = (new ProofOutline(proof), new LatexNotation(proof.Problem.PointNames));
        var reasons = new Reasons(outline, notation, number => $"({number})");
        var text = new StringBuilder();
        if (document) text.Append("\\documentclass{article}\n\\usepackage{amsmath,amssymb}\n\\begin{document}\n");
        text.Append("\\section*{").Append(Escaped(proof.Problem.Name)).Append("}\n");
        text.Append("\\noindent\\textbf{To prove:} ").Append(notation.Say(proof.Goal)).Append(". Angles are directed, between lines, modulo $180^\\circ$.\n");
        AppendClauses("Construction", outline.Construction);
        AppendClauses("Auxiliary points", outline.Auxiliary);
        AppendSteps("Deduction", outline.Deduction);
        text.Append("\\hfill$\\square$\n");
        return document ? text.Append("\\end{document}\n").ToString() : text.ToString();

        void AppendClauses(string title, IReadOnlyList<OutlineClause> clauses)
        {
            if (clauses.Count == 0) return;
            text.Append("\\subsection*{").Append(title).Append("}\n\\noindent ").AppendJoin("\\\\\n", clauses.Select(clause => $"\\texttt{{{Escaped(proof.Problem.TextOf(clause.Clause))}}}")).Append('\n');
            AppendItems([.. clauses.SelectMany(clause => clause.Facts)]);
        }

        void AppendSteps(string title, IReadOnlyList<NumberedStep> steps)
        {
            if (steps.Count == 0) return;
            text.Append("\\subsection*{").Append(title).Append("}\n");
            AppendItems(steps);
        }

        void AppendItems(IReadOnlyList<NumberedStep> steps)
        {
            if (steps.Count == 0) return;
            text.Append("\\begin{enumerate}\n");
            foreach (var step in steps)
            {
                var reason = reasons.Of(step.Step);
                text.Append("\\item[(").Append(step.Number).Append(")] ").Append(notation.Say(step.Step.Conclusion)).Append(reason.Length > 0 ? ", " : "").Append(reason).Append(".\n");
            }

            text.Append("\\end{enumerate}\n");
        }
    }

    /// <summary>Outside of maths.</summary>
    static string Escaped(string words)
    {
        var text = new StringBuilder();
        foreach (var letter in words)
        {
            text.Append(letter switch
            {
                '\\' => "\\textbackslash{}",
                '^' => "\\textasciicircum{}",
                '~' => "\\textasciitilde{}",
                '{' or '}' or '$' or '&' or '#' or '_' or '%' => "\\" + letter,
                _ => letter.ToString(),
            });
        }

        return text.ToString();
    }
}
