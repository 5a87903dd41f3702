using CsCheck;
using Tern.Numerics.Formats;

namespace Tern.Numerics.Tests.Formats;

public class BlockFormatTests
{
    public static TheoryData<TensorType> AllFormats => [.. WeightFormats.All.Select(format => format.Type)];

    public static TheoryData<TensorType> BlockFormats =>
        [.. WeightFormats.All.Where(format => format.WeightsPerBlock > 1).Select(format => format.Type)];

    [Theory]
    [MemberData(nameof(AllFormats))]
    public void Whole_span_decoding_has_the_bits_of_the_scalar_definition(TensorType type)
    {
        var format = WeightFormats.Of(type);
        // Any bytes are a block, NaN and infinite scales included; an odd number of blocks exercises the tails.
        var blocks = Gen.Int[1, 41].SelectMany(count => Gen.Byte.Array[count * format.BytesPerBlock]);
        blocks.Sample(bytes =>
        {
            var weights = new float[bytes.Length / format.BytesPerBlock * format.WeightsPerBlock];
            format.Decode(bytes, weights);
            var expected = Definitions.Decode(type, bytes, weights.Length);
            for (var i = 0; i < weights.Length; i++)
            {
                var same = BitConverter.SingleToInt32Bits(expected[i]) == BitConverter.SingleToInt32Bits(weights[i]);
                // The payload of a NaN is nobody's business.
                if (!same && !(float.IsNaN(expected[i]) && float.IsNaN(weights[i]))) Assert.Fail($"weight {i}: {expected[i]} became {weights[i]}");
            }
        }, iter: 200);
    }

    [Theory]
    [MemberData(nameof(BlockFormats))]
    public void Encoding_does_not_depend_on_the_neighbouring_blocks(TensorType type)
    {
        var format = WeightFormats.Of(type);
        var weights = Gaussian(3 * format.WeightsPerBlock, seed: 5);
        var together = new byte[3 * format.BytesPerBlock];
        format.Encode(weights, together);
        for (var i = 0; i < 3; i++)
        {
            var alone = new byte[format.BytesPerBlock];
            Array.Fill(alone, (byte)0xa5); // what was there before must not shine through
            format.Encode(weights.AsSpan(i * format.WeightsPerBlock, format.WeightsPerBlock), alone);
            Assert.Equal(together[(i * format.BytesPerBlock)..((i + 1) * format.BytesPerBlock)], alone);
        }
    }

    [Theory]
    [InlineData(TensorType.Q4_0)]
    [InlineData(TensorType.Q4_1)]
    [InlineData(TensorType.Q5_0)]
    [InlineData(TensorType.Q5_1)]
    [InlineData(TensorType.Q8_0)]
    [InlineData(TensorType.TQ1_0)]
    [InlineData(TensorType.TQ2_0)]
    public void Encoding_what_was_decoded_gives_the_same_weights(TensorType type)
    {
        // The weights, not the bytes: a minimum that rounds to -0 comes back as +0, because d * 0 + -0 = +0.
        var format = WeightFormats.Of(type);
        Gen.Float[-2, 2].Array[format.WeightsPerBlock].Sample(weights =>
        {
            var block = new byte[format.BytesPerBlock];
            format.Encode(weights, block);
            var decoded = new float[weights.Length];
            format.Decode(block, decoded);
            format.Encode(decoded, block);
            var again = new float[weights.Length];
            format.Decode(block, again);
            Assert.Equal(decoded, again);
        }, iter: 500);
    }

    [Fact]
    public void Q8_0_roundtrip_error_is_at_most_half_a_step() =>
        // Half a step of the unrounded scale, plus what rounding the scale to 11 bits does to a code of at most 127.
        ErrorIsWithin(TensorType.Q8_0, weights => AbsMax(weights) / 127 * (0.5f + 127 * MathF.ScaleB(1, -11)));

    [Fact]
    public void Q4_0_roundtrip_error_is_at_most_one_step() =>
        // +8 does not exist: a weight opposite to the extreme may lose a whole step; otherwise half of one.
        ErrorIsWithin(TensorType.Q4_0, weights => AbsMax(weights) / 8 * (1 + 8 * MathF.ScaleB(1, -11)));

