using System.Globalization;
using System.Text.Json;
using Tern.Testing;

namespace Tern.Cli.Tests;

/// <summary>Plans as users ask for them. Numbers are those of README.md of nikhilsardana/beyond-chinchilla and of tables computed from the formulas.</summary>
public sealed class PlanTests : IDisposable
{
    readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    static string Told(params string[] arguments)
    {
        var answer = TernProcess.Run(["plan", .. arguments]);
        Assert.True(answer.ExitCode == 0, answer.ToString());
        Assert.Empty(answer.Errors);
        return answer.Output;
    }

    [Fact]
    public void The_text_has_every_part_of_a_plan_and_fits_a_terminal()
    {
        var text = Told("--loss", "1.947", "--inference-tokens", "2e12");
        foreach (var part in (string[])["optimum\n", "cost\n", "machines\n", "batch\n", "precision\n", "if the demand is another one\n", "law\n", "warnings\n", "advice\n"]) Assert.Contains("\n" + part, text);
        Assert.Contains("2.4184e+10", text);
        Assert.Contains("70.96 % of the parameters, 146.77 % of the tokens, 95.22 %", text.Replace("\n                          ", " "));
        Assert.Contains("GB of weights to serve at 8 bits each", text.Replace("\n                          ", " "));
        Assert.All(text.Split('\n'), line => Assert.True(line.Length <= 98, line));
    }

    /// <summary>Names of the flags of the authors' scripts.</summary>
    [Fact]
    public void Flags_of_the_authors_scripts_give_their_answer()
    {
        using var json = JsonDocument.Parse(Told("--loss", "1.947", "--inference_reqs", "1e10", "--input_tok", "1000", "--output_tok", "250", "--train_gpu_type", "A100_80", "--train_gpu_cost", "1.40", "--train_dtype", "bf16",
            "--inference_gpu_type", "A100_40", "--inference_gpu_cost", "0.60", "--inference_dtype", "int8", "--prefill_mfu", "0.4", "--generation_mfu", "0.2", "--json"));
        double Number(params string[] path) => path.Aggregate(json.RootElement, (node, key) => node.GetProperty(key)).GetDouble();
        Assert.Equal(2.053e10, Number("parameters", "value"), 5.01e6);
        Assert.Equal(3.302e12, Number("tokens", "value"), 5.01e8);
        Assert.Equal(4.0179e12, Number("cost", "effective_served_tokens"), 1e8);
        Assert.Equal(0.6023, Number("chinchilla", "parameters_ratio"), 4);
        Assert.Equal(1.8241, Number("chinchilla", "tokens_ratio"), 4);
        Assert.Equal(0.8876, Number("chinchilla", "usd_ratio"), 4);
    }

    [Theory]
    [InlineData("--flops", "1e22", 6.538113e9, 2.549156e11)]
    [InlineData("--compute", "1e22", 6.538113e9, 2.549156e11)]
    [InlineData("--params", "30B", 3e10, 1.555901e12)]
    [InlineData("--tokens", "1.555901e12", 3e10, 1.555901e12)]
    [InlineData("--loss", "1.958253360475841", 3e10, 1.555901e12)]
    public void Whatever_is_known_decides_on_the_rest(string flag, string value, double parameters, double tokens)
    {
        var rows = Told(flag, value, "--csv").TrimEnd().Split('\n').Select(line => line.Split(',')).ToDictionary(cells => cells[0]);
        Assert.Equal(["quantity", "value", "low", "high"], rows["quantity"]);
        Assert.Equal(1, double.Parse(rows["parameters"][1], CultureInfo.InvariantCulture) / parameters, 2e-6);      // seven digits, to the power 0.283 / 0.336
        Assert.Equal(1, double.Parse(rows["tokens"][1], CultureInfo.InvariantCulture) / tokens, 2e-6);
        Assert.Equal("", rows["parameters"][2]);
    }

