using System.Runtime.Intrinsics;
using Tern.Run.Sampling;

namespace Tern.Run.Tests.Sampling;

public class SoftmaxTests
{
    [Fact]
    public void Exp_is_within_2e_7_of_the_exact_value()
    {
        for (var x = 0f; x > -87.3f; x -= 0.00137f)
        {
            var exact = Math.Exp(x);
            Assert.Equal(1, Softmax.Exp(Vector256.Create(x)).ToScalar() / exact, 2e-7);
        }
    }

    [Theory]
    [InlineData(0f, 1f)]
    [InlineData(-88f, 0f)]
    [InlineData(float.MinValue, 0f)]
    [InlineData(float.NegativeInfinity, 0f)]
    public void Exp_at_the_ends_of_its_range_is_exact(float x, float expected) =>
        Assert.Equal(expected, Softmax.Exp(Vector256.Create(x)).ToScalar());

    [Fact]
    public void Sums_over_any_length_are_those_of_float64()
    {
        foreach (var length in new[] { 1, 7, 8, 9, 1023, 1024, 1025, 5000, 262144 })
        {
            var logits = TestLogits.Normal(length, length);
            var max = logits.Max();
            var exact = logits.Sum(logit => Math.Exp((double)logit - max));
            Assert.Equal(max, Softmax.Max(logits));
            Assert.Equal(max + Math.Log(exact), Softmax.LogSumExp(logits, max), 1e-6);
            var shifted = Array.ConvertAll(logits, logit => logit - max);
            Assert.Equal(exact, Softmax.ExpInPlace(shifted), 1e-6 * exact);
        }
    }

    [Fact]
    public void IndexOf_finds_the_first_place()
    {
        for (var length = 1; length < 40; length++)
            for (var place = 0; place < length; place++)
            {
                var x = new float[length];
                x[place] = x[^1] = 3;
                Assert.Equal(place, Softmax.IndexOf(x, 3));
                Assert.Equal(-1, Softmax.IndexOf(x, 4));
            }
    }
}
