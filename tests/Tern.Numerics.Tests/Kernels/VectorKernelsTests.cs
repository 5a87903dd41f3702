using Tern.Numerics.Kernels;
using Tern.Testing;

namespace Tern.Numerics.Tests.Kernels;

/// <summary>The element-wise kernels against their formulas in double, for every count from 1 to 70, at the end of the readable memory.</summary>
public sealed unsafe class VectorKernelsTests
{
    const double HalfUlp = 1.0 / (1 << 24);

    const int LargestCount = 70;

    delegate void Kernel(VectorKernels kernels, float* x, float* y, float* result, int count);

    /// <param name="kernel">What is tested.</param>
    /// <param name="definition">The i-th element in double.</param>
    /// <param name="ulps">Allowed error in units in the last place of the exact value; one where it underflows.</param>
    /// <param name="range">Largest magnitude of x.</param>
    /// <param name="size">What the error is relative to, if not the value itself.</param>
    static void AssertElements(Kernel kernel, Func<double, double, double> definition, double ulps, float range, Func<double, double, double>? size = null)
    {
        var random = new Random(11);
        for (var count = 1; count <= LargestCount; count++)
        {
            var x = Numbers(random, count, range);
            var y = Numbers(random, count, 4);
            float[]? lowest = null;
            foreach (var level in Isa.Available)
            {
                var result = Run(kernel, VectorKernels.For(level), x, y, count);
                for (var i = 0; i < count; i++)
                {
                    var expected = definition(x[i], y[i]);
                    var scale = Math.Max(Math.Abs(expected), size?.Invoke(x[i], y[i]) ?? 0);
                    var bound = ulps * 2 * HalfUlp * scale + float.Epsilon;
                    if (!(Math.Abs(result[i] - expected) <= bound))
                        Assert.Fail($"{level}, count {count}, element {i}: f({x[i]:g9}, {y[i]:g9}) = {result[i]:g9}, not {expected:g9} +- {bound:g3}");
                }
                AssertSameBits(lowest ??= result, result, $"{level}, count {count}");
                AssertSameBits(result, RunInPlace(kernel, VectorKernels.For(level), x, y, count), $"{level}, count {count}, in place");
            }
        }
    }

    static float[] Run(Kernel kernel, VectorKernels kernels, float[] x, float[] y, int count)
    {
        using var first = GuardedMemory.Of<float>(x).Freeze();
        using var second = GuardedMemory.Of<float>(y).Freeze();
        using var result = new GuardedMemory(count * sizeof(float));
        kernel(kernels, first.Floats, second.Floats, result.Floats, count);
        result.Check();
        return result.ToFloats();
    }

    static float[] RunInPlace(Kernel kernel, VectorKernels kernels, float[] x, float[] y, int count)
    {
        using var first = GuardedMemory.Of<float>(x);
        using var second = GuardedMemory.Of<float>(y).Freeze();
        kernel(kernels, first.Floats, second.Floats, first.Floats, count);
        first.Check();
        return first.ToFloats();
    }

    static void Copy(float* x, float* result, int count)
    {
        if (x != result) new ReadOnlySpan<float>(x, count).CopyTo(new Span<float>(result, count));
    }

    // A few large ones, a zero, and both signs.
    static float[] Numbers(Random random, int count, float range) => [.. Enumerable.Range(0, count).Select(_ => random.Next(20) switch
    {
        0 => 0,
        1 => range,
        2 => -range,
        _ => (2 * random.NextSingle() - 1) * (random.Next(2) == 0 ? range : 2),
    })];

    [Fact]
    public void Add_is_correctly_rounded() =>
        AssertElements((kernels, x, y, result, count) => { Copy(x, result, count); kernels.Add(result, y, count); }, (x, y) => x + y, 0.5, 1e6f);

    [Fact]
    public void Scale_is_correctly_rounded() =>
        AssertElements((kernels, x, y, result, count) => { Copy(x, result, count); kernels.Scale(result, 0.1f, count); }, (x, y) => x * 0.1f, 0.5, 1e6f);

