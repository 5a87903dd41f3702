using Tern.Numerics.Kernels;
using Tern.Numerics.Kernels.Panels;

namespace Tern.Numerics.Assembled;

/// <summary>The kernels of one format, each assembled when it is first needed and kept as long as the process.</summary>
static unsafe class PanelProducts<TPanel> where TPanel : struct, IPanelFormat<TPanel>
{
    const int Most = Activations.MaxInterleaved;

    static readonly nint[,] Whole = new nint[2, Most + 1], Rest = new nint[2, Most + 1];

    /// <summary>The kernel for <paramref name="tokens"/> tokens out of <paramref name="interleaved"/> that lie side by side (as many, or 16).</summary>
    public static delegate* unmanaged<PanelProductArguments*, void> For(IsaLevel level, int tokens, int interleaved)
    {
        ref var entry = ref (tokens == interleaved ? Whole : Rest)[level == IsaLevel.Vnni ? 1 : 0, tokens];
        if (Volatile.Read(ref entry) == 0) AssembledKernels.Add(ref entry, new PanelProduct<TPanel>(level, tokens, interleaved));
        return (delegate* unmanaged<PanelProductArguments*, void>)entry;
    }
}
