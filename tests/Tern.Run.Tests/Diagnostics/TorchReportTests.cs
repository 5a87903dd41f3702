using System.Diagnostics;
using System.Runtime.InteropServices;
using Tern.Run.Diagnostics;
using Tern.Testing;

namespace Tern.Run.Tests.Diagnostics;

public sealed class TorchReportTests : IDisposable
{
    const string Library = "torch_of_the_tests.so";

    readonly TemporaryFolder _folder = new();

    /// <summary>A native library that every runtime of .NET has.</summary>
    static string AnyLibrary => Path.Combine(RuntimeEnvironment.GetRuntimeDirectory(),
        OperatingSystem.IsWindows() ? "System.IO.Compression.Native.dll" : OperatingSystem.IsMacOS() ? "libSystem.Native.dylib" : "libSystem.Native.so");

    [Fact]
    public void A_library_that_is_nowhere_is_missing_and_the_remedy_says_where_to_put_it()
    {
        var report = TorchReport.Collect("no_such_library_of_torch.so", [_folder.Path]);
        Assert.False(report.Loads);
        Assert.Null(report.Path);
        Assert.Null(report.Problem);
        Assert.Contains("2.10.0", report.Remedy);
    }

    [Fact]
    public void The_first_folder_that_has_the_library_counts()
    {
        if (OperatingSystem.IsWindows()) Assert.Skip("a loaded file cannot be deleted with its folder");
        File.Copy(AnyLibrary, _folder[Library]);
        var report = TorchReport.Collect(Library, [_folder["missing"], _folder.Path]);
        Assert.True(report.Loads);
        Assert.Equal(_folder[Library], report.Path);
        Assert.Null(report.Problem);
    }

    [Fact]
    public void A_file_that_is_no_library_is_named_with_what_the_system_says()
    {
        File.WriteAllText(_folder[Library], "not a library");
        var report = TorchReport.Collect(Library, [_folder.Path]);
        Assert.False(report.Loads);
        Assert.Equal(_folder[Library], report.Path);
        Assert.Contains(Library, report.Problem);
        Assert.DoesNotContain('\n', report.Problem!);
        Assert.StartsWith($"Replace {_folder[Library]}", report.Remedy);
    }

    [Fact]
    public void The_runtime_of_Cpp_has_the_version_that_its_file_lists()
    {
        var has = TorchReport.Collect("no_such_library_of_torch.so", []).HasCppRuntime;
        if (!OperatingSystem.IsLinux() || has is null)
        {
            Assert.Null(has);
            return;
        }
        using var process = Process.GetCurrentProcess();
        var file = process.Modules.Cast<ProcessModule>().Select(module => module.FileName).First(name => Path.GetFileName(name).StartsWith("libstdc++.so.6", StringComparison.Ordinal));
        Assert.Equal(File.ReadAllBytes(file).AsSpan().IndexOf("GLIBCXX_3.4.32\0"u8) >= 0, has);
    }

    public void Dispose() => _folder.Dispose();
}
