using Tern.Numerics.Formats;

namespace Tern.Numerics.Tests.Formats;

/// <summary>Blocks written by hand from the layout definitions of ggml; 0x3c00 is the half 1, 0x3800 is ½, 0xc000 is −2.</summary>
public class GoldenBlockTests
{
    [Fact]
    public void Q8_0_is_a_half_scale_and_32_signed_bytes()
    {
        var block = new byte[34];
        (block[0], block[1]) = (0x00, 0x38);          // d = 0.5
        (block[2], block[3], block[33]) = (0x7f, 0x80, 0xff);
        var weights = Decode(TensorType.Q8_0, block);
        Assert.Equal(63.5f, weights[0]);
        Assert.Equal(-64f, weights[1]);
        Assert.Equal(0f, weights[2]);
        Assert.Equal(-0.5f, weights[31]);
    }

    [Fact]
    public void Q4_0_puts_weight_i_into_the_low_and_i_plus_16_into_the_high_nibble()
    {
        var block = new byte[18];
        (block[0], block[1]) = (0x00, 0xc0);          // d = −2
        for (var i = 0; i < 16; i++) block[2 + i] = (byte)(i | (15 - i) << 4);
        var weights = Decode(TensorType.Q4_0, block);
        for (var i = 0; i < 16; i++)
        {
            Assert.Equal(-2f * (i - 8), weights[i]);
            Assert.Equal(-2f * (7 - i), weights[16 + i]);
        }
    }

    [Fact]
    public void Q4_0_gives_the_extreme_weight_the_code_minus_8()
    {
        var weights = new float[32];
        (weights[0], weights[16], weights[31]) = (8, 1, -8); // the first extreme wins: d = −1
        var block = new byte[18];
        Q4_0.Encode(weights, block);
        Assert.Equal([0x00, 0xbc], block[..2]);
        Assert.Equal(0x70, block[2]);                 // 8 → code 0, 1 → code 7
        Assert.Equal(0xf8, block[17]);                // −8 would be code 16 and is clipped to 15; 0 → code 8
    }

    static float[] Decode(TensorType type, byte[] block)
    {
        var format = WeightFormats.Of(type);
        Assert.Equal(format.BytesPerBlock, block.Length);
        var weights = new float[format.WeightsPerBlock];
        format.Decode(block, weights);
        return weights;
    }
}
