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

    [Fact]
    public void Q4_1_adds_a_minimum()
    {
        var block = new byte[20];
        (block[1], block[3]) = (0x38, 0xc0);          // d = 0.5, m = −2
        block[4 + 3] = 0xf1;
        var weights = Decode(TensorType.Q4_1, block);
        Assert.Equal(-2f, weights[0]);
        Assert.Equal(-1.5f, weights[3]);
        Assert.Equal(5.5f, weights[19]);
    }

    [Fact]
    public void Q5_0_takes_the_fifth_bit_of_weight_i_from_bit_i()
    {
        var block = new byte[22];
        block[1] = 0x3c;                              // d = 1
        block[2] = 0x02;                              // fifth bit of weight 1
        block[4] = 0x04;                              // fifth bit of weight 18
        (block[6 + 1], block[6 + 2]) = (0x0f, 0x30);
        var weights = Decode(TensorType.Q5_0, block);
        Assert.Equal(-16f, weights[0]);
        Assert.Equal(15f, weights[1]);
        Assert.Equal(-16f, weights[17]);
        Assert.Equal(3f, weights[18]);
        Assert.Equal(-16f, weights[2]);
    }

    [Fact]
    public void Q5_1_is_Q5_0_with_a_minimum_instead_of_an_offset()
    {
        var block = new byte[24];
        (block[1], block[3]) = (0x3c, 0xc0);          // d = 1, m = −2
        block[7] = 0x80;                              // fifth bit of weight 31
        block[8 + 15] = 0x5a;
        var weights = Decode(TensorType.Q5_1, block);
        Assert.Equal(10f - 2, weights[15]);
        Assert.Equal(16f + 5 - 2, weights[31]);
        Assert.Equal(-2f, weights[30]);
    }

    [Fact]
    public void Q2_K_has_scale_and_min_nibbles_first_and_d_and_dmin_last()
    {
        var block = new byte[84];
        (block[81], block[83]) = (0x3c, 0x38);        // d = 1, dmin = 0.5
        block[9] = 0x47;                              // sub-block 9: scale 7, min 4
        block[16 + 32 + 20] = 0b00_00_11_10;          // second half, l = 20: weights 148 and 180 (and 212, 244)
        var weights = Decode(TensorType.Q2_K, block);
        Assert.Equal(7f * 2 - 2, weights[148]);       // 148 / 16 = 9
        Assert.Equal(-2f, weights[149]);
        Assert.Equal(0f, weights[180]);               // code 3, but sub-block 11 has scale 0
        block[11] = 0x0f;
        Assert.Equal(45f, Decode(TensorType.Q2_K, block)[180]);
    }

    [Fact]
    public void Q3_K_splits_its_six_bit_scales_over_nibbles_and_pairs()
    {
        var block = new byte[110];
        block[109] = 0x3c;                            // d = 1
        block[5] = 0b0000_0100;                       // high bit of weight 5 + 64
        block[32 + 5] = 0b00_11_01_00;                // first half: weight 37 → 1, weight 69 → 3
        block[96 + 4] = 0x0b;                         // scale 4, low nibble 11
        block[96 + 8] = 0b00_00_10_00;                // scale 4 (4/4 = 1), upper bits 2: 11 + 32 = 43
        block[96 + 3] = 0x60;                         // scale 11, low nibble 6
        block[96 + 11] = 0b00_01_00_00;               // scale 11 (11/4 = 2), upper bits 1: 6 + 16 = 22
        var weights = Decode(TensorType.Q3_K, block);
        Assert.Equal((43f - 32) * (3 + 4 - 4), weights[69]);
        Assert.Equal((43f - 32) * -4, weights[70]);
        Assert.Equal(-32f * (1 - 4), weights[37]);    // scale 2 is 0 − 32
        Assert.Equal((22f - 32) * -4, weights[11 * 16]);
    }

    [Fact]
    public void Q4_K_packs_scales_and_mins_into_six_bits()
    {
        var block = SuperBlockWithScales(144);
        block[16 + 2 * 32 + 7] = 0x90;                // weight 7 of sub-block 5
        block[16 + 31] = 0xf0;                        // weight 31 of sub-block 1
        var weights = Decode(TensorType.Q4_K, block);
        Assert.Equal(45f * 9 - 13, weights[5 * 32 + 7]);
        Assert.Equal(-13f, weights[5 * 32]);
        Assert.Equal(3f * 15 - 1, weights[32 + 31]);
        Assert.Equal(0f, weights[7]);
    }

    [Fact]
    public void Q5_K_takes_the_fifth_bit_of_sub_block_j_from_bit_j()
    {
        var block = SuperBlockWithScales(176);
        block[16 + 7] = 1 << 5;                       // weight 7 of sub-block 5
        block[48 + 2 * 32 + 7] = 0x90;
        block[48 + 31] = 0xf0;                        // weight 31 of sub-block 1, fifth bit clear
        var weights = Decode(TensorType.Q5_K, block);
        Assert.Equal(45f * (9 + 16) - 13, weights[5 * 32 + 7]);
        Assert.Equal(3f * 15 - 1, weights[32 + 31]);
    }

    /// <summary>d = 1, dmin = ½; sub-block 5 has scale 45 = 10 1101₂ and min 26 = 01 1010₂, sub-block 1 scale 3 and min 2.</summary>
    static byte[] SuperBlockWithScales(int bytes)
    {
        var block = new byte[bytes];
        (block[1], block[3]) = (0x3c, 0x38);
        block[4 + 1] = 0b10_000011;                   // upper bits of scale 5, scale 1
        block[4 + 5] = 0b01_000010;                   // upper bits of min 5, min 1
        block[4 + 9] = 0b1010_1101;                   // lower bits of min 5 and scale 5
        return block;
    }

    [Fact]
    public void Q6_K_quarters_share_nibbles_and_high_bits()
    {
        var block = new byte[210];
        block[209] = 0x38;                            // d = 0.5
        for (var j = 0; j < 16; j++) block[192 + j] = (byte)(j == 13 ? 0xfe : 1);
        // Second half (64 low, 32 high bytes), quarter 2, l = 20: weight 128 + 64 + 20 = 212, sub-block 13, scale −2.
        block[64 + 20] = 0x70;
        block[128 + 32 + 20] = 0b00_11_00_00;
        // First half, quarter 1, l = 3: weight 35.
        block[32 + 3] = 0x05;
        block[128 + 3] = 0b00_00_10_00;
        var weights = Decode(TensorType.Q6_K, block);
        Assert.Equal(0.5f * -2 * (48 + 7 - 32), weights[212]);
        Assert.Equal(0.5f * (32 + 5 - 32), weights[35]);
        Assert.Equal(0.5f * -32, weights[0]);
        Assert.Equal(0.5f * -2 * -32, weights[213]);
    }

    [Fact]
    public void IQ4_NL_looks_its_nibbles_up_in_the_codebook()
    {
        var block = new byte[18];
        block[1] = 0x38;                              // d = 0.5
        for (var i = 0; i < 16; i++) block[2 + i] = (byte)(i | (15 - i) << 4);
        // The codebook as ggml publishes it.
        int[] codebook = [-127, -104, -83, -65, -49, -35, -22, -10, 1, 13, 25, 38, 53, 69, 89, 113];
        var weights = Decode(TensorType.IQ4_NL, block);
        for (var i = 0; i < 16; i++)
        {
            Assert.Equal(0.5f * codebook[i], weights[i]);
            Assert.Equal(0.5f * codebook[15 - i], weights[16 + i]);
        }
    }

    [Fact]
    public void IQ4_XS_splits_its_six_bit_scales_over_a_nibble_and_two_bits()
    {
        var block = new byte[136];
        block[1] = 0x3c;                              // d = 1
        block[3] = 0b10_00;                           // upper bits of scale 5: 2 (bit 10 of the uint16)
        block[4 + 2] = 0x90;                          // lower bits of scale 5: 9
        block[8 + 5 * 16 + 4] = 0xf0;
        var weights = Decode(TensorType.IQ4_XS, block);
        Assert.Equal((32f + 9 - 32) * 113, weights[5 * 32 + 16 + 4]);
        Assert.Equal(9f * -127, weights[5 * 32 + 4]);
        Assert.Equal(-32f * -127, weights[0]);
    }

    [Fact]
    public void TQ1_0_runs_over_32_then_16_then_4_bytes()
    {
        var block = new byte[54];
        block[53] = 0x40;                             // d = 2
        // The trits 2 0 1 2 1 are 2·81 + 9 + 2·3 + 1 = 178, stored as ⌈178·256/243⌉ = 188.
        (block[3], block[32 + 5], block[48 + 1]) = (188, 188, 188);
        var weights = Decode(TensorType.TQ1_0, block);
        float[] expected = [2, -2, 0, 2, 0];
        for (var k = 0; k < 5; k++)
        {
            Assert.Equal(expected[k], weights[3 + 32 * k]);
            Assert.Equal(expected[k], weights[160 + 5 + 16 * k]);
            if (k < 4) Assert.Equal(expected[k], weights[240 + 1 + 4 * k]);
        }
        Assert.Equal(-2f, weights[0]);
    }

    [Fact]
    public void TQ1_0_decodes_every_byte_to_the_leading_base_3_digits_of_its_fraction()
    {
        for (var value = 0; value < 256; value++)
        {
            var block = new byte[54];
            block[53] = 0x3c;
            block[0] = (byte)value;
            var weights = Decode(TensorType.TQ1_0, block);
            var digits = value * 243 / 256;
            for (var k = 4; k >= 0; k--, digits /= 3) Assert.Equal(digits % 3 - 1, weights[32 * k]);
        }
    }

    [Fact]
    public void TQ2_0_holds_four_codes_a_byte_32_weights_apart()
    {
        var block = new byte[66];
        block[65] = 0x38;                             // d = 0.5
        block[32 + 9] = 0b11_10_01_00;
        var weights = Decode(TensorType.TQ2_0, block);
        Assert.Equal([-0.5f, 0f, 0.5f, 1f], [weights[137], weights[169], weights[201], weights[233]]);
        Assert.Equal(-0.5f, weights[0]);
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