    // exp 1.5 ulp, of which at most all reaches the sum; the sum, the quotient and the product half an ulp each.
    [Fact]
    public void SwiGlu_is_within_four_ulps_where_exp_does_not_overflow() =>
        AssertElements((kernels, x, y, result, count) => kernels.SwiGlu(x, y, result, count), (x, y) => x / (1 + Math.Exp(-x)) * y, 4, 80);

    // As SwiGlu; and u = sqrt(8 / pi) (z + 0.044715 z^3) has a relative error of about 4 half ulps, which exp(-u) multiplies by |u|.
    [Fact]
    public void GeGlu_is_within_rounding_of_its_argument() => AssertElements(
        (kernels, x, y, result, count) => kernels.GeGlu(x, y, result, count),
        (x, y) => x * Sigmoid(GeluArgument(x)) * y, 5, 8,
        (x, y) => Math.Abs(x * Sigmoid(GeluArgument(x)) * y) * (1 + Math.Abs(GeluArgument(x))));

    static double Sigmoid(double x) => 1 / (1 + Math.Exp(-x));

    static double GeluArgument(double z) => Math.Sqrt(8 / Math.PI) * (z + 0.044715 * z * z * z);

    // 2 sigmoid(2 z) - 1 cancels near zero: the error is one of numbers of size 1, not of the result.
    [Fact]
    public void SoftCap_is_within_three_ulps_of_the_cap() => AssertElements(
        (kernels, x, y, result, count) => { Copy(x, result, count); kernels.SoftCap(result, 30, count); },
        (x, y) => 30 * Math.Tanh(x / 30), 3, 500, (x, y) => 30);

    [Fact]
    public void Very_negative_gates_close_and_very_positive_ones_open()
    {
        float* x = stackalloc float[4];
        float* y = stackalloc float[4] { 2, 2, 2, 2 };
        float* result = stackalloc float[4];
        foreach (var level in Isa.Available)
        {
            var kernels = VectorKernels.For(level);
            (x[0], x[1], x[2], x[3]) = (-1e30f, 1e30f, -100, 100);
            kernels.SwiGlu(x, y, result, 4);
            Assert.Equal(2e30f, result[1]);
            Assert.Equal(200, result[3]);
            // exp stays at e^88.3 = 2.2e38: -100 comes out as -9e-37 instead of -7e-42, nothing that anyone could see.
            Assert.InRange(result[2], -1e-35f, 0);
            kernels.GeGlu(x, y, result, 4);
            Assert.Equal(200, result[3]);
            Assert.InRange(result[2], -1e-35f, 0);
            kernels.SoftCap(x, 50, 4);
            Assert.Equal([-50, 50, 50 * MathF.Tanh(-2), 50 * MathF.Tanh(2)], new ReadOnlySpan<float>(x, 4).ToArray(), new Near(1e-5f));
        }
    }

    sealed class Near(float tolerance) : IEqualityComparer<float>
    {
        public bool Equals(float x, float y) => MathF.Abs(x - y) <= tolerance * 50;

        public int GetHashCode(float value) => 0;
    }

