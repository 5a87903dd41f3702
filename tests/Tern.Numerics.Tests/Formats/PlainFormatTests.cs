using System.Buffers.Binary;
using Tern.Numerics.Formats;

namespace Tern.Numerics.Tests.Formats;

public class PlainFormatTests
{
    [Fact]
    public void Every_half_decodes_to_its_value()
    {
        var bytes = AllSixteenBitPatterns();
        var weights = new float[65536];
        WeightFormats.Of(TensorType.F16).Decode(bytes, weights);
        for (var bits = 0; bits < 65536; bits++)
        {
            var expected = (float)BitConverter.UInt16BitsToHalf((ushort)bits);
            AssertSame(expected, weights[bits]);
            AssertSame(expected, F16.ToSingle((ushort)bits));
        }
    }

    [Theory]
    [InlineData(TensorType.F16)]
    [InlineData(TensorType.BF16)]
    public void Every_sixteen_bit_pattern_but_signalling_NaNs_survives_a_round_trip(TensorType type)
    {
        var format = WeightFormats.Of(type);
        var bytes = AllSixteenBitPatterns();
        var weights = new float[65536];
        format.Decode(bytes, weights);
        var again = new byte[bytes.Length];
        format.Encode(weights, again);
        for (var bits = 0; bits < 65536; bits++)
        {
            var back = BinaryPrimitives.ReadUInt16LittleEndian(again.AsSpan(2 * bits));
            if (float.IsNaN(weights[bits])) format.Decode(again.AsSpan(2 * bits, 2), weights.AsSpan(bits, 1));
            else Assert.Equal(bits, back);
            if (back != bits) Assert.True(float.IsNaN(weights[bits]));
        }
    }

    [Theory]
    [InlineData(0x3f800000u, 0x3f80)] // 1
    [InlineData(0x3f808000u, 0x3f80)] // half way between two values: to the even one below
    [InlineData(0x3f818000u, 0x3f82)] // half way: to the even one above
    [InlineData(0x3f808001u, 0x3f81)] // just above half way
    [InlineData(0x7f7fffffu, 0x7f80)] // the largest float overflows to infinity
    [InlineData(0x7f800001u, 0x7fc0)] // a NaN whose payload lies in the cut bits stays NaN
    [InlineData(0x80000001u, 0x8000)] // the smallest subnormal rounds to minus zero
    public void BF16_rounds_to_nearest_even(uint single, ushort expected) =>
        Assert.Equal(expected, BF16.FromSingle(BitConverter.UInt32BitsToSingle(single)));

    [Theory]
    [InlineData(65504f, 0x7bff)]
    [InlineData(65519.996f, 0x7bff)]
    [InlineData(65520f, 0x7c00)]
    [InlineData(5.9604645e-8f, 0x0001)] // 2^-24
    [InlineData(2.9802322e-8f, 0x0000)] // 2^-25 is half way to zero, which is even
    public void F16_rounds_to_nearest_even(float single, ushort expected) => Assert.Equal(expected, F16.FromSingle(single));

    static byte[] AllSixteenBitPatterns()
    {
        var bytes = new byte[2 * 65536];
        for (var bits = 0; bits < 65536; bits++) BinaryPrimitives.WriteUInt16LittleEndian(bytes.AsSpan(2 * bits), (ushort)bits);
        return bytes;
    }

    static void AssertSame(float expected, float actual)
    {
        if (float.IsNaN(expected)) Assert.True(float.IsNaN(actual));
        else Assert.Equal(BitConverter.SingleToInt32Bits(expected), BitConverter.SingleToInt32Bits(actual));
    }
}
