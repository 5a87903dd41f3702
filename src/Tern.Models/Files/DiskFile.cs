using System.Runtime.InteropServices;

namespace Tern.Models.Files;

/// <summary>
/// Files on a disk, as opposed to pipes, sockets and devices: those cannot be mapped or replaced, and opening one may wait for ever. Everything that
/// Tern opens by name goes through here, except texts of the user, which may well come out of a pipe.
/// </summary>
public static unsafe class DiskFile
{
    /// <exception cref="TernException">Something of this name is there, but no file on a disk. Linux only; elsewhere nothing is checked.</exception>
    public static void Require(string path)
    {
        if (SpecialKind(path) is { } kind) throw new TernException($"{path}: is {kind}, expected a file on a disk.");
    }

    /// <summary>Opens for reading.</summary>
    /// <exception cref="TernException">The path names no file on a disk.</exception>
    /// <exception cref="IOException">It cannot be opened.</exception>
    public static FileStream OpenRead(string path)
    {
        Require(path);
        return File.OpenRead(path);
    }

    /// <inheritdoc cref="OpenRead"/>
    public static byte[] ReadAllBytes(string path)
    {
        Require(path);
        return File.ReadAllBytes(path);
    }

    /// <inheritdoc cref="OpenRead"/>
    public static string ReadAllText(string path)
    {
        Require(path);
        return File.ReadAllText(path);
    }

    /// <summary>"a pipe", "a socket", "a device"; null for files, folders, and where it cannot be told.</summary>
    static string? SpecialKind(string path)
    {
        const int CurrentFolder = -100;                             // AT_FDCWD
        const uint Type = 1;                                        // STATX_TYPE
        const int StatusLength = 256, ModeOffset = 28;              // of struct statx, the same on every processor
        if (!OperatingSystem.IsLinux()) return null;
        var status = stackalloc byte[StatusLength];
        try
        {
            // Links are followed: /dev/stdin may well be a file.
            if (StatX(CurrentFolder, path, 0, Type, status) != 0) return null;
        }
        catch (EntryPointNotFoundException)
        {
            return null;                                            // a C library of before 2018
        }
        return (*(ushort*)(status + ModeOffset) & 0xf000) switch
        {
            0x1000 => "a pipe",
            0x2000 or 0x6000 => "a device",
            0xc000 => "a socket",
            _ => null,
        };
    }

    [DllImport("libc", EntryPoint = "statx")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    static extern int StatX(int folder, [MarshalAs(UnmanagedType.LPUTF8Str)] string path, int flags, uint mask, byte* status);
}
