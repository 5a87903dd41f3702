using Tern.Run.Evaluation;

namespace Tern.Compress;

/// <summary>What compression did to one tensor, measured on what readers of the written file see.</summary>
/// <param name="Name">The Hugging Face name.</param>
/// <param name="Shape">Outermost dimension first.</param>
/// <param name="Before">How the source keeps it.</param>
/// <param name="After">How the target keeps it.</param>
/// <param name="BitsPerWeight">In the target, scales included.</param>
/// <param name="RelativeError">|w' - w| / |w| in the Frobenius norm; 0 where nothing changed.</param>
/// <param name="MaxError">The largest |w' - w|.</param>
/// <param name="Cosine">Of the angle between w and w'.</param>
public sealed record TensorDamage(string Name, IReadOnlyList<long> Shape, string Before, string After, double BitsPerWeight, double RelativeError, double MaxError, double Cosine);

/// <summary>Tokens decoded in a second, one at a time: the best of nine repetitions, which other programs on the machine disturb least.</summary>
/// <param name="Before">The source.</param>
/// <param name="After">The target.</param>
/// <param name="Tokens">Decoded tokens of a repetition.</param>
public sealed record DecodingSpeed(double Before, double After, int Tokens);

/// <summary>The result of <see cref="Compression.Run"/>.</summary>
public sealed record CompressionReport
{
    public required string Method { get; init; }

    public required string Source { get; init; }

    public required string Target { get; init; }

    /// <summary>Numbers of the model, vectors included.</summary>
    public required long Parameters { get; init; }

    /// <summary>Bytes of the tensors in the source, scales included, names and tokenizer not.</summary>
    public required long BytesBefore { get; init; }

    public required long BytesAfter { get; init; }

    public double BitsPerWeightBefore => 8.0 * BytesBefore / Parameters;

    public double BitsPerWeightAfter => 8.0 * BytesAfter / Parameters;

    /// <summary>Of all compared tensors together.</summary>
    public required double RelativeError { get; init; }

    public required IReadOnlyList<TensorDamage> Tensors { get; init; }

    /// <summary>Tensors that are stored otherwise than asked for, and why.</summary>
    public required IReadOnlyList<string> Notices { get; init; }

    /// <summary>Null where no text was given.</summary>
    public KlReport? Evaluation { get; init; }

    /// <summary>Null where it was not measured.</summary>
    public DecodingSpeed? Speed { get; init; }
}
