using System.Runtime.InteropServices;
using System.Text.Json;
using Tern.Run.Diagnostics;
using Tern.Testing;

namespace Tern.Cli.Tests;

public class DoctorTests
{
    [Fact]
    public void The_report_tells_what_the_kernels_use()
    {
        var answer = TernProcess.Run("doctor", "--quick");
        Assert.True(answer.ExitCode == 0, answer.ToString());
        foreach (var name in (string[])["system", "runtime", "processor", "kernels", "memory", "model"])
            Assert.Contains($"{name} ", answer.Output);
        Assert.Contains(Repository.Model, answer.Output);
    }

    [Fact]
    public void Json_names_the_level_and_why()
    {
        var answer = TernProcess.Run(["doctor", "--quick", "--json"], null, null, ("TERN_ISA", "scalar"));
        using var json = JsonDocument.Parse(answer.Output);
        Assert.Equal("scalar", json.RootElement.GetProperty("isa_chosen").GetString());
        Assert.Contains("TERN_ISA", json.RootElement.GetProperty("isa_reason").GetString());
        Assert.Equal("scalar", json.RootElement.GetProperty("isa_available")[0].GetString());
        Assert.Equal(JsonValueKind.Null, json.RootElement.GetProperty("limits").ValueKind);
        Assert.Equal(Environment.ProcessorCount, json.RootElement.GetProperty("cores").GetInt32());
    }

    [Fact]
    public void A_missing_libtorch_is_told_with_what_needs_it_and_fails_nothing()
    {
        var report = TorchReport.Collect();
        Assert.SkipWhen(report.Loads, "libtorch is here");
        var answer = TernProcess.Run("doctor", "--quick");
        Assert.True(answer.ExitCode == 0, answer.ToString());
        Assert.Contains($"{report.Library} not found (needed only for training; nothing that this version does needs it)", answer.Output);
        Assert.Contains($"for training  {report.Remedy!.Split(' ')[0]} ", answer.Output);
        using var json = JsonDocument.Parse(TernProcess.Run("doctor", "--quick", "--json").Output);
        var torch = json.RootElement.GetProperty("torch");
        Assert.False(torch.GetProperty("loads").GetBoolean());
        Assert.Contains("LibTorch", torch.GetProperty("remedy").GetString());
    }

    [Fact]
    public void A_libtorch_in_the_library_search_path_is_named()
    {
        if (!OperatingSystem.IsLinux()) Assert.Skip("the variable with the search path is that of Linux");
        using var folder = new TemporaryFolder();
        // Any library will do: that it loads is all that is asked.
        File.Copy(Path.Combine(RuntimeEnvironment.GetRuntimeDirectory(), "libSystem.Native.so"), folder["libtorch_cpu.so"]);
        var answer = TernProcess.Run(["doctor", "--quick"], null, null, ("LD_LIBRARY_PATH", folder.Path));
        Assert.Contains($"libtorch      {folder["libtorch_cpu.so"]}", answer.Output);
        Assert.DoesNotContain("Put the native files", answer.Output);
    }
}
