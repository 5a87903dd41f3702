using System.Runtime.InteropServices;
using System.Security.Cryptography;
using Tern.Models;
using Tern.Models.Files;

namespace Tern.Train.Torch;

/// <summary>
/// Loads libtorch and TorchSharp's native half. The latter, version 0.107.0, asks for GLIBCXX_3.4.32 (GCC 13.2), which Debian 12, Ubuntu 22.04 and RHEL 9 lack. It uses
/// nothing of that version: only a marker of the C++ headers that no code refers to. Where the system lacks it, a copy of the library in a folder of the user,
/// in which that one need is marked weak, is loaded in its place; the file of the package is never changed.
/// </summary>
public static class NativeTorch
{
    const string NeededVersion = "GLIBCXX_3.4.32";
    const string FileName = "libLibTorchSharp.so";

    /// <summary>In the order in which they need each other; names with hashes come with the package.</summary>
    static readonly string[] Prerequisites = ["libgomp-98b21ff3.so.1", "libc10.so", "libtorch_cpu.so", "libtorch.so"];

    static readonly Lazy<string?> Loading = new(LoadOnce);

    /// <summary>Makes torch usable in this process; call it before the first use. Later calls do nothing.</summary>
    /// <returns>The patched copy that is used; null where the library loads as it is.</returns>
    /// <exception cref="TernException">A library is missing or refused: the message says what to install.</exception>
    public static string? Load() => Loading.Value;

    static string? LoadOnce()
    {
        FreedMemory.Keep();
        if (!OperatingSystem.IsLinux() || HasNeededVersion()) return null;
        var folder = Folder();
        foreach (var library in Prerequisites.Select(name => Path.Combine(folder, name)).Where(File.Exists)) Open(library);
        var copy = PatchedCopy(Path.Combine(folder, FileName), CacheFolder());
        Open(copy);
        return copy;
    }

    /// <summary>
    /// A copy of the library without the strong need, in a folder per content: made once, then reused by every process. Two processes that make it at once each
    /// rename a whole one into place.
    /// </summary>
    /// <exception cref="TernException">The library cannot be read or is not what is expected, or the folder cannot be written.</exception>
    internal static string PatchedCopy(string library, string cache)
    {
        try
        {
            var bytes = File.ReadAllBytes(library);
            var folder = Path.Combine(cache, Convert.ToHexStringLower(SHA256.HashData(bytes))[..16]);
            if (ElfVersionNeeds.MakeWeak(bytes, NeededVersion) == 0) return library;
            var copy = Path.Combine(folder, FileName);
            if (File.Exists(copy) && File.ReadAllBytes(copy).AsSpan().SequenceEqual(bytes)) return copy;
            Directory.CreateDirectory(folder);
            AtomicFile.Write(copy, stream => stream.Write(bytes));
            return copy;
        }
        catch (Exception problem) when (problem is IOException or UnauthorizedAccessException or InvalidDataException or TernException)
        {
            throw new TernException($"{library}: cannot be made to load on this system, whose C++ runtime lacks {NeededVersion} ({problem.Message}). "
                + "Install a newer libstdc++ (GCC 13.2 or later; Debian 13, Ubuntu 24.04 and RHEL 10 have it), or name a folder that can be written in TERN_CACHE.", problem);
        }
    }

    /// <summary>Whether the libstdc++ of this process has the version: std::ios_base_library_init() came with it.</summary>
    static bool HasNeededVersion() =>
        NativeLibrary.TryLoad("libstdc++.so.6", out var library) && NativeLibrary.TryGetExport(library, "_ZSt21ios_base_library_initv", out _);

    static string Folder()
    {
        var packaged = Path.Combine(AppContext.BaseDirectory, "runtimes", $"linux-{RuntimeInformation.ProcessArchitecture.ToString().ToLowerInvariant()}", "native");
        return ((string[])[AppContext.BaseDirectory, packaged]).FirstOrDefault(folder => File.Exists(Path.Combine(folder, FileName)))
            ?? throw new TernException($"{AppContext.BaseDirectory}: {FileName} is not there, without which there is no training. There is no package of LibTorch for linux-{RuntimeInformation.ProcessArchitecture}, or the build left it out: build for linux-x64.");
    }

    /// <summary>TERN_CACHE, or the folder that the system has for such files.</summary>
    static string CacheFolder() => Environment.GetEnvironmentVariable("TERN_CACHE") is { Length: > 0 } chosen
        ? chosen
        : Path.Combine(Environment.GetEnvironmentVariable("XDG_CACHE_HOME") is { Length: > 0 } cache ? cache
            : Path.Combine(Environment.GetFolderPath(Environment.SpecialFolder.UserProfile), ".cache"), "tern");

    static void Open(string library)
    {
        try
        {
            NativeLibrary.Load(library);
        }
        catch (Exception refused) when (refused is DllNotFoundException or BadImageFormatException)
        {
            throw new TernException($"{library}: the system does not load it ({string.Join(' ', refused.Message.Split('\n', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries))}). tern doctor says what libtorch needs.", refused);
        }
    }
}
