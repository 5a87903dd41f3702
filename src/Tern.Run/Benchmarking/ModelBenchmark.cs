using System.Diagnostics;
using Tern.Models;
using Tern.Numerics;
using Tern.Numerics.Threading;
using Tern.Run.Sampling;

namespace Tern.Run.Benchmarking;

/// <summary>
/// How fast a model runs: prompts in one call (pp), then tokens one by one (tg), in the manner of llama.cpp's llama-bench. Prompts are arbitrary
/// tokens, decoding is greedy and does not stop at the end of a text; every repetition starts from an empty context.
/// </summary>
public sealed class ModelBenchmark
{
    readonly LanguageModel _model;
    readonly Sequence _sequence;
    readonly int[] _prompt;

    ModelBenchmark(LanguageModel model, Sequence sequence, int longestPrompt)
    {
        _model = model;
        _sequence = sequence;
        _prompt = SpreadOut(longestPrompt, model.Config.VocabSize);
    }

    /// <summary>Loads a model and measures it.</summary>
    /// <exception cref="TernException">The model cannot be read or its weights are damaged, or an option makes no sense.</exception>
    /// <exception cref="OperationCanceledException">Cancelled between two tokens.</exception>
    public static BenchmarkReport Run(string path, BenchmarkOptions? options = null, IProgress<BenchmarkProgress>? progress = null, CancellationToken cancellation = default)
    {
        options ??= new BenchmarkOptions();
        Check(options);
        var depth = options.Depth ?? options.Prompts.DefaultIfEmpty(0).Max();
        var longestPrompt = Math.Max(depth, options.Prompts.DefaultIfEmpty(0).Max());

        var started = Stopwatch.GetTimestamp();
        using var model = LanguageModel.Load(path, new LoadOptions { Threads = options.Threads });
        var loadMs = Stopwatch.GetElapsedTime(started).TotalMilliseconds;
        using var sequence = model.CreateSequence(Math.Max(longestPrompt, 1) + options.Generated.DefaultIfEmpty(0).Max() + 1, options.CacheType);
        var benchmark = new ModelBenchmark(model, sequence, Math.Max(longestPrompt, 1));
        var firstTokenMs = 1000 * benchmark.PromptSeconds(Math.Max(longestPrompt, 1));

        var rows = new List<BenchmarkRow>();
        foreach (var tokens in options.Prompts.Where(count => count > 0))
            rows.Add(benchmark.PromptRow(tokens, options.Repetitions, progress, cancellation));
        foreach (var tokens in options.Generated.Where(count => count > 0))
            rows.Add(benchmark.DecodingRow(tokens, depth, options.Repetitions, progress, cancellation));

        // The limits come last: the large buffer that they read must not count as memory of the model.
        using var process = Process.GetCurrentProcess();
        var peak = process.PeakWorkingSet64;
        var limits = options.MeasureLimits ? MeasureLimits(options.Threads) : null;
        var weights = model.Files.Weights;
        return new BenchmarkReport
        {
            Model = path,
            Architecture = model.Config.ModelType,
            WeightType = weights.Tensors.GroupBy(tensor => tensor.Type, tensor => tensor.Count).MaxBy(group => group.Sum())!.Key,
            Parameters = weights.Tensors.Sum(tensor => tensor.Count),
            WeightBytes = weights.ByteLength,
            WeightBytesPerToken = model.BytesPerToken,
            Threads = model.Threads,
            Isa = Isa.Current.ToString().ToLowerInvariant(),
            LoadMs = loadMs,
            FirstTokenMs = firstTokenMs,
            PeakRssBytes = peak,
            Limits = limits,
            Rows = rows,
        };
    }

    static void Check(BenchmarkOptions options)
    {
        if (options.Repetitions < 1) throw new TernException($"{options.Repetitions} repetitions measure nothing; use at least 1.");
        if (options.Threads < 0) throw new TernException($"{options.Threads} threads: use 1 or more, or 0 for one per core.");
        if (options.Prompts.Concat(options.Generated).Append(options.Depth ?? 0).Any(count => count is < 0 or > 1 << 24))
            throw new TernException("Numbers of tokens to measure go from 0 (leave out) to 16777216.");
        if (!options.Prompts.Concat(options.Generated).Any(count => count > 0))
            throw new TernException("There is nothing to measure: give a prompt length or a number of decoded tokens above 0.");
    }

