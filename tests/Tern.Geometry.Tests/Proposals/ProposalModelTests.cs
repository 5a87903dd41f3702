using Tern.Geometry.Language;
using Tern.Geometry.Proposals;
using Tern.Geometry.Search;
using Tern.Models;
using Tern.Testing;

namespace Tern.Geometry.Tests.Proposals;

/// <summary>Models of random weights: what they propose is nonsense, and must do no harm.</summary>
public sealed class ProposalModelTests : IDisposable
{
    const string Statement = "a b c = triangle a b c; d = midpoint d a b; e = foot e c a b ? cong a b a c";

    /// <summary>Does not follow; true by its coordinates alone.</summary>
    const string Unprovable = "a@0_0 b@1_0 c@0_1 d@0.3_0.2 = ? perp a b a c";

    readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    ProposalModel Random(int seed)
    {
        var path = _folder[$"random-{seed}"];
        Directory.CreateDirectory(path);
        TinyModels.Write(path, TinyModels.Llama with { VocabSize = TheoremVocabulary.Words.Count }, seed);
        File.WriteAllText(Path.Combine(path, "tokenizer.json"), TheoremVocabulary.ToTokenizerJson());
        return ProposalModel.Load(path);
    }

    [Fact]
    public void Proposals_come_by_falling_probability_and_each_once()
    {
        using var model = Random(1);
        var problem = Problem.Parse(Statement);
        var proposals = model.Propose(problem, 20);
        Assert.NotEmpty(proposals);
        Assert.Equal(proposals.Select(proposal => proposal.LogProbability).OrderDescending(), proposals.Select(proposal => proposal.LogProbability));
        Assert.All(proposals, proposal => Assert.Equal([5], proposal.Clause.Points));
        Assert.Distinct(proposals.Select(proposal => problem.With(["f"], [proposal.Clause]).TextOf(proposal.Clause)));
    }

    [Fact]
    public void The_same_is_proposed_again_and_fewer_are_the_first_of_more()
    {
        using var model = Random(2);
        var problem = Problem.Parse(Statement);
        string[] Texts(int most) => [.. model.Propose(problem, most).Select(proposal => problem.With(["f"], [proposal.Clause]).TextOf(proposal.Clause))];
        Assert.Equal(Texts(9)[..4], Texts(4));
    }

    [Fact]
    public void After_auxiliary_points_the_next_one_is_proposed()
    {
        using var model = Random(3);
        var proposals = model.Propose(Problem.Parse(Statement).With("f = midpoint f a c"), 3);
        Assert.All(proposals, proposal => Assert.Equal([6], proposal.Clause.Points));
    }

    [Fact]
    public void Of_words_that_the_model_has_not_nothing_is_proposed()
    {
        using var model = Random(4);
        Assert.Empty(model.Propose(Problem.Parse("a b = segment a b; c = s_angle a b c 30 ? aconst a b b c pi/6"), 3));
    }

    [Theory]
    [InlineData(AuxiliarySource.Model, 24)]
    [InlineData(AuxiliarySource.Mixed, 24)]
    [InlineData(AuxiliarySource.Mixed, 1)]
    public void A_search_makes_the_attempts_that_it_may_whatever_the_threads(AuxiliarySource source, int attempts)
    {
        using var model = Random(5);
        ProverResult Prove(int threads) => Prover.Prove(Problem.Parse(Unprovable), SearchOptions.Default with { Source = source, Model = model, Attempts = attempts, Threads = threads }, cancellation: Cancellation);
        var (one, two) = (Prove(1), Prove(2));
        Assert.Equal(ProofOutcome.AttemptsSpent, one.Outcome);
        Assert.InRange(one.Attempts, source == AuxiliarySource.Mixed ? attempts : 1, attempts);
        Assert.Equal((one.Attempts, one.Closures, one.Outcome), (two.Attempts, two.Closures, two.Outcome));
    }

    [Fact]
    public void Without_a_model_there_is_nobody_to_ask() =>
        Assert.Throws<ArgumentException>(() => Prover.Prove(Problem.Parse(Statement), SearchOptions.Default with { Source = AuxiliarySource.Model }, cancellation: Cancellation));

    [Fact]
    public void A_model_of_other_words_is_refused()
    {
        var path = _folder["text"];
        Directory.CreateDirectory(path);
        TinyModels.Write(path, TinyModels.Llama with { VocabSize = TheoremVocabulary.Words.Count });
        File.WriteAllText(Path.Combine(path, "tokenizer.json"), TheoremVocabulary.ToTokenizerJson().Replace("\"x00\"", "\"x01\"", StringComparison.Ordinal));
        Assert.Contains("'x00'", Assert.Throws<TernException>(() => ProposalModel.Load(path)).Message);
    }
}
