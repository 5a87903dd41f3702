using System.Text.Json;
using Tern.Testing;

namespace Tern.Cli.Tests;

/// <summary>That the figures are there and fit together; how large they are is no matter of tests.</summary>
public class BenchTests
{
    [Fact]
    public void Json_has_the_figures_that_the_comparison_with_llama_cpp_reads()
    {
        var answer = TernProcess.Run("bench", "-p", "48", "-n", "8", "-r", "2", "--json");
        Assert.True(answer.ExitCode == 0, answer.ToString());
        using var json = JsonDocument.Parse(answer.Output);
        foreach (var name in (string[])["pp_tps", "tg_tps", "load_ms", "first_token_ms", "peak_rss_bytes", "read_gbps"])
            Assert.True(json.RootElement.GetProperty(name).GetDouble() > 0, name);
        Assert.Equal(Repository.Model, json.RootElement.GetProperty("model").GetString());
        Assert.Equal(["pp48", "tg8 @ d48"], json.RootElement.GetProperty("rows").EnumerateArray().Select(row => row.GetProperty("test").GetString()));
        Assert.All(json.RootElement.GetProperty("rows").EnumerateArray(), row => Assert.Equal(2, row.GetProperty("repetitions").GetArrayLength()));
        Assert.True(json.RootElement.GetProperty("limits").GetProperty("read_gbps").GetDouble() > 0.1);
        Assert.True(json.RootElement.GetProperty("limits").GetProperty("fp32_gflops").GetDouble() > 0.1);
    }

    [Fact]
    public void Rows_follow_the_lists()
    {
        var answer = TernProcess.Run("bench", "-p", "8,16", "-n", "2,4", "-d", "0", "-r", "1", "--no-limits");
        Assert.True(answer.ExitCode == 0, answer.ToString());
        var tests = answer.Output.Split('\n').Where(line => line.StartsWith("| gutenberg-2m", StringComparison.Ordinal)).Select(line => line.Split('|')[7].Trim());
        Assert.Equal(["pp8", "pp16", "tg2", "tg4"], tests);
        Assert.DoesNotContain("GFLOP/s in float32", answer.Output);
    }

    [Fact]
    public void Depths_and_sequences_multiply_the_rows()
    {
        var answer = TernProcess.Run("bench", "-p", "8", "-n", "2", "-d", "0,600", "-b", "1,3", "-r", "1", "--no-limits", "--json");
        Assert.True(answer.ExitCode == 0, answer.ToString());
        using var json = JsonDocument.Parse(answer.Output);
        var rows = json.RootElement.GetProperty("rows").EnumerateArray().ToArray();
        Assert.Equal(["pp8", "tg2", "tg2 x3", "pp8 @ d600", "tg2 @ d600", "tg2 x3 @ d600"], rows.Select(row => row.GetProperty("test").GetString()));
        Assert.Equal([1, 1, 3, 1, 1, 3], rows.Select(row => row.GetProperty("sequences").GetInt32()));
        Assert.All(rows.Where(row => row.GetProperty("generated_tokens").GetInt32() > 0), row =>
        {
            // One reading of the weights serves all sequences of a step.
            var readings = row.GetProperty("tokens_per_second").GetDouble() / row.GetProperty("sequences").GetInt32();
            Assert.Equal(readings * json.RootElement.GetProperty("weight_bytes_per_token").GetInt64() / 1e9, row.GetProperty("read_gbps").GetDouble(), 1e-9);
        });
    }

    [Theory]
    [InlineData("f16")]
    [InlineData("q4_0")]
    [InlineData("q6_k")]
    [InlineData("tq2_0")]
    public void A_model_of_random_weights_runs(string type)
    {
        using var folder = new TemporaryFolder();
        var model = folder["random.gguf"];
        Assert.Equal(0, TernProcess.Run("bench", "--write-random", model, "--type", type, "--shape", "256,2,4,2,512,400").ExitCode);
        var answer = TernProcess.Run("bench", "-m", model, "-p", "8", "-n", "2", "-r", "1", "--no-limits", "--json");
        Assert.True(answer.ExitCode == 0, answer.ToString());
        Assert.Contains($"\"weight_type\":\"{type}\"", answer.Output, StringComparison.OrdinalIgnoreCase);
    }

    [Fact]
    public void Ctrl_C_ends_a_benchmark()
    {
        using var running = TernProcess.Start(["bench", "-p", "16", "-n", "1000", "-r", "100000", "--no-limits"]);
        Thread.Sleep(500);              // whether it is still loading or already measuring: it must end
        running.Interrupt();
        var answer = running.Finish();
        Assert.True(answer.ExitCode == 130, answer.ToString());
        Assert.Empty(answer.Output);
    }
}
