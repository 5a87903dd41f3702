using Tern.Numerics.Formats;
using Tern.Numerics.Kernels;
using Tern.Numerics.Threading;
using Tern.Testing;

namespace Tern.Numerics.Tests.Kernels;

/// <summary>Every matrix kernel against its definition, on every rung that this machine has.</summary>
public sealed unsafe class WeightMatrixTests : IDisposable
{
    readonly WorkerTeam _team = new(1);

    public static TheoryData<TensorType> Types => [.. Enum.GetValues<TensorType>().Where(WeightMatrix.Supports)];

    public static TheoryData<TensorType> BlockTypes =>
        [.. Enum.GetValues<TensorType>().Where(type => WeightMatrix.Supports(type) && type.ElementsPerBlock() > 1)];

    static readonly Scales[] KindsOfScales = Enum.GetValues<Scales>();
    static readonly Inputs[] KindsOfInputs = Enum.GetValues<Inputs>();

    /// <summary>The seeded shapes of one type: all rows modulo 16, all tokens 1..20, some more, all kinds of scales and inputs, four alignments.</summary>
    static IEnumerable<MatrixCase> Cases(TensorType type, int count)
    {
        var random = new Random((int)type);
        var block = type.ElementsPerBlock();
        for (var i = 0; i < count; i++)
        {
            // i mod 16 and i mod 21 run through all pairs.
            var rows = 1 + i % 16 + 16 * (random.Next(4) / 3);
            var tokens = i % 21 == 20 ? 33 : 1 + i % 21;
            var columns = block == 1 ? 1 + random.Next(i % 5 == 0 ? 300 : 50) : block * (1 + random.Next(block == 256 ? 2 : 5));
            byte? code = random.Next(6) switch { 0 => 0xff, 1 => 0, _ => null };
            var slack = random.Next(4) switch { 0 => 0, 1 => 2, 2 => 16, _ => 2 * random.Next(32) };
            yield return new MatrixCase(
                type, rows, columns, tokens, KindsOfScales[random.Next(KindsOfScales.Length)], code, KindsOfInputs[random.Next(KindsOfInputs.Length)], slack, seed: i);
        }
    }

    [Theory]
    [MemberData(nameof(Types))]
    public void Every_rung_is_within_rounding_of_the_definition_and_has_the_bits_of_the_others(TensorType type)
    {
        var random = new Random(7);
        foreach (var item in Cases(type, 21 * 16))
        {
            using var _ = item;
            float[]? lowest = null;
            foreach (var level in Isa.Available)
            {
                using var matrix = item.Matrix(_team, level);
                var product = item.Multiply(matrix, item.Rows + random.Next(3) * random.Next(40), split: random.Next(matrix.Units + 1));
                var differs = MatrixCase.HasOtherBits(type, level);
                if (lowest is null || differs) item.AssertIsTheDefinition(product, level, level.ToString());
                lowest ??= product;
                if (!differs) AssertSameBits(lowest, product, $"{item}, {level}");
            }
        }
    }

    [Theory]
    [MemberData(nameof(Types))]
    public void A_token_alone_has_the_bits_that_it_has_in_a_tile(TensorType type)
    {
        var columns = Math.Max(type.ElementsPerBlock(), 96);
        using var item = new MatrixCase(type, 37, columns, 21, Scales.Usual, null, Inputs.Gaussian, slack: 0, seed: 3);
        using var alone = new Activations(1, columns);
        alone.Resize(1, columns);
        var output = stackalloc float[item.Rows];
        foreach (var level in Isa.Available)
        {
            using var matrix = item.Matrix(_team, level);
            var together = item.Multiply(matrix, item.Rows);
            for (var token = 0; token < item.Tokens; token++)
            {
                new ReadOnlySpan<float>(item.Input.Values + token * columns, columns).CopyTo(new Span<float>(alone.Values, columns));
                VectorKernels.For(level).Prepare(alone, 0, 1, matrix.Reads(1));
                matrix.MultiplyUnits(alone, output, item.Rows, 0, matrix.Units);
                AssertSameBits(together.AsSpan(token * item.Rows, item.Rows), new ReadOnlySpan<float>(output, item.Rows), $"{item}, {level}, token {token}");
            }
        }
    }

