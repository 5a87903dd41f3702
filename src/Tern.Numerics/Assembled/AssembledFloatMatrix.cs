using System.Runtime.CompilerServices;
using Tern.Numerics.Formats;
using Tern.Numerics.Kernels;
using Tern.Numerics.Memory;
using Tern.Numerics.Registers;
using Tern.Numerics.Threading;

namespace Tern.Numerics.Assembled;

/// <summary>
/// A matrix of F16 or BF16 in panels of 16 rows, [panel][column][16 rows]. Up to 8 tokens are multiplied exactly in float32 (decoding: memory is
/// the limit); more in BF16 with float32 sums, twice as fast, both sides rounded to 8 bits of precision, if the processor has AVX512-BF16.
/// Small matrices, which gain little, are always multiplied exactly: there a token's bits do not depend on its batch.
/// </summary>
sealed unsafe class AssembledFloatMatrix<TRow> : WeightMatrix where TRow : struct, IRowFormat<TRow>
{
    /// <summary>Panels in BF16 that stay in the second-level cache while the tokens go by.</summary>
    const int CachedBytes = 384 << 10;

    /// <summary>Weights from which on BF16 pays.</summary>
    const long TiledWeights = 1 << 20;

    [ThreadStatic]
    static NativeBuffer? _converted;

    readonly NativeBuffer _panels;
    readonly long _panelBytes;

    public AssembledFloatMatrix(TensorType type, byte* data, int rows, int columns, WorkerTeam team) : base(type, rows, columns)
    {
        _panelBytes = (long)columns * RowsPerUnit * sizeof(ushort);
        _panels = new NativeBuffer(Units * _panelBytes);
        var packing = new Packing { Matrix = this, Data = (ushort*)data };
        team.For(ref packing, Units);
    }

    public override long ByteLength => _panels.ByteLength;

    public override ActivationForms Reads(int tokens) => UsesTiles(tokens) ? ActivationForms.BFloat16 : ActivationForms.None;

    bool BFloat16 => Type == TensorType.BF16;

    long PairsPerRow => (Columns + 1L) / 2;

    bool UsesTiles(int tokens) => tokens > FloatProduct.MaxTokens && (long)Rows * Columns >= TiledWeights && CpuFeatures.Avx512BFloat16;

    struct Packing : IParallelBody
    {
        public AssembledFloatMatrix<TRow> Matrix;
        public ushort* Data;

        [MethodImpl(MethodImplOptions.AggressiveOptimization)]
        public readonly void Run(int start, int end, int worker)
        {
            long columns = Matrix.Columns;
            for (var unit = start; unit < end; unit++)
            {
                var target = (ushort*)(Matrix._panels.Pointer + unit * Matrix._panelBytes);
                var rows = Math.Min(RowsPerUnit, Matrix.Rows - unit * RowsPerUnit);
                var source = Data + (long)unit * RowsPerUnit * columns;
                for (var column = 0L; column < columns; column++, source++, target += RowsPerUnit)
                {
                    for (var lane = 0; lane < rows; lane++) target[lane] = source[lane * columns];
                    for (var lane = rows; lane < RowsPerUnit; lane++) target[lane] = 0;
                }
            }
        }
    }

    public override void MultiplyUnits(Activations x, float* y, int stride, int start, int end)
    {
        CheckColumns(x);
        if (start >= end || x.Tokens == 0) return;
        if (UsesTiles(x.Tokens)) MultiplyTiles(x, y, stride, start, end);
        else MultiplyExactly(x, y, stride, start, end);
    }

    void MultiplyExactly(Activations x, float* y, int stride, int start, int end)
    {
        var padded = stackalloc float[PanelOutput.PaddedLength];
        for (var unit = start; unit < end; unit++)
        {
            for (var token = 0; token < x.Tokens; token += FloatProduct.MaxTokens)
            {
                var tokens = Math.Min(FloatProduct.MaxTokens, x.Tokens - token);
                var output = new PanelOutput(y + (long)token * stride, stride, unit, Rows);
                var arguments = new FloatProductArguments
                {
                    Panel = _panels.Pointer + unit * _panelBytes,
                    Values = x.Values + (long)token * Columns,
                    ValueStride = (long)Columns * sizeof(float),
                    Output = output.Target(padded),
                    OutputStride = output.StrideBytes,
                    Columns = Columns,
                };
                FloatProducts.Exact(BFloat16, tokens)(&arguments);
                output.Finish(padded, tokens);
            }
        }
    }

    void MultiplyTiles(Activations x, float* y, int stride, int start, int end)
    {
        var pairBytes = PairsPerRow * RowsPerUnit * 2 * sizeof(ushort);
        var cached = (int)Math.Clamp(CachedBytes / pairBytes, 1, end - start);
        var converted = Converted(cached * pairBytes);
        var padded = stackalloc float[PanelOutput.PaddedLength];
        for (var first = start; first < end; first += cached)
        {
            var count = Math.Min(cached, end - first);
            for (var i = 0; i < count; i++) ToPairs(_panels.Pointer + (first + i) * _panelBytes, (uint*)(converted + i * pairBytes));
            for (var token = 0; token < x.Tokens; token += x.Interleaved)
            {
                var tokens = Math.Min(x.Interleaved, x.Tokens - token);
                var kernel = FloatProducts.Tile(tokens);
                for (var i = 0; i < count; i++)
                {
                    var output = new PanelOutput(y + (long)token * stride, stride, first + i, Rows);
                    var arguments = new BFloat16ProductArguments
                    {
                        Panel = converted + i * pairBytes,
                        Values = x.BFloat16Pairs + token * PairsPerRow * 2,
                        Output = output.Target(padded),
                        OutputStride = output.StrideBytes,
                        Pairs = PairsPerRow,
                    };
                    kernel(&arguments);
                    output.Finish(padded, tokens);
                }
            }
        }
    }

    static byte* Converted(long bytes)
    {
        if (_converted is null || _converted.ByteLength < bytes)
        {
            _converted?.Dispose();
            _converted = new NativeBuffer(bytes);
        }
        return _converted.Pointer;
    }

    /// <summary>[column][16 rows] to [pair of columns][16 rows][2] in BF16, to nearest.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    void ToPairs(byte* panel, uint* pairs)
    {
        for (var column = 0; column < Columns; column += 2, pairs += RowsPerUnit)
        {
            var even = TRow.Load<Register512>(panel + column * RowsPerUnit * sizeof(ushort));
            var odd = column + 1 < Columns ? TRow.Load<Register512>(panel + (column + 1) * RowsPerUnit * sizeof(ushort)) : Register512.Zero;
            Register512.StoreBFloat16Pairs(even, odd, pairs);
        }
    }

    protected override void Dispose(bool disposing)
    {
        if (disposing) _panels.Dispose();
    }
}
