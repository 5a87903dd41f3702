using CsCheck;
using Tern.Models;
using Tern.Train.Optimizers;
using TorchSharp;
using static TorchSharp.torch;

namespace Tern.Train.Tests.Optimizers;

public sealed unsafe class BlockwiseMomentsTests
{
    static readonly AdamW Adam8 = new() { State = MomentType.Int8 };

    /// <summary>The entries of bitsandbytes' dynamic maps.</summary>
    [Fact]
    public void The_maps_have_the_published_entries()
    {
        var signed = DynamicMap.Signed.Values;
        Assert.Equal(-0.99296875, signed[0], 1e-7);                                    // float32
        Assert.Equal(127, DynamicMap.Signed.Zero);
        Assert.Equal([0f, 5.5e-7f, 3.25e-6f, 7.75e-6f, 2.125e-5f], signed[127..132].ToArray());
        Assert.Equal([0.97890625f, 0.99296875f, 1f], signed[^3..].ToArray());
        var unsigned = DynamicMap.Unsigned.Values;
        Assert.Equal([0f, 3.25e-7f, 7.75e-7f, 2.125e-6f], unsigned[..4].ToArray());
        Assert.Equal([0.98945313f, 0.99648437f, 1], unsigned[^3..].ToArray());
        Assert.Equal(0, DynamicMap.Unsigned.Zero);
        foreach (var values in new[] { signed.ToArray(), unsigned.ToArray() })
        {
            Assert.Equal(256, values.Length);
            Assert.Equal(values.Distinct().Order(), values);
        }
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void Codes_are_those_of_the_nearest_entries(bool signed)
    {
        var map = signed ? DynamicMap.Signed : DynamicMap.Unsigned;
        List<float> values = [0, -0f, 1, -1, float.Epsilon, -float.Epsilon, 1e-38f];
        foreach (var limit in map.Limits)
        {
            values.AddRange([MathF.BitDecrement(limit), limit, MathF.BitIncrement(limit)]);
        }

        // First and last float of every set that shares its upper 16 bits.
        for (uint top = 0; top < 0x3F80; top++)
        {
            float low = BitConverter.UInt32BitsToSingle(top << 16), high = BitConverter.UInt32BitsToSingle((top << 16) | 0xFFFF);
            values.AddRange([low, high, -low, -high]);
        }

        var codes = new byte[values.Count];
        fixed (float* from = values.ToArray())
        fixed (byte* to = codes)
        {
            map.Encode(from, to, codes.Length);
        }

        Assert.All(values.Zip(codes), pair => Assert.Equal(map.Nearest(pair.First), pair.Second));
        var entries = map.Values.ToArray();
        Assert.All(values.Zip(codes).Where(pair => signed || pair.First <= 0 || pair.First >= entries[1]), pair => Assert.Equal(entries.Min(entry => Math.Abs((double)entry - pair.First)), Math.Abs((double)entries[pair.Second] - pair.First), 1.2e-7));   // limits of order 1 are rounded to float32
    }

    [Fact]
    public void A_positive_second_moment_is_not_rounded_to_zero()
    {
        Assert.Equal([0, 0, 1, 1, 1], new[] { 0f, -0f, float.Epsilon, 1e-8f, 3.25e-7f }.Select(value => (int)DynamicMap.Unsigned.Nearest(value)));
        Assert.Equal(127, DynamicMap.Signed.Nearest(1e-8f));
    }

    [Fact]
    public void A_round_trip_errs_by_at_most_half_a_cell() => Gen.Int[1, 600].Select(Gen.Int[0, 1 << 20], Gen.Double[-30, 30]).Sample((size, seed, exponent) =>
    {
        var random = new Random(seed);
        float[] values = [.. Enumerable.Range(0, size).Select(_ => (float)((random.NextDouble() - 0.5) * Math.Pow(10, exponent - (8 * random.NextDouble()))))];
        float[] scratch = [.. values], decoded = new float[size];
        var codes = new byte[size];
        float largest;
        fixed (float* from = scratch, to = decoded)
        fixed (byte* code = codes)
        {
            largest = BlockwiseMoments.Encode(DynamicMap.Signed, from, code, size);
            DynamicMap.Signed.Decode(code, largest, to, size);
        }

        Assert.Equal(values.Max(Math.Abs), largest);
        var entries = DynamicMap.Signed.Values.ToArray();
        for (var i = 0; i < size; i++)
        {
            var code = codes[i];
            // -1 has no entry: what is below the lowest one is rounded up to it.
            float below = code == 0 ? 2 * (1 + entries[0]) : entries[code] - entries[code - 1], above = code == 255 ? 0 : entries[code + 1] - entries[code];
            Assert.InRange(Math.Abs(decoded[i] - values[i]), 0, largest * ((Math.Max(below, above) / 2) + 1.2e-7f));    // two roundings to float32 of values of order 1
        }
    }, iter: 300);

    [Theory]
    [InlineData(256)]
    [InlineData(2048)]
    public void The_kernel_and_whole_tensors_have_the_same_codes(int blockSize)
    {
        using var scope = NewDisposeScope();
        using var state = new OptimizerState();
        random.manual_seed(3);
        var weight = new TrainedParameter("w", zeros(5000), ParameterRole.Matrix);
        var values = randn(5000) * randn(5000).exp();
        values[3] = 0;
        var moment = new BlockwiseMoments.Quantized(weight, state, "m", DynamicMap.Signed, blockSize, [5000]);
        moment.Encode(values);
        var (codes, largest) = (moment.Codes.data<byte>().ToArray(), moment.Largest.data<float>().ToArray());
        var floats = LeastSquares.Values(values);
        var decoded = LeastSquares.Values(moment.Decoded());
        fixed (float* from = floats, whole = decoded)
        {
            for (var block = 0; block * blockSize < 5000; block++)
            {
                var size = Math.Min(blockSize, 5000 - (block * blockSize));
                byte[] found = new byte[size];
                float[] back = new float[size];
                fixed (byte* to = found)
                fixed (float* out1 = back)
                {
                    Assert.Equal(largest[block], BlockwiseMoments.Encode(DynamicMap.Signed, from + (block * blockSize), to, size));
                    DynamicMap.Signed.Decode(to, largest[block], out1, size);
                }

                Assert.Equal(codes.AsSpan(block * blockSize, size).ToArray(), found);
                Assert.Equal(decoded.AsSpan(block * blockSize, size).ToArray(), back);
            }
        }
    }

    /// <summary>½ Σ h (w - t)² of 8192 elements after steps from 0, curvatures h from 1/<paramref name="spread"/> to <paramref name="spread"/>.</summary>
    /// <param name="far">Minima at 1 to 2 from the start, which 100 steps do not reach; false: N(0, 1), so that many gradients are near 0 in the end.</param>
    static double LossAfter(AdamW choice, int steps, double spread, bool far)
    {
        using var scope = NewDisposeScope();
        random.manual_seed(11);
        var (target, curvature) = (far ? randn(8192).sign() * (1 + rand(8192)) : randn(8192), ((rand(8192) - 0.5) * (2 * Math.Log(spread))).exp());
        var weight = new TrainedParameter("w", zeros(8192).requires_grad_(), ParameterRole.Matrix);
        using var optimizer = choice.Build([weight]);
        for (var step = 0; step < steps; step++)
        {
            weight.Value.grad = (weight.Value.detach() - target) * curvature;
            optimizer.Step(0.01);
        }

        return ((weight.Value.detach() - target).square() * curvature).sum().item<float>() / 2;
    }

    [Theory]
    [InlineData(1.5, true, 256)]
    [InlineData(1.5, true, 2048)]
    [InlineData(1.5, false, 256)]
    [InlineData(10, false, 256)]
    public void A_hundred_steps_on_a_quadratic_are_those_of_float32_within_a_percent(double spread, bool far, int blockSize)
    {
        var float32 = new AdamW { WeightDecay = 0 };
        double start = LossAfter(float32, 0, spread, far), expected = LossAfter(float32, 100, spread, far);
        Assert.True(expected < 0.6 * start);
        var found = LossAfter(float32 with { State = MomentType.Int8, BlockSize = blockSize }, 100, spread, far);
        Assert.Equal(1, (start - found) / (start - expected), 0.01);
        Assert.Equal(1, found / expected, 0.04);                               // what is left of the loss, a sixth or less, shows the same difference larger
    }

    [Fact]
    public void State_has_the_bytes_that_are_announced()
    {
        using var scope = NewDisposeScope();
        long[][] shapes = [[4095], [4096], [70, 73], [64, 64]];
        foreach (var shape in shapes)
        {
            using var optimizer = Adam8.Build([new TrainedParameter("w", zeros(shape).requires_grad_(), ParameterRole.Matrix)]);
            Assert.Equal(Adam8.StateBytes(shape, ParameterRole.Matrix), LeastSquares.Bytes(optimizer));
        }

        Assert.Equal((2 * (4096 + (16 * 4))) + 8, Adam8.StateBytes([64, 64], ParameterRole.Matrix));
        Assert.Equal((2 * 4 * 4095) + 8, Adam8.StateBytes([4095], ParameterRole.Matrix));      // too small to be rounded
    }

    [Fact]
    public void Resumed_runs_have_the_same_bits()
    {
        using var scope = NewDisposeScope();
        float[] Run(bool interrupted)
        {
            random.manual_seed(5);
            var weight = new TrainedParameter("w", randn(40_000).requires_grad_(), ParameterRole.Matrix);     // three chunks of threads, the last block short
            var optimizer = Adam8.Build([weight]);
            for (var step = 0; step < 8; step++)
            {
                if (interrupted && step == 5)
                {
                    var saved = LeastSquares.Saved(optimizer);
                    optimizer.Dispose();
                    optimizer = Adam8.Build([weight]);
                    optimizer.Restore(saved);
                }

                weight.Value.grad = randn(40_000);
                optimizer.Step(0.01);
            }

            optimizer.Dispose();
            return LeastSquares.Values(weight.Value);
        }

        Assert.Equal(Run(false), Run(true));
    }

    [Fact]
    public void A_block_size_that_is_not_offered_is_refused() =>
        Assert.Contains("block_size", Assert.Throws<TernException>(() => (Adam8 with { BlockSize = 100 }).Build([])).Message, StringComparison.Ordinal);
}
