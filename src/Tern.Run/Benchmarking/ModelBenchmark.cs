using System.Diagnostics;
using Tern.Models;
using Tern.Numerics;
using Tern.Numerics.Threading;
using Tern.Run.Sampling;

namespace Tern.Run.Benchmarking;

/// <summary>
/// How fast a model runs: prompts in one call (pp), then tokens one by one (tg), in the manner of llama.cpp's llama-bench; and several sequences
/// decoded together, as in llama-batched-bench. Prompts are arbitrary tokens, decoding is greedy and does not stop at the end of a text. A context is
/// filled once with real tokens; every repetition goes back to its end.
/// </summary>
public sealed class ModelBenchmark
{
    readonly LanguageModel _model;
    readonly Sequence[] _sequences;
    readonly int[] _tokens;                                          // position by position: what any context begins with
    readonly IProgress<BenchmarkProgress>? _progress;
    readonly CancellationToken _cancellation;

    ModelBenchmark(LanguageModel model, Sequence[] sequences, IProgress<BenchmarkProgress>? progress, CancellationToken cancellation)
    {
        (_model, _sequences, _progress, _cancellation) = (model, sequences, progress, cancellation);
        _tokens = SpreadOut(sequences[0].ContextLength, model.Config.VocabSize);
    }

    /// <summary>Loads a model and measures it.</summary>
    /// <exception cref="TernException">The model cannot be read or its weights are damaged, or an option makes no sense.</exception>
    /// <exception cref="OperationCanceledException">Cancelled between two tokens.</exception>
    public static BenchmarkReport Run(string path, BenchmarkOptions? options = null, IProgress<BenchmarkProgress>? progress = null, CancellationToken cancellation = default)
    {
        options ??= new BenchmarkOptions();
        Check(options);
        var longestPrompt = Math.Max(1, options.Prompts.DefaultIfEmpty(0).Max());
        var deepest = (options.Depths ?? [longestPrompt]).Max();
        var context = deepest + Math.Max(longestPrompt, options.Generated.DefaultIfEmpty(0).Max());

        var started = Stopwatch.GetTimestamp();
        using var model = LanguageModel.Load(path, new LoadOptions { Threads = options.Threads });
        var loadMs = Stopwatch.GetElapsedTime(started).TotalMilliseconds;
        var sequences = new Sequence[options.Generated.Any(count => count > 0) ? options.Sequences.Max() : 1];
        try
        {
            for (var i = 0; i < sequences.Length; i++) sequences[i] = model.CreateSequence(context, options.CacheType);
            var benchmark = new ModelBenchmark(model, sequences, progress, cancellation);
            var firstTokenMs = 1000 * benchmark.PromptSeconds(longestPrompt, depth: 0);
            return Report(path, model, options, loadMs, firstTokenMs, [.. benchmark.Rows(options)]);
        }
        finally
        {
            foreach (var sequence in sequences) sequence?.Dispose();
        }
    }

    static BenchmarkReport Report(string path, LanguageModel model, BenchmarkOptions options, double loadMs, double firstTokenMs, IReadOnlyList<BenchmarkRow> rows)
    {
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
        if (options.Prompts.Concat(options.Generated).Concat(options.Depths ?? []).Any(count => count is < 0 or > 1 << 24))
            throw new TernException("Numbers of tokens to measure go from 0 (leave out) to 16777216.");
        if (options.Depths is { Count: 0 }) throw new TernException("There is no depth to measure at; 0 is the empty context.");
        if (!options.Prompts.Concat(options.Generated).Any(count => count > 0))
            throw new TernException("There is nothing to measure: give a prompt length or a number of decoded tokens above 0.");
        if (options.Sequences.Count == 0 || options.Sequences.Any(count => count is < 1 or > 1 << 12))
            throw new TernException("Numbers of sequences to decode together go from 1 to 4096.");
    }

    static MachineLimits MeasureLimits(int threads)
    {
        using var team = new WorkerTeam(threads);
        return MachineLimits.Measure(team);
    }