    // The mean square: n products and sums; its root halves the error; the quotient and two products. In all below n / 32 + 6 ulps: lanes add up 16 at a time.
    [Fact]
    public void RmsNorm_is_within_rounding_of_its_definition()
    {
        var random = new Random(12);
        for (var count = 1; count <= LargestCount; count++)
        {
            foreach (var size in (float[])[1e-8f, 1, 1e6f])
            {
                var x = Numbers(random, count, size);
                for (var i = 0; i < count; i++) x[i] = size * random.NextSingle();
                var weight = Numbers(random, count, 3);
                var scale = 1 / Math.Sqrt(x.Sum(value => (double)value * value) / count + 1e-5f);
                float[]? lowest = null;
                foreach (var level in Isa.Available)
                {
                    Kernel kernel = (kernels, x, y, result, count) => kernels.RmsNorm(x, y, result, count, 1e-5f);
                    var result = Run(kernel, VectorKernels.For(level), x, weight, count);
                    for (var i = 0; i < count; i++)
                    {
                        var expected = x[i] * scale * weight[i];
                        Assert.True(Math.Abs(result[i] - expected) <= (count / 32.0 + 6) * 2 * HalfUlp * Math.Abs(expected), $"{level}, {count}: {result[i]:g9}, not {expected:g9}");
                    }
                    AssertSameBits(lowest ??= result, result, $"{level}, count {count}");
                    AssertSameBits(result, RunInPlace(kernel, VectorKernels.For(level), x, weight, count), "in place");
                }
            }
        }
    }

    [Fact]
    public void Dot_is_within_rounding_of_its_definition()
    {
        var random = new Random(13);
        for (var count = 1; count <= LargestCount; count++)
        {
            var x = Numbers(random, count, 100);
            var y = Numbers(random, count, 100);
            var expected = x.Zip(y, (a, b) => (double)a * b).Sum();
            var size = x.Zip(y, (a, b) => Math.Abs((double)a * b)).Sum();
            using var first = GuardedMemory.Of<float>(x).Freeze();
            using var second = GuardedMemory.Of<float>(y).Freeze();
            float? lowest = null;
            foreach (var level in Isa.Available)
            {
                var actual = VectorKernels.For(level).Dot(first.Floats, second.Floats, count);
                // One fused operation per 16 elements and four levels of the tree.
                Assert.True(Math.Abs(actual - expected) <= (count / 16 + 5) * HalfUlp * size, $"{level}, {count}: {actual:g9}, not {expected:g9}");
                Assert.Equal(lowest ??= actual, actual);
            }
        }
    }

    [Fact]
    public void Softmax_is_within_rounding_of_its_definition()
    {
        var random = new Random(14);
        for (var count = 1; count <= LargestCount; count++)
        {
            var x = Numbers(random, count, 30);
            var max = x.Max();
            var sum = x.Sum(value => Math.Exp((double)value - max));
            float[]? lowest = null;
            foreach (var level in Isa.Available)
            {
                using var memory = GuardedMemory.Of<float>(x);
                VectorKernels.For(level).Softmax(memory.Floats, count);
                memory.Check();
                var result = memory.ToFloats();
                for (var i = 0; i < count; i++)
                {
                    // The difference x - max is rounded (half an ulp of up to 60, which exp multiplies), exp 1.5 ulp twice, the sum count / 16 + 4 half ulps, reciprocal and product.
                    var bound = (8 + count / 32.0 + Math.Abs((double)x[i] - max)) * 2 * HalfUlp;
                    var expected = Math.Exp((double)x[i] - max) / sum;
                    Assert.True(Math.Abs(result[i] - expected) <= bound * expected, $"{level}, {count}: {result[i]:g9}, not {expected:g9}");
                }
                AssertSameBits(lowest ??= result, result, $"{level}, count {count}");
            }
        }
    }

    [Fact]
    public void Softmax_survives_infinite_and_equal_scores()
    {
        float* x = stackalloc float[20];
        foreach (var level in Isa.Available)
        {
            new Span<float>(x, 20).Fill(float.NegativeInfinity);
            x[3] = 5;
            VectorKernels.For(level).Softmax(x, 20);
            for (var i = 0; i < 20; i++) Assert.Equal(i == 3 ? 1 : 0, x[i]);
            new Span<float>(x, 16).Fill(1e30f);
            VectorKernels.For(level).Softmax(x, 16);
            for (var i = 0; i < 16; i++) Assert.Equal(1f / 16, x[i]);
        }
    }

