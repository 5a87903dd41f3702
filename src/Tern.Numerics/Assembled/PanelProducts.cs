using Tern.Numerics.Kernels;
using Tern.Numerics.Kernels.Panels;

namespace Tern.Numerics.Assembled;

/// <summary>The kernels of one format, each assembled when it is first needed and kept as long as the process.</summary>
static unsafe class PanelProducts<TPanel> where TPanel : struct, IPanelFormat<TPanel>
{
    const int Most = Activations.MaxInterleaved;

    static readonly nint[] Whole = new nint[Most + 1], Rest = new nint[Most + 1];
    static readonly Lock Assembling = new();

    /// <summary>The kernel for <paramref name="tokens"/> tokens out of <paramref name="interleaved"/> that lie side by side (as many, or 16).</summary>
    public static delegate* unmanaged<PanelProductArguments*, void> For(int tokens, int interleaved)
    {
        ref var entry = ref (tokens == interleaved ? Whole : Rest)[tokens];
        if (Volatile.Read(ref entry) == 0) Assemble(tokens, interleaved, ref entry);
        return (delegate* unmanaged<PanelProductArguments*, void>)entry;
    }

    static void Assemble(int tokens, int interleaved, ref nint entry)
    {
        lock (Assembling)
        {
            if (entry == 0) Volatile.Write(ref entry, (nint)AssembledKernels.Add(new PanelProduct<TPanel>(tokens, interleaved)));
        }
    }
}
