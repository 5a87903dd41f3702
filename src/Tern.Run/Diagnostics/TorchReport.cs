using System.Diagnostics;
using System.Runtime.InteropServices;

namespace Tern.Run.Diagnostics;

/// <summary>
/// Whether this process can load libtorch, on which training runs (TorchSharp 0.107.0 over LibTorch 2.10.0, CPU). Everything else does without.
/// </summary>
public sealed record TorchReport
{
    /// <summary>The library that was looked for: "libtorch_cpu.so", ...</summary>
    public required string Library { get; init; }

    /// <summary>The file; null where there is none, or where the system does not tell which one it took.</summary>
    public required string? Path { get; init; }

    /// <summary>It can be loaded.</summary>
    public required bool Loads { get; init; }

    /// <summary>What the system says against a file that was found and cannot be loaded; null otherwise.</summary>
    public required string? Problem { get; init; }

    /// <summary>
    /// Linux: whether the C++ runtime of this process has GLIBCXX_3.4.32 (GCC 13.2), for which TorchSharp's native half asks. Debian 12,
    /// Ubuntu 22.04 and RHEL 9 are older: there training loads a copy that does not ask. Null elsewhere and where it cannot be told.
    /// </summary>
    public required bool? HasCppRuntime { get; init; }

    /// <summary>What to do in order to train here; null where nothing is missing.</summary>
    public string? Remedy => Loads ? null : string.Join(" ", Remedies());

    /// <summary>Looks beside the program, where NuGet places native files, then where the system looks for libraries. What loads stays loaded.</summary>
    public static TorchReport Collect()
    {
        var native = System.IO.Path.Combine(AppContext.BaseDirectory, "runtimes", Platform, "native");
        return Collect(FileName, [AppContext.BaseDirectory, native]);
    }

    /// <summary>Looks for a library in these folders, then where the system looks.</summary>
    public static TorchReport Collect(string library, IReadOnlyList<string> folders)
    {
        var report = new TorchReport { Library = library, Path = null, Loads = false, Problem = null, HasCppRuntime = CppRuntimeOfGcc132() };
        foreach (var file in folders.Select(folder => System.IO.Path.Combine(folder, library)).Where(File.Exists))
            return ProblemOf(file) is { } problem ? report with { Path = file, Problem = problem } : report with { Path = file, Loads = true };
        return NativeLibrary.TryLoad(library, out _) ? report with { Path = LoadedFile(library), Loads = true } : report;
    }

    /// <summary>Null where the file loads.</summary>
    static string? ProblemOf(string file)
    {
        try
        {
            NativeLibrary.Load(file);
            return null;
        }
        catch (Exception refused) when (refused is DllNotFoundException or BadImageFormatException)
        {
            return string.Join(" ", refused.Message.Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries));
        }
    }

    static string? LoadedFile(string library)
    {
        using var process = Process.GetCurrentProcess();
        return process.Modules.Cast<ProcessModule>().Select(module => module.FileName)
            .FirstOrDefault(file => System.IO.Path.GetFileName(file).StartsWith(library, StringComparison.OrdinalIgnoreCase));
    }

    /// <summary>
    /// Asks the libstdc++ that the process uses for std::ios_base_library_init(), one of the two functions that version 3.4.32 of its interface added. The name
    /// of the file and the version of the compiler tell less: another libstdc++ may come first in the search path.
    /// </summary>
    static bool? CppRuntimeOfGcc132() => OperatingSystem.IsLinux() && NativeLibrary.TryLoad("libstdc++.so.6", out var library)
        ? NativeLibrary.TryGetExport(library, "_ZSt21ios_base_library_initv", out _)
        : null;

    IEnumerable<string> Remedies()
    {
        if (Problem is not null)
            yield return $"Replace {Path} by that of LibTorch 2.10.0 (CPU) for {Platform}, with the libraries that came with it beside it.";
        else if (!Loads)
            yield return Package is { } package
                ? $"Put the native files of the NuGet package {package} 2.10.0 into {AppContext.BaseDirectory}, or the lib folder of LibTorch 2.10.0 (CPU, from https://pytorch.org) into {SearchPath}."
                : $"There is no NuGet package of LibTorch for {Platform}; build PyTorch 2.10.0 and put its lib folder into {SearchPath}.";
    }

    static string FileName => OperatingSystem.IsWindows() ? "torch_cpu.dll" : OperatingSystem.IsMacOS() ? "libtorch_cpu.dylib" : "libtorch_cpu.so";

    static string SearchPath => OperatingSystem.IsWindows() ? "PATH" : OperatingSystem.IsMacOS() ? "DYLD_LIBRARY_PATH" : "LD_LIBRARY_PATH";

    static string Platform =>
        $"{(OperatingSystem.IsWindows() ? "win" : OperatingSystem.IsMacOS() ? "osx" : "linux")}-{RuntimeInformation.ProcessArchitecture.ToString().ToLowerInvariant()}";

    static string? Package => Platform is "linux-x64" or "osx-arm64" or "win-x64" or "win-arm64" ? $"libtorch-cpu-{Platform}" : null;
}
