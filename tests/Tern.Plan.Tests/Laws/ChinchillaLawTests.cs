using Tern.Models;
using Tern.Plan.Laws;

namespace Tern.Plan.Tests.Laws;

public sealed class ChinchillaLawTests
{
    /// <summary>Epoch's point estimate with more digits than were published, from the notebook of epoch-research/analyzing-chinchilla.</summary>
    static readonly ChinchillaLaw EpochNotebook = new(482.005, 2085.434, 1.81686, 0.34781, 0.36585);

    static ChinchillaLaw Law(string name) => name == "epoch-notebook" ? EpochNotebook : PublishedLaw.Named(name).Law;

    /// <summary>Allocations computed from the closed form in double precision.</summary>
    [Theory]
    [InlineData("hoffmann-rounded", 0.451613, 1.3447106, new[] { 6.448575e8, 2.584550e10, 2.599850, 5.160474e9, 3.229678e11, 2.138614, 3.218986e10, 2.982306e12, 1.930748 })]
    [InlineData("hoffmann-tex", 0.456526, 1.3000464, new[] { 7.748737e8, 2.150888e10, 2.553419, 6.342826e9, 2.627641e11, 2.114916, 4.036094e10, 2.378537e12, 1.918412 })]
    [InlineData("sardana", 0.457189, 1.2973474, new[] { 7.962957e8, 2.093025e10, 2.598023, 6.538113e9, 2.549156e11, 2.137575, 4.171557e10, 2.301299e12, 1.930125 })]
    [InlineData("epoch-notebook", 0.512639, 0.11963105, new[] { 8.545050e8, 1.950447e10, 2.552559, 9.057175e9, 1.840162e11, 2.140527, 7.235260e10, 1.326836e12, 1.973973 })]
    [InlineData("mpt47", 0.564277, 0.021152485, new[] { 1.485282e9, 1.122122e10, 2.898777, 1.996930e10, 8.346144e10, 2.365094, 1.966658e11, 4.881377e11, 2.062227 })]
    public void Optimum_for_operations_is_that_of_the_closed_form(string name, double a, double g, double[] rows)
    {
        const double Tolerance = 6e-7;        // relative: seven digits are given
        var law = Law(name);
        Assert.Equal(a, law.ParametersExponent, 6);
        Assert.Equal(1, law.G / g, Tolerance);
        foreach (var (flop, row) in ((double, double[])[])[(1e20, rows[..3]), (1e22, rows[3..6]), (5.76e23, rows[6..])])
        {
            var optimum = law.OptimumForFlop(flop);
            Assert.Equal(1, optimum.Parameters / row[0], Tolerance);
            Assert.Equal(1, optimum.Tokens / row[1], Tolerance);
            Assert.Equal(row[2], law.Loss(optimum), 6e-7);
            Assert.Equal(1, optimum.TrainingFlop / flop, 1e-12);
        }
    }

    public static TheoryData<string> Names => [.. PublishedLaw.All.Select(law => law.Name)];

    /// <summary>1e-9: powers of powers.</summary>
    [Theory]
    [MemberData(nameof(Names))]
    public void Every_way_of_asking_for_the_frontier_gives_the_same_point(string name)
    {
        var law = Law(name);
        var optimum = law.OptimumForFlop(1e21);
        var loss = law.Loss(optimum);
        foreach (var other in (Allocation[])[law.OptimumForLoss(loss), law.OptimumForParameters(optimum.Parameters), law.OptimumForTokens(optimum.Tokens)])
        {
            Assert.Equal(1, other.Parameters / optimum.Parameters, 1e-9);
            Assert.Equal(1, other.Tokens / optimum.Tokens, 1e-9);
        }
        Assert.Equal(1, law.LeastFlopForLoss(loss) / 1e21, 1e-9);
        Assert.Equal(1, law.TokensForLoss(optimum.Parameters, loss) / optimum.Tokens, 1e-9);
        Assert.Equal(1, law.ParametersForLoss(optimum.Tokens, loss) / optimum.Parameters, 1e-9);
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void No_neighbour_of_the_optimum_has_a_lower_loss(string name)
    {
        var law = Law(name);
        var optimum = law.OptimumForFlop(1e22);
        foreach (var factor in (double[])[0.8, 0.99, 1.01, 1.25])
            Assert.True(law.Loss(new(optimum.Parameters * factor, optimum.Tokens / factor)) > law.Loss(optimum));
    }

    [Fact]
    public void A_model_that_is_too_small_never_reaches_the_loss()
    {
        var law = Law("sardana");
        var least = law.LeastParametersForLoss(2.0);
        Assert.Equal(double.PositiveInfinity, law.TokensForLoss(least * 0.999, 2.0));
        Assert.True(double.IsFinite(law.TokensForLoss(least * 1.001, 2.0)));
        Assert.Equal(double.PositiveInfinity, law.ParametersForLoss(law.LeastTokensForLoss(2.0) * 0.999, 2.0));
    }

    /// <summary>Tokens per parameter at Chinchilla's 5.88e23 operations: 18.3 by Besiroglu et al.'s refit (their point estimate), 59.0 by the constants in the TeX source (computed).</summary>
    [Theory]
    [InlineData("epoch-notebook", 18.3)]
    [InlineData("hoffmann-tex", 59.0)]
    public void Tokens_per_parameter_at_Chinchillas_budget(string name, double ratio)
    {
        var tokensPerParameter = Law(name).OptimumForFlop(5.88e23).TokensPerParameter;
        Assert.Equal(ratio, tokensPerParameter, 0.06);
    }

    [Fact]
    public void An_unknown_law_is_told_with_the_nearest_name()
    {
        var problem = Assert.Throws<TernException>(() => PublishedLaw.Named("sardanna"));
        Assert.Contains("did you mean 'sardana'?", problem.Message);
    }
}
