using System.Runtime.InteropServices;

namespace Tern.Numerics.Assembled;

/// <summary>
/// Machine code in pages of its own: writable while it is copied, then executable and never writable again (W^X). <see cref="Dispose"/>
/// unmaps them; nothing may run in them then.
/// </summary>
public sealed unsafe partial class ExecutableCode : IDisposable
{
    const int ReadWrite = 1 | 2, ReadExecute = 1 | 4;
    const int Private = 2, Anonymous = 0x20, AnonymousOnMac = 0x1000;
    const uint Commit = 0x1000 | 0x2000, Release = 0x8000, PageReadWrite = 0x04, PageExecuteRead = 0x20;

    void* _pages;

    ExecutableCode(void* pages, int byteLength)
    {
        _pages = pages;
        ByteLength = byteLength;
    }

    /// <summary>Bytes of code.</summary>
    public int ByteLength { get; }

    /// <summary>Where the code begins.</summary>
    /// <exception cref="ObjectDisposedException">The pages were unmapped.</exception>
    public void* Entry
    {
        get
        {
            ObjectDisposedException.ThrowIf(_pages == null, this);
            return _pages;
        }
    }

    /// <summary>Makes code executable.</summary>
    /// <returns>Null where the system refuses executable memory (hardened kernels, sandboxes).</returns>
    public static ExecutableCode? TryCreate(ReadOnlySpan<byte> code)
    {
        var length = (nuint)code.Length;
        var pages = Map(length);
        if (pages == null) return null;
        code.CopyTo(new Span<byte>(pages, code.Length));
        if (Seal(pages, length)) return new ExecutableCode(pages, code.Length);
        Unmap(pages, length);
        return null;
    }

    static void* Map(nuint length)
    {
        if (OperatingSystem.IsWindows()) return VirtualAlloc(null, length, Commit, PageReadWrite);
        var pages = mmap(null, length, ReadWrite, Private | (OperatingSystem.IsMacOS() ? AnonymousOnMac : Anonymous), -1, 0);
        return (nint)pages == -1 ? null : pages;
    }

    static bool Seal(void* pages, nuint length) => OperatingSystem.IsWindows()
        ? VirtualProtect(pages, length, PageExecuteRead, out _)
        : mprotect(pages, length, ReadExecute) == 0;

    static void Unmap(void* pages, nuint length)
    {
        if (OperatingSystem.IsWindows()) _ = VirtualFree(pages, 0, Release);
        else _ = munmap(pages, length);
    }

    public void Dispose()
    {
        if (_pages == null) return;
        Unmap(_pages, (nuint)ByteLength);
        _pages = null;
    }

    [LibraryImport("libc")]
    private static partial void* mmap(void* address, nuint length, int protection, int flags, int file, nint offset);

    [LibraryImport("libc")]
    private static partial int mprotect(void* address, nuint length, int protection);

    [LibraryImport("libc")]
    private static partial int munmap(void* address, nuint length);

    [LibraryImport("kernel32")]
    private static partial void* VirtualAlloc(void* address, nuint length, uint type, uint protection);

    [LibraryImport("kernel32")]
    [return: MarshalAs(UnmanagedType.Bool)]
    private static partial bool VirtualProtect(void* address, nuint length, uint protection, out uint previous);

    [LibraryImport("kernel32")]
    [return: MarshalAs(UnmanagedType.Bool)]
    private static partial bool VirtualFree(void* address, nuint length, uint type);
}
