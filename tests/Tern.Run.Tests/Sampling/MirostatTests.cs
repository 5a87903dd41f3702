using Tern.Run.Sampling;

namespace Tern.Run.Tests.Sampling;

public class MirostatTests
{
    [Theory]
    [InlineData(2.0)]
    [InlineData(5.0)]
    public void The_average_surprise_comes_to_tau(double tau)
    {
        var logits = TestLogits.Normal(5000, 1, width: 2);     // entropy about 9.4 bits: tau is within reach
        var options = SamplingChainTests.Off with { Mirostat = new() { Version = 2, Tau = tau } };
        var sampler = new Sampler(options, logits.Length);
        double sum = 0;
        const int warmUp = 500, steps = 5000;
        for (var i = 0; i < warmUp + steps; i++)
        {
            var probabilities = new float[logits.Length];
            var token = sampler.Sample((float[])logits.Clone());
            if (i >= warmUp)
            {
                sampler.Probabilities((float[])logits.Clone(), probabilities);
                sum -= Math.Log2(probabilities[token]);
            }
            sampler.Accept(token);
        }
        // sum(surprise - tau) = (mu at the start - mu at the end) / eta, and mu stays within a few bits of its mean:
        // the average is off by at most some 10 bits / 0.1 / 5000 = 0.02.
        Assert.Equal(tau, sum / steps, 0.02);
    }

    [Fact]
    public void Mu_begins_at_twice_tau_and_tokens_of_more_surprise_are_dropped()
    {
        var logits = TestLogits.Normal(300, 2);
        var probabilities = new float[300];
        new Sampler(SamplingChainTests.Off with { Mirostat = new() { Version = 2, Tau = 2 } }, 300).Probabilities((float[])logits.Clone(), probabilities);
        var all = ReferenceChain.Probabilities(logits, SamplingChainTests.Off, []);
        for (var id = 0; id < 300; id++) Assert.Equal(-Math.Log2(all[id]) <= 4, probabilities[id] > 0);
    }

    [Fact]
    public void Mu_moves_by_eta_times_the_error()
    {
        var mirostat = new Mirostat2(new() { Version = 2, Tau = 3, Eta = 0.1 });
        Assert.Equal(6, mirostat.Mu);
        mirostat.Learn(surprise: 5);
        Assert.Equal(5.8, mirostat.Mu, 1e-12);
    }

    [Fact]
    public void Drawing_without_accepting_learns_nothing()
    {
        var options = SamplingChainTests.Off with { Mirostat = new() { Version = 2, Tau = 2, Eta = 1 } };
        var (patient, eager) = (new Sampler(options, 300), new Sampler(options, 300));
        for (var i = 0; i < 20; i++) eager.Sample(TestLogits.Normal(300, i));
        var (expected, actual) = (new float[300], new float[300]);
        patient.Probabilities(TestLogits.Normal(300, 1), expected);
        eager.Probabilities(TestLogits.Normal(300, 1), actual);
        Assert.Equal(expected, actual);
    }
}
