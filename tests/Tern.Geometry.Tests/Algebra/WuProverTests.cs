using Tern.Geometry.Algebra;
using Tern.Geometry.Language;
using Tern.Testing;

namespace Tern.Geometry.Tests.Algebra;

public sealed class WuProverTests
{
    public static TheoryData<string> TrueTheorems => Theorems.True;

    public static TheoryData<string> FalseTheorems => Theorems.False;

    static WuResult Certify(Problem problem, WuLimits? limits = null) => WuProver.Certify(problem, problem.Goals[0], limits, cancellation: TestContext.Current.CancellationToken);

    [Theory]
    [MemberData(nameof(TrueTheorems))]
    public void Theorems_are_certified(string text)
    {
        var problem = Theorems.Read(text);
        var result = Certify(problem);
        Assert.True(result.Truth == Truth.True, result.ToString());
        Assert.NotNull(result.Certificate);
        Assert.StartsWith("certified algebraically: ", result.ToString(), StringComparison.Ordinal);
    }

    [Theory]
    [MemberData(nameof(FalseTheorems))]
    public void What_is_no_theorem_is_not_certified(string text)
    {
        var problem = Theorems.Read(text);
        var result = Certify(problem);
        Assert.Equal(Truth.False, result.Truth);
        Assert.Null(result.Certificate);
    }

    [Fact]
    public void A_certificate_has_its_chain_and_conditions()
    {
        var problem = Theorems.Read("a b c = triangle a b c; h = on_tline h b a c, on_tline h c a b ? perp a h b c");
        var certificate = Certify(problem).Certificate!;
        // a = 0 and b = 1; c is free, and h has two equations, linear in z and in w.
        Assert.Equal(2, certificate.Chain.Length);
        Assert.All(certificate.Chain, equation => Assert.EndsWith(" = 0", equation, StringComparison.Ordinal));
        Assert.Equal(["a and b are in different places", "'perp h b a c' and 'perp h c a b' are not parallel and not void"], certificate.Conditions);
        Assert.NotEmpty(certificate.Initials);
        Assert.InRange(certificate.Divisions, 1, 10);
    }

    [Fact]
    public void Limits_end_with_an_answer_that_is_not_known()
    {
        var problem = Theorems.Read("a b c = triangle a b c; o = circle o a b c; d = on_circle d o a; e = foot e d b c; f = foot f d c a; g = foot g d a b ? coll e f g");
        var result = Certify(problem, new WuLimits { Terms = 3 });
        Assert.Equal(Truth.NotKnown, result.Truth);
        Assert.Contains("the limits were reached", result.Reason, StringComparison.Ordinal);
    }

    /// <summary>With at most a thousand terms, which decides alike on all machines.</summary>
    [Theory]
    [InlineData("imo_ag_30.txt", 15)]
    [InlineData("jgex_ag_231.txt", 210)]
    [InlineData("examples.txt", 4)]
    public void Published_problems_are_certified_with_short_polynomials(string file, int least)
    {
        var certified = 0;
        foreach (var problem in ProblemFile.Read(RealData.Path($"geometry/alphageometry/{file}")))
        {
            var result = Certify(problem, new WuLimits { Terms = 1000, Time = TimeSpan.FromMinutes(5) });
            Assert.NotEqual(Truth.False, result.Truth);
            if (result.Truth == Truth.True) certified++;
        }
        Assert.InRange(certified, least, int.MaxValue);
    }
}
