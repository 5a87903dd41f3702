using Tern.Numerics.Formats;
using Tern.Numerics.Kernels;
using Tern.Numerics.Threading;
using Tern.Testing;

namespace Tern.Numerics.Tests.Kernels;

/// <summary>How the activations of a case are made.</summary>
public enum Inputs
{
    Gaussian,

    /// <summary>All +-1: every int8 is +-127.</summary>
    Extreme,

    /// <summary>Some blocks all zero, some tiny, some huge.</summary>
    Uneven,
}

/// <summary>A matrix, its input, and the exact product with an error bound.</summary>
sealed unsafe class MatrixCase : IDisposable
{
    const double HalfUlp = 1.0 / (1 << 24);

    readonly GuardedMemory _data;
    readonly Activations _input;
    readonly byte[] _bytes;

    public MatrixCase(TensorType type, int rows, int columns, int tokens, Scales scales, byte? code, Inputs inputs, int slack, int seed)
    {
        var random = new Random(seed);
        (Type, Rows, Columns, Tokens) = (type, rows, columns, tokens);
        _bytes = RandomBlocks.Make(type, rows * columns, scales, code, random);
        // The last weight ends where nobody may read on.
        _data = GuardedMemory.Of<byte>(_bytes, slack).Freeze();
        _input = new Activations(tokens, columns);
        _input.Resize(tokens, columns);
        Fill(_input.Values, inputs, random);
        VectorKernels.For(IsaLevel.Scalar).Prepare(_input, 0, tokens, ActivationForms.Quants | ActivationForms.Pairs);
    }

    public TensorType Type { get; }

    public int Rows { get; }

    public int Columns { get; }

    public int Tokens { get; }

    public Activations Input => _input;

    public override string ToString() => $"{Type} [{Rows}, {Columns}] x {Tokens} tokens";

    void Fill(float* values, Inputs inputs, Random random)
    {
        for (var token = 0; token < Tokens; token++)
        {
            var size = 1f;
            for (var column = 0; column < Columns; column++)
            {
                if (column % Activations.BlockSize == 0 && inputs == Inputs.Uneven)
                    size = random.Next(4) switch { 0 => 0, 1 => 1e-6f, 2 => 1e4f, _ => 1 };
                values[token * Columns + column] = inputs == Inputs.Extreme ? 2 * random.Next(2) - 1 : size * Gaussian(random);
            }
        }
    }

    static float Gaussian(Random random) =>
        (float)(Math.Sqrt(-2 * Math.Log(1 - random.NextDouble())) * Math.Cos(2 * Math.PI * random.NextDouble()));

    public WeightMatrix Matrix(WorkerTeam team, IsaLevel level) => WeightMatrix.Create(Type, _data.Pointer, Rows, Columns, team, level);

    /// <summary>All rows and tokens, the rows split at <paramref name="split"/> into two calls; nothing but the product may be written.</summary>
    public float[] Multiply(WeightMatrix matrix, int stride, int split = 0)
    {
        using var output = new GuardedMemory(((Tokens - 1L) * stride + Rows) * sizeof(float));
        output.Bytes.Fill(0xA5);
        matrix.MultiplyUnits(_input, output.Floats, stride, 0, split);
        matrix.MultiplyUnits(_input, output.Floats, stride, split, matrix.Units);
        output.Check();
        var product = new float[Tokens * Rows];
        for (var token = 0; token < Tokens; token++)
        {
            new ReadOnlySpan<float>(output.Floats + token * stride, Rows).CopyTo(product.AsSpan(token * Rows));
            if (token == Tokens - 1) break;
            var gap = new ReadOnlySpan<byte>(output.Floats + token * stride + Rows, (stride - Rows) * sizeof(float));
            Assert.False(gap.ContainsAnyExcept((byte)0xA5), $"{this}: written between the tokens");
        }
        return product;
    }

    /// <summary>
    /// Compares with the definition: decode, multiply in double. The integer kernels are given the rounded activations that they see, so all
    /// that is left is float rounding: each of n float operations on the way of a term adds half an ulp of what it works on, and all those
    /// are at most the sum of magnitudes. n is the fused multiply-adds of a lane (plain rows: one per 16 columns, then 4 levels of the
    /// tree; blocks: two per scale, at most one scale per 16 columns; assembled kernels over 16-bit floats: one per 2 columns) and 6 for products of scales, here and
    /// in the decoder.
    /// </summary>
    public void AssertIsTheDefinition(float[] product, IsaLevel level, string what)
    {
        var rounded = WeightFormats.Of(Type).WeightsPerBlock > 1;
        var weights = new float[Rows * Columns];
        WeightFormats.Of(Type).Decode(_bytes, weights);
        var magnitudes = RandomBlocks.Magnitudes(Type, _bytes, weights.Length);
        var x = Values(rounded);
        var operations = (HasOtherBits(Type, level) ? Columns / 2 : (rounded ? 2 : 1) * ((Columns + 15) / 16)) + 6;
        for (var token = 0; token < Tokens; token++)
        {
            for (var row = 0; row < Rows; row++)
            {
                double sum = 0, size = 0;
                for (var column = 0; column < Columns; column++)
                {
                    sum += x[token * Columns + column] * weights[row * Columns + column];
                    size += Math.Abs(x[token * Columns + column]) * magnitudes[row * Columns + column];
                }
                // A product of scales may fall among the subnormals of float, which are 2^-149 apart, and is then multiplied by a dot product of bytes.
                var bound = operations * HalfUlp * size + Columns * 127.0 * 127 * Math.ScaleB(1, -149);
                var actual = product[token * Rows + row];
                if (!(Math.Abs(actual - sum) <= bound))
                    Assert.Fail($"{this}, {what}: token {token}, row {row}: {actual:g9} instead of {sum:g9} +- {bound:g3}");
            }
        }
    }

    /// <summary>Whether a rung adds floats in another order than the lower ones.</summary>
    public static bool HasOtherBits(TensorType type, IsaLevel level) => level == IsaLevel.Vnni && type is TensorType.F16 or TensorType.BF16;

    /// <summary>To nearest, ties to even, by way of double: 8 bits of precision.</summary>
    public static float ToBFloat16(float value)
    {
        if (value == 0) return 0;
        var step = Math.ScaleB(1, Math.ILogB(value) - 7);
        return (float)(Math.Round(value / step, MidpointRounding.ToEven) * step);
    }

    double[] Values(bool rounded)
    {
        var x = new double[Tokens * Columns];
        for (var token = 0; token < Tokens; token++)
        {
            for (var column = 0; column < Columns; column++)
            {
                var block = _input.IndexOf(token, column / Activations.BlockSize);
                x[token * Columns + column] = rounded
                    ? (double)_input.Scales[block] * _input.Quants[block * Activations.BlockSize + column % Activations.BlockSize]
                    : _input.Values[token * Columns + column];
            }
        }
        return x;
    }

    public void Dispose()
    {
        _data.Dispose();
        _input.Dispose();
    }
}
