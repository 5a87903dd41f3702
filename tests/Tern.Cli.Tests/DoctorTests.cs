using System.Runtime.InteropServices;
using System.Text.Json;
using Tern.Numerics;
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
        Assert.Contains(Path.Combine(Repository.Root, "models", "gutenberg-9m"), answer.Output);
    }

    [Fact]
    public void Where_executable_memory_is_refused_nothing_is_assembled_and_doctor_says_so()
    {
        var (refused, lower) = Refusable();
        var answer = TernProcess.Run(["doctor", "--quick", "--json"], null, null, ("TERN_EXECUTABLE_MEMORY", "0"));
        using var json = JsonDocument.Parse(answer.Output);
        Assert.Equal(lower, json.RootElement.GetProperty("isa_chosen").GetString());
        Assert.Contains("refuses executable memory", json.RootElement.GetProperty("isa_reason").GetString());
        Assert.Contains(json.RootElement.GetProperty("advice").EnumerateArray(), advice => advice.GetProperty("text").GetString()!.Contains(refused, StringComparison.Ordinal));
        var kernels = TernProcess.Run(["doctor", "--kernels"], null, null, ("TERN_EXECUTABLE_MEMORY", "0"));
        Assert.Contains($"compiled, {lower}", kernels.Output);
        Assert.DoesNotContain("assembled", kernels.Output);
    }

    [Fact]
    public void Where_executable_memory_is_refused_a_verb_says_so_in_one_line_and_works()
    {
        var (refused, lower) = Refusable();
        string[] arguments = ["run", "-p", "Once", "-n", "3", "--temp", "0"];
        var answer = TernProcess.Run(arguments, null, null, ("TERN_EXECUTABLE_MEMORY", "0"));
        Assert.True(answer.ExitCode == 0, answer.ToString());
        Assert.Single(answer.Errors.Split('\n'), line => line.Contains("executable memory", StringComparison.Ordinal));
        Assert.Contains($"the kernels are {lower} instead of {refused}", answer.Errors);

        var silenced = TernProcess.Run(arguments, null, null, ("TERN_EXECUTABLE_MEMORY", "0"), ("TERN_ISA", lower));
        Assert.DoesNotContain("executable memory", silenced.Errors);
        Assert.Equal(silenced.Output, answer.Output);
        Assert.DoesNotContain("executable memory", TernProcess.Run(arguments).Errors);
    }

    [Theory]
    [InlineData("vnni", "zmm", "ymm")]
    [InlineData("avxvnni", "ymm", "zmm")]
    public void The_disassembled_kernel_is_that_of_the_rung_in_use(string level, string registers, string others)
    {
        if (!Enum.TryParse<IsaLevel>(level, ignoreCase: true, out var known) || !Isa.Available.Contains(known)) Assert.Skip($"this machine has no {level}");
        var answer = TernProcess.Run(["doctor", "--disassemble", "q4_0:16"], null, null, ("TERN_ISA", level));
        Assert.True(answer.ExitCode == 0, answer.ToString());
        Assert.StartsWith($"; Q4_0 x 16, {level}: ", answer.Output);
        Assert.Contains("vpdpbusd " + registers, answer.Output);
        Assert.DoesNotContain("vpdpbusd " + others, answer.Output);
    }

    /// <summary>The rung that a refusal costs this machine, and the one that remains.</summary>
    static (string Refused, string Lower) Refusable()
    {
        if (Isa.Best is not (IsaLevel.Vnni or IsaLevel.AvxVnni)) Assert.Skip("no kernels are assembled on this machine");
        var remaining = Isa.Available.Last(level => level is not (IsaLevel.Vnni or IsaLevel.AvxVnni));
        return (Isa.Best.ToString().ToLowerInvariant(), remaining.ToString().ToLowerInvariant());
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
    public void The_libtorch_that_comes_with_tern_is_named()
    {
        var report = TorchReport.Collect();
        Assert.SkipUnless(report.Loads, "there is no package of libtorch for this system");
        var answer = TernProcess.Run("doctor", "--quick");
        Assert.True(answer.ExitCode == 0, answer.ToString());
        Assert.Contains($"libtorch      {report.Path}", answer.Output);
        Assert.DoesNotContain("for training", answer.Output);
        using var json = JsonDocument.Parse(TernProcess.Run("doctor", "--quick", "--json").Output);
        Assert.True(json.RootElement.GetProperty("torch").GetProperty("loads").GetBoolean());
    }
}
