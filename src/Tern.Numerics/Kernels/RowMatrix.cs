using System.Runtime.CompilerServices;
using Tern.Numerics.Formats;
using Tern.Numerics.Registers;
using static System.Runtime.CompilerServices.MethodImplOptions;

namespace Tern.Numerics.Kernels;

/// <summary>
/// A matrix of F32, F16 or BF16 rows, multiplied as dot products: 16 partial sums per (row, token), column c in sum c mod 16, added by
/// <see cref="IRegister{TSelf}.ReduceAdd"/> at the end. Tiles of 4 rows by 6 tokens keep 24 registers of sums; each weight is loaded and
/// widened once for six tokens. Tiles of every shape add in the same order.
/// </summary>
sealed unsafe class RowMatrix<TRegister, TRow>(TensorType type, byte* data, int rows, int columns) : WeightMatrix(type, rows, columns)
    where TRegister : unmanaged, IRegister<TRegister>
    where TRow : struct, IRowFormat<TRow>
{
    const int Lanes = 16;
    const int RowsPerTile = 4, TokensPerTile = 6;

    readonly long _rowBytes = (long)columns * TRow.BytesPerWeight;

    public override long ByteLength => Rows * _rowBytes;

    public override ActivationForms Reads(int tokens) => ActivationForms.None;

    public override bool IsRepacked => false;

    public override void MultiplyUnits(Activations x, float* y, int stride, int start, int end)
    {
        CheckColumns(x);
        var lastRow = Math.Min(Rows, end * RowsPerUnit);
        var row = start * RowsPerUnit;
        for (; row + RowsPerTile <= lastRow; row += RowsPerTile)
        {
            var weights = data + row * _rowBytes;
            var token = 0;
            for (; Columns % Lanes == 0 && token + TokensPerTile <= x.Tokens; token += TokensPerTile)
                FourRowsSixTokens(weights, x.Values + (long)token * Columns, y + (long)token * stride + row, stride);
            for (; token < x.Tokens; token++)
                FourRowsOneToken(weights, x.Values + (long)token * Columns, y + (long)token * stride + row);
        }
        for (; row < lastRow; row++)
            for (var token = 0; token < x.Tokens; token++)
                y[(long)token * stride + row] = OneRowOneToken(data + row * _rowBytes, x.Values + (long)token * Columns);
    }

    /// <summary>Needs columns in multiples of 16.</summary>
    [MethodImpl(AggressiveOptimization)]
    void FourRowsSixTokens(byte* weights, float* x, float* y, int stride)
    {
        byte* w0 = weights, w1 = w0 + _rowBytes, w2 = w1 + _rowBytes, w3 = w2 + _rowBytes;
        long token = Columns;
        TRegister s00 = TRegister.Zero, s10 = TRegister.Zero, s20 = TRegister.Zero, s30 = TRegister.Zero;
        TRegister s01 = TRegister.Zero, s11 = TRegister.Zero, s21 = TRegister.Zero, s31 = TRegister.Zero;
        TRegister s02 = TRegister.Zero, s12 = TRegister.Zero, s22 = TRegister.Zero, s32 = TRegister.Zero;
        TRegister s03 = TRegister.Zero, s13 = TRegister.Zero, s23 = TRegister.Zero, s33 = TRegister.Zero;
        TRegister s04 = TRegister.Zero, s14 = TRegister.Zero, s24 = TRegister.Zero, s34 = TRegister.Zero;
        TRegister s05 = TRegister.Zero, s15 = TRegister.Zero, s25 = TRegister.Zero, s35 = TRegister.Zero;
        for (var column = 0; column < Columns; column += Lanes, x += Lanes)
        {
            var offset = (long)column * TRow.BytesPerWeight;
            var a0 = TRow.Load<TRegister>(w0 + offset);
            var a1 = TRow.Load<TRegister>(w1 + offset);
            var a2 = TRow.Load<TRegister>(w2 + offset);
            var a3 = TRow.Load<TRegister>(w3 + offset);
            var x0 = TRegister.Load(x);
            s00 = TRegister.MultiplyAdd(a0, x0, s00);
            s10 = TRegister.MultiplyAdd(a1, x0, s10);
            s20 = TRegister.MultiplyAdd(a2, x0, s20);
            s30 = TRegister.MultiplyAdd(a3, x0, s30);
            var x1 = TRegister.Load(x + token);
            s01 = TRegister.MultiplyAdd(a0, x1, s01);
            s11 = TRegister.MultiplyAdd(a1, x1, s11);
            s21 = TRegister.MultiplyAdd(a2, x1, s21);
            s31 = TRegister.MultiplyAdd(a3, x1, s31);
            var x2 = TRegister.Load(x + 2 * token);
            s02 = TRegister.MultiplyAdd(a0, x2, s02);
            s12 = TRegister.MultiplyAdd(a1, x2, s12);
            s22 = TRegister.MultiplyAdd(a2, x2, s22);
            s32 = TRegister.MultiplyAdd(a3, x2, s32);
            var x3 = TRegister.Load(x + 3 * token);
            s03 = TRegister.MultiplyAdd(a0, x3, s03);
            s13 = TRegister.MultiplyAdd(a1, x3, s13);
            s23 = TRegister.MultiplyAdd(a2, x3, s23);
            s33 = TRegister.MultiplyAdd(a3, x3, s33);
            var x4 = TRegister.Load(x + 4 * token);
            s04 = TRegister.MultiplyAdd(a0, x4, s04);
            s14 = TRegister.MultiplyAdd(a1, x4, s14);
            s24 = TRegister.MultiplyAdd(a2, x4, s24);
            s34 = TRegister.MultiplyAdd(a3, x4, s34);
            var x5 = TRegister.Load(x + 5 * token);
            s05 = TRegister.MultiplyAdd(a0, x5, s05);
            s15 = TRegister.MultiplyAdd(a1, x5, s15);
            s25 = TRegister.MultiplyAdd(a2, x5, s25);
            s35 = TRegister.MultiplyAdd(a3, x5, s35);
        }
        y[0] = TRegister.ReduceAdd(s00);
        y[1] = TRegister.ReduceAdd(s10);
        y[2] = TRegister.ReduceAdd(s20);
        y[3] = TRegister.ReduceAdd(s30);
        (y + stride)[0] = TRegister.ReduceAdd(s01);
        (y + stride)[1] = TRegister.ReduceAdd(s11);
        (y + stride)[2] = TRegister.ReduceAdd(s21);
        (y + stride)[3] = TRegister.ReduceAdd(s31);
        (y + 2L * stride)[0] = TRegister.ReduceAdd(s02);
        (y + 2L * stride)[1] = TRegister.ReduceAdd(s12);
        (y + 2L * stride)[2] = TRegister.ReduceAdd(s22);
        (y + 2L * stride)[3] = TRegister.ReduceAdd(s32);
        (y + 3L * stride)[0] = TRegister.ReduceAdd(s03);
        (y + 3L * stride)[1] = TRegister.ReduceAdd(s13);
        (y + 3L * stride)[2] = TRegister.ReduceAdd(s23);
        (y + 3L * stride)[3] = TRegister.ReduceAdd(s33);
        (y + 4L * stride)[0] = TRegister.ReduceAdd(s04);
        (y + 4L * stride)[1] = TRegister.ReduceAdd(s14);
        (y + 4L * stride)[2] = TRegister.ReduceAdd(s24);
        (y + 4L * stride)[3] = TRegister.ReduceAdd(s34);
        (y + 5L * stride)[0] = TRegister.ReduceAdd(s05);
        (y + 5L * stride)[1] = TRegister.ReduceAdd(s15);
        (y + 5L * stride)[2] = TRegister.ReduceAdd(s25);
        (y + 5L * stride)[3] = TRegister.ReduceAdd(s35);
    }

    [MethodImpl(AggressiveOptimization)]
    void FourRowsOneToken(byte* weights, float* x, float* y)
    {
        byte* w0 = weights, w1 = w0 + _rowBytes, w2 = w1 + _rowBytes, w3 = w2 + _rowBytes;
        TRegister s0 = TRegister.Zero, s1 = TRegister.Zero, s2 = TRegister.Zero, s3 = TRegister.Zero;
        var column = 0;
        for (; column + Lanes <= Columns; column += Lanes)
        {
            var offset = (long)column * TRow.BytesPerWeight;
            var value = TRegister.Load(x + column);
            s0 = TRegister.MultiplyAdd(TRow.Load<TRegister>(w0 + offset), value, s0);
            s1 = TRegister.MultiplyAdd(TRow.Load<TRegister>(w1 + offset), value, s1);
            s2 = TRegister.MultiplyAdd(TRow.Load<TRegister>(w2 + offset), value, s2);
            s3 = TRegister.MultiplyAdd(TRow.Load<TRegister>(w3 + offset), value, s3);
        }
        if (column < Columns)
        {
            var offset = (long)column * TRow.BytesPerWeight;
            var count = Columns - column;
            var value = LoadValues(x + column, count);
            s0 = TRegister.MultiplyAdd(LoadWeights(w0 + offset, count), value, s0);
            s1 = TRegister.MultiplyAdd(LoadWeights(w1 + offset, count), value, s1);
            s2 = TRegister.MultiplyAdd(LoadWeights(w2 + offset, count), value, s2);
            s3 = TRegister.MultiplyAdd(LoadWeights(w3 + offset, count), value, s3);
        }
        y[0] = TRegister.ReduceAdd(s0);
        y[1] = TRegister.ReduceAdd(s1);
        y[2] = TRegister.ReduceAdd(s2);
        y[3] = TRegister.ReduceAdd(s3);
    }

    [MethodImpl(AggressiveOptimization)]
    float OneRowOneToken(byte* weights, float* x)
    {
        var sum = TRegister.Zero;
        var column = 0;
        for (; column + Lanes <= Columns; column += Lanes)
            sum = TRegister.MultiplyAdd(TRow.Load<TRegister>(weights + (long)column * TRow.BytesPerWeight), TRegister.Load(x + column), sum);
        if (column < Columns)
        {
            var count = Columns - column;
            sum = TRegister.MultiplyAdd(
                LoadWeights(weights + (long)column * TRow.BytesPerWeight, count), LoadValues(x + column, count), sum);
        }
        return TRegister.ReduceAdd(sum);
    }

    /// <summary>The last weights of a row, zeros after them.</summary>
    static TRegister LoadWeights(byte* weights, int count)
    {
        var padded = stackalloc byte[Lanes * sizeof(float)];
        new Span<byte>(padded, Lanes * sizeof(float)).Clear();
        new ReadOnlySpan<byte>(weights, count * TRow.BytesPerWeight).CopyTo(new Span<byte>(padded, Lanes * sizeof(float)));
        return TRow.Load<TRegister>(padded);
    }

    static TRegister LoadValues(float* values, int count)
    {
        var padded = stackalloc float[Lanes];
        new Span<float>(padded, Lanes).Clear();
        new ReadOnlySpan<float>(values, count).CopyTo(new Span<float>(padded, Lanes));
        return TRegister.Load(padded);
    }

    protected override void Dispose(bool disposing) { }
}
