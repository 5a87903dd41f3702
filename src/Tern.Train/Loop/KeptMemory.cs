using System.Globalization;
using System.Text;
using Tern.Train.Torch;

namespace Tern.Train.Loop;

/// <summary>
/// Bounds what <see cref="FreedMemory"/> keeps. glibc's malloc finds no room for an aligned block in the hole that an equal one left (bug 14581), so blocks that are kept grow to several times what is in use within a few steps. Where a process
/// would have more in memory than the tensors of a step need and a share beyond, pages of freed blocks are given back; the next tensors fault them in again, which is why this is not done at once.
/// </summary>
sealed class KeptMemory : IDisposable
{
    /// <summary>What may be kept, as a part of the activations.</summary>
    public const double Share = 0.1;

    /// <summary>Steps of smaller models keep all: their holes are small beside the runtime.</summary>
    const long SmallestActivations = 16 << 20;

    readonly FileStream? _status;                           // pages of the process: size, resident, ...
    readonly ActivationEstimate _activations;
    readonly long _workspace;
    long _limit;

    /// <param name="gradientBytes">Of gradients that stay, but are not there yet.</param>
    /// <param name="activations">What a step adds to these and to what is in memory now.</param>
    /// <param name="workspace">Of the optimiser, bytes.</param>
    public KeptMemory(long gradientBytes, ActivationEstimate activations, long workspace)
    {
        const string Status = "/proc/self/statm";
        (_activations, _workspace) = (activations, workspace);
        if (!OperatingSystem.IsLinux() || !File.Exists(Status) || activations.Total < SmallestActivations) return;
        _status = new FileStream(Status, FileMode.Open, FileAccess.Read, FileShare.ReadWrite, bufferSize: 0);
        FreedMemory.GiveBack();
        _limit = Resident() + gradientBytes + Math.Max((long)((1 + Share) * activations.Total), workspace);
    }

    /// <summary>Called before a layer is computed.</summary>
    public void BeforeLayer() => Bound(_activations.Layer);

    /// <summary>Called before the logits and the loss are.</summary>
    public void BeforeHead() => Bound(_activations.Head);

    /// <summary>Called before weights are changed, when activations are gone.</summary>
    public void BeforeUpdate()
    {
        if (_workspace > 0) Bound(_workspace);
    }

    /// <summary>Gives back what is kept beyond the bound. Where tensors in use alone are beyond it, the bound was too low, and is raised.</summary>
    /// <param name="ahead">Bytes that what follows may take anew.</param>
    void Bound(long ahead)
    {
        if (_status is null || Resident() + ahead <= _limit) return;
        FreedMemory.GiveBack();
        _limit = Math.Max(_limit, Resident() + ahead);
    }

    long Resident()
    {
        Span<byte> text = stackalloc byte[128];
        _status!.Position = 0;
        var fields = Encoding.ASCII.GetString(text[.._status.Read(text)]).Split(' ');
        return long.Parse(fields[1], CultureInfo.InvariantCulture) * Environment.SystemPageSize;
    }

    public void Dispose() => _status?.Dispose();
}
