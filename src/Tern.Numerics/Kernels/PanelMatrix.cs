using Tern.Numerics.Formats;
using Tern.Numerics.Kernels.Panels;
using Tern.Numerics.Memory;
using Tern.Numerics.Registers;
using Tern.Numerics.Threading;

namespace Tern.Numerics.Kernels;

/// <summary>A matrix of a block format in panels of 16 rows: [panel][block along the columns][BytesPerPanelBlock].</summary>
sealed unsafe class PanelMatrix<TRegister, TPanel> : WeightMatrix
    where TRegister : unmanaged, IRegister<TRegister>
    where TPanel : struct, IPanelFormat<TPanel>
{
    const int TokensPerTile = 4;

    readonly NativeBuffer _panels;
    readonly int _blocks;
    readonly long _panelBytes;

    public PanelMatrix(TensorType type, byte* data, int rows, int columns, WorkerTeam team) : base(type, rows, columns)
    {
        if (columns % TPanel.WeightsPerBlock != 0)
            throw new ArgumentException($"{type} stores blocks of {TPanel.WeightsPerBlock} columns; {columns} is not a multiple.", nameof(columns));
        _blocks = columns / TPanel.WeightsPerBlock;
        _panelBytes = (long)_blocks * TPanel.BytesPerPanelBlock;
        _panels = new NativeBuffer(Units * _panelBytes);
        var packing = new Packing { Matrix = this, Data = data };
        team.For(ref packing, Units);
    }

    public override long ByteLength => _panels.ByteLength;

    public override bool ReadsQuants => true;

    struct Packing : IParallelBody
    {
        public PanelMatrix<TRegister, TPanel> Matrix;
        public byte* Data;

        public readonly void Run(int start, int end, int worker)
        {
            var rowBytes = (long)Matrix._blocks * TPanel.BytesPerRowBlock;
            var rows = stackalloc byte*[PanelPacking.Rows];
            for (var unit = start; unit < end; unit++)
            {
                var panel = Matrix._panels.Pointer + unit * Matrix._panelBytes;
                for (var block = 0; block < Matrix._blocks; block++)
                {
                    for (var i = 0; i < PanelPacking.Rows; i++)
                    {
                        var row = (long)unit * PanelPacking.Rows + i;
                        rows[i] = row < Matrix.Rows ? Data + row * rowBytes + (long)block * TPanel.BytesPerRowBlock : null;
                    }
                    TPanel.Pack(rows, panel + (long)block * TPanel.BytesPerPanelBlock);
                }
            }
        }
    }

    public override void MultiplyUnits(Activations x, float* y, int stride, int start, int end)
    {
        if (x.Columns != Columns) throw new ArgumentException($"The matrix has {Columns} columns, the activations {x.Columns}.", nameof(x));
        for (var unit = start; unit < end; unit++)
        {
            var panel = _panels.Pointer + unit * _panelBytes;
            var rows = Math.Min(RowsPerUnit, Rows - unit * RowsPerUnit);
            var target = y + unit * RowsPerUnit;
            var token = 0;
            for (; token + TokensPerTile <= x.Tokens; token += TokensPerTile)
            {
                if (TPanel.SignedCodes) SignedPanelKernel<TRegister, TPanel>.FourTokens(panel, _blocks, x, token, target, stride, rows);
                else UnsignedPanelKernel<TRegister, TPanel>.FourTokens(panel, _blocks, x, token, target, stride, rows);
            }
            for (; token < x.Tokens; token++)
            {
                if (TPanel.SignedCodes) SignedPanelKernel<TRegister, TPanel>.OneToken(panel, _blocks, x, token, target + (long)token * stride, rows);
                else UnsignedPanelKernel<TRegister, TPanel>.OneToken(panel, _blocks, x, token, target + (long)token * stride, rows);
            }
        }
    }

    protected override void Dispose(bool disposing)
    {
        if (disposing) _panels.Dispose();
    }
}
