using System.Runtime.CompilerServices;
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

        [MethodImpl(MethodImplOptions.AggressiveOptimization)]
        public readonly void Run(int start, int end, int worker)
        {
            // Row by row: the file is read in its own order, while the panel being filled stays in the cache.
            var rowBytes = (long)Matrix._blocks * TPanel.BytesPerRowBlock;
            for (var unit = start; unit < end; unit++)
            {
                var panel = Matrix._panels.Pointer + unit * Matrix._panelBytes;
                var rows = Math.Min(RowsPerUnit, Matrix.Rows - unit * RowsPerUnit);
                if (rows < RowsPerUnit) new Span<byte>(panel, checked((int)Matrix._panelBytes)).Clear();
                for (var lane = 0; lane < rows; lane++)
                {
                    var source = Data + ((long)unit * RowsPerUnit + lane) * rowBytes;
                    var target = panel;
                    for (var block = 0; block < Matrix._blocks; block++)
                    {
                        TPanel.Pack(source, lane, target);
                        source += TPanel.BytesPerRowBlock;
                        target += TPanel.BytesPerPanelBlock;
                    }
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
            for (var token = 0; token < x.Tokens;)
            {
                var tokens = Math.Min(x.Tokens - token, UnsignedPanelKernel<TRegister, TPanel>.MaxTokens);
                if (tokens == 1) OneToken(panel, x, token, target + (long)token * stride, rows);
                else if (TPanel.SignedCodes) SignedPanelKernel<TRegister, TPanel>.Tile(panel, _blocks, x, token, tokens, target, stride, rows);
                else UnsignedPanelKernel<TRegister, TPanel>.Tile(panel, _blocks, x, token, tokens, target, stride, rows);
                token += tokens;
            }
        }
    }

    void OneToken(byte* panel, Activations x, int token, float* y, int rows)
    {
        if (TPanel.SignedCodes) SignedPanelKernel<TRegister, TPanel>.OneToken(panel, _blocks, x, token, y, rows);
        else UnsignedPanelKernel<TRegister, TPanel>.OneToken(panel, _blocks, x, token, y, rows);
    }

    protected override void Dispose(bool disposing)
    {
        if (disposing) _panels.Dispose();
    }
}