    [Theory]
    [MemberData(nameof(Types))]
    public void The_units_that_were_not_asked_for_are_not_written(TensorType type)
    {
        using var item = new MatrixCase(type, 16 * 4 + 3, type.ElementsPerBlock() == 1 ? 40 : 256, 9, Scales.Usual, null, Inputs.Gaussian, slack: 2, seed: 4);
        foreach (var level in Isa.Available)
        {
            using var matrix = item.Matrix(_team, level);
            var whole = item.Multiply(matrix, item.Rows);
            for (var start = 0; start < matrix.Units; start++)
            {
                for (var end = start; end <= matrix.Units; end++)
                {
                    var part = new float[item.Tokens * item.Rows];
                    part.AsSpan().Fill(-12345);
                    fixed (float* output = part) matrix.MultiplyUnits(item.Input, output, item.Rows, start, end);
                    for (var i = 0; i < part.Length; i++)
                    {
                        var inside = i % item.Rows >= 16 * start && i % item.Rows < 16 * end;
                        Assert.Equal(inside ? whole[i] : -12345, part[i]);
                    }
                }
            }
        }
    }

    [Theory]
    [MemberData(nameof(BlockTypes))]
    public void The_largest_codes_and_activations_do_not_overflow(TensorType type)
    {
        // Several blocks, so that sums over blocks meet as well; all bytes 0xff, 0x80, 0x7f and 0 are the extremes of all codes.
        foreach (var code in (byte[])[0xff, 0x80, 0x7f, 0])
        {
            foreach (var tokens in (int[])[1, 8])
            {
                using var item = new MatrixCase(type, 17, 4 * Math.Max(type.ElementsPerBlock(), 64), tokens, Scales.Usual, code, Inputs.Extreme, slack: 0, seed: 5);
                for (var i = 0; i < item.Tokens * item.Columns; i++) item.Input.Values[i] = tokens == 1 ? -1 : 1;
                VectorKernels.For(IsaLevel.Scalar).Prepare(item.Input, 0, item.Tokens, ActivationForms.Quants | ActivationForms.Pairs);
                foreach (var level in Isa.Available)
                {
                    using var matrix = item.Matrix(_team, level);
                    item.AssertIsTheDefinition(item.Multiply(matrix, item.Rows), level, $"{level}, code {code:x2}");
                }
            }
        }
    }

    [Theory]
    [MemberData(nameof(Types))]
    public void The_number_of_threads_does_not_show(TensorType type)
    {
        using var item = new MatrixCase(type, 16 * 13 + 5, Math.Max(type.ElementsPerBlock(), 64), 5, Scales.Usual, null, Inputs.Gaussian, slack: 0, seed: 6);
        foreach (var level in Isa.Available)
        {
            float[]? first = null;
            for (var threads = 1; threads <= 3; threads++)
            {
                using var team = new WorkerTeam(threads);
                using var matrix = item.Matrix(team, level);
                var product = new float[item.Tokens * item.Rows];
                fixed (float* output = product) MatrixProduct.Run(team, item.Input, matrix, output);
                AssertSameBits(first ??= product, product, $"{item}, {level}, {threads} threads");
            }
        }
    }

    [Fact]
    public void Long_rows_are_within_rounding_of_the_definition()
    {
        foreach (var type in (TensorType[])[TensorType.F32, TensorType.F16, TensorType.Q8_0, TensorType.Q4_K, TensorType.Q6_K])
        {
            using var item = new MatrixCase(type, 18, 8192, 3, Scales.Usual, null, Inputs.Gaussian, slack: 0, seed: 8);
            foreach (var level in Isa.Available)
            {
                using var matrix = item.Matrix(_team, level);
                item.AssertIsTheDefinition(item.Multiply(matrix, item.Rows), level, level.ToString());
            }
        }
    }

