using Tern.Plan.Laws;

namespace Tern.Plan.Tests.Laws;

public sealed class ChinchillaLawTests
{
    /// <summary>The constants of Sardana et al. 2024, arXiv 2401.00448; allocations computed from the closed form in double precision.</summary>
    static readonly ChinchillaLaw Sardana = new(406.4, 410.7, 1.69, 0.336, 0.283);

    [Theory]
    [InlineData(1e20, 7.962957e8, 2.093025e10, 2.598023)]
    [InlineData(1e22, 6.538113e9, 2.549156e11, 2.137575)]
    [InlineData(5.76e23, 4.171557e10, 2.301299e12, 1.930125)]
    public void Optimum_for_operations_is_that_of_the_closed_form(double flop, double parameters, double tokens, double loss)
    {
        var optimum = Sardana.OptimumForFlop(flop);
        const double Printed = 5e-7;        // relative: seven digits are given
        Assert.Equal(1, optimum.Parameters / parameters, Printed);
        Assert.Equal(1, optimum.Tokens / tokens, Printed);
        Assert.Equal(loss, Sardana.Loss(optimum), 6);
    }
}
