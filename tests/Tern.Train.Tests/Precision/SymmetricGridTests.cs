using Tern.Train.Precision;
using TorchSharp;
using static TorchSharp.torch;
using Tensor = TorchSharp.torch.Tensor;

namespace Tern.Train.Tests.Precision;

public sealed class SymmetricGridTests
{
    static float[] Rounded(int bits, params float[] row)
    {
        new SymmetricGrid(bits).Round(row);
        return row;
    }

    static float[] Values(Tensor tensor) => tensor.detach().contiguous().data<float>().ToArray();

    [Fact]
    public void Four_bits_are_sevenths_of_the_largest_magnitude_with_halves_to_even() =>
        Assert.Equal([-7, 3, 0, 2, 2, -4, 0, 6, 7], Rounded(4, -7, 3.4f, 0.5f, 1.5f, 2.5f, -3.5f, 0, 6.49f, 6.51f));

    [Fact]
    public void Two_bits_are_minus_one_zero_and_one_times_the_largest_magnitude() =>
        Assert.Equal([0, -3, 3, 0, 3], Rounded(2, 1.4f, -1.6f, 3, -1.5f, 2));

    [Fact]
    public void One_bit_is_the_sign_times_the_mean_magnitude() => Assert.Equal([2, -2, 2, 2], Rounded(1, 1, -3, 0, 4));

    [Theory]
    [InlineData(1)]
    [InlineData(3)]
    [InlineData(16)]
    public void A_row_of_zeros_stays(int bits) => Assert.All(Rounded(bits, new float[21]), value => Assert.Equal(0, value));

    [Fact]
    public void A_row_whose_scale_is_no_number_any_more_becomes_zero() => Assert.Equal([0, 0], Rounded(16, 1e-44f, -1e-44f));

    [Theory]
    [InlineData(1, float.NaN)]
    [InlineData(4, float.NaN)]
    [InlineData(4, float.PositiveInfinity)]
    public void A_number_that_is_not_finite_is_not_hidden(int bits, float bad)
    {
        for (var at = 0; at < 19; at++)
        {
            var row = Enumerable.Repeat(1f, 19).ToArray();
            row[at] = bad;
            Assert.Contains(Rounded(bits, row), float.IsNaN);
        }
    }

    /// <summary>Rows of one element, of less than a vector, and so many rows that several threads take them.</summary>
    [Theory]
    [InlineData(3, 1)]
    [InlineData(7, 5)]
    [InlineData(700, 129)]
    [InlineData(2, 40_000)]
    public void Every_row_has_a_scale_of_its_own_and_the_bits_of_the_definition(int rows, int columns)
    {
        using var scope = NewDisposeScope();
        random.manual_seed(3);
        for (var bits = 2; bits <= SymmetricGrid.MaxBits; bits++)
        {
            var fast = randn(rows, columns) * rand(rows, 1);
            var defined = fast.clone();
            new SymmetricGrid(bits).RoundRows(fast);
            new SymmetricGrid(bits).RoundRowsByTorch(defined);
            Assert.Equal(Values(defined), Values(fast));
        }
        Tensor one = randn(rows, columns), mean = one.abs().mean([-1], keepdim: true).expand(rows, columns);
        var signed = one.clone();
        new SymmetricGrid(1).RoundRows(signed);
        Assert.Equal(Values(one.sign()), Values(signed.sign()));
        Assert.True(signed.abs().allclose(mean, rtol: 1e-5));                  // sums in another order
    }

    [Theory]
    [InlineData(2)]
    [InlineData(5)]
    [InlineData(16)]
    public void Nothing_moves_by_more_than_half_a_step_and_the_largest_stays(int bits)
    {
        using var scope = NewDisposeScope();
        random.manual_seed(4);
        var grid = new SymmetricGrid(bits);
        var before = randn(50, 33);
        var after = before.clone();
        grid.RoundRows(after);
        var step = before.abs().amax([-1], keepdim: true) / grid.Largest;
        Assert.True(((after - before).abs() / step).max().item<float>() <= 0.5 + 5e-3);       // 32767 steps of float32 rounding, 6e-8 each
        Assert.True(after.abs().amax(-1).allclose(before.abs().amax(-1), rtol: 1e-6));
    }

    [Theory]
    [InlineData(ScalarType.Float32)]
    [InlineData(ScalarType.BFloat16)]
    public void The_gradient_passes_as_it_is(ScalarType type)
    {
        using var scope = NewDisposeScope();
        random.manual_seed(5);
        var values = randn(6, 4, 10).transpose(0, 1).to(type).detach().requires_grad_();       // not contiguous
        var before = values.detach().clone();
        var gradient = randn(4, 6, 10).to(type);
        var rounded = new SymmetricGrid(3).StraightThrough(values);
        rounded.backward([gradient]);
        Assert.Equal(type, rounded.dtype);
        Assert.True(values.grad!.Equals(gradient));
        Assert.True(values.detach().Equals(before));
        Assert.True(rounded[1, 2].to(ScalarType.Float32).unique().output.numel() <= 7);
        Assert.False(rounded.detach().Equals(before));
    }
}
