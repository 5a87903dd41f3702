using Tern.Numerics.Formats;

namespace Tern.Run.Benchmarking;

/// <summary>One measured quantity.</summary>
/// <param name="Test">
/// "pp512": a prompt of 512 tokens in one call; "tg128 @ d512": 128 tokens decoded one by one behind 512; "tg128 x8": 128 tokens of each of 8 sequences.
/// </param>
/// <param name="Depth">Tokens in each context before.</param>
/// <param name="Sequences">That are decoded together.</param>
/// <param name="TokensPerSecond">Of all sequences together; mean over the repetitions.</param>
/// <param name="StandardDeviation">Of one repetition, in tokens per second; 0 for a single one.</param>
/// <param name="ReadGbps">10^9 bytes of weights read per second: bytes per token times steps per second when decoding (all sequences share a reading); null for prompts.</param>
/// <param name="Gflops">10^9 multiplications and additions of the matrix products per second (attention is not counted).</param>
/// <param name="Repetitions">Tokens per second of each repetition.</param>
public sealed record BenchmarkRow(
    string Test, int PromptTokens, int GeneratedTokens, int Depth, int Sequences, double TokensPerSecond, double StandardDeviation,
    double? ReadGbps, double Gflops, IReadOnlyList<double> Repetitions);

/// <summary>The result of <see cref="ModelBenchmark"/>. Times are wall-clock times.</summary>
public sealed record BenchmarkReport
{
    public required string Model { get; init; }

    /// <summary>The key model_type of config.json.</summary>
    public required string Architecture { get; init; }

    /// <summary>The type that most weights are stored in.</summary>
    public required TensorType WeightType { get; init; }

    public required long Parameters { get; init; }

    /// <summary>Bytes of all tensors of the file.</summary>
    public required long WeightBytes { get; init; }

    /// <summary>Bytes of weights that decoding one token reads, as laid out in memory.</summary>
    public required long WeightBytesPerToken { get; init; }

    public required int Threads { get; init; }

    /// <summary>"scalar", "avx2", "avx512" or "vnni".</summary>
    public required string Isa { get; init; }

    /// <summary>Opening the file and preparing the weights, the file being in the page cache or not.</summary>
    public required double LoadMs { get; init; }

    /// <summary>The first prompt after loading, nothing warmed up, to the first token behind it.</summary>
    public required double FirstTokenMs { get; init; }

    /// <summary>The most memory that the process held so far.</summary>
    public required long PeakRssBytes { get; init; }

    /// <summary>Of the first prompt row; null if there is none.</summary>
    public double? PpTps => Rows.FirstOrDefault(row => row.PromptTokens > 0)?.TokensPerSecond;

    /// <summary>Of the first decoding row; null if there is none.</summary>
    public double? TgTps => Decoding?.TokensPerSecond;

    /// <summary>Of the first decoding row; null if there is none.</summary>
    public double? ReadGbps => Decoding?.ReadGbps;

    /// <summary>What the machine can do; null if it was not measured.</summary>
    public MachineLimits? Limits { get; init; }

    public required IReadOnlyList<BenchmarkRow> Rows { get; init; }

    BenchmarkRow? Decoding => Rows.FirstOrDefault(row => row.GeneratedTokens > 0);
}
