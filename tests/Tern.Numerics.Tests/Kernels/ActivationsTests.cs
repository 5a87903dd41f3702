using Tern.Numerics.Kernels;

namespace Tern.Numerics.Tests.Kernels;

public sealed unsafe class ActivationsTests
{
    /// <summary>Rounds one row with each rung.</summary>
    static void ForEachRung(float[] row, Action<Activations, IsaLevel> check)
    {
        using var x = new Activations(1, row.Length);
        foreach (var level in Isa.Available)
        {
            x.Resize(1, row.Length);
            row.CopyTo(new Span<float>(x.Values, row.Length));
            new Span<byte>(x.Quants, x.Blocks * Activations.BlockSize).Fill(0x55);      // what was there before must not shine through
            new Span<short>(x.Pairs, x.Blocks * Activations.BlockSize).Fill(0x5555);
            VectorKernels.For(level).Round(x, 0, 1);
            check(x, level);
        }
    }

    /// <summary>scale = max / 127, quant = x * (127 / max) to the nearest integer, ties to even, in float arithmetic: exactly, on every rung.</summary>
    static void AssertIsTheDefinition(float[] row) => ForEachRung(row, (x, level) =>
    {
        for (var block = 0; block < x.Blocks; block++)
        {
            var padded = new float[Activations.BlockSize];
            row.AsSpan(block * 32, Math.Min(32, row.Length - block * 32)).CopyTo(padded);
            var max = padded.Max(MathF.Abs);
            var inverse = max > 0 && float.IsFinite(127 / max) && max / 127 > 0 ? 127 / max : 0;
            var quants = padded.Select(value => (int)MathF.Round(value * inverse, MidpointRounding.ToEven)).ToArray();
            Assert.Equal(max / 127, x.Scales[block]);
            Assert.Equal(quants, new ReadOnlySpan<sbyte>(x.Quants + block * 32, 32).ToArray().Select(quant => (int)quant));
            Assert.Equal(quants[..16].Sum(), x.HalfSums[2 * block]);
            Assert.Equal(quants[16..].Sum(), x.HalfSums[2 * block + 1]);
            for (var quad = 0; quad < 32; quad += 4)
            {
                int[] pairs = [quants[quad], quants[quad + 2], quants[quad + 1], quants[quad + 3]];
                Assert.Equal(pairs, new ReadOnlySpan<short>(x.Pairs + block * 32 + quad, 4).ToArray().Select(pair => (int)pair));
            }
        }
    });

    [Fact]
    public void Rounding_is_the_definition_for_every_length()
    {
        var random = new Random(1);
        for (var columns = 1; columns <= 130; columns++)
        {
            var exponent = random.Next(-30, 30);
            AssertIsTheDefinition([.. Enumerable.Range(0, columns).Select(_ => MathF.ScaleB(2 * random.NextSingle() - 1, exponent))]);
        }
    }

    [Fact]
    public void Ties_go_to_the_even_code() => ForEachRung([127, 0.5f, 1.5f, 2.5f, -0.5f, -1.5f, -2.5f, 126.5f, -126.5f, -125.5f], (x, level) =>
        Assert.Equal([127, 0, 2, 2, 0, -2, -2, 126, -126, -126], new ReadOnlySpan<sbyte>(x.Quants, 10).ToArray().Select(quant => (int)quant)));

    [Fact]
    public void No_code_is_minus_128() => AssertIsTheDefinition([.. Enumerable.Range(0, 320).Select(i => MathF.ScaleB(-1, i % 10) * (1 + i / 10 * 1e-7f))]);

    [Fact]
    public void Zeros_have_scale_zero_and_codes_zero()
    {
        AssertIsTheDefinition(new float[70]);
        AssertIsTheDefinition([.. Enumerable.Repeat(-0f, 33)]);
    }

    [Fact]
    public void Subnormal_and_huge_blocks_are_the_definition()
    {
        foreach (var largest in (float[])[float.Epsilon, 1e-44f, 1e-40f, 3.7e-37f, 3.8e-37f, 1.17549435e-38f, 1e-36f, 1e38f, float.MaxValue])
            AssertIsTheDefinition([.. Enumerable.Range(0, 40).Select(i => largest * ((i - 20) / 20f))]);
    }

    [Fact]
    public void Rows_outside_the_range_stay_as_they_were()
    {
        foreach (var level in Isa.Available)
        {
            using var x = new Activations(5, 40);
            x.Resize(5, 40);
            for (var i = 0; i < 200; i++) x.Values[i] = i + 1;
            new Span<float>(x.Scales, 10).Fill(-7);
            VectorKernels.For(level).Round(x, 1, 4);
            for (var block = 0; block < 10; block++) Assert.Equal(block is < 2 or >= 8, x.Scales[block] == -7);
        }
    }

    [Theory]
    [InlineData(float.PositiveInfinity)]
    [InlineData(float.NegativeInfinity)]
    public void A_block_with_an_infinity_poisons_its_products(float infinity)
    {
        foreach (var at in (int[])[0, 7, 16, 31])
        {
            var row = Enumerable.Repeat(1f, 32).ToArray();
            row[at] = infinity;
            // scale * dot is infinity or, where the codes are zero, NaN: no finite number hides what happened.
            ForEachRung(row, (x, level) => Assert.Equal(float.PositiveInfinity, x.Scales[0]));
        }
    }

    [Fact]
    public void More_than_there_is_room_for_is_refused()
    {
        using var x = new Activations(2, 33);
        Assert.Equal(64, x.MaxColumns);
        x.Resize(2, 64);
        Assert.Throws<ArgumentOutOfRangeException>(() => x.Resize(3, 1));
        Assert.Throws<ArgumentOutOfRangeException>(() => x.Resize(1, 65));
        Assert.Throws<ArgumentOutOfRangeException>(() => new Activations(0, 1));
        Assert.Throws<ArgumentOutOfRangeException>(() => new Activations(1, 0));
    }
}
