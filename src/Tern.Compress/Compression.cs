using Tern.Models;
using Tern.Models.Files;
using Tern.Numerics.Formats;
using Tern.Numerics.Threading;
using Tern.Run;
using Tern.Run.Benchmarking;
using Tern.Run.Evaluation;

namespace Tern.Compress;

/// <summary>What to measure besides the weights.</summary>
public sealed record CompressionOptions
{
    /// <summary>A text to measure the damage on; null for none.</summary>
    public string? Text { get; init; }

    /// <summary>How <see cref="Text"/> is cut into windows.</summary>
    public EvaluationOptions Evaluation { get; init; } = new();

    /// <summary>Whether decoding is timed before and after (with a text only; a few seconds).</summary>
    public bool MeasureSpeed { get; init; } = true;

    /// <summary>0 for one per core.</summary>
    public int Threads { get; init; }
}

/// <summary>Compresses a model and measures what that did to it.</summary>
public static class Compression
{
    const int TimedTokens = 64, Repetitions = 9;

    /// <summary>Writes the compressed model, then compares it with the source: each tensor, and with a text also the predictions and the speed.</summary>
    /// <param name="source">Folder or file of any readable model.</param>
    /// <param name="target">A name that ends in .gguf, or a folder that does not exist yet; the method decides which.</param>
    /// <param name="method">One of <see cref="CompressionMethods"/>.</param>
    /// <param name="options">Null to measure the weights only.</param>
    /// <param name="progress">Told during all steps.</param>
    /// <param name="cancellation">Cancelling while writing leaves nothing behind; later, the model stays.</param>
    /// <exception cref="TernException">The method cannot write to this target, the model cannot be read, or the disk is full.</exception>
    public static CompressionReport Run(string source, string target, CompressionMethod method, CompressionOptions? options = null,
        IProgress<CompressionProgress>? progress = null, CancellationToken cancellation = default)
    {
        options ??= new CompressionOptions();
        CheckTarget(target, method);
        var notices = new List<string>();
        using (var model = ModelOnDisk.Open(source))
        {
            if (string.Equals(Path.GetFullPath(model.Path), Path.GetFullPath(target), StringComparison.Ordinal))
                throw new TernException($"{target}: is the model itself; choose another name for the output.");
            method.Build(model, options.Threads).Write(target, progress, notices.Add, cancellation);
        }
        var report = Compare(source, target, method, notices, options.Threads, progress, cancellation);
        if (options.Text is not { } text) return report;
        report = report with { Evaluation = Evaluate(source, target, text, options, progress, cancellation) };
        return options.MeasureSpeed ? report with { Speed = Time(source, target, options.Threads, progress, cancellation) } : report;
    }

    static void CheckTarget(string target, CompressionMethod method)
    {
        var isGguf = target.EndsWith(".gguf", StringComparison.OrdinalIgnoreCase);
        if (method.WritesGguf && !isGguf)
            throw new TernException($"{target}: {method.Name} is a format of GGUF; give the target a name that ends in .gguf.");
        if (!method.WritesGguf && isGguf)
            throw new TernException($"{target}: {method.Name} is written as a Hugging Face folder; name a folder (tern convert makes a GGUF file of it), or choose q4_0 or q8_0.");
        if (!method.WritesGguf) AtomicFolder.RequireFree(target);
    }

    static CompressionReport Compare(string source, string target, CompressionMethod method, IReadOnlyList<string> notices, int threads,
        IProgress<CompressionProgress>? progress, CancellationToken cancellation)
    {
        using var before = ModelOnDisk.Open(source);
        using var after = ModelOnDisk.Open(target);
        using var team = new WorkerTeam(threads);
        var comparison = new TensorComparison(team);
        var damages = new List<TensorDamage>();
        var total = default(TensorComparison.Sums);
        var (parameters, bytesBefore, bytesAfter) = (0L, 0L, 0L);
        foreach (var tensor in after.Weights.Tensors)
        {
            cancellation.ThrowIfCancellationRequested();
            progress?.Report(new CompressionProgress("comparing", tensor.Name, damages.Count, after.Weights.Tensors.Count));
            // What GGUF adds (rotary factors) has no counterpart.
            if (!before.Weights.TryGet(tensor.Name, out var original) || !WeightFormats.All.Any(format => format.Type == tensor.Type)) continue;
            var sums = comparison.Compare(original, tensor, TensorComparison.RowOrder(before, after, tensor.Name));
            total.Add(sums);
            parameters += tensor.Count;
            bytesBefore += before.Weights.StoredBytes(original);
            bytesAfter += after.Weights.StoredBytes(tensor);
            damages.Add(new TensorDamage(tensor.Name, tensor.Shape.ToArray(), before.Weights.StoredAs(original), after.Weights.StoredAs(tensor),
                8.0 * after.Weights.StoredBytes(tensor) / tensor.Count, sums.RelativeError, sums.MaxError, sums.Cosine));
        }
        return new CompressionReport
        {
            Method = method.Name,
            Source = source,
            Target = target,
            Parameters = parameters,
            BytesBefore = bytesBefore,
            BytesAfter = bytesAfter,
            RelativeError = total.RelativeError,
            Tensors = damages,
            Notices = notices,
        };
    }

    static KlReport Evaluate(string source, string target, string text, CompressionOptions options, IProgress<CompressionProgress>? progress, CancellationToken cancellation)
    {
        var load = new LoadOptions { Threads = options.Threads };
        using var reference = LanguageModel.Load(source, load);
        using var model = LanguageModel.Load(target, load);
        return KlDivergence.Measure(model, reference, text, options.Evaluation, null,
            new Relay(at => progress?.Report(new CompressionProgress("evaluating", $"mean KL {at.Estimate:F5}", at.Targets, at.TargetsTotal))), cancellation);
    }

    static DecodingSpeed Time(string source, string target, int threads, IProgress<CompressionProgress>? progress, CancellationToken cancellation)
    {
        double Speed(string path, int step)
        {
            progress?.Report(new CompressionProgress("timing", path, step, 2));
            var options = new BenchmarkOptions { Prompts = [], Generated = [TimedTokens], Depths = [0], Repetitions = Repetitions, Threads = threads, MeasureLimits = false };
            return ModelBenchmark.Run(path, options, null, cancellation).Rows[0].Repetitions.Max();
        }

        return new DecodingSpeed(Speed(source, 0), Speed(target, 1), TimedTokens);
    }

    sealed class Relay(Action<EvaluationProgress> listener) : IProgress<EvaluationProgress>
    {
        public void Report(EvaluationProgress value) => listener(value);
    }
}
