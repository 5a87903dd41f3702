using System.Globalization;
using System.Text.Json;
using Tern.Testing;

namespace Tern.Cli.Tests;

/// <summary>tern plan fit, from a table to a plan.</summary>
public sealed class PlanFitTests
{
    const double A = 406.4, B = 410.7, E = 1.69, Alpha = 0.336, Beta = 0.283;

    [Fact]
    public void A_table_becomes_a_law_and_the_law_a_plan()
    {
        using var folder = new TemporaryFolder();
        File.WriteAllText(folder["runs.csv"], Table());
        var fit = TernProcess.Run("plan", "fit", folder["runs.csv"], "--flops", "1e20", "--bootstrap", "50", "--out", folder["fit.json"], "--plots", folder["plots"], "--seed", "3");
        Assert.True(fit.ExitCode == 0, fit.ToString());
        foreach (var expected in (string[])["runs        30 of runs.csv", "N 30.0M to 10.0B", "alpha", "0.336", "a, N* ~ C^a", "0.4571", "N*(1E+20)"]) Assert.Contains(expected, fit.Output);
        Assert.Contains("fitted in", fit.Errors);
        Assert.Equal(["fit-frontier.png", "fit-frontier.svg", "fit-residuals.png", "fit-residuals.svg", "isoflop.png", "isoflop.svg"], Directory.GetFiles(folder["plots"]).Select(Path.GetFileName).Order(StringComparer.Ordinal));

        var plan = TernProcess.Run("plan", "--flops", "1e22", "--fit", folder["fit.json"], "--json");
        Assert.True(plan.ExitCode == 0, plan.ToString());
        using var json = JsonDocument.Parse(plan.Output);
        const double Published = 6.538113e9;            // N* of these constants at 1e22 FLOP
        Assert.Equal(1, json.RootElement.GetProperty("parameters").GetProperty("value").GetDouble() / Published, 1e-4);
        Assert.NotEqual(JsonValueKind.Null, json.RootElement.GetProperty("parameters").GetProperty("interval").ValueKind);
        var far = TernProcess.Run("plan", "--flops", "1e25", "--fit", folder["fit.json"]);
        Assert.Contains("extrapolation", far.Output);
    }

    [Fact]
    public void Json_is_the_file_without_the_draws()
    {
        using var folder = new TemporaryFolder();
        File.WriteAllText(folder["runs.csv"], Table());
        var fit = TernProcess.Run("plan", "fit", folder["runs.csv"], "--approach", "vpnls", "--bootstrap", "0", "--json");
        using var json = JsonDocument.Parse(fit.Output);
        var constants = json.RootElement.GetProperty("fit").GetProperty("constants");
        Assert.Equal(A, constants[0].GetProperty("value").GetDouble(), A * 1e-4);
        Assert.Contains("--approach vpnls", json.RootElement.GetProperty("fit").GetProperty("command").GetString());
    }

    [Fact]
    public void Steps_by_batch_give_critical_batches()
    {
        using var folder = new TemporaryFolder();
        File.WriteAllText(folder["steps.csv"], "batch,steps\n" + string.Concat(((double[])[64, 128, 256, 512, 1024, 4096]).Select(batch => string.Create(CultureInfo.InvariantCulture, $"{batch},{2000 + (1e7 / batch)}\n"))));
        var fit = TernProcess.Run("plan", "fit", folder["steps.csv"], "--law", "cbs", "--efficient-batch", "256", "--out", folder["cbs.json"]);
        Assert.True(fit.ExitCode == 0, fit.ToString());
        Assert.Contains("1307.2", fit.Output);                  // 0.2 b/a + 1.2 * 256
        var plan = TernProcess.Run("plan", "--flops", "1e20", "--fit", folder["cbs.json"]);
        Assert.Equal(1, plan.ExitCode);
        Assert.Contains("is a fit of critical batches", plan.Errors);
    }