    [Fact]
    public void Dollars_devices_and_bits_are_heard()
    {
        using var json = JsonDocument.Parse(Told("--budget", "50000usd", "--inference-tokens", "1T", "--gpu", "h200", "--serve-gpu", "a100", "--train-bits", "8", "--serve-bits", "4", "--fit", "epoch", "--json"));
        var (cost, precision) = (json.RootElement.GetProperty("cost"), json.RootElement.GetProperty("precision"));
        Assert.Equal(50_000, cost.GetProperty("total_usd").GetDouble(), 0.01);
        Assert.Equal("h200 fp8", cost.GetProperty("training_on").GetString());
        Assert.Equal("a100 int8", cost.GetProperty("serving_on").GetString());
        Assert.Equal((8, 4), (precision.GetProperty("training_bits").GetDouble(), precision.GetProperty("serving_bits").GetDouble()));
        Assert.True(json.RootElement.GetProperty("intervals").GetProperty("training_usd").GetProperty("low").GetDouble() < cost.GetProperty("training_usd").GetDouble());
        Assert.Equal([0.1, 0.3, 1, 3, 10], json.RootElement.GetProperty("sensitivity").EnumerateArray().Select(at => at.GetProperty("factor").GetDouble()));
    }

    [Fact]
    public void Free_bits_are_tried_and_the_best_printed()
    {
        var text = Told("--flops", "1e21", "--inference-tokens", "1e11", "--train-bits", "auto", "--serve-bits", "auto");
        Assert.Contains("train bits serve bits", text);
        Assert.Contains("and 20 more that are worse", text);
        Assert.Contains("counted as P/16         1.000e+21 FLOP", text);
    }

    [Fact]
    public void A_device_of_the_users_own_is_priced()
    {
        File.WriteAllText(_folder["custom.yaml"], "name: mine\npeak_flop_per_second: { bf16: 1e14 }\nusd_per_hour: 3.6\ntraining_utilisation: 0.4\nsource: an invoice\n");
        var text = Told("--flops", "4e17", "--gpu", _folder["custom.yaml"]);
        Assert.Contains("10.00 USD on mine bf16", text);          // 4e17 / (0.4 · 1e14) = 10,000 s at 0.001 USD
        Assert.Contains("an invoice", text);
    }

    [Fact]
    public void Ratios_are_those_of_the_papers_figure()
    {
        var text = Told("ratios", "--loss-range", "2.2:2.4:2", "--inference-range", "1e12:1e13:2");
        Assert.Contains("| 1.9240 0.3370  5.1628 | 3.6535 0.2092 21.8861\n", text);
        var csv = Told("ratios", "--loss-range", "2.2:2.4:2", "--inference-range", "1e12:1e13:2", "--csv").TrimEnd().Split('\n');
        Assert.Equal(5, csv.Length);
        Assert.StartsWith("loss,chinchilla_parameters,", csv[0]);
        using var json = JsonDocument.Parse(Told("ratios", "--loss-range", "2.2:2.4:2", "--inference-range", "1e12:1e13:2", "--json"));
        Assert.Equal(2.7001, json.RootElement.GetProperty("rows")[0].GetProperty("cells")[1].GetProperty("flop_ratio").GetDouble(), 4);
    }

    [Fact]
    public void Two_models_are_compared_with_their_break_even()
    {
        // 13B at Chinchilla's optimum against the 7B of the same loss for 2e12 served tokens: 17.45 % fewer operations.
        string[] models = ["compare", "6.968595e9,1.247840e12", "13e9,5.764856e11", "--inference", "2T"];
        using var json = JsonDocument.Parse(Told([.. models, "--json"]));
        double Flop(string which) => json.RootElement.GetProperty(which).GetProperty("total_flop").GetDouble();
        Assert.Equal(17.45, 100 * (1 - (Flop("first") / Flop("second"))), 2);
        Assert.Contains("The smaller model has taken fewer operations from 598B served tokens on", Told(models));
        Assert.Equal(3, Told([.. models, "--csv"]).TrimEnd().Split('\n').Length);
    }

    [Theory]
    [InlineData("--train-bits", "8", "--serve-bits", "4")]
    [InlineData("--fit", "epoch")]
    public void The_recipe_of_a_plan_is_one_that_tern_train_takes(params string[] flags)
    {
        var random = new Random(7);
        File.WriteAllText(_folder["book.txt"], string.Concat(Enumerable.Range(0, 60_000).Select(i => (char)('a' + random.Next(26)) + (i % 5 == 0 ? " " : i % 61 == 60 ? "\n" : ""))));
        var planned = TernProcess.Run(["plan", "--params", "400K", "--tokens", "3M", "--emit", _folder["recipe.yaml"], "--emit-data", _folder["book.txt"], "--json", .. flags]);
        Assert.True(planned.ExitCode == 0, planned.ToString());
        Assert.Contains("recipe written to", planned.Errors);
        using var plan = JsonDocument.Parse(planned.Output);
        var shape = plan.RootElement.GetProperty("shape");
        var dry = TernProcess.Run(["train", _folder["recipe.yaml"], "--dry-run", "--set", $"output={_folder["run"]}"], input: null, folder: _folder[""]);
        Assert.True(dry.ExitCode == 0, dry.ToString());
        Assert.Contains(shape.GetProperty("parameters").GetInt64().ToString("N0", CultureInfo.InvariantCulture), dry.Output);       // the plan counts as the model does
        Assert.Contains(plan.RootElement.GetProperty("batch").GetProperty("steps").GetInt64().ToString("N0", CultureInfo.InvariantCulture), dry.Output);
    }