    [Fact]
    public void Q4_1_roundtrip_error_is_at_most_half_a_step() =>
        // Two roundings to half: of the scale (code ≤ 15) and of the minimum.
        ErrorIsWithin(TensorType.Q4_1, weights =>
            (weights.Max() - weights.Min()) / 15 * (0.5f + 15 * MathF.ScaleB(1, -11)) + AbsMax(weights) * MathF.ScaleB(1, -11));

    [Theory]
    [MemberData(nameof(AllFormats))]
    public void Whole_span_encoding_has_the_bits_of_the_scalar_definition(TensorType type)
    {
        var format = WeightFormats.Of(type);
        var weights = Gen.Int[1, 41].SelectMany(count => (format.WeightsPerBlock == 1 ? Gen.Float : Gen.Float[-4, 4]).Array[count * format.WeightsPerBlock]);
        weights.Sample(sample =>
        {
            var bytes = new byte[format.BytesFor(sample.Length)];
            format.Encode(sample, bytes);
            Assert.Equal(Definitions.Encode(type, sample, bytes.Length), bytes);
        }, iter: 200);
    }

    [Theory]
    [MemberData(nameof(BlockFormats))]
    public void Zeros_stay_zeros(TensorType type)
    {
        var format = WeightFormats.Of(type);
        var block = new byte[format.BytesPerBlock];
        Array.Fill(block, (byte)0xa5);
        format.Encode(new float[format.WeightsPerBlock], block);
        var weights = new float[format.WeightsPerBlock];
        format.Decode(block, weights);
        Assert.All(weights, weight => Assert.Equal(0f, weight));
    }

    [Theory]
    [MemberData(nameof(BlockFormats))]
    public void Weights_below_the_reach_of_a_half_become_zero_and_not_garbage(TensorType type)
    {
        var format = WeightFormats.Of(type);
        Gen.Int[-149, -26].SelectMany(exponent => Gen.Float[-1, 1].Array[format.WeightsPerBlock].Select(weights =>
            weights.Select(weight => MathF.ScaleB(weight, exponent)).ToArray())).Sample(weights =>
        {
            var block = new byte[format.BytesPerBlock];
            format.Encode(weights, block);
            var decoded = new float[weights.Length];
            format.Decode(block, decoded);
            Assert.All(decoded, weight => Assert.InRange(weight, -MathF.ScaleB(1, -24), MathF.ScaleB(1, -24)));
        }, iter: 100);
    }

    [Theory]
    [MemberData(nameof(BlockFormats))]
    public void Encoding_names_the_weight_that_is_not_finite(TensorType type)
    {
        var format = WeightFormats.Of(type);
        foreach (var wrong in new[] { float.NaN, float.PositiveInfinity, float.NegativeInfinity, 65505f })
        {
            var weights = new float[2 * format.WeightsPerBlock];
            weights[format.WeightsPerBlock + 7] = wrong;
            var thrown = Assert.Throws<ArgumentException>(() => format.Encode(weights, new byte[2 * format.BytesPerBlock]));
            Assert.Contains($"weight {format.WeightsPerBlock + 7}", thrown.Message);
        }
    }

    [Theory]
    [MemberData(nameof(BlockFormats))]
    public void The_largest_finite_half_can_be_encoded(TensorType type)
    {
        var format = WeightFormats.Of(type);
        var weights = Enumerable.Range(0, format.WeightsPerBlock).Select(i => i % 2 == 0 ? 65504f : -65504f).ToArray();
        var block = new byte[format.BytesPerBlock];
        format.Encode(weights, block);
        var decoded = new float[weights.Length];
        format.Decode(block, decoded);
        // Two bits cannot reach both ends from one scale and min any better than a third of the range.
        for (var i = 0; i < weights.Length; i++) Assert.InRange(decoded[i] - weights[i], -44_000f, 44_000f);
    }