    static MachineLimits MeasureLimits(int threads)
    {
        using var team = new WorkerTeam(threads);
        return MachineLimits.Measure(team);
    }

    BenchmarkRow PromptRow(int tokens, int repetitions, IProgress<BenchmarkProgress>? progress, CancellationToken cancellation)
    {
        var test = $"pp{tokens}";
        PromptSeconds(tokens);                                       // warm: threads, buffers, page cache, compiled kernels
        var speeds = Repeat(test, repetitions, () => tokens / PromptSeconds(tokens), progress, cancellation);
        var (mean, deviation) = Summary(speeds);
        return new BenchmarkRow(test, tokens, 0, 0, mean, deviation, null, Gflops(mean), speeds);
    }

    BenchmarkRow DecodingRow(int tokens, int depth, int repetitions, IProgress<BenchmarkProgress>? progress, CancellationToken cancellation)
    {
        var test = depth == 0 ? $"tg{tokens}" : $"tg{tokens} @ d{depth}";
        DecodingSeconds(Math.Min(tokens, 8), depth, cancellation);
        var speeds = Repeat(test, repetitions, () => tokens / DecodingSeconds(tokens, depth, cancellation), progress, cancellation);
        var (mean, deviation) = Summary(speeds);
        return new BenchmarkRow(test, 0, tokens, depth, mean, deviation, mean * _model.BytesPerToken / 1e9, Gflops(mean), speeds);
    }

    double Gflops(double tokensPerSecond) => tokensPerSecond * 2 * _model.WeightsPerToken / 1e9;

    static double[] Repeat(string test, int repetitions, Func<double> measure, IProgress<BenchmarkProgress>? progress, CancellationToken cancellation)
    {
        var values = new double[repetitions];
        for (var i = 0; i < repetitions; i++)
        {
            cancellation.ThrowIfCancellationRequested();
            progress?.Report(new BenchmarkProgress(test, i + 1, repetitions));
            values[i] = measure();
        }
        return values;
    }

    /// <summary>The prompt in one call, up to and including the choice of the token behind it.</summary>
    double PromptSeconds(int tokens)
    {
        _sequence.Truncate(0);
        var started = Stopwatch.GetTimestamp();
        ArgMax(_model.Forward(_sequence, _prompt.AsSpan(0, tokens)));
        return Stopwatch.GetElapsedTime(started).TotalSeconds;
    }

    double DecodingSeconds(int tokens, int depth, CancellationToken cancellation)
    {
        _sequence.Truncate(0);
        var token = depth == 0 ? _prompt[0] : ArgMax(_model.Forward(_sequence, _prompt.AsSpan(0, depth)));
        var started = Stopwatch.GetTimestamp();
        for (var i = 0; i < tokens; i++)
        {
            cancellation.ThrowIfCancellationRequested();
            token = ArgMax(_model.Forward(_sequence, token));
        }
        return Stopwatch.GetElapsedTime(started).TotalSeconds;
    }

    /// <exception cref="TernException">A logit is NaN: the speed of a damaged model means nothing.</exception>
    static int ArgMax(ReadOnlySpan<float> logits) => Softmax.IndexOf(logits, Softmax.Max(logits));

    /// <summary>Ids all over the vocabulary, without its first 300 (special tokens and bytes): 7919 is prime, so they hardly repeat.</summary>
    static int[] SpreadOut(int count, int vocabSize)
    {
        var first = Math.Min(300, vocabSize / 2);
        var ids = new int[count];
        for (var i = 0; i < count; i++) ids[i] = first + (int)(i * 7919L % (vocabSize - first));
        return ids;
    }

    static (double Mean, double StandardDeviation) Summary(double[] values)
    {
        var mean = values.Average();
        var squares = values.Sum(value => (value - mean) * (value - mean));
        return (mean, values.Length > 1 ? Math.Sqrt(squares / (values.Length - 1)) : 0);
    }
}
