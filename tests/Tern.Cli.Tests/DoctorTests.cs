using System.Text.Json;

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
}