    [Fact]
    public void A_law_of_precision_decides_on_bits()
    {
        using var folder = new TemporaryFolder();
        const double Gamma = 3;
        File.WriteAllText(folder["bits.csv"], "n_params,n_tokens,p_w,p_a,p_kv,loss\n" + string.Concat(from n in (double[])[3e7, 1e8, 3e8]
                                                                                                      from d in (double[])[1e9, 4e9, 1.6e10]
                                                                                                      from bits in (double[])[3, 4, 6, 8, 16]
                                                                                                      select string.Create(CultureInfo.InvariantCulture, $"{n},{d},{bits},{bits},{bits},{E + (A * Math.Pow(n * Math.Pow(1 - Math.Exp(-bits / Gamma), 3), -Alpha)) + (B * Math.Pow(d, -Beta)):R}\n")));
        var fit = TernProcess.Run("plan", "fit", folder["bits.csv"], "--law", "precision", "--bootstrap", "20", "--out", folder["bits.json"]);
        Assert.True(fit.ExitCode == 0, fit.ToString());
        Assert.Contains("share one gamma", fit.Output);
        var plan = TernProcess.Run("plan", "--flops", "1e19", "--train-bits", "auto", "--fit", folder["bits.json"], "--json");
        Assert.True(plan.ExitCode == 0, plan.ToString());
        using var json = JsonDocument.Parse(plan.Output);
        var precision = json.RootElement.GetProperty("precision");
        Assert.Equal(5.711441083, precision.GetProperty("best_training_bits").GetDouble(), 1e-2);        // 1.9038136944 gamma
        Assert.Contains("bits.csv", precision.GetProperty("source").GetString());
    }

    [Theory]
    [InlineData("params,tokens,loss\n1e8,1e9,3\n1e9,1e10,2.5\n", "2 runs are too few for 5 constants")]
    [InlineData("params,tokens,loss\n1e8,1e9,3\n1e8,2e9,2.9\n1e8,3e9,2.8\n1e8,4e9,2.7\n1e8,5e9,2.6\n1e8,6e9,2.5\n", "All runs have 1E+08 parameters")]
    [InlineData("params,tokens,loss\n1e8,1e9,3\n2e8,1e9,2.9\n3e8,1e9,2.8\n4e8,1e9,2.7\n5e8,1e9,2.6\n6e8,1e9,2.5\n", "All runs have 1E+09 tokens")]
    [InlineData("params,tokens,loss\n1e8,20B,3\n", "runs.csv:2: column 'tokens': '20B': the column does not say that it counts so")]
    [InlineData("params,tokens,loss\n1e8,1e9,-3\n", "runs.csv:2: column 'loss': '-3' must be a number above 0")]
    [InlineData("params,tokens,loss\n0.1,1e9,3\n", "is too few. If the column counts in millions or billions, rename it params_m or _b")]
    [InlineData("params_m,tokens_b,loss\n100,1e9,3\n", "column 'tokens_b': 1E+18 is too many. The name of the column says that it counts in units of 1e9")]
    [InlineData("params,tokns,loss\n1e8,1e9,3\n", "no column for D")]
    [InlineData("params,tokens\n1e8,1e9\n", "no column for L")]
    [InlineData("params,tokens,loss\n", "holds no runs")]
    public void Tables_that_determine_no_law_are_refused(string table, string message)
    {
        using var folder = new TemporaryFolder();
        File.WriteAllText(folder["runs.csv"], table);
        var fit = TernProcess.Run("plan", "fit", folder["runs.csv"]);
        Assert.True(fit.ExitCode == 1 && fit.Errors.Contains(message), fit.ToString());
    }

    [Theory]
    [InlineData(1, "has no column 'parms'; did you mean 'params'?", "--columns", "N=parms")]
    [InlineData(1, "there is no quantity 'X'", "--columns", "X=params")]
    [InlineData(1, "has no parts (column 'part')", "--parts", "a")]
    [InlineData(1, "nothing to learn about precision", "--law", "precision")]
    [InlineData(1, "with --law overtraining leave --approach away", "--law", "overtraining", "--approach", "2")]
    [InlineData(2, "does not say which column holds what", "--columns", "params")]
    [InlineData(2, "there is no law 'chinchila'; did you mean 'chinchilla'?", "--law", "chinchila")]
    [InlineData(2, "there is no approach '4'", "--approach", "4")]
    [InlineData(2, "--huber: 0 must be above 0", "--huber", "0")]
    [InlineData(2, "'seed' is no block", "--block", "seed")]
    public void Wrong_flags_are_told(int code, string message, params string[] flags)
    {
        using var folder = new TemporaryFolder();
        File.WriteAllText(folder["runs.csv"], Table());
        var fit = TernProcess.Run(["plan", "fit", folder["runs.csv"], "--bootstrap", "0", .. flags]);
        Assert.True(fit.ExitCode == code && fit.Errors.Contains(message), fit.ToString());
    }

    /// <summary>Six sizes by five lengths of the constants of arXiv 2401.00448, without noise.</summary>
    static string Table() => "params,tokens,loss\n" + string.Concat(from n in (double[])[3e7, 1e8, 3e8, 1e9, 3e9, 1e10]
                                                                    from d in (double[])[1e9, 4e9, 1.6e10, 6.4e10, 2.56e11]
                                                                    select string.Create(CultureInfo.InvariantCulture, $"{n},{d},{E + (A * Math.Pow(n, -Alpha)) + (B * Math.Pow(d, -Beta)):R}\n"));
}
