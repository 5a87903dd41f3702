using Tern.Papers.Results;
using Tern.Papers.Training;

namespace Tern.Papers.Tests;

public sealed class PowerLawTests
{
    [Fact]
    public void Points_of_a_power_law_give_it_back()
    {
        var fit = PowerLaw.Fit([.. new[] { 100.0, 200, 300, 400, 800 }.Select(x => new CurvePoint(x, 2.5 + (30 * Math.Pow(x, -0.7))))]);
        Assert.Equal(0.7, fit.Beta, 1e-12);
        Assert.Equal(2.5, fit.A, 1e-9);         // least squares in float64 on exact points
        Assert.Equal(30, fit.B, 1e-7);
    }

    [Fact]
    public void The_inverse_undoes_the_law()
    {
        var law = new PowerLaw(2, 10, 0.5);
        Assert.Equal(123, law.Inverse(law.At(123)), 1e-9);
        Assert.True(double.IsNaN(law.Inverse(1.9)));        // below the limit of the law
    }

    [Fact]
    public void Two_points_are_refused() => Assert.Throws<ArgumentOutOfRangeException>(() => PowerLaw.Fit([new(1, 2), new(2, 1)]));
}
