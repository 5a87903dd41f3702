using System.Runtime.InteropServices;

namespace Tern.Testing;

/// <summary>
/// Memory that shows who strays from it: on Linux it lies between two pages that nobody may touch, so that an access one byte beyond its end
/// kills the process; the bytes between it and those pages hold a pattern that <see cref="Check"/> looks for.
/// </summary>
public sealed unsafe partial class GuardedMemory : IDisposable
{
    const byte Pattern = 0xA5;
    const int ProtectNone = 0, ProtectRead = 1, ProtectReadWrite = 3, MapPrivate = 2, MapAnonymous = 0x20;

    readonly byte* _mapping;
    readonly long _mappedBytes, _bodyBytes, _page;
    readonly int _slack;

    /// <param name="byteLength">Usable bytes.</param>
    /// <param name="slack">Bytes between their end and the forbidden page; chooses the alignment.</param>
    public GuardedMemory(long byteLength, int slack = 0)
    {
        ByteLength = byteLength;
        _slack = slack;
        _page = Environment.SystemPageSize;
        _bodyBytes = (byteLength + slack + _page - 1) / _page * _page;
        _mappedBytes = _bodyBytes + 2 * _page;
        _mapping = OperatingSystem.IsLinux() ? Map() : (byte*)NativeMemory.AlignedAlloc((nuint)_mappedBytes, (nuint)_page);
        new Span<byte>(Body, checked((int)_bodyBytes)).Fill(Pattern);
    }

    public long ByteLength { get; }

    /// <summary>The first usable byte.</summary>
    public byte* Pointer => Body + _bodyBytes - _slack - ByteLength;

    public float* Floats => (float*)Pointer;

    public Span<byte> Bytes => new(Pointer, checked((int)ByteLength));

    byte* Body => _mapping + _page;

    /// <summary>Memory that holds a copy of these numbers.</summary>
    public static GuardedMemory Of<T>(ReadOnlySpan<T> values, int slack = 0) where T : unmanaged
    {
        var memory = new GuardedMemory((long)values.Length * sizeof(T), slack);
        MemoryMarshal.AsBytes(values).CopyTo(memory.Bytes);
        return memory;
    }

    /// <summary>From now on a write kills the process; Linux only.</summary>
    public GuardedMemory Freeze()
    {
        Protect(Body, _bodyBytes, ProtectRead);
        return this;
    }

    public float[] ToFloats() => MemoryMarshal.Cast<byte, float>(Bytes).ToArray();

    /// <summary>Looks for the pattern before and behind the usable bytes.</summary>
    /// <exception cref="InvalidOperationException">Something was written there.</exception>
    public void Check()
    {
        var before = new ReadOnlySpan<byte>(Body, checked((int)(Pointer - Body)));
        var behind = new ReadOnlySpan<byte>(Pointer + ByteLength, _slack);
        if (before.ContainsAnyExcept(Pattern)) throw new InvalidOperationException("something was written before the memory");
        if (behind.ContainsAnyExcept(Pattern)) throw new InvalidOperationException("something was written behind the memory");
    }

    byte* Map()
    {
        var mapping = MemoryMap(null, (nuint)_mappedBytes, ProtectReadWrite, MapPrivate | MapAnonymous, -1, 0);
        if ((nint)mapping == -1) throw new InvalidOperationException("mmap refused");
        Protect(mapping, _page, ProtectNone);
        Protect(mapping + _page + _bodyBytes, _page, ProtectNone);
        return mapping;
    }

    static void Protect(byte* start, long length, int protection)
    {
        if (OperatingSystem.IsLinux() && MemoryProtect(start, (nuint)length, protection) != 0) throw new InvalidOperationException("mprotect refused");
    }

    public void Dispose()
    {
        if (OperatingSystem.IsLinux()) _ = MemoryUnmap(_mapping, (nuint)_mappedBytes);
        else NativeMemory.AlignedFree(_mapping);
    }

    [LibraryImport("libc", EntryPoint = "mmap")]
    private static partial byte* MemoryMap(void* address, nuint length, int protection, int flags, int file, nint offset);

    [LibraryImport("libc", EntryPoint = "mprotect")]
    private static partial int MemoryProtect(void* start, nuint length, int protection);

    [LibraryImport("libc", EntryPoint = "munmap")]
    private static partial int MemoryUnmap(void* start, nuint length);
}
