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
            VectorKernels.For(level).Prepare(x, 0, 1, ActivationForms.Quants | ActivationForms.Pairs);
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
            int[] sums = [quants[..16].Sum(), quants[16..].Sum(), quants.Sum()];
            for (var part = 0; part < sums.Length; part++)
            {
                Assert.Equal(-sums[part], x.NegatedSums[Activations.SumsPerBlock * block + part]);
                Assert.Equal(-x.Scales[block] * sums[part], x.Corrections[Activations.SumsPerBlock * block + part]);
            }
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
            VectorKernels.For(level).Prepare(x, 1, 4, ActivationForms.Quants);
            for (var token = 0; token < 5; token++)
                for (var block = 0; block < 2; block++) Assert.Equal(token is 0 or 4, x.Scales[x.IndexOf(token, block)] == -7);
        }
    }

    [Theory]
    [InlineData(ActivationForms.Quants | ActivationForms.Pairs)]
    [InlineData(ActivationForms.BFloat16)]
    public void Columns_rounded_apart_are_columns_rounded_together(ActivationForms forms)
    {
        const int Tokens = 5, Columns = 161;
        foreach (var level in Isa.Available)
        {
            using Activations whole = Random(), parts = Random();
            VectorKernels.For(level).Prepare(whole, 0, Tokens, forms);
            foreach (var (first, end) in (ReadOnlySpan<(int, int)>)[(64, 160), (160, Columns), (0, 64)])
                VectorKernels.For(level).Prepare(parts, 0, Tokens, first, end, forms);
            var blocks = Tokens * whole.Blocks;
            if (forms == ActivationForms.BFloat16)
            {
                Assert.Equal(new Span<ushort>(whole.BFloat16Pairs, Tokens * (Columns + 1)), new Span<ushort>(parts.BFloat16Pairs, Tokens * (Columns + 1)));
                continue;
            }
            Assert.Equal(new Span<sbyte>(whole.Quants, 32 * blocks), new Span<sbyte>(parts.Quants, 32 * blocks));
            Assert.Equal(new Span<short>(whole.Pairs, 32 * blocks), new Span<short>(parts.Pairs, 32 * blocks));
            Assert.Equal(new Span<float>(whole.Scales, blocks), new Span<float>(parts.Scales, blocks));
            Assert.Equal(new Span<float>(whole.Corrections, 3 * blocks), new Span<float>(parts.Corrections, 3 * blocks));
        }

        static Activations Random()
        {
            var x = new Activations(Tokens, Columns);
            x.Resize(Tokens, Columns);
            var random = new Random(9);
            for (var i = 0; i < Tokens * Columns; i++) x.Values[i] = random.NextSingle() - 0.5f;
            return x;
        }
    }

    [Fact]
    public void Every_block_of_every_token_has_a_place_of_its_own()
    {
        for (var tokens = 1; tokens <= 50; tokens++)
        {
            using var x = new Activations(tokens, 96);
            x.Resize(tokens, 96);
            var places = new HashSet<long>();
            for (var token = 0; token < tokens; token++)
                for (var block = 0; block < 3; block++) Assert.True(places.Add(x.IndexOf(token, block)));
            Assert.InRange(places.Max(), 0, 3 * (tokens <= 16 ? tokens : (tokens + 15) / 16 * 16) - 1);
        }
    }

    [Fact]
    public void BFloat16_pairs_are_rounded_to_nearest_even_and_interleaved()
    {
        foreach (var level in Isa.Available)
        {
            using var x = new Activations(19, 7);
            x.Resize(19, 7);
            var random = new Random(4);
            for (var i = 0; i < 19 * 7; i++) x.Values[i] = i % 5 == 0 ? 1 + MathF.ScaleB(1, -8) * (i % 4) : (float)random.NextDouble() - 0.5f;
            VectorKernels.For(level).Prepare(x, 0, 19, ActivationForms.BFloat16);
            for (var token = 0; token < 19; token++)
            {
                for (var column = 0; column < 8; column++)
                {
                    var at = ((token / 16 * 4 + column / 2) * 16 + token % 16) * 2 + column % 2;
                    var value = column < 7 ? x.Values[token * 7 + column] : 0;
                    Assert.Equal(MatrixCase.ToBFloat16(value), BitConverter.UInt32BitsToSingle((uint)x.BFloat16Pairs[at] << 16));
                }
            }
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
