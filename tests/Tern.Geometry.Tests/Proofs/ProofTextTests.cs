using System.Text.RegularExpressions;
using Tern.Geometry.Proofs;
using Tern.Geometry.Tests.Checking;

namespace Tern.Geometry.Tests.Proofs;

public partial class ProofTextTests
{
    static readonly Proof Orthocentre = ProofSamples.Orthocentre();

    [Fact]
    public void Text_has_the_construction_the_auxiliary_point_and_the_deduction() => Assert.Equal(
        """
        orthocentre

        To prove: AD ⊥ BC.

        Construction
          a b c = triangle a b c
          d = on_tline d b a c, on_tline d c a b
            (1) BD ⊥ AC.
            (2) CD ⊥ AB.

        Auxiliary points
          e = on_line e a c, on_line e b d
            (3) E, A and C lie on a line.
            (4) E, B and D lie on a line.

        Deduction
          (5) △EAB ∼ △EDC, equal angles, from (1), (2), (3) and (4).
          (6) △EAD ∼ △EBC, two proportional sides and the angle between them, from (1), (3), (4) and (5).
          (7) AD ⊥ BC, adding angles, from (1), (3), (4) and (6). Which was to be proved.

        """, ProofText.Of(Orthocentre));

    public static TheoryData<SampleStep> Samples => [.. ProofSamples.Steps];

    [Theory]
    [MemberData(nameof(Samples))]
    public void Every_rule_and_statement_has_words_in_text_and_latex(SampleStep sample)
    {
        var (problem, premises, conclusion, diagram) = sample.Build();
        var proof = new Proof(problem, diagram, conclusion, [.. premises.Select(premise => new ProofStep(ProofRule.Given, premise, [])), new(sample.Rule, conclusion, [.. Enumerable.Range(0, premises.Length)])]);
        Assert.EndsWith(". Which was to be proved.", Unwrapped(proof), StringComparison.Ordinal);
        Assert.All(ProofText.Of(proof).Split('\n'), line => Assert.InRange(line.Length, 0, 98));
        var latex = ProofLatex.Of(proof, document: true);
        Assert.Equal(latex.Count(letter => letter == '{'), latex.Count(letter => letter == '}'));
        Assert.Equal(0, latex.Count(letter => letter == '$') % 2);
        Assert.Equal(Begin().Matches(latex).Select(begin => begin.Groups[1].Value).Order(), End().Matches(latex).Select(end => end.Groups[1].Value).Order());
        // LaTeX as old as it gets: no letters outside of ASCII.
        Assert.DoesNotContain(latex, letter => letter > 126);
    }

    [Fact]
    public void Two_premises_are_repeated_and_more_are_numbered()
    {
        var sample = ProofSamples.Steps.First(step => step.Rule == ProofRule.EqualArcs);
        var (problem, premises, conclusion, diagram) = sample.Build();
        var proof = new Proof(problem, diagram, conclusion, [.. premises.Select(premise => new ProofStep(ProofRule.Given, premise, [])), new(sample.Rule, conclusion, [0, 1])]);
        Assert.Contains("(3) AD = BC, equal inscribed angles stand on equal chords, since A, B, C and D lie on a circle (1) and AB ∥ CD (2).", Unwrapped(proof), StringComparison.Ordinal);
    }

    [Fact]
    public void Dot_has_a_node_for_each_step_and_an_arrow_from_each_premise()
    {
        var dot = ProofDot.Of(Orthocentre);
        Assert.Equal(Orthocentre.Steps.Length, Regex.Count(dot, @"^  s\d+ \[label=", RegexOptions.Multiline));
        Assert.Equal(Orthocentre.Steps.Sum(step => step.Premises.Length), Regex.Count(dot, "->"));
        Assert.Contains("s4 -> s5;", dot, StringComparison.Ordinal);
    }

    /// <summary>With a blank wherever it has blanks and line breaks.</summary>
    static string Unwrapped(Proof proof) => string.Join(' ', ProofText.Of(proof).Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries));

    [GeneratedRegex(@"\\begin\{(\w+)\}")]
    private static partial Regex Begin();

    [GeneratedRegex(@"\\end\{(\w+)\}")]
    private static partial Regex End();
}
