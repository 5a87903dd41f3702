using Tern.Numerics.Formats;
using Tern.Numerics.Kernels;
using Tern.Numerics.Threading;

namespace Tern.Numerics.Tests.Kernels;

/// <summary>What is not a number must not become one: damage has to show in the logits, not to end in plausible text.</summary>
public sealed unsafe class NanTests
{
    const int Rows = 16, Columns = 64;

    static readonly int[] Places = [0, 3, 8, 15, 16, 24, 31, 32, 63];
    static readonly float[] NotFinite = [float.NaN, BitConverter.Int32BitsToSingle(0x7F80_0001), float.PositiveInfinity, float.NegativeInfinity];

    public static TheoryData<IsaLevel, TensorType> Matrices()
    {
        var data = new TheoryData<IsaLevel, TensorType>();
        foreach (var level in Isa.Available)
            foreach (var type in (TensorType[])[TensorType.F32, TensorType.F16, TensorType.BF16, TensorType.Q8_0, TensorType.Q4_0, TensorType.Q4_1, TensorType.IQ4_NL])
                data.Add(level, type);
        return data;
    }

    [Theory]
    [MemberData(nameof(Matrices))]
    public void A_product_with_what_is_not_finite_is_not_finite(IsaLevel level, TensorType type)
    {
        using var team = new WorkerTeam(1);
        var format = WeightFormats.Of(type);
        var weights = new float[Rows * Columns];
        Array.Fill(weights, 1);
        var bytes = new byte[Rows * Columns / format.WeightsPerBlock * format.BytesPerBlock];
        format.Encode(weights, bytes);
        fixed (byte* data = bytes)
        {
            using var matrix = WeightMatrix.Create(type, data, Rows, Columns, team, level);
            foreach (var tokens in (int[])[1, 5, 17])
            {
                foreach (var (value, place) in from value in NotFinite from place in Places select (value, place))
                {
                    using var x = new Activations(tokens, Columns);
                    x.Resize(tokens, Columns);
                    new Span<float>(x.Values, tokens * Columns).Fill(1);
                    x.Values[(tokens - 1) * Columns + place] = value;
                    VectorKernels.For(level).Prepare(x, 0, tokens, matrix.Reads(tokens));
                    var y = new float[tokens * Rows];
                    fixed (float* output = y) matrix.MultiplyUnits(x, output, Rows, 0, 1);
                    Assert.All(y[..^Rows], product => Assert.True(float.IsFinite(product)));
                    Assert.All(y[^Rows..], product => Assert.False(float.IsFinite(product), $"{value} at column {place} of token {tokens}: the product is {product}"));
                }
            }
        }
    }

    [Fact]
    public void Every_rung_rounds_what_is_not_finite_to_the_same_block()
    {
        foreach (var (value, place) in from value in NotFinite from place in Places.Where(place => place < 32) select (value, place))
        {
            Assert.Single(Isa.Available.Select(level =>
            {
                using var x = new Activations(1, 32);
                x.Resize(1, 32);
                new Span<float>(x.Values, 32).Fill(1);
                x.Values[place] = value;
                VectorKernels.For(level).Prepare(x, 0, 1, ActivationForms.Quants);
                Assert.True(float.IsNaN(x.Scales[0]), $"{level}, {value} at column {place}: the scale is {x.Scales[0]}");
                return (x.NegatedSums[0], x.NegatedSums[1], x.NegatedSums[2], new ReadOnlySpan<sbyte>(x.Quants, 32).ContainsAnyExcept((sbyte)0));
            }).Distinct());
        }
    }

    [Fact]
    public void Vector_kernels_keep_a_NaN_where_it_stands()
    {
        foreach (var level in Isa.Available)
        {
            var kernels = VectorKernels.For(level);
            var ones = Enumerable.Repeat(1f, 20).ToArray();
            foreach (var place in (int[])[3, 17])
            {
                fixed (float* one = ones)
                {
                    KeepsNaN(place, x => kernels.SoftCap((float*)x, 30, 20), $"{level} SoftCap");
                    KeepsNaN(place, x => kernels.Scale((float*)x, 2, 20), $"{level} Scale");
                    var up = (nint)one;
                    KeepsNaN(place, x => kernels.SwiGlu((float*)x, (float*)up, (float*)x, 20), $"{level} SwiGlu");
                    KeepsNaN(place, x => kernels.GeGlu((float*)x, (float*)up, (float*)x, 20), $"{level} GeGlu");
                }
            }
        }
    }

    [Fact]
    public void A_NaN_spreads_over_the_whole_of_a_softmax_and_of_a_norm()
    {
        foreach (var level in Isa.Available)
        {
            foreach (var place in (int[])[0, 3, 17])
            {
                var softmax = With(place, 20);
                var normed = With(place, 20);
                var ones = Enumerable.Repeat(1f, 20).ToArray();
                fixed (float* x = softmax) VectorKernels.For(level).Softmax(x, 20);
                fixed (float* x = normed, weight = ones) VectorKernels.For(level).RmsNorm(x, weight, x, 20, 1e-5f);
                Assert.All(softmax.Concat(normed), number => Assert.True(float.IsNaN(number), $"{level}: {number}"));
            }
        }
    }

    static void KeepsNaN(int place, Action<nint> apply, string name)
    {
        var numbers = With(place, 20);
        fixed (float* x = numbers) apply((nint)x);
        for (var i = 0; i < 20; i++) Assert.True(float.IsNaN(numbers[i]) == (i == place), $"{name}: {numbers[i]} at {i}");
    }

    static float[] With(int place, int count)
    {
        var numbers = Enumerable.Repeat(0.5f, count).ToArray();
        numbers[place] = float.NaN;
        return numbers;
    }
}
