using System.Text;
using Tern.Geometry.Pictures;

namespace Tern.Geometry.Proofs;

/// <summary>Proofs as graphs in the language of Graphviz: an arrow from each premise to what follows from it.</summary>
public static class ProofDot
{
    public static string Of(Proof proof)
    {
        var (outline, notation) = (new ProofOutline(proof), new PlainNotation(proof.Problem.PointNames));
        var text = new StringBuilder("digraph proof {\n  rankdir=TB;\n  node [shape=box, fontname=\"Helvetica\", fontsize=11];\n");
        foreach (var step in outline.Construction.SelectMany(clause => clause.Facts)) AppendNode(step, FigureRole.Given, ", style=filled, fillcolor=\"#EEEEEE\"");
        foreach (var step in outline.Auxiliary.SelectMany(clause => clause.Facts)) AppendNode(step, FigureRole.Auxiliary, ", style=dashed");
        foreach (var step in outline.Deduction)
        {
            var isGoal = outline.IsGoal(step.Step);
            AppendNode(step, isGoal ? FigureRole.Goal : FigureRole.Given, isGoal ? ", penwidth=2.5" : "");
            foreach (var premise in step.Step.Premises) text.Append("  s").Append(outline.NumberOf(premise)).Append(" -> s").Append(step.Number).Append(";\n");
        }

        return text.Append("}\n").ToString();

        void AppendNode(NumberedStep step, FigureRole role, string look)
        {
            var rule = step.Step.Rule == ProofRule.Given ? "" : $"\\n{step.Step.Rule}";
            text.Append("  s").Append(step.Number).Append(" [label=\"(").Append(step.Number).Append(") ").Append(Quoted(notation.Say(step.Step.Conclusion))).Append(rule)
                .Append("\", color=\"").Append(FigureColors.Hex(role)).Append('"').Append(look).Append("];\n");
        }
    }

    static string Quoted(string words) => words.Replace("\\", "\\\\", StringComparison.Ordinal).Replace("\"", "\\\"", StringComparison.Ordinal);
}
