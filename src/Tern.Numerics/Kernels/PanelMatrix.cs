using Tern.Numerics.Formats;
using Tern.Numerics.Kernels.Panels;
using Tern.Numerics.Registers;
using Tern.Numerics.Threading;

namespace Tern.Numerics.Kernels;

/// <summary>A matrix of a block format in panels, multiplied by compiled kernels.</summary>
sealed unsafe class PanelMatrix<TRegister, TPanel>(TensorType type, byte* data, int rows, int columns, WorkerTeam team) : WeightMatrix(type, rows, columns)
    where TRegister : unmanaged, IRegister<TRegister>
    where TPanel : struct, IPanelFormat<TPanel>
{
    readonly PanelMemory<TPanel> _panels = new(type, data, rows, columns, team);

    public override long ByteLength => _panels.ByteLength;

    public override ActivationForms Reads(int tokens) => ActivationForms.Quants | (TPanel.SignedCodes ? ActivationForms.Pairs : 0);

    public override void MultiplyUnits(Activations x, float* y, int stride, int start, int end)
    {
        CheckColumns(x);
        for (var unit = start; unit < end; unit++)
        {
            var panel = _panels.Panel(unit);
            var rows = Math.Min(RowsPerUnit, Rows - unit * RowsPerUnit);
            var target = y + unit * RowsPerUnit;
            for (var token = 0; token < x.Tokens;)
            {
                var tokens = Math.Min(x.Tokens - token, UnsignedPanelKernel<TRegister, TPanel>.MaxTokens);
                tokens = Math.Min(tokens, x.Interleaved - token % x.Interleaved);
                if (!TPanel.SignedCodes) UnsignedPanelKernel<TRegister, TPanel>.Tile(panel, _panels.Blocks, x, token, tokens, target, stride, rows);
                else if (tokens > 1) SignedPanelKernel<TRegister, TPanel>.Tile(panel, _panels.Blocks, x, token, tokens, target, stride, rows);
                else SignedPanelKernel<TRegister, TPanel>.OneToken(panel, _panels.Blocks, x, token, target + (long)token * stride, rows);
                token += tokens;
            }
        }
    }

    protected override void Dispose(bool disposing)
    {
        if (disposing) _panels.Dispose();
    }
}
