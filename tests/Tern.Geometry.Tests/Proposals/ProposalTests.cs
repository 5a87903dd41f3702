using Tern.Geometry.Language;
using Tern.Geometry.Proposals;
using Tern.Models.Tokenizers;

namespace Tern.Geometry.Tests.Proposals;

public class ProposalTests
{
    const string Orthocentre = "a b c = triangle a b c; h = on_tline h b a c, on_tline h c a b ? perp a h b c";

    // Trinh et al. 2024: the first example of the published code.
    [Fact]
    public void The_orthocentre_is_written_as_published() =>
        Assert.Equal("{S} a : ; b : ; c : ; d : T a b c d 00 T a c b d 01 ? T a d b c", TheoremText.OfProblem(Problem.Parse(Orthocentre)));

    [Fact]
    public void Auxiliary_points_stand_behind_the_goal() =>
        Assert.Equal("{S} a : ; b : ; c : ; d : T a b c d 00 T a c b d 01 ? T a d b c {F1} x00 e : C a c e 02 C b d e 03 ;",
            TheoremText.OfTheorem(Problem.Parse(Orthocentre).With("e = on_line e a c, on_line e b h")));

    [Theory]
    [InlineData("d : T a d b d", "d = on_dia d a b")]
    [InlineData("d : T a d b c", "d = on_tline d a b c")]
    [InlineData("d : P b c a d", "d = on_pline d a b c")]
    [InlineData("d : D b d c d", "d = iso_triangle_vertex d b c")]
    [InlineData("d : D b c b d", "d = on_circle d b c")]
    [InlineData("d : D b a c d", "d = eqdistance d c b a")]
    [InlineData("d : C a b d", "d = on_line d a b")]
    [InlineData("d : O a b c d", "d = on_circum d a b c")]
    [InlineData("d : ^ a b a d a d a c", "d = angle_bisector d b a c")]
    [InlineData("d : M d a b 03", "d = midpoint d a b")]
    [InlineData("d : M b a d", "d = mirror d a b")]
    [InlineData("d : C a c d 02 T a c b d 03", "d = on_line d a c, on_tline d b a c")]
    public void A_proposal_is_a_construction(string proposal, string expected)
    {
        var problem = Problem.Parse("a b c = triangle a b c ? cong a b a c");
        var clause = ProposalReader.Read(proposal.Split(' '), problem);
        Assert.NotNull(clause);
        Assert.Equal(expected, problem.With(["d"], [clause]).TextOf(clause));
    }

    [Theory]
    [InlineData("")]
    [InlineData("d")]
    [InlineData("e : C a b e")]
    [InlineData("d : C a b c")]
    [InlineData("d : C a d d")]
    [InlineData("d : C a b z")]
    [InlineData("d : Q a b d")]
    [InlineData("d : C a b d C a c d C b c d")]
    [InlineData("d : M d a b C a c d")]
    public void What_is_no_construction_is_refused(string proposal) =>
        Assert.Null(ProposalReader.Read(proposal.Split(' '), Problem.Parse("a b c = triangle a b c ? cong a b a c")));

    [Theory]
    [InlineData("e = foot e a b c", "e = on_line e b c, on_tline e a b c")]
    [InlineData("e = circumcenter e a b c", "e = iso_triangle_vertex e a b, iso_triangle_vertex e b c")]
    [InlineData("e = mirror e a b", "e = on_line e a b, on_circle e b a")]
    [InlineData("e = reflect e a b c", "e = on_circle e b a, on_circle e c a")]
    public void What_is_written_of_an_auxiliary_point_is_read_back(string auxiliary, string expected)
    {
        var problem = Problem.Parse("a b c = triangle a b c; d = midpoint d a b ? cong a b a c");
        var text = TheoremText.OfTheorem(problem.With(auxiliary));
        var clause = ProposalReader.Read(text[(text.IndexOf("x00 ", StringComparison.Ordinal) + 4)..^2].Split(' '), problem);
        Assert.NotNull(clause);
        Assert.Equal(expected, problem.With(["e"], [clause]).TextOf(clause));
    }

    [Fact]
    public void Each_word_is_one_token()
    {
        var path = Path.Combine(Directory.CreateTempSubdirectory().FullName, "tokenizer.json");
        File.WriteAllText(path, TheoremVocabulary.ToTokenizerJson());
        var tokenizer = TokenizerFiles.Load(Path.GetDirectoryName(path)!);
        Assert.NotNull(tokenizer);
        var text = TheoremText.OfTheorem(Problem.Parse(Orthocentre).With("e = on_line e a c, on_line e b h"));
        var ids = tokenizer.Encode(text, addSpecial: false);
        Assert.Equal(text.Split(' '), ids.Select(id => TheoremVocabulary.Words[id]));
        Assert.Equal(TheoremVocabulary.Words.Count, tokenizer.VocabSize);
    }
}
