using System.IO.MemoryMappedFiles;
using System.Runtime.InteropServices;

namespace Tern.Models.Files;

/// <summary>
/// A whole file mapped read-only into memory: nothing is copied, pages are read when they are touched, files may be larger than
/// 2 GiB. Every access through <see cref="Slice"/> and <see cref="At"/> is checked against the length of the file.
/// The file must not be cut short by others while it is mapped.
/// </summary>
public sealed unsafe class MappedFile : IDisposable
{
    readonly MemoryMappedFile? file;
    readonly MemoryMappedViewAccessor? view;
    readonly byte* pointer;
    bool disposed;

    MappedFile(string path, FileStream stream)
    {
        Path = path;
        Length = stream.Length;
        if (Length == 0) return; // an empty file cannot be mapped
        file = MemoryMappedFile.CreateFromFile(stream, null, 0, MemoryMappedFileAccess.Read, HandleInheritability.None, leaveOpen: false);
        view = file.CreateViewAccessor(0, 0, MemoryMappedFileAccess.Read);
        byte* start = null;
        view.SafeMemoryMappedViewHandle.AcquirePointer(ref start);
        pointer = start + view.PointerOffset;
    }

    public string Path { get; }

    /// <summary>Bytes of the file when it was opened.</summary>
    public long Length { get; }

    /// <summary>The first byte; null for an empty file. Valid until <see cref="Dispose"/>.</summary>
    /// <exception cref="ObjectDisposedException">The file was closed.</exception>
    public byte* Pointer
    {
        get
        {
            ObjectDisposedException.ThrowIf(disposed, this);
            return pointer;
        }
    }

    /// <summary>Maps a file.</summary>
    /// <exception cref="TernException">There is no such file, it is a folder, a pipe or a device, or it may not be read.</exception>
    public static MappedFile Open(string path)
    {
        if (Directory.Exists(path)) throw new TernException($"{path}: is a folder, expected a file.");
        if (!File.Exists(path)) throw new TernException($"{path}: there is no such file.");
        DiskFile.Require(path);
        FileStream? stream = null;
        try
        {
            stream = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.Read | FileShare.Delete, bufferSize: 0);
            return new MappedFile(path, stream);
        }
        catch (Exception problem) when (problem is IOException or UnauthorizedAccessException or NotSupportedException)
        {
            stream?.Dispose();
            throw new TernException($"{path}: cannot be opened for reading: {problem.Message}", problem);
        }
        finally
        {
            if (stream is { SafeFileHandle.IsClosed: false, Length: 0 }) stream.Dispose();
        }
    }

    /// <summary>The bytes [offset, offset + length).</summary>
    /// <exception cref="ModelFormatException">They do not lie inside the file.</exception>
    public ReadOnlySpan<byte> Slice(long offset, int length) => new(At(offset, length), length);

    /// <summary>The byte at <paramref name="offset"/>, after checking that <paramref name="length"/> bytes from there lie inside the file.</summary>
    /// <exception cref="ModelFormatException">They do not.</exception>
    public byte* At(long offset, long length)
    {
        if (offset < 0 || length < 0 || offset > Length || length > Length - offset)
            throw new ModelFormatException(Path, $"{length} bytes are expected at offset {offset}, but the file has only {Length}; it is truncated or damaged, fetch it again.");
        return Pointer + offset;
    }

    /// <summary>Asks the system to read the range in the background (Linux, macOS: madvise WILLNEED; elsewhere nothing happens).</summary>
    /// <exception cref="ModelFormatException">The range does not lie inside the file.</exception>
    public void Prefetch(long offset, long length)
    {
        var start = At(offset, length);
        if (length == 0 || !(OperatingSystem.IsLinux() || OperatingSystem.IsMacOS())) return;
        var slack = (nuint)start % (nuint)Environment.SystemPageSize;
        _ = Advise(start - slack, (nuint)length + slack, WillNeed); // advice only: a refusal changes nothing
    }

    const int WillNeed = 3;

    [DllImport("libc", EntryPoint = "madvise")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    static extern int Advise(byte* address, nuint length, int advice);

    public void Dispose()
    {
        if (disposed) return;
        disposed = true;
        if (pointer != null) view!.SafeMemoryMappedViewHandle.ReleasePointer();
        view?.Dispose();
        file?.Dispose();
    }
}
