using System.Runtime.CompilerServices;
using Tern.Numerics.Formats;
using Tern.Numerics.Kernels.Panels;
using Tern.Numerics.Memory;
using Tern.Numerics.Threading;

namespace Tern.Numerics.Kernels;

/// <summary>A matrix of a block format, repacked: [panel of 16 rows][block along the columns][BytesPerPanelBlock].</summary>
sealed unsafe class PanelMemory<TPanel> : IDisposable where TPanel : struct, IPanelFormat<TPanel>
{
    const int Rows = WeightMatrix.RowsPerUnit;

    readonly NativeBuffer _panels;
    readonly int _rows;

    /// <exception cref="ArgumentException">The columns are not a multiple of the format's block.</exception>
    public PanelMemory(TensorType type, byte* data, int rows, int columns, WorkerTeam team)
    {
        if (columns % TPanel.WeightsPerBlock != 0)
            throw new ArgumentException($"{type} stores blocks of {TPanel.WeightsPerBlock} columns; {columns} is not a multiple.", nameof(columns));
        _rows = rows;
        Blocks = columns / TPanel.WeightsPerBlock;
        PanelBytes = (long)Blocks * TPanel.BytesPerPanelBlock;
        var panels = (rows + Rows - 1) / Rows;
        _panels = new NativeBuffer(panels * PanelBytes);
        var packing = new Packing { Memory = this, Data = data };
        team.For(ref packing, panels);
    }

    public int Blocks { get; }

    public long PanelBytes { get; }

    public long ByteLength => _panels.ByteLength;

    public byte* Panel(int index) => _panels.Pointer + index * PanelBytes;

    struct Packing : IParallelBody
    {
        public PanelMemory<TPanel> Memory;
        public byte* Data;

        [MethodImpl(MethodImplOptions.AggressiveOptimization)]
        public readonly void Run(int start, int end, int worker)
        {
            // Row by row: the file is read in its own order, while the panel being filled stays in the cache.
            var rowBytes = (long)Memory.Blocks * TPanel.BytesPerRowBlock;
            for (var index = start; index < end; index++)
            {
                var panel = Memory.Panel(index);
                var rows = Math.Min(Rows, Memory._rows - index * Rows);
                if (rows < Rows) new Span<byte>(panel, checked((int)Memory.PanelBytes)).Clear();
                for (var lane = 0; lane < rows; lane++)
                {
                    var source = Data + ((long)index * Rows + lane) * rowBytes;
                    var target = panel;
                    for (var block = 0; block < Memory.Blocks; block++)
                    {
                        TPanel.Pack(source, lane, target);
                        source += TPanel.BytesPerRowBlock;
                        target += TPanel.BytesPerPanelBlock;
                    }
                }
            }
        }
    }

    public void Dispose() => _panels.Dispose();
}
