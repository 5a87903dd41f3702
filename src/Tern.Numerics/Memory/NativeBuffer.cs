using System.Runtime.InteropServices;

namespace Tern.Numerics.Memory;

/// <summary>
/// Unmanaged memory aligned to cache lines (large blocks to 2 MiB, with huge pages asked for on Linux). Pages are touched only when
/// used, so a large reserve costs nothing.
/// </summary>
public sealed unsafe partial class NativeBuffer : IDisposable
{
    const nuint CacheLine = 64;
    const nuint HugePage = 2 << 20;
    const int AdviseHugePage = 14, AdviseDontNeed = 4;

    void* _pointer;

    /// <exception cref="ArgumentOutOfRangeException">The length is negative.</exception>
    /// <exception cref="OutOfMemoryException">The system refuses.</exception>
    public NativeBuffer(long byteLength)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(byteLength);
        ByteLength = byteLength;
        var large = (nuint)byteLength >= 2 * HugePage;
        _pointer = NativeMemory.AlignedAlloc((nuint)Math.Max(byteLength, 1), large ? HugePage : CacheLine);
        if (large && OperatingSystem.IsLinux()) _ = Advise(_pointer, (nuint)byteLength, AdviseHugePage);
    }

    ~NativeBuffer() => Free();

    public long ByteLength { get; }

    /// <exception cref="ObjectDisposedException">The buffer was freed.</exception>
    public byte* Pointer
    {
        get
        {
            ObjectDisposedException.ThrowIf(_pointer == null, this);
            return (byte*)_pointer;
        }
    }

    public void Clear()
    {
        NativeMemory.Clear(Pointer, (nuint)ByteLength);
        GC.KeepAlive(this);
    }

    /// <summary>
    /// Tells the system that these bytes of a mapped file are not needed soon: they leave the resident set, and come back from the page
    /// cache when read. Only for read-only file mappings.
    /// </summary>
    public static void Release(void* mapped, long byteLength)
    {
        if (!OperatingSystem.IsLinux()) return;
        const ulong page = 4096;
        var start = ((ulong)mapped + page - 1) & ~(page - 1);
        var end = ((ulong)mapped + (ulong)byteLength) & ~(page - 1);
        if (end > start) _ = Advise((void*)start, (nuint)(end - start), AdviseDontNeed);
    }

    public void Dispose()
    {
        Free();
        GC.SuppressFinalize(this);
    }

    void Free()
    {
        var pointer = _pointer;
        _pointer = null;
        if (pointer != null) NativeMemory.AlignedFree(pointer);
    }

    [LibraryImport("libc", EntryPoint = "madvise")]
    private static partial int Advise(void* start, nuint length, int advice);
}