    [Theory]
    [MemberData(nameof(AllFormats))]
    public void Lengths_that_do_not_match_are_refused(TensorType type)
    {
        var format = WeightFormats.Of(type);
        Assert.Throws<ArgumentException>(() => format.Decode(new byte[format.BytesPerBlock], new float[2 * format.WeightsPerBlock]));
        Assert.Throws<ArgumentException>(() => format.Encode(new float[format.WeightsPerBlock], new byte[format.BytesPerBlock + 1]));
        if (format.WeightsPerBlock > 1)
            Assert.Throws<ArgumentException>(() => format.Decode(new byte[format.BytesPerBlock], new float[format.WeightsPerBlock + 1]));
    }

    // Root mean square error on a standard normal, in units of its deviation. ggml's reference encoders give, on such data:
    // Q4_0 .0857, Q4_1 .0781, Q5_0 .0426, Q5_1 .0378, Q8_0 .0053, Q2_K .296, Q3_K .151, Q4_K .0712, Q5_K .0361, Q6_K .0177,
    // IQ4_NL .0786, IQ4_XS .0766, TQ .81; the bands allow two per cent around ours.
    [Theory]
    [InlineData(TensorType.F32, 0, 0)]
    [InlineData(TensorType.F16, 0.0001, 0.0003)]
    [InlineData(TensorType.BF16, 0.0012, 0.0022)]
    [InlineData(TensorType.F8E4M3, 0.023, 0.031)]
    [InlineData(TensorType.F8E5M2, 0.046, 0.060)]
    [InlineData(TensorType.Q4_0, 0.084, 0.0874)]
    [InlineData(TensorType.Q4_1, 0.0765, 0.0796)]
    [InlineData(TensorType.Q5_0, 0.0417, 0.0435)]
    [InlineData(TensorType.Q5_1, 0.0370, 0.0386)]
    [InlineData(TensorType.Q8_0, 0.0052, 0.00545)]
    [InlineData(TensorType.Q2_K, 0.262, 0.275)]
    [InlineData(TensorType.Q3_K, 0.140, 0.148)]
    [InlineData(TensorType.Q4_K, 0.0690, 0.0722)]
    [InlineData(TensorType.Q5_K, 0.0340, 0.0358)]
    [InlineData(TensorType.Q6_K, 0.0165, 0.0177)]
    [InlineData(TensorType.IQ4_NL, 0.0725, 0.0755)]
    [InlineData(TensorType.IQ4_XS, 0.073, 0.0762)]
    [InlineData(TensorType.TQ1_0, 0.79, 0.82)]
    [InlineData(TensorType.TQ2_0, 0.79, 0.82)]
    public void Error_on_gaussian_weights_is_what_it_was(TensorType type, double least, double most)
    {
        var weights = Gaussian(256 * 200, seed: 1);
        var format = WeightFormats.Of(type);
        var blocks = new byte[format.BytesFor(weights.Length)];
        format.Encode(weights, blocks);
        var decoded = new float[weights.Length];
        format.Decode(blocks, decoded);
        var error = weights.Zip(decoded, (weight, back) => ((double)weight - back) * ((double)weight - back)).Sum();
        Assert.InRange(Math.Sqrt(error / weights.Length), least, most);
    }

    static void ErrorIsWithin(TensorType type, Func<float[], float> bound)
    {
        var format = WeightFormats.Of(type);
        Gen.Float[-3, 3].Array[format.WeightsPerBlock].Sample(weights =>
        {
            var block = new byte[format.BytesPerBlock];
            format.Encode(weights, block);
            var decoded = new float[weights.Length];
            format.Decode(block, decoded);
            for (var i = 0; i < weights.Length; i++)
                Assert.InRange(MathF.Abs(decoded[i] - weights[i]), 0, bound(weights) * 1.00001f); // float rounding of the products
        }, iter: 500);
    }

    static float AbsMax(float[] weights) => weights.Max(MathF.Abs);

    static float[] Gaussian(int count, int seed)
    {
        var random = new Random(seed);
        var weights = new float[count];
        for (var i = 0; i < count; i++)
            weights[i] = (float)(Math.Sqrt(-2 * Math.Log(1 - random.NextDouble())) * Math.Cos(2 * Math.PI * random.NextDouble()));
        return weights;
    }
}
