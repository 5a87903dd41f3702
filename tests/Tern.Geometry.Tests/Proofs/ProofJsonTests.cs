using Tern.Geometry.Checking;
using Tern.Geometry.Diagrams;
using Tern.Geometry.Engine;
using Tern.Geometry.Language;
using Tern.Geometry.Proofs;
using Tern.Geometry.Tests.Checking;

namespace Tern.Geometry.Tests.Proofs;

public class ProofJsonTests
{
    static readonly string Orthocentre = ProofJson.Of(ProofSamples.Orthocentre());

    public static TheoryData<string> Problems =>
    [
        "a b c = triangle a b c; o = circumcenter o a b c; d = mirror d a o ? perp b a b d",
        "a b c = triangle a b c; d = foot d a b c; e = foot e b a c ? cyclic a b d e",
        "a b c = triangle a b c; d = midpoint d b c; e = midpoint e c a; f = midpoint f a b ? simtri a b c d e f",
        "a b c = r_triangle a b c; m = midpoint m b c ? cong m a m b",
        "a b = segment a b; m = midpoint m a b; n = midpoint n a m ? rconst a n a b 1/4",
        "b c = segment b c; a = eq_triangle a b c; d = midpoint d b c ? aconst a b a d 1pi/6",
    ];

    [Theory]
    [MemberData(nameof(Problems))]
    public void A_found_proof_is_the_same_and_right_after_writing_and_reading(string statement)
    {
        var problem = Problem.Parse(statement);
        var closure = Closure.Of(problem, Diagram.Build(problem, 2), cancellation: TestContext.Current.CancellationToken);
        var proof = closure.Prove(problem.Goals[0]);
        Assert.NotNull(proof);
        var json = ProofJson.Of(proof);
        var read = ProofJson.Parse(json);
        Assert.Equal(json, ProofJson.Of(read));
        Assert.Equal(proof.Diagram.X, read.Diagram.X);
        Assert.Equal(proof.Steps.Select(step => (step.Rule, step.Conclusion)), read.Steps.Select(step => (step.Rule, step.Conclusion)));
        Assert.Null(ProofChecker.Check(read, problem).Problem);
    }

    [Fact]
    public void Auxiliary_clauses_stay_auxiliary() => Assert.Single(ProofJson.Parse(Orthocentre).Problem.Clauses, clause => clause.IsAuxiliary);

    [Theory]
    [InlineData("similar_by_angles", "similar_by_sides")]
    [InlineData("\"simtri e a b e d c\"", "\"simtri e a b e c d\"")]
    [InlineData("perp b d a c\"", "perp b d a b\"")]
    [InlineData("on_line e a c", "on_tline e a c b")]
    public void A_changed_proof_is_read_and_found_wrong(string before, string after)
    {
        Assert.Contains(before, Orthocentre, StringComparison.Ordinal);
        Assert.False(ProofChecker.Check(ProofJson.Parse(Orthocentre.Replace(before, after, StringComparison.Ordinal))).IsRight);
    }

    [Theory]
    [InlineData("\"version\": 1", "\"version\": 7", "$.version is 7")]
    [InlineData("tern-proof", "proof", "$.format is 'proof'")]
    [InlineData("similar_by_angles", "similar_by_angels", "$.steps[4].rule: there is no rule 'similar_by_angels'; did you mean 'similar_by_angles'?")]
    [InlineData("simtri e a b e d c", "simtri e a b e d z", "$.steps[4].conclusion: ")]
    [InlineData("simtri e a b e d c", "simtri e a b e d", "$.steps[4].conclusion: ")]
    [InlineData("perp b d a c\"", "perpendicular b d a c\"", "$.steps[0].conclusion: ")]
    [InlineData("on_line e b d", "on_line e b", "$.statement: ")]
    [InlineData("\"goal\"", "\"gaol\"", "gaol")]
    [InlineData("\"b\": [", "\"x\": [", "'b' has no coordinates")]
    public void What_is_no_proof_is_refused_with_its_place(string before, string after, string expected)
    {
        Assert.Contains(before, Orthocentre, StringComparison.Ordinal);
        Assert.Contains(expected, Assert.Throws<GeometryException>(() => ProofJson.Parse(Orthocentre.Replace(before, after, StringComparison.Ordinal), "p.json")).Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("")]
    [InlineData("null")]
    [InlineData("[]")]
    [InlineData("{")]
    [InlineData("{}")]
    public void What_is_not_even_JSON_of_a_proof_is_refused(string json) => Assert.StartsWith("p.json: ", Assert.Throws<GeometryException>(() => ProofJson.Parse(json, "p.json")).Message, StringComparison.Ordinal);
}
