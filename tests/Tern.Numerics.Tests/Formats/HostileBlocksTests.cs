using Tern.Numerics.Formats;

namespace Tern.Numerics.Tests.Formats;

/// <summary>Blocks and weights that no careful writer makes.</summary>
public class HostileBlocksTests
{
    public static TheoryData<TensorType> AllFormats => [.. WeightFormats.All.Select(format => format.Type)];

    public static TheoryData<TensorType> BlockFormats =>
        [.. WeightFormats.All.Where(format => format.WeightsPerBlock > 1).Select(format => format.Type)];

    [Theory]
    [MemberData(nameof(BlockFormats))]
    public void A_block_of_0xFF_has_a_NaN_scale_and_decodes_to_NaN(TensorType type)
    {
        var format = WeightFormats.Of(type);
        var block = new byte[3 * format.BytesPerBlock];
        Array.Fill(block, (byte)0xff);
        var weights = new float[3 * format.WeightsPerBlock];
        format.Decode(block, weights);
        Assert.All(weights, weight => Assert.True(float.IsNaN(weight)));
    }

    [Theory]
    [MemberData(nameof(AllFormats))]
    public void A_block_of_zeros_decodes_to_zeros(TensorType type)
    {
        var format = WeightFormats.Of(type);
        var weights = new float[2 * format.WeightsPerBlock];
        Array.Fill(weights, 7);
        format.Decode(new byte[2 * format.BytesPerBlock], weights);
        Assert.All(weights, weight => Assert.Equal(0, weight));
    }

    [Theory]
    [MemberData(nameof(BlockFormats))]
    public void A_weight_that_a_block_cannot_hold_is_refused_with_its_index(TensorType type)
    {
        var format = WeightFormats.Of(type);
        var block = new byte[2 * format.BytesPerBlock];
        foreach (var bad in (float[])[float.NaN, float.PositiveInfinity, float.NegativeInfinity, 65536, -1e30f])
        {
            foreach (var at in (int[])[0, 15, format.WeightsPerBlock - 1, format.WeightsPerBlock, 2 * format.WeightsPerBlock - 1])
            {
                var weights = new float[2 * format.WeightsPerBlock];
                weights[at] = bad;
                Assert.Contains(at.ToString(), Assert.Throws<ArgumentException>(() => format.Encode(weights, block)).Message);
            }
        }
    }

    [Theory]
    [MemberData(nameof(BlockFormats))]
    public void The_largest_weights_stay_finite(TensorType type)
    {
        var format = WeightFormats.Of(type);
        var weights = Enumerable.Range(0, format.WeightsPerBlock).Select(i => i % 3 == 0 ? 65504f : i % 3 == 1 ? -65504f : 0).ToArray();
        var block = new byte[format.BytesPerBlock];
        format.Encode(weights, block);
        format.Decode(block, weights);
        Assert.All(weights, weight => Assert.True(float.IsFinite(weight)));
    }

    [Theory]
    [MemberData(nameof(BlockFormats))]
    public void Subnormal_weights_decode_to_something_as_small(TensorType type)
    {
        var format = WeightFormats.Of(type);
        var weights = Enumerable.Range(0, format.WeightsPerBlock).Select(i => (i % 5 - 2) * 1e-42f).ToArray();
        var block = new byte[format.BytesPerBlock];
        format.Encode(weights, block);
        format.Decode(block, weights);
        // A subnormal half times a code is at least 6e-8, which is as near to 0 as a half gets; nothing may come out larger than one such step.
        Assert.All(weights, weight => Assert.InRange(MathF.Abs(weight), 0, 6e-8f));
    }

    [Theory]
    [MemberData(nameof(AllFormats))]
    public void Spans_of_the_wrong_length_are_refused(TensorType type)
    {
        var format = WeightFormats.Of(type);
        Assert.Throws<ArgumentException>(() => format.Decode(new byte[format.BytesPerBlock - 1], new float[format.WeightsPerBlock]));
        Assert.Throws<ArgumentException>(() => format.Decode(new byte[format.BytesPerBlock], new float[2 * format.WeightsPerBlock]));
        if (format.WeightsPerBlock > 1) Assert.Throws<ArgumentException>(() => format.Decode(new byte[format.BytesPerBlock], new float[format.WeightsPerBlock - 1]));
        if (format.CanEncode) Assert.Throws<ArgumentException>(() => format.Encode(new float[format.WeightsPerBlock], new byte[format.BytesPerBlock + 1]));
        Assert.Throws<ArgumentException>(() => format.BytesFor(-format.WeightsPerBlock));
        if (format.BytesPerBlock > format.WeightsPerBlock) Assert.Throws<OverflowException>(() => format.BytesFor(long.MaxValue / format.WeightsPerBlock * format.WeightsPerBlock));
    }

    /// <summary>OCP 8-bit Floating Point Specification 1.0, section 5: sign, 4 exponent bits biased by 7, 3 mantissa bits; S.1111.111 is NaN, no infinity.</summary>
    [Fact]
    public void All_256_codes_of_E4M3_are_those_of_the_specification()
    {
        for (var code = 0; code < 256; code++)
        {
            var (exponent, mantissa) = (code >> 3 & 15, code & 7);
            var size = exponent == 0 ? Math.ScaleB(mantissa / 8.0, -6) : Math.ScaleB(1 + mantissa / 8.0, exponent - 7);
            var expected = (code & 0x7f) == 0x7f ? double.NaN : code >= 128 ? -size : size;
            AssertSame((float)expected, F8E4M3.ToSingle((byte)code));
        }
    }

    /// <summary>As above with 5 exponent bits biased by 15 and 2 mantissa bits; exponent 31 is infinity and NaN as in IEEE 754.</summary>
    [Fact]
    public void All_256_codes_of_E5M2_are_those_of_the_specification()
    {
        for (var code = 0; code < 256; code++)
        {
            var (exponent, mantissa) = (code >> 2 & 31, code & 3);
            var size = exponent == 0 ? Math.ScaleB(mantissa / 4.0, -14) : Math.ScaleB(1 + mantissa / 4.0, exponent - 15);
            if (exponent == 31) size = mantissa == 0 ? double.PositiveInfinity : double.NaN;
            AssertSame((float)(code >= 128 ? -size : size), F8E5M2.ToSingle((byte)code));
        }
    }

    [Fact]
    public void All_65536_patterns_of_BF16_are_the_upper_halves_of_floats()
    {
        for (var bits = 0; bits < 65536; bits++) AssertSame(BitConverter.UInt32BitsToSingle((uint)bits << 16), BF16.ToSingle((ushort)bits));
    }

    static void AssertSame(float expected, float actual)
    {
        if (float.IsNaN(expected)) Assert.True(float.IsNaN(actual));
        else Assert.Equal(BitConverter.SingleToInt32Bits(expected), BitConverter.SingleToInt32Bits(actual));
    }
}
