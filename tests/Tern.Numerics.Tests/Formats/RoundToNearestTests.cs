using CsCheck;
using Tern.Numerics.Formats;

namespace Tern.Numerics.Tests.Formats;

public class RoundToNearestTests
{
    [Fact]
    public void Int4_groups_share_absmax_over_7()
    {
        var method = new RoundToNearest { Bits = 4, GroupSize = 4 };
        // 1.5 steps round to the even 2, −2.5 to −2; the last group is short.
        float[] row = [7, 1.5f, -2.5f, -7, 0, 0, 0, 0, -0.7f];
        var (codes, scales) = Quantize(method, row);
        Assert.Equal([7, 2, -2, -7, 0, 0, 0, 0, -7], codes);
        Assert.Equal([1f, 0f, 0.7f / 7], scales);
    }

    [Theory]
    [InlineData(TensorType.F16)]
    [InlineData(TensorType.BF16)]
    public void Scales_of_a_narrow_type_are_rounded_before_the_codes_are_taken(TensorType type)
    {
        var (codes, scales) = Quantize(new RoundToNearest { Bits = 8, ScaleType = type }, [1, -1, 0.5f]);
        var format = WeightFormats.Of(type);
        var (bytes, rounded) = (new byte[2], new float[1]);
        format.Encode([1f / 127], bytes);
        format.Decode(bytes, rounded);
        Assert.Equal(rounded, scales);
        Assert.NotEqual(1f / 127, scales[0]);
        Assert.Equal([127, -127, (sbyte)MathF.Round(0.5f / scales[0])], codes);
    }

    [Fact]
    public void Int8_per_row_has_one_scale()
    {
        var (codes, scales) = Quantize(new RoundToNearest { Bits = 8 }, [127, -127, 0.4f, 63.6f]);
        Assert.Equal([127, -127, 0, 64], codes);
        Assert.Equal([1f], scales);
    }

    [Fact]
    public void Error_is_at_most_half_a_step_and_codes_never_leave_the_range() =>
        Gen.Select(Gen.Int[2, 8], Gen.Int[1, 40], Gen.Float[-5, 5].Array[1, 100]).Sample((bits, group, row) =>
        {
            var method = new RoundToNearest { Bits = bits, GroupSize = group };
            var (codes, scales) = Quantize(method, row);
            var back = new float[row.Length];
            method.Dequantize(codes, scales, back);
            for (var i = 0; i < row.Length; i++)
            {
                Assert.InRange(codes[i], -method.Top, method.Top);
                // Half a step, plus the float rounding of dividing and multiplying; a subnormal scale is off by up to half its
                // last bit, times a code of at most 127.
                Assert.InRange(MathF.Abs(back[i] - row[i]), 0, scales[i / group] * 0.5001f + 127 * float.Epsilon);
            }
        });

    [Theory]
    [InlineData(float.NaN)]
    [InlineData(float.NegativeInfinity)]
    public void A_weight_that_is_not_finite_is_named(float wrong)
    {
        for (var at = 0; at < 70; at += 23)
        {
            var row = new float[70];
            row[at] = wrong;
            var thrown = Assert.Throws<ArgumentException>(() => Quantize(new RoundToNearest { Bits = 4, GroupSize = 33 }, row));
            Assert.Contains($"weight {at} is", thrown.Message);
        }
    }

    [Fact]
    public void Subnormal_weights_give_finite_codes()
    {
        var method = new RoundToNearest { Bits = 8 };
        var (codes, scales) = Quantize(method, [190 * float.Epsilon, -float.Epsilon]);
        Assert.All(codes, code => Assert.InRange(code, -127, 127));
        Assert.All(scales, scale => Assert.True(float.IsFinite(scale)));
    }

    [Fact]
    public void Wrong_choices_and_lengths_are_refused()
    {
        Assert.Throws<ArgumentOutOfRangeException>(() => new RoundToNearest { Bits = 1 });
        Assert.Throws<ArgumentOutOfRangeException>(() => new RoundToNearest { Bits = 9 });
        Assert.Throws<ArgumentOutOfRangeException>(() => new RoundToNearest { GroupSize = 0 });
        var method = new RoundToNearest { Bits = 4, GroupSize = 32 };
        Assert.Equal(2, method.GroupsIn(33));
        Assert.Equal(0, method.GroupsIn(0));
        Assert.Throws<ArgumentException>(() => method.Quantize(new float[33], new sbyte[33], new float[1]));
        Assert.Throws<ArgumentException>(() => method.Dequantize(new sbyte[32], new float[2], new float[33]));
    }

    static (sbyte[] Codes, float[] Scales) Quantize(RoundToNearest method, float[] row)
    {
        var codes = new sbyte[row.Length];
        var scales = new float[method.GroupsIn(row.Length)];
        method.Quantize(row, codes, scales);
        return (codes, scales);
    }
}
