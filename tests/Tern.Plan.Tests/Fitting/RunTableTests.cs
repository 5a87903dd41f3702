using Parquet;
using Parquet.Schema;
using Tern.Models;
using Tern.Plan.Fitting;
using Tern.Plan.Fitting.Runs;
using Tern.Plan.Laws;
using Tern.Testing;

namespace Tern.Plan.Tests.Fitting;

public sealed class RunTableTests : IDisposable
{
    readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    IReadOnlyList<TrainedModel> Read(string name) => TrainedModels.Read(_folder[name]);

    string Write(string name, string text)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(_folder[name])!);
        File.WriteAllText(_folder[name], text);
        return name;
    }

    [Theory]
    [InlineData("a.csv", "n_params,n_tokens,loss,p_w,seed\n1000,20000,3.5,4,1\n2000,40000,3.25,,2\n")]
    [InlineData("a.csv", "n_params;n_tokens;loss;p_w;seed\n1000;20000;3.5;4;1\n\n2000;40000;3.25;;2\n")]
    [InlineData("a.tsv", "n_params\tn_tokens\tloss\tp_w\tseed\n1000\t20000\t3.5\t4\t1\n2000\t40000\t3.25\t\t2\n")]
    [InlineData("a.jsonl", "{\"n_params\": 1000, \"n_tokens\": 2e4, \"loss\": 3.5, \"p_w\": 4, \"seed\": 1}\n\n{\"n_params\": 2000, \"n_tokens\": 40000, \"p_w\": null, \"loss\": 3.25, \"seed\": 2}\n")]
    [InlineData("a.jsonl", "{\"params_k\": 1, \"tokens_k\": 20, \"loss\": 3.5, \"p_w\": 4, \"seed\": 1}\n{\"tokens_k\": 40, \"loss\": 3.25, \"params_k\": 2, \"seed\": 2}\n")]
    public void A_table_says_the_same_in_every_format(string name, string text) => AssertRuns(Read(Write(name, text)));

    [Fact]
    public async Task Parquet_is_read_over_all_row_groups_and_absent_numbers_are_empty()
    {
        await WriteParquet(_folder["a.parquet"]);
        AssertRuns(Read("a.parquet"));
        File.WriteAllBytes(_folder["cut.parquet"], File.ReadAllBytes(_folder["a.parquet"])[..^1]);
        Assert.Contains("cut.parquet", Assert.Throws<TernException>(() => Read("cut.parquet")).Message);
    }

    static async Task WriteParquet(string path)
    {
        var (parameters, tokens, loss, bits, seed) = (new DataField<long>("n_params"), new DataField<double>("n_tokens"), new DataField<float>("loss"), new DataField<int?>("p_w"), new DataField<int>("seed"));
        await using var stream = File.Create(path);
        await using var writer = await ParquetWriter.CreateAsync(new ParquetSchema(parameters, tokens, loss, bits, seed), stream);
        for (var i = 0; i < 2; i++)
        {
            using var rows = writer.CreateRowGroup();
            await rows.WriteAsync<long>(parameters, new long[] { 1000 * (i + 1) });
            await rows.WriteAsync<double>(tokens, new double[] { 20000 * (i + 1) });
            await rows.WriteAsync<float>(loss, new[] { 3.5f - i * 0.25f });
            await rows.WriteAsync<int>(bits, new int?[] { i == 0 ? 4 : null });
            await rows.WriteAsync<int>(seed, new[] { i + 1 });
        }
    }

    static void AssertRuns(IReadOnlyList<TrainedModel> runs)
    {
        Assert.Equal([new Allocation(1000, 20000), new Allocation(2000, 40000)], runs.Select(run => run.Allocation));
        Assert.Equal([3.5, 3.25], runs.Select(run => run.Loss));
        Assert.Equal([1, 2], runs.Select(run => run.Seed));
        Assert.Equal(4, runs[0].Bits?.Weights);
        Assert.Equal(TrainedModel.FullPrecision, runs[1].BitsOrFull.Weights);
    }

    [Theory]
    [InlineData("a.jsonl", "{\"n_params\": 1, \"n_tokens\": 2, \"loss\": 3}\n[1]\n", "a.jsonl:2: a line is a JSON object")]
    [InlineData("a.jsonl", "{\"n_params\": 1,\n", "a.jsonl:1: is not JSON")]
    [InlineData("a.jsonl", "{\"loss\": 1, \"loss\": 2}\n", "the key 'loss' is there twice")]
    [InlineData("a.csv", "n_params,n_tokens,loss\n1,2\n", "a.csv:2: has 2 values, the first line 3 columns")]
    [InlineData("a.csv", "n_params,n_tokens,loss,Loss\n1,2,3,4\n", "the column 'loss' is there 2 times")]
    [InlineData("a.csv", "n_params,n_tokens,loss\n", "holds no runs")]
    [InlineData("a.parquet", "n_params", "a.parquet")]
    [InlineData("a.xlsx", "n_params", "tables of runs are .csv, .tsv, .jsonl or .parquet, not '.xlsx'")]
    public void What_is_no_table_is_refused_with_its_place(string name, string text, string message) =>
        Assert.Contains(message, Assert.Throws<TernException>(() => Read(Write(name, text))).Message, StringComparison.Ordinal);

    /// <summary>Tokens and the last held-out loss of metrics.jsonl, parameters of the exported model.</summary>
    [Fact]
    public void The_folder_of_a_run_and_a_folder_of_runs_are_read()
    {
        Write("runs/a/metrics.jsonl", "{\"step\": 4, \"tokens\": 32768, \"loss\": 4.5}\n{\"step\": 8, \"tokens\": 65536, \"held_out_loss\": 4.25}\n{\"step\": 8, \"tokens\": 65536, \"loss\": 4.0}\n");
        Write("runs/b/metrics.jsonl", "{\"step\": 4, \"tokens\": 1000, \"loss\": 5}\n");
        Assert.Contains("not finished", Assert.Throws<TernException>(() => Read("runs/a")).Message);
        foreach (var run in (string[])["a", "b"])
        {
            Directory.CreateDirectory(_folder[$"runs/{run}/model"]);
            TinyModels.Write(_folder[$"runs/{run}/model"], TinyModels.Llama);
        }
        var parameters = ExpectedTensors.Of(TinyModels.Llama).Sum(tensor => tensor.Shape.Aggregate(1L, (product, length) => product * length));
        var one = Assert.Single(Read("runs/a"));
        Assert.Equal((new Allocation(parameters, 65536), 4.25, "a"), (one.Allocation, one.Loss, one.Name));
        Assert.Equal(one, Assert.Single(Read("runs/a/metrics.jsonl")));
        Assert.Equal([4.25, 5], Read("runs").Select(run => run.Loss));
    }

    [Theory]
    [InlineData("no folder in it is a run of tern train", "empty/x.txt", "")]
    [InlineData("metrics.jsonl:1: this is not a line of metrics", "runs/a/metrics.jsonl", "step 4\n")]
    public void A_folder_without_runs_is_refused(string message, string file, string text)
    {
        Write(file, text);
        if (file.StartsWith("runs", StringComparison.Ordinal)) Directory.CreateDirectory(_folder["runs/a/model"]);
        var mistake = Assert.Throws<TernException>(() => Read(file.Split('/')[0])).Message;
        Assert.Contains(message, mistake, StringComparison.Ordinal);
    }
}