    IEnumerable<BenchmarkRow> Rows(BenchmarkOptions options)
    {
        var longestPrompt = options.Prompts.DefaultIfEmpty(0).Max();
        foreach (var depth in options.Depths?.Select(depth => (Prompts: depth, Generated: depth)) ?? [(0, longestPrompt)])
        {
            foreach (var tokens in options.Prompts.Where(count => count > 0))
                yield return PromptRow(tokens, depth.Prompts, options.Repetitions);
            foreach (var tokens in options.Generated.Where(count => count > 0))
                foreach (var sequences in options.Sequences)
                    yield return DecodingRow(tokens, depth.Generated, sequences, options.Repetitions);
        }
    }

    BenchmarkRow PromptRow(int tokens, int depth, int repetitions)
    {
        var test = $"pp{tokens}{Behind(depth)}";
        PromptSeconds(tokens, depth);                                // warm: threads, buffers, page cache, compiled kernels
        var speeds = Repeat(test, repetitions, () => tokens / PromptSeconds(tokens, depth));
        var (mean, deviation) = Summary(speeds);
        return new BenchmarkRow(test, tokens, 0, depth, 1, mean, deviation, null, Gflops(mean), speeds);
    }

    BenchmarkRow DecodingRow(int tokens, int depth, int sequences, int repetitions)
    {
        var test = $"tg{tokens}{(sequences > 1 ? $" x{sequences}" : "")}{Behind(depth)}";
        DecodingSeconds(Math.Min(tokens, 8), depth, sequences);
        var speeds = Repeat(test, repetitions, () => (double)tokens * sequences / DecodingSeconds(tokens, depth, sequences));
        var (mean, deviation) = Summary(speeds);
        return new BenchmarkRow(test, 0, tokens, depth, sequences, mean, deviation, mean / sequences * _model.BytesPerToken / 1e9, Gflops(mean), speeds);
    }

    static string Behind(int depth) => depth == 0 ? "" : $" @ d{depth}";

    double Gflops(double tokensPerSecond) => tokensPerSecond * 2 * _model.WeightsPerToken / 1e9;

    double[] Repeat(string test, int repetitions, Func<double> measure)
    {
        var values = new double[repetitions];
        for (var i = 0; i < repetitions; i++)
        {
            _cancellation.ThrowIfCancellationRequested();
            _progress?.Report(new BenchmarkProgress(test, i + 1, repetitions));
            values[i] = measure();
        }
        return values;
    }

    /// <summary>Brings a sequence to a length. What it holds of the right tokens already is not computed again.</summary>
    void Fill(Sequence sequence, int depth)
    {
        sequence.Truncate(sequence.CommonPrefix(_tokens.AsSpan(0, depth)));
        while (sequence.Length < depth)
        {
            _cancellation.ThrowIfCancellationRequested();
            _progress?.Report(new BenchmarkProgress($"d{depth}", sequence.Length, depth));
            _model.Forward(sequence, _tokens.AsSpan(sequence.Length, Math.Min(_model.MaxBatch, depth - sequence.Length)));
        }
    }

    /// <summary>The prompt in one call, up to and including the choice of the token behind it.</summary>
    double PromptSeconds(int tokens, int depth)
    {
        Fill(_sequences[0], depth);
        var started = Stopwatch.GetTimestamp();
        ArgMax(_model.Forward(_sequences[0], _tokens.AsSpan(depth, tokens)));
        return Stopwatch.GetElapsedTime(started).TotalSeconds;
    }

    /// <summary>So many steps, each of one token for every sequence.</summary>
    double DecodingSeconds(int steps, int depth, int sequences)
    {
        var next = new int[sequences];
        var items = new BatchItem[sequences];
        for (var i = 0; i < sequences; i++)
        {
            Fill(_sequences[i], depth);
            next[i] = _tokens[i % _tokens.Length];                   // the texts differ from here on
            items[i] = new BatchItem(_sequences[i], next.AsMemory(i, 1));
        }
        var started = Stopwatch.GetTimestamp();
        for (var step = 0; step < steps; step++)
        {
            _cancellation.ThrowIfCancellationRequested();
            var logits = _model.Forward(items);
            for (var i = 0; i < sequences; i++) next[i] = ArgMax(logits[i]);
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
