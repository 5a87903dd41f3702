using Tern.Run.Sampling;

namespace Tern.Run.Tests.Sampling;

public class Xoshiro256Tests
{
    [Fact]
    public void Numbers_from_the_state_1_2_3_4_are_the_published_ones()
    {
        // Test vector of the authors' C code, as in rand_xoshiro (Rust).
        var random = new Xoshiro256(1, 2, 3, 4);
        ulong[] expected =
        [
            11520, 0, 1509978240, 1215971899390074240, 1216172134540287360, 607988272756665600,
            16172922978634559625, 8476171486693032832, 10595114339597558777, 2904607092377533576,
        ];
        foreach (var number in expected) Assert.Equal(number, random.Next());
    }

    [Fact]
    public void SplitMix64_of_1234567_is_the_published_sequence()
    {
        ulong state = 1234567;
        ulong[] expected = [6457827717110365317, 3203168211198807973, 9817491932198370423, 4593380528125082431, 16408922859458223821];
        foreach (var number in expected) Assert.Equal(number, Xoshiro256.SplitMix64(ref state));
    }

    [Fact]
    public void Doubles_are_at_least_0_and_below_1_with_mean_one_half()
    {
        var random = new Xoshiro256(9);
        double sum = 0;
        const int count = 100_000;
        for (var i = 0; i < count; i++)
        {
            var x = random.NextDouble();
            Assert.InRange(x, 0, 1 - 1.0 / (1UL << 53));
            sum += x;
        }
        Assert.Equal(0.5, sum / count, 5 * Math.Sqrt(1.0 / 12 / count));   // five standard errors
    }
}