    [Fact]
    public void Exp_is_within_one_and_a_half_ulps_from_minus_87_3_to_0()
    {
        // softmax(0, x...) is exp(x) / sum with exp(0) = 1 exactly, so that quotients of its results are exp(x), rounded once more. 16 at a time.
        float* x = stackalloc float[16];
        float* result = stackalloc float[16];
        foreach (var level in Isa.Available)
        {
            var kernels = VectorKernels.For(level);
            var samples = level == IsaLevel.Scalar ? 20_000 : 400_000;
            var worst = 0.0;
            for (var sample = 0; sample < samples; sample += 15)
            {
                x[0] = 0;
                for (var i = 1; i < 16; i++) x[i] = -87.3f * (sample + i) / samples;
                new ReadOnlySpan<float>(x, 16).CopyTo(new Span<float>(result, 16));
                kernels.Softmax(result, 16);
                for (var i = 1; i < 16; i++)
                {
                    var exact = Math.Exp(x[i]);
                    if (exact * result[0] < 1.2e-38) continue;      // the division made it subnormal
                    worst = Math.Max(worst, Math.Abs((double)result[i] / result[0] - exact) / exact / (2 * HalfUlp));
                }
            }
            // The worst error of one ulp is relative to the smallest mantissa.
            Assert.InRange(worst, 0, 1.5 + 0.5);
        }
    }

    [Fact]
    public void Exp_is_within_two_ulps_from_0_to_88_3()
    {
        // silu(-z) = -z / (1 + exp(z)): for large z the quotient tells exp(z).
        foreach (var level in Isa.Available)
        {
            var kernels = VectorKernels.For(level);
            var samples = level == IsaLevel.Scalar ? 20_000 : 400_000;
            var gates = new float[samples];
            var ones = new float[samples];
            ones.AsSpan().Fill(1);
            for (var i = 0; i < samples; i++) gates[i] = -88.3f * i / (samples - 1);
            var result = new float[samples];
            fixed (float* gate = gates, up = ones, target = result) kernels.SwiGlu(gate, up, target, samples);
            var worst = 0.0;
            for (var i = 0; i < samples; i++)
            {
                var exact = gates[i] / (1 + Math.Exp(-(double)gates[i]));
                if (exact != 0) worst = Math.Max(worst, Math.Abs(result[i] - exact) / Math.Abs(exact) / (2 * HalfUlp));
            }
            // exp 2, sum and quotient half an ulp each.
            Assert.InRange(worst, 0, 3);
        }
    }

    [Fact]
    public void Exp_goes_to_zero_without_a_jump()
    {
        float* x = stackalloc float[2];
        foreach (var level in Isa.Available)
        {
            for (var z = -87f; z > -110; z -= 0.01f)
            {
                (x[0], x[1]) = (0, z);
                VectorKernels.For(level).Softmax(x, 2);
                // Below the normal numbers zero is as good.
                Assert.True(Math.Abs(x[1] - Math.Exp(z)) <= 1.2e-38, $"{level}: exp({z}) = {x[1]}");
                Assert.Equal(1, x[0]);
            }
        }
    }

    [Fact]
    public void Rotation_turns_each_pair_by_its_angle_in_both_layouts()
    {
        var random = new Random(15);
        for (var rotary = 2; rotary <= 136; rotary += 2)
        {
            foreach (var interleaved in (bool[])[false, true])
            {
                var head = Numbers(random, rotary + 5, 10);
                var angles = Enumerable.Range(0, rotary / 2).Select(i => 100 * MathF.Pow(1e4f, -2f * i / rotary)).ToArray();
                float[]? lowest = null;
                foreach (var level in Isa.Available)
                {
                    var turned = Rotate(level, head, angles, rotary, interleaved);
                    for (var i = 0; i < rotary / 2; i++)
                    {
                        var (first, second) = interleaved ? (2 * i, 2 * i + 1) : (i, i + rotary / 2);
                        double x = head[first], y = head[second];
                        double cosine = MathF.Cos(angles[i]), sine = MathF.Sin(angles[i]);
                        // Two products and a sum, rounded one by one.
                        var bound = 1.5 * 2 * HalfUlp * (Math.Abs(x) + Math.Abs(y)) + float.Epsilon;
                        Assert.InRange(turned[first], x * cosine - y * sine - bound, x * cosine - y * sine + bound);
                        Assert.InRange(turned[second], x * sine + y * cosine - bound, x * sine + y * cosine + bound);
                    }
                    Assert.Equal(head[rotary..], turned[rotary..]);
                    AssertSameBits(lowest ??= turned, turned, $"{level}, {rotary} numbers, interleaved {interleaved}");
                }
            }
        }
    }