    [Theory]
    [InlineData(2, "nothing is known")]
    [InlineData(1, "E = 1.69 of the law", "--loss", "1.5")]
    [InlineData(1, "both must be at least 1,000", "--flops", "5")]
    [InlineData(1, "both must be at least 1,000", "--flops", "5", "--train-bits", "auto")]
    [InlineData(1, "2.34 parameters and reads 4.97E+14 tokens, and both must be at least 1,000. Serving takes the rest", "--budget", "100usd", "--inference-tokens", "1e18")]
    [InlineData(2, "--tokens: '1e12flop' counts operations; those are --flops 1e12", "--tokens", "1e12flop")]
    [InlineData(2, "there is no unit 'eur' of budgets", "--budget", "50000eur")]
    [InlineData(1, "the smallest model that gets there has 1.899E+09", "--params", "1e6", "--loss", "2")]
    [InlineData(1, "spent by serving alone", "--params", "7B", "--flops", "1e21", "--inference-tokens", "1e15")]
    [InlineData(1, "cannot all be given", "--flops", "1e21", "--loss", "2")]
    [InlineData(2, "--loss: 'nan' must be above 0", "--loss", "nan")]
    [InlineData(2, "--flops: '-1e21' must be above 0", "--flops", "-1e21")]
    [InlineData(2, "--flops: '100usd' is money", "--flops", "100usd")]
    [InlineData(2, "'50000' has no unit", "--budget", "50000")]
    [InlineData(2, "give one of them", "--flops", "1e21", "--budget", "1e21flop")]
    [InlineData(2, "say the same", "--loss", "2", "--inference-tokens", "1T", "--inference-reqs", "1B")]
    [InlineData(2, "did you mean 'h100'?", "--flops", "1e21", "--gpu", "h10")]
    [InlineData(2, "there is no device 'abacus'. Known are h100, ", "--flops", "1e21", "--gpu", "abacus")]
    [InlineData(2, "training_utilisation is 2", "--flops", "1e21", "--train-mfu", "2")]
    [InlineData(2, "--days: 'nan' must be above 0", "--flops", "1e21", "--days", "nan")]
    [InlineData(2, "there is no 'usdd'; did you mean 'usd'?", "--flops", "1e21", "--minimise", "usdd")]
    [InlineData(2, "--train-bits: 'x' is not a number", "--flops", "1e21", "--train-bits", "x")]
    [InlineData(1, "did you mean 'epoch'?", "--flops", "1e21", "--fit", "epok")]
    [InlineData(1, "h100 has no fp9", "--flops", "1e21", "--train-dtype", "fp9")]
    [InlineData(2, "say how to print", "--flops", "1e21", "--json", "--csv")]
    [InlineData(2, "is no model", "compare", "7B", "13B,1T")]
    [InlineData(1, "Begin above E", "ratios", "--loss-range", "1.5:2")]
    [InlineData(2, "must rise", "ratios", "--inference-range", "1e12:1e9")]
    public void Mistakes_are_told_in_a_sentence(int exitCode, string told, params string[] arguments)
    {
        var answer = TernProcess.Run(["plan", .. arguments]);
        Assert.True(answer.ExitCode == exitCode, answer.ToString());
        Assert.Contains(told, answer.Errors);
        Assert.Empty(answer.Output);
        Assert.DoesNotContain("   at ", answer.Errors);
    }

    [Fact]
    public void A_mistake_in_a_device_file_is_told_with_its_line()
    {
        File.WriteAllText(_folder["custom.yaml"], "name: mine\npeak_flop_per_second: { bf16: 1e14 }\nusd_per_hour: cheap\n");
        var answer = TernProcess.Run("plan", "--flops", "1e21", "--gpu", _folder["custom.yaml"]);
        Assert.Equal(2, answer.ExitCode);
        Assert.Contains("custom.yaml:3:15: the device table: usd_per_hour must be a number", answer.Errors);
    }
}
