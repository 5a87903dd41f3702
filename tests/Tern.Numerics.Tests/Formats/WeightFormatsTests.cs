using Tern.Numerics.Formats;

namespace Tern.Numerics.Tests.Formats;

public class WeightFormatsTests
{
    [Fact]
    public void Every_tensor_type_is_a_weight_format_or_an_integer_with_a_size()
    {
        foreach (var type in Enum.GetValues<TensorType>())
        {
            if (type is >= TensorType.I8 and <= TensorType.Bool)
            {
                var thrown = Assert.Throws<NotSupportedException>(() => WeightFormats.Of(type));
                Assert.Contains("Q4_K", thrown.Message);
            }
            else
            {
                Assert.Equal(type, WeightFormats.Of(type).Type);
                Assert.Contains(WeightFormats.Of(type), WeightFormats.All);
            }
            Assert.Equal(1024L / type.ElementsPerBlock() * type.BytesPerBlock(), type.BytesFor(1024));
        }
    }

    [Theory]
    [InlineData("q4_k", TensorType.Q4_K)]
    [InlineData("Q4_K", TensorType.Q4_K)]
    [InlineData("f16", TensorType.F16)]
    [InlineData("bf16", TensorType.BF16)]
    [InlineData("iq4_nl", TensorType.IQ4_NL)]
    [InlineData("tq1_0", TensorType.TQ1_0)]
    [InlineData("F8_E4M3", TensorType.F8E4M3)]
    [InlineData("float8_e5m2", TensorType.F8E5M2)]
    [InlineData("BOOL", TensorType.Bool)]
    public void Names_are_read_whatever_their_case(string name, TensorType type)
    {
        Assert.True(WeightFormats.TryParse(name, out var parsed));
        Assert.Equal(type, parsed);
    }

    [Theory]
    [InlineData("")]
    [InlineData(null)]
    [InlineData("q4")]
    [InlineData("7")]
    [InlineData("F32,F16")]
    public void Other_names_are_refused(string? name) => Assert.False(WeightFormats.TryParse(name, out _));

    [Theory]
    [InlineData(TensorType.F32, 32.0)]
    [InlineData(TensorType.Q4_0, 4.5)]
    [InlineData(TensorType.Q8_0, 8.5)]
    [InlineData(TensorType.Q2_K, 2.625)]
    [InlineData(TensorType.Q3_K, 3.4375)]
    [InlineData(TensorType.Q4_K, 4.5)]
    [InlineData(TensorType.Q5_K, 5.5)]
    [InlineData(TensorType.Q6_K, 6.5625)]
    [InlineData(TensorType.IQ4_XS, 4.25)]
    [InlineData(TensorType.TQ1_0, 1.6875)]
    [InlineData(TensorType.TQ2_0, 2.0625)]
    public void Bits_per_weight_are_those_ggml_prints(TensorType type, double bits) => Assert.Equal(bits, WeightFormats.Of(type).BitsPerWeight);

    [Theory]
    [InlineData(TensorType.I64)]
    [InlineData(TensorType.F32)]
    public void Sizes_that_overflow_are_errors(TensorType type) =>
        Assert.Throws<OverflowException>(() => type.BytesFor(long.MaxValue / 2));

    [Fact]
    public void Counts_that_do_not_fill_blocks_or_are_negative_are_errors()
    {
        Assert.Throws<ArgumentException>(() => TensorType.Q4_K.BytesFor(255));
        Assert.Throws<ArgumentException>(() => TensorType.Q4_K.BytesFor(-256));
        Assert.Throws<ArgumentOutOfRangeException>(() => TensorType.I8.BytesFor(-1));
    }
}