    static float[] Rotate(IsaLevel level, float[] head, float[] angles, int rotary, bool interleaved)
    {
        using var memory = GuardedMemory.Of<float>(head);
        using var cosines = GuardedMemory.Of<float>([.. angles.Select(MathF.Cos)]).Freeze();
        using var sines = GuardedMemory.Of<float>([.. angles.Select(MathF.Sin)]).Freeze();
        VectorKernels.For(level).Rotate(memory.Floats, cosines.Floats, sines.Floats, rotary, interleaved);
        memory.Check();
        return memory.ToFloats();
    }

    [Fact]
    public void Rotation_by_a_quarter_turn_and_back_is_exact()
    {
        float* head = stackalloc float[4];
        float* zeros = stackalloc float[2] { 0, 0 };
        float* ones = stackalloc float[2] { 1, 1 };
        foreach (var level in Isa.Available)
        {
            (head[0], head[1], head[2], head[3]) = (1, 2, 3, 4);
            VectorKernels.For(level).Rotate(head, zeros, ones, 4, interleaved: true);
            Assert.Equal([-2, 1, -4, 3], new ReadOnlySpan<float>(head, 4).ToArray());
            VectorKernels.For(level).Rotate(head, zeros, ones, 4, interleaved: false);
            Assert.Equal([4, -3, -2, 1], new ReadOnlySpan<float>(head, 4).ToArray());
        }
    }

    [Fact]
    public void A_NaN_comes_out_of_every_kernel_that_it_goes_into()
    {
        foreach (var level in Isa.Available)
        {
            var kernels = VectorKernels.For(level);
            foreach (var at in (int[])[0, 5, 16, 19])
            {
                AssertPoisoned(level, "SwiGlu", at, x => kernels.SwiGlu(x, x + 20, x, 20));
                AssertPoisoned(level, "GeGlu", at, x => kernels.GeGlu(x, x + 20, x, 20));
                AssertPoisoned(level, "Add", at, x => kernels.Add(x, x + 20, 20));
                AssertPoisoned(level, "Scale", at, x => kernels.Scale(x, 0, 20));
                AssertPoisoned(level, "Softmax", at, x => kernels.Softmax(x, 20));
                AssertPoisoned(level, "RmsNorm", at, x => kernels.RmsNorm(x, x + 20, x, 20, 1e-5f));
                AssertPoisoned(level, "Dot", at, x => x[at] = kernels.Dot(x, x + 20, 20));
            }
        }
    }

    delegate void InPlace(float* x);

    static void AssertPoisoned(IsaLevel level, string what, int at, InPlace kernel)
    {
        var x = stackalloc float[40];
        new Span<float>(x, 40).Fill(1);
        x[at] = float.NaN;
        kernel(x);
        Assert.True(float.IsNaN(x[at]), $"{level}: {what} made {x[at]} of a NaN");
    }

    static void AssertSameBits(float[] expected, float[] actual, string what)
    {
        for (var i = 0; i < expected.Length; i++)
        {
            if (BitConverter.SingleToInt32Bits(expected[i]) != BitConverter.SingleToInt32Bits(actual[i]))
                Assert.Fail($"{what}: number {i} is {actual[i]:g9}, not {expected[i]:g9}");
        }
    }
}
