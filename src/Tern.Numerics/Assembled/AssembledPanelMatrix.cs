using Tern.Numerics.Formats;
using Tern.Numerics.Kernels;
using Tern.Numerics.Kernels.Panels;
using Tern.Numerics.Threading;

namespace Tern.Numerics.Assembled;

/// <summary>A matrix of a block format in panels, multiplied by <see cref="PanelProduct{TPanel}"/>.</summary>
sealed unsafe class AssembledPanelMatrix<TPanel>(IsaLevel level, TensorType type, byte* data, int rows, int columns, WorkerTeam team)
    : WeightMatrix(type, rows, columns) where TPanel : struct, IPanelFormat<TPanel>
{
    /// <summary>Panels that stay in the second-level cache while the tokens go by.</summary>
    const int CachedBytes = 512 << 10;

    readonly PanelMemory<TPanel> _panels = new(type, data, rows, columns, team);

    public override long ByteLength => _panels.ByteLength;

    public override ActivationForms Reads(int tokens) => ActivationForms.Quants;

    public override void MultiplyUnits(Activations x, float* y, int stride, int start, int end)
    {
        CheckColumns(x);
        if (start >= end || x.Tokens == 0) return;
        var cached = x.Tokens == 1 ? end - start : (int)Math.Clamp(CachedBytes / _panels.PanelBytes, 1, end - start);
        for (var first = start; first < end; first += cached)
        {
            var last = Math.Min(first + cached, end);
            for (var token = 0; token < x.Tokens; token += x.Interleaved) Tile(x, token, y, stride, first, last);
        }
    }

    void Tile(Activations x, int token, float* y, int stride, int start, int end)
    {
        var tokens = Math.Min(x.Interleaved, x.Tokens - token);
        var kernel = PanelProducts<TPanel>.For(level, tokens, x.Interleaved);
        var index = x.IndexOf(token, 0);
        var arguments = new PanelProductArguments
        {
            Quants = x.Quants + index * Activations.BlockSize,
            Scales = x.Scales + index,
            NegatedSums = x.NegatedSums + index * Activations.SumsPerBlock,
            Corrections = x.Corrections + index * Activations.SumsPerBlock,
            Blocks = _panels.Blocks,
        };
        var padded = stackalloc float[PanelOutput.PaddedLength];
        for (var unit = start; unit < end; unit++)
        {
            arguments.Panel = _panels.Panel(unit);
            var output = new PanelOutput(y + (long)token * stride, stride, unit, Rows);
            arguments.Output = output.Target(padded);
            arguments.OutputStride = output.StrideBytes;
            kernel(&arguments);
            output.Finish(padded, tokens);
        }
    }

    protected override void Dispose(bool disposing)
    {
        if (disposing) _panels.Dispose();
    }
}
