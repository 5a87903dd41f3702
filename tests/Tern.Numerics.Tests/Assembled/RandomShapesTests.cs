using Tern.Numerics.Formats;
using Tern.Numerics.Kernels;
using Tern.Numerics.Memory;
using Tern.Numerics.Tests.Kernels;
using Tern.Numerics.Threading;

namespace Tern.Numerics.Tests.Assembled;

/// <summary>Thousands of small seeded matrices of each block format: assembled kernels against the scalar definition, bit for bit.</summary>
public sealed unsafe class RandomShapesTests : IDisposable
{
    /// <summary>Two full tiles and a rest. No common divisor with 16: i mod 16 and i mod 35 run through all pairs of rows and tokens.</summary>
    const int MostTokens = 35;

    /// <summary>Each pair four times.</summary>
    const int Cases = 4 * 16 * MostTokens;

    const int MostRows = 32, MostColumns = 512, MostStride = MostRows + 7;

    static readonly Scales[] KindsOfScales = Enum.GetValues<Scales>();

    /// <summary>Zeros, what rounds to zero, the usual, and what stays finite when multiplied by the largest scales.</summary>
    static readonly float[] Magnitudes = [0, 1e-42f, 1e-30f, 1, 1e20f];

    readonly WorkerTeam _team = new(1);
    readonly Activations _input = new(MostTokens, MostColumns);
    readonly NativeBuffer _expected = new(MostTokens * MostStride * sizeof(float)), _actual = new(MostTokens * MostStride * sizeof(float));

    public static TheoryData<TensorType> BlockTypes => AssembledKernelsTests.BlockTypes;

    [Theory]
    [MemberData(nameof(BlockTypes))]
    public void Assembled_kernels_have_the_bits_of_the_definition_for_any_shape(TensorType type)
    {
        var assembled = Isa.Available.Where(level => level is IsaLevel.AvxVnni or IsaLevel.Vnni).ToArray();
        if (assembled.Length == 0) Assert.Skip("the processor has neither AVX512-VNNI nor AVX-VNNI, or the system refuses executable memory");
        var random = new Random((int)type);
        for (var i = 0; i < Cases; i++)
        {
            var rows = 1 + i % 16 + 16 * random.Next(2);
            var tokens = 1 + i % MostTokens;
            var columns = type.ElementsPerBlock() * (1 + random.Next(type.ElementsPerBlock() == 256 ? 2 : 4));
            var stride = rows + random.Next(8);
            byte? code = random.Next(8) switch { 0 => 0xff, 1 => 0x80, 2 => 0x7f, 3 => 0, _ => null };
            var bytes = RandomBlocks.Make(type, rows * columns, KindsOfScales[random.Next(KindsOfScales.Length)], code, random);
            FillInput(tokens, columns, random);
            fixed (byte* data = bytes)
            {
                Multiply(data, IsaLevel.Scalar, _expected);
                foreach (var level in assembled)
                {
                    Multiply(data, level, _actual);
                    AssertSameBits($"{level}, case {i}: {type} [{rows}, {columns}] x {tokens} tokens, {stride} floats apart");
                }
            }

            void Multiply(byte* data, IsaLevel level, NativeBuffer output)
            {
                using var matrix = WeightMatrix.Create(type, data, rows, columns, _team, level);
                new Span<byte>(output.Pointer, (int)output.ByteLength).Fill(0xA5);
                matrix.MultiplyUnits(_input, (float*)output.Pointer, stride, 0, matrix.Units);
            }
        }
    }

    /// <summary>Every block of 32 has a magnitude; a quarter of them are +-127 throughout once they are rounded.</summary>
    void FillInput(int tokens, int columns, Random random)
    {
        _input.Resize(tokens, columns);
        for (var i = 0; i < tokens * columns; i += Activations.BlockSize)
        {
            var magnitude = Magnitudes[random.Next(4) > 0 ? 3 : random.Next(Magnitudes.Length)];
            var extreme = random.Next(4) == 0;
            for (var j = 0; j < Activations.BlockSize; j++)
                _input.Values[i + j] = magnitude * (extreme ? 2 * random.Next(2) - 1 : 2 * random.NextSingle() - 1);
        }
        VectorKernels.For(IsaLevel.Scalar).Prepare(_input, 0, tokens, ActivationForms.Quants | ActivationForms.Pairs);
    }

    /// <summary>Of everything that may be written, so that gaps between tokens and what is behind the last one count.</summary>
    void AssertSameBits(string what)
    {
        var expected = new ReadOnlySpan<byte>(_expected.Pointer, (int)_expected.ByteLength);
        var actual = new ReadOnlySpan<byte>(_actual.Pointer, (int)_actual.ByteLength);
        var same = expected.CommonPrefixLength(actual) / sizeof(float);
        if (same * sizeof(float) < expected.Length)
            Assert.Fail($"{what}: float {same} of the output is {((float*)_actual.Pointer)[same]:g9}, not {((float*)_expected.Pointer)[same]:g9}");
    }

    public void Dispose()
    {
        _team.Dispose();
        _input.Dispose();
        _expected.Dispose();
        _actual.Dispose();
    }
}
