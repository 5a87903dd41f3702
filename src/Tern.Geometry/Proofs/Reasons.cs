namespace Tern.Geometry.Proofs;

/// <summary>Why a step follows, in words.</summary>
sealed class Reasons(ProofOutline outline, Notation notation, Func<int, string> reference)
{
    /// <summary>Premises whose statements are repeated; of more, only the numbers are given.</summary>
    const int MostRepeated = 2;

    /// <summary>"since A, B, C and D lie on a circle (3)"; empty for what is given.</summary>
    public string Of(ProofStep step)
    {
        if (step.Rule == ProofRule.Given) return "";
        var theorem = Theorem(step.Rule);
        if (step.Premises.Length == 0) return theorem;
        var because = step.Premises.Length <= MostRepeated
            ? "since " + Join(step.Premises.Select(premise => $"{notation.Say(outline.Proof.Steps[premise].Conclusion)} {reference(outline.NumberOf(premise))}"))
            : "from " + Join(step.Premises.Select(outline.NumberOf).Order().Select(reference));
        return IsPlain(step) ? because : $"{theorem}, {because}";
    }

    /// <summary>The premise says it in other words.</summary>
    static bool IsPlain(ProofStep step) => step.Premises.Length == 1 && step.Rule is ProofRule.Angles or ProofRule.Ratios or ProofRule.Lengths or ProofRule.Squares;

    static string Join(IEnumerable<string> words)
    {
        var all = words.ToList();
        return all.Count == 1 ? all[0] : string.Join(", ", all.Take(all.Count - 1)) + " and " + all[^1];
    }

    static string Theorem(ProofRule rule) => rule switch
    {
        ProofRule.Angles => "adding angles",
        ProofRule.Ratios => "multiplying ratios",
        ProofRule.Lengths => "adding lengths",
        ProofRule.Squares => "adding squares of lengths",
        ProofRule.Line => "the lines through a common point have one direction",
        ProofRule.Circle => "the inscribed angles are equal",
        ProofRule.Centre => "the distances from the centre are equal",
        ProofRule.CentralAngle => "by the angle at the centre",
        ProofRule.TwoChords => "the perpendicular bisectors of two chords meet in the centre",
        ProofRule.Middle => "it is on the line, as far from one end as from the other",
        ProofRule.SimilarByAngles => "equal angles",
        ProofRule.SimilarBySides => "proportional sides",
        ProofRule.SimilarBySideAngleSide => "two proportional sides and the angle between them",
        ProofRule.SimilarBySideSideAngle => "two proportional sides and the angle opposite the longer",
        ProofRule.CongruentBySide => "similar triangles with an equal side",
        ProofRule.EqualBaseAngles => "the base angles are equal",
        ProofRule.DividedAlike => "the lines are divided in the same ratio",
        ProofRule.EqualArcs => "equal inscribed angles stand on equal chords",
        ProofRule.EqualChords => "on equal chords stand equal inscribed angles",
        ProofRule.SamePlace => "both are where the same two lines or circles meet",
        ProofRule.Incentre => "the bisectors of a triangle's angles meet in one point",
        ProofRule.TouchingCircles => "both are where the same two circles touch",
        _ => throw new ArgumentOutOfRangeException(nameof(rule), rule, null),
    };
}
