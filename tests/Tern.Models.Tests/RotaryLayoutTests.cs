namespace Tern.Models.Tests;

public sealed class RotaryLayoutTests
{
    [Fact]
    public void Pairs_that_are_neighbours_end_up_half_a_head_apart()
    {
        byte[] interleaved = [0, 1, 2, 3, 4, 5, 10, 11, 12, 13, 14, 15]; // two heads of six rows of one byte
        var halves = new byte[12];
        RotaryLayout.ToHalves(interleaved, halves, bytesPerRow: 1, headDim: 6);
        Assert.Equal([0, 2, 4, 1, 3, 5, 10, 12, 14, 11, 13, 15], halves);
    }

    [Theory]
    [InlineData(2, 1, 1)]
    [InlineData(8, 3, 18)]
    [InlineData(64, 2, 34)]
    public void The_two_orders_are_inverse_to_each_other_for_any_row_size(int headDim, int heads, int bytesPerRow)
    {
        var rows = new byte[headDim * heads * bytesPerRow];
        new Random(1).NextBytes(rows);
        var (halves, back) = (new byte[rows.Length], new byte[rows.Length]);
        RotaryLayout.ToHalves(rows, halves, bytesPerRow, headDim);
        RotaryLayout.ToInterleaved(halves, back, bytesPerRow, headDim);
        Assert.Equal(rows, back);
        for (long row = 0; row < headDim * heads; row++) Assert.Equal(row, RotaryLayout.HalvesRow(RotaryLayout.InterleavedRow(row, headDim), headDim));
    }

    [Fact]
    public void Half_a_head_or_an_odd_head_is_refused()
    {
        Assert.Throws<ArgumentException>(() => RotaryLayout.ToHalves(new byte[5], new byte[5], 1, 4));
        Assert.Throws<ArgumentException>(() => RotaryLayout.ToHalves(new byte[3], new byte[3], 1, 3));
        Assert.Throws<ArgumentException>(() => RotaryLayout.ToHalves(new byte[4], new byte[8], 1, 4));
    }

    [Theory]
    [InlineData("model.layers.3.self_attn.q_proj.weight", true)]
    [InlineData("model.layers.3.self_attn.k_proj.bias", true)]
    [InlineData("model.layers.3.self_attn.v_proj.weight", false)]
    [InlineData("model.layers.3.self_attn.q_norm.weight", false)]
    public void Only_queries_and_keys_rotate(string name, bool rotated) => Assert.Equal(rotated, RotaryLayout.IsRotated(name));
}