    [Theory]
    [InlineData(TensorType.F16)]
    [InlineData(TensorType.BF16)]
    public void Many_tokens_by_a_large_matrix_are_the_product_of_both_in_bfloat16(TensorType type)
    {
        // Products of 8-bit mantissas are exact in float; what remains are the sums: one rounding for each pair of columns.
        const int Rows = 16 * 66 + 5, Columns = 1001, Tokens = 19;
        if (!Isa.Available.Contains(IsaLevel.Vnni) || !CpuFeatures.Avx512BFloat16) Assert.Skip("the processor has no AVX512-BF16");
        var random = new Random(2);
        var weights = Enumerable.Range(0, Rows * Columns).Select(_ => random.NextSingle() - 0.5f).ToArray();
        var bytes = new byte[weights.Length * 2];
        WeightFormats.Of(type).Encode(weights, bytes);
        WeightFormats.Of(type).Decode(bytes, weights);
        using var data = GuardedMemory.Of<byte>(bytes, 0).Freeze();
        using var matrix = WeightMatrix.Create(type, data.Pointer, Rows, Columns, _team, IsaLevel.Vnni);
        Assert.Equal(ActivationForms.BFloat16, matrix.Reads(Tokens));
        using var x = new Activations(Tokens, Columns);
        x.Resize(Tokens, Columns);
        for (var i = 0; i < Tokens * Columns; i++) x.Values[i] = random.NextSingle() - 0.5f;
        VectorKernels.For(IsaLevel.Vnni).Prepare(x, 0, Tokens, ActivationForms.BFloat16);
        using var output = new GuardedMemory((long)Tokens * Rows * sizeof(float));
        matrix.MultiplyUnits(x, output.Floats, Rows, 0, matrix.Units);
        output.Check();
        for (var token = 0; token < Tokens; token++)
        {
            for (var row = 0; row < Rows; row++)
            {
                double sum = 0, size = 0;
                for (var column = 0; column < Columns; column++)
                {
                    var term = (double)MatrixCase.ToBFloat16(weights[row * Columns + column]) * MatrixCase.ToBFloat16(x.Values[token * Columns + column]);
                    sum += term;
                    size += Math.Abs(term);
                }
                Assert.Equal(sum, output.Floats[token * Rows + row], Columns / 2 * Math.ScaleB(1, -24) * size);
            }
        }
    }

    [Theory]
    [MemberData(nameof(Types))]
    public void No_tokens_are_no_work(TensorType type)
    {
        using var item = new MatrixCase(type, 16, 256, 1, Scales.Usual, null, Inputs.Gaussian, slack: 0, seed: 9);
        item.Input.Resize(0, 256);
        foreach (var level in Isa.Available)
        {
            using var matrix = item.Matrix(_team, level);
            matrix.MultiplyUnits(item.Input, null, 16, 0, matrix.Units);
        }
    }

    [Fact]
    public void Wrong_shapes_and_types_are_refused()
    {
        using var data = new GuardedMemory(1 << 16);
        using var input = new Activations(2, 64);
        input.Resize(2, 64);
        foreach (var level in Isa.Available)
        {
            Assert.Throws<ArgumentException>(() => WeightMatrix.Create(TensorType.Q4_0, data.Pointer, 4, 40, _team, level));
            Assert.Throws<ArgumentException>(() => WeightMatrix.Create(TensorType.Q4_K, data.Pointer, 4, 128, _team, level));
            Assert.Throws<ArgumentOutOfRangeException>(() => WeightMatrix.Create(TensorType.F32, data.Pointer, 0, 64, _team, level));
            Assert.Throws<ArgumentOutOfRangeException>(() => WeightMatrix.Create(TensorType.F32, data.Pointer, 4, 0, _team, level));
            foreach (var type in Enum.GetValues<TensorType>().Where(type => !WeightMatrix.Supports(type)))
                Assert.Throws<NotSupportedException>(() => WeightMatrix.Create(type, data.Pointer, 4, 64, _team, level));
            foreach (var type in (TensorType[])[TensorType.F32, TensorType.Q8_0])
            {
                using var matrix = WeightMatrix.Create(type, data.Pointer, 4, 32, _team, level);
                Assert.Throws<ArgumentException>(() => matrix.MultiplyUnits(input, (float*)data.Pointer, 4, 0, 1));
            }
        }
    }

    static void AssertSameBits(ReadOnlySpan<float> expected, ReadOnlySpan<float> actual, string what)
    {
        for (var i = 0; i < expected.Length; i++)
        {
            if (BitConverter.SingleToInt32Bits(expected[i]) != BitConverter.SingleToInt32Bits(actual[i]))
                Assert.Fail($"{what}: number {i} is {actual[i]:g9}, not {expected[i]:g9}");
        }
    }

    public void Dispose() => _team.Dispose();
}
