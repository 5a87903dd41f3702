using Tern.Run.Sampling;

namespace Tern.Run.Tests.Sampling;

public class XtcTests
{
    /// <summary>Probabilities 0.4, 0.3, 0.2, 0.1.</summary>
    static readonly float[] Logits = [MathF.Log(4), MathF.Log(3), MathF.Log(2), 0];

    [Theory]
    [InlineData(0.15, new[] { 0, 0, 2 / 3.0, 1 / 3.0 })]
    [InlineData(0.25, new[] { 0, 0.5, 1 / 3.0, 1 / 6.0 })]
    [InlineData(0.35, new[] { 0.4, 0.3, 0.2, 0.1 })]
    [InlineData(0.05, new[] { 0, 0, 0, 1.0 })]
    [InlineData(0.45, new[] { 0.4, 0.3, 0.2, 0.1 })]
    public void All_top_choices_but_the_last_go(double threshold, double[] expected)
    {
        var probabilities = new float[4];
        var options = SamplingChainTests.Off with { Xtc = new() { Probability = 1, Threshold = threshold } };
        new Sampler(options, 4).Probabilities((float[])Logits.Clone(), probabilities);
        for (var id = 0; id < 4; id++) Assert.Equal(expected[id], probabilities[id], 1e-6);
    }

    [Fact]
    public void It_acts_as_often_as_it_is_told()
    {
        var sampler = new Sampler(SamplingChainTests.Off with { Xtc = new() { Probability = 0.3, Threshold = 0.15 } }, 4);
        var probabilities = new float[4];
        var acted = 0;
        const int times = 20_000;
        for (var i = 0; i < times; i++)
        {
            sampler.Probabilities((float[])Logits.Clone(), probabilities);
            if (probabilities[0] == 0) acted++;
        }
        Assert.Equal(0.3, (double)acted / times, 5 * Math.Sqrt(0.3 * 0.7 / times));    // five standard errors
    }
}
