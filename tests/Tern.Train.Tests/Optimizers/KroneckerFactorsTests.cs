using Tern.Train.Optimizers;
using TorchSharp;
using static TorchSharp.torch;

namespace Tern.Train.Tests.Optimizers;

public sealed class KroneckerFactorsTests
{
    /// <summary>What the authors' function gives.</summary>
    public static TheoryData<long[], int, long[]> Merges => new()
    {
        { [64, 32, 3, 3], 10_000, [6144, 3] },
        { [64, 32, 3, 3], 1000, [64, 288] },
        { [3, 64, 7, 7], 10_000, [9408] },
        { [32_000, 512], 10_000, [32_000, 512] },
        { [1, 1, 512], 10_000, [512] },
        { [16, 16, 3], 256, [256, 3] },
        { [1, 1, 1], 10_000, [1] },
    };

    [Theory]
    [MemberData(nameof(Merges))]
    public void Axes_merge_as_in_the_authors_code(long[] shape, int limit, long[] merged) =>
        Assert.Equal(merged, KroneckerAxes.Of(shape, limit, mergeDims: true).Shape);

    [Fact]
    public void Only_axes_within_the_limit_have_a_factor_and_one_sided_only_the_shortest()
    {
        int[] Factored(long[] shape, bool precondition1d = false, bool oneSided = false) => KroneckerAxes.Of(shape, 100, false, precondition1d, oneSided).Factored;
        Assert.Equal([1], Factored([32_000, 64]));
        Assert.Equal([0, 1], Factored([100, 64]));
        Assert.Equal([], Factored([101, 102]));
        Assert.Equal([], Factored([64]));
        Assert.Equal([0], Factored([64], precondition1d: true));
        Assert.Equal([], Factored([], precondition1d: true));
        Assert.Equal([1], Factored([100, 64], oneSided: true));
        Assert.Equal([0], Factored([64, 64], oneSided: true));
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(2)]
    public void Factors_and_products_along_an_axis_are_sums_over_the_others(int axis)
    {
        using var scope = NewDisposeScope();
        using var generator = new Generator(3);
        var x = randn(3, 2, 4, generator: generator);
        var d = x.shape[axis];
        var matrix = randn(d, d, generator: generator);
        var fibres = TensorAxis.Of(x.shape, axis);
        var factor = new KroneckerFactor(eye(d), axis, fibres);
        factor.Update(x, 0.5, 2);
        string[] letters = ["abc,xbc->ax", "abc,axc->bx", "abc,abx->cx"], products = ["abc,xa->xbc", "abc,xb->axc", "abc,xc->abx"];
        // Sums of at most twelve products of order 1.
        Assert.True(factor.Value.allclose((eye(d) * 0.5) + (einsum(letters[axis], x, x) * 2), rtol: 1e-5, atol: 1e-5));
        Assert.True(fibres.Multiply(matrix, x).allclose(einsum(products[axis], x, matrix), rtol: 1e-5, atol: 1e-5));
    }

    /// <summary>Claim 1 of the paper: Shampoo with exponent -1/2 and the trace is Adafactor in the eigenbasis of its factors.</summary>
    [Fact]
    public void Shampoo_with_the_square_root_is_Adafactor_in_its_eigenbasis()
    {
        using var scope = NewDisposeScope();
        using var generator = new Generator(4);
        var gradients = Enumerable.Range(0, 8).Select(_ => randn(5, 7, dtype: ScalarType.Float64, generator: generator)).ToArray();
        KroneckerFactor Factor(int axis, long d) => new(zeros(d, d, dtype: ScalarType.Float64), axis, TensorAxis.Of([5, 7], axis));
        KroneckerFactor left = Factor(0, 5), right = Factor(1, 7);
        // Averages over the gradients with weights 1/2, 1/4, ..., which are exact in float32 too.
        foreach (var gradient in gradients)
        {
            left.Update(gradient, 0.5, 0.5);
            right.Update(gradient, 0.5, 0.5);
        }

        EigenBasis rows = new(left, zeros(5, 5, dtype: ScalarType.Float64)), columns = new(right, zeros(7, 7, dtype: ScalarType.Float64));
        rows.Begin();
        columns.Begin();
        var adafactor = new FactorizedSecondMoment([zeros(5, dtype: ScalarType.Float64), zeros(7, dtype: ScalarType.Float64)]);
        foreach (var gradient in gradients)
        {
            adafactor.Update(columns.Rotate(rows.Rotate(gradient)), 0.5);
        }

        var g = gradients[0];
        var inEigenbasis = columns.RotateBack(rows.RotateBack(columns.Rotate(rows.Rotate(g)) / adafactor.Root()));
        var shampoo = Shampoo.InverseRoot(left, 2, 0, 1).mm(g).mm(Shampoo.InverseRoot(right, 2, 0, 1)) * left.Value.trace().sqrt();
        // Float64, and factors with a condition number of about 100.
        Assert.True(inEigenbasis.allclose(shampoo, rtol: 0, atol: 1e-10));
    }

    [Fact]
    public void Directions_without_gradients_stay_what_they_are()
    {
        using var scope = NewDisposeScope();
        using var generator = new Generator(5);
        var factor = new KroneckerFactor(zeros(12, 12), 0, TensorAxis.Of([12, 3], 0));
        var vectors = zeros(12, 12);
        var basis = new EigenBasis(factor, vectors);
        var span = randn(12, 3, generator: generator);
        factor.Update(span, 0, 1);
        basis.Begin();
        for (var i = 0; i < 20; i++)
        {
            var before = vectors.clone();
            factor.Update(span.mm(randn(3, 3, generator: generator)), 0.9, 0.1);
            basis.Refresh(SoapBasis.PowerQr);
            // Each of the nine last vectors is one of the old ones, to the rounding of L Q beside the bound of 12 ε λ; their order and signs are free.
            var same = before.t().mm(vectors).narrow(1, 3, 9).abs().amax([0]);
            Assert.True(same.min().item<float>() > 0.9f, $"refresh {i}: {same.min().item<float>()}");
        }
    }
}
