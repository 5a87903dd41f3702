using System.CommandLine;
using Tern.Cli.Flags;
using Tern.Cli.Terminal;
using Tern.Models.Gguf;
using Tern.Run.Benchmarking;

namespace Tern.Cli.Verbs;

/// <summary>How fast a model runs here.</summary>
sealed class BenchVerb : Verb
{
    readonly CancellationToken _cancellation;
    readonly ModelFlags _model = new();
    readonly Flag<string> _prompts = new("--n-prompt", ["-p"], "Prompt lengths in tokens, with commas; 0 for none", "512", "n,n,...", fromEnvironment: false);
    readonly Flag<string> _generated = new("--n-gen", ["-n"], "Numbers of tokens to decode, with commas; 0 for none", "128", "n,n,...", fromEnvironment: false);
    readonly Flag<string?> _depths = new("--n-depth", ["-d"], "Tokens in the context before each row, with commas (default: none for prompts, the longest prompt for decoding)", null, "n,n,...", fromEnvironment: false);
    readonly Flag<string> _sequences = new("--batch", ["-b"], "Numbers of sequences to decode together, with commas", "1", "n,n,...", fromEnvironment: false);
    readonly Flag<int> _repetitions = new("--repetitions", ["-r"], "Counted repetitions of each row", 5, "n", fromEnvironment: false);
    readonly Option<bool> _noLimits = new("--no-limits") { Description = "Do not measure what memory and processor can give" };
    readonly Option<bool> _json = new("--json") { Description = "Print one JSON object" };
    readonly Flag<string?> _writeRandom = new("--write-random", [], "Instead of measuring, write a Llama of random weights to this GGUF file", null, "path", fromEnvironment: false);
    readonly Flag<string> _type = new("--type", [], "Weight type of --write-random", "q4_0", "type", fromEnvironment: false);
    readonly Flag<string> _shape = new("--shape", [], "Shape of --write-random: 1.1b, 1.1b-4 (four layers of it), 3b, 7b, or dim,layers,heads,kv,ffn,vocab", "1.1b", "shape", fromEnvironment: false);

    public BenchVerb(CancellationToken cancellation) : base("bench", "Measures tokens per second: prompts in one call (pp), then tokens one by one (tg).")
    {
        _cancellation = cancellation;
        Add(_model.Model);
        Add(_model.Threads);
        Add(_model.CacheType);
        Add(_model.CheckTensors);
        foreach (var option in (Option[])[_prompts, _generated, _depths, _sequences, _repetitions, _noLimits, _json, _writeRandom, _type, _shape]) Add(option);
        SetAction(Run);
    }

    public override IReadOnlyList<string> Examples =>
    [
        "tern bench -m model.gguf",
        "tern bench -m model.gguf -p 512 -n 64 -d 0,4096,16384 -r 3",
        "tern bench -m model.gguf -p 0 -n 64 -b 1,8",
        "tern bench --write-random random.gguf --type q4_k --shape 1.1b",
    ];

    int Run(ParseResult result)
    {
        if (result.GetValue(_writeRandom) is { } path) return WriteRandom(result, path);
        ModelFlags.CheckIsa();
        var options = new BenchmarkOptions
        {
            Prompts = Checked.Counts(result.GetValue(_prompts)!, "--n-prompt"),
            Generated = Checked.Counts(result.GetValue(_generated)!, "--n-gen"),
            Depths = result.GetValue(_depths) is { } depths ? Checked.Counts(depths, "--n-depth") : null,
            Sequences = Checked.Counts(result.GetValue(_sequences)!, "--batch", "sequences"),
            Repetitions = result.GetValue(_repetitions),
            Threads = _model.ThreadsOf(result),
            CacheType = _model.CacheTypeOf(result),
            MeasureLimits = !result.GetValue(_noLimits),
        };
        _model.Check(result, _model.PathOf(result), _cancellation);
        BenchmarkReport report;
        using (var line = new ProgressLine())
        {
            report = ModelBenchmark.Run(_model.PathOf(result), options,
                new Told<BenchmarkProgress>(at => line.Show(() => $"{at.Test}  {at.Done}/{at.Total}")), _cancellation);
        }
        if (result.GetValue(_json)) JsonOutput.Print(report);
        else Print(report);
        return 0;
    }

    int WriteRandom(ParseResult result, string path)
    {
        var type = WeightType.Parse(result.GetValue(_type), "--type")!.Value;
        using (var line = new ProgressLine())
        {
            RandomModel.Write(path, RandomModel.ParseShape(result.GetValue(_shape)!), type,
                new Told<GgufProgress>(at => line.Show(at.Tensor, at.BytesWritten, at.BytesTotal)), _cancellation);
        }
        Console.Error.WriteLine($"written to {path}");
        return 0;
    }

    static void Print(BenchmarkReport report)
    {
        var name = Path.GetFileName(Path.TrimEndingDirectorySeparator(report.Model));
        Console.Out.WriteLine("| model | type | parameters | MB | threads | kernels | test | tokens/s | GB/s | GFLOP/s |");
        Console.Out.WriteLine("|---|---|--:|--:|--:|---|---|--:|--:|--:|");
        foreach (var row in report.Rows)
        {
            Console.Out.WriteLine($"| {name} | {report.WeightType} | {report.Parameters / 1e6:F1} M | {report.WeightBytes / 1e6:F1} | {report.Threads} | {report.Isa} "
                + $"| {row.Test} | {row.TokensPerSecond:F1} ± {row.StandardDeviation:F1} | {(row.ReadGbps is { } read ? $"{read:F1}" : "")} | {row.Gflops:F1} |");
        }
        Console.Out.WriteLine();
        Console.Out.WriteLine($"Loaded in {report.LoadMs:F0} ms, first token {report.FirstTokenMs:F0} ms later, at most {report.PeakRssBytes / 1e6:F0} MB in memory.");
        if (report.Limits is not { } limits) return;
        var int8 = limits.Int8Gops is { } gops ? $", {gops:F0} GOP/s in int8" : "";
        var bf16 = limits.Bf16Gflops is { } gflops ? $", {gflops:F0} GFLOP/s in bfloat16" : "";
        Console.Out.WriteLine($"This machine with {limits.Threads} threads: {limits.ReadGbps:F1} GB/s from memory, {limits.Fp32Gflops:F0} GFLOP/s in float32{bf16}{int8}.");
    }
}
