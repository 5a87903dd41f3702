using CsCheck;
using Tern.Numerics.Formats;

namespace Tern.Numerics.Tests.Formats;

/// <summary>Golden values from the tables of the OCP 8-bit Floating Point Specification, revision 1.0.</summary>
public class SmallFloatTests
{
    [Theory]
    [InlineData(0x00, 0f)]
    [InlineData(0x01, 1f / 512)]       // smallest subnormal, 2^-9
    [InlineData(0x07, 7f / 512)]       // largest subnormal
    [InlineData(0x08, 1f / 64)]        // smallest normal, 2^-6
    [InlineData(0x38, 1f)]
    [InlineData(0x7e, 448f)]           // largest
    [InlineData(0xfe, -448f)]
    [InlineData(0x7f, float.NaN)]
    [InlineData(0xff, float.NaN)]
    public void E4M3_decodes_the_values_of_the_specification(byte code, float value) => Assert.Equal(value, F8E4M3.ToSingle(code));

    [Theory]
    [InlineData(0x01, 1f / 65536)]     // smallest subnormal, 2^-16
    [InlineData(0x03, 3f / 65536)]
    [InlineData(0x04, 1f / 16384)]     // smallest normal, 2^-14
    [InlineData(0x3c, 1f)]
    [InlineData(0x7b, 57344f)]         // largest finite
    [InlineData(0x7c, float.PositiveInfinity)]
    [InlineData(0xfc, float.NegativeInfinity)]
    [InlineData(0x7d, float.NaN)]
    public void E5M2_decodes_the_values_of_the_specification(byte code, float value) => Assert.Equal(value, F8E5M2.ToSingle(code));

    [Theory]
    [InlineData(464f, 0x7e)]           // half way to 480, which does not exist
    [InlineData(1e30f, 0x7e)]
    [InlineData(float.NegativeInfinity, 0xfe)]
    [InlineData(float.NaN, 0xff)]      // the sign stays, and float.NaN has it set
    [InlineData(1.0625f, 0x38)]        // half way between 1 and 1.125: to even
    [InlineData(1.1875f, 0x3a)]        // half way between 1.125 and 1.25: to even
    [InlineData(1f / 1024, 0x00)]      // half the smallest subnormal: to even
    [InlineData(-0f, 0x80)]
    public void E4M3_rounds_to_even_and_saturates(float single, byte code) => Assert.Equal(code, F8E4M3.FromSingle(single));

    [Theory]
    [InlineData(61439f, 0x7b)]
    [InlineData(61440f, 0x7c)]         // half way to 65536: to even, which is infinity
    [InlineData(float.PositiveInfinity, 0x7c)]
    [InlineData(float.NaN, 0xfe)]
    [InlineData(1.125f, 0x3c)]
    [InlineData(1.375f, 0x3e)]
    public void E5M2_rounds_to_even_and_overflows_to_infinity(float single, byte code) => Assert.Equal(code, F8E5M2.FromSingle(single));

    [Fact]
    public void Every_code_survives_a_round_trip()
    {
        for (var code = 0; code < 256; code++)
        {
            if (!float.IsNaN(F8E4M3.ToSingle((byte)code))) Assert.Equal(code, F8E4M3.FromSingle(F8E4M3.ToSingle((byte)code)));
            else Assert.True(float.IsNaN(F8E4M3.ToSingle(F8E4M3.FromSingle(float.NaN))));
            if (!float.IsNaN(F8E5M2.ToSingle((byte)code))) Assert.Equal(code, F8E5M2.FromSingle(F8E5M2.ToSingle((byte)code)));
        }
    }

    [Fact]
    public void No_code_is_nearer_than_the_one_encoding_picks()
    {
        var e4m3 = Finite(F8E4M3.ToSingle);
        var e5m2 = Finite(F8E5M2.ToSingle);
        Gen.Select(Gen.Float[-440, 440], Gen.Int[-12, 0]).Sample((mantissa, exponent) =>
        {
            var single = MathF.ScaleB(mantissa, exponent);
            Assert.Equal(Nearest(e4m3, single), MathF.Abs(F8E4M3.ToSingle(F8E4M3.FromSingle(single)) - single));
            Assert.Equal(Nearest(e5m2, single), MathF.Abs(F8E5M2.ToSingle(F8E5M2.FromSingle(single)) - single));
        });
    }

    static float[] Finite(Func<byte, float> decode) =>
        [.. Enumerable.Range(0, 256).Select(code => decode((byte)code)).Where(float.IsFinite)];

    static float Nearest(float[] values, float single) => values.Min(value => MathF.Abs(value - single));
}
