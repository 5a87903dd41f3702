using System.Runtime.InteropServices;
using System.Security.Cryptography;
using System.Text;
using Tern.Models;
using Tern.Models.Files;

namespace Tern.Run.Evaluation;

/// <summary>The logits of a reference model on disk, so that it need not run again for every model compared with it.</summary>
public static class ReferenceLogits
{
    /// <summary>
    /// Runs the model over the text and writes its logits as they are: 4 bytes for each token of the vocabulary and each target. The file holds
    /// the text, its tokens and the windows, too; it appears only when it is complete.
    /// </summary>
    /// <returns>The perplexity of the reference.</returns>
    /// <exception cref="TernException">As <see cref="Perplexity.Measure(LanguageModel, string, EvaluationOptions?, IProgress{EvaluationProgress}?, CancellationToken)"/>; or the disk is full.</exception>
    public static PerplexityReport Save(string path, LanguageModel reference, string text, EvaluationOptions? options = null,
        IProgress<EvaluationProgress>? progress = null, CancellationToken cancellation = default)
    {
        options ??= new EvaluationOptions();
        var windows = TokenWindows.Of(reference.Tokenizer, reference.Config, text, options);
        return SavedLogits.Record(path, reference.Files.Path, windows, () => new ModelLogits(reference, windows, options),
            logits => Perplexity.Measure(reference.Files.Path, windows, logits, progress, cancellation), cancellation);
    }
}

/// <summary>
/// A file of logits: "TERNLGT1"; int32 vocabulary, context, stride, warm position, targets, BOS (-1: none), number of tokens; lengths and UTF-8 of
/// model name and text; the tokens; SHA-256 of everything so far; then float32 [targets, vocabulary]. Little endian.
/// </summary>
sealed class SavedLogits : TargetLogits
{
    const int MaxTextLength = 1 << 30;

    static ReadOnlySpan<byte> Magic => "TERNLGT1"u8;

    readonly FileStream _stream;
    readonly string _path;
    float[] _buffer = [];

    SavedLogits(FileStream stream, string path)
    {
        (_stream, _path) = (stream, path);
        using var reader = new BinaryReader(stream, Encoding.UTF8, leaveOpen: true);
        if (!reader.ReadBytes(Magic.Length).AsSpan().SequenceEqual(Magic)) throw new ModelFormatException(path, "is no file of saved logits; make one with tern eval kl --save-logits.");
        Span<int> numbers = stackalloc int[7];
        foreach (ref var number in numbers) number = reader.ReadInt32();
        var (vocab, context, stride, warm, targets, bos, tokens) = (numbers[0], numbers[1], numbers[2], numbers[3], numbers[4], numbers[5], numbers[6]);
        if (vocab < 1 || context < 1 || stride < 1 || stride > context || warm < 0 || targets < 1 || bos < -1 || bos >= vocab || tokens < targets || tokens > stream.Length / 4)
            throw Damaged();
        ModelName = Text(reader);
        var text = Text(reader);
        var ids = new int[tokens];
        stream.ReadExactly(MemoryMarshal.AsBytes(ids.AsSpan()));
        var end = stream.Position;
        var hash = reader.ReadBytes(SHA256.HashSizeInBytes);
        if (stream.Length - stream.Position != 4L * vocab * targets) throw Damaged();
        if (!Hash(end).AsSpan().SequenceEqual(hash) || ids.Any(id => (uint)id >= (uint)vocab)) throw Damaged();
        VocabSize = vocab;
        var options = new EvaluationOptions { Context = context, Stride = stride, WarmFrom = warm, MaxTargets = targets };
        Windows = TokenWindows.Of(text, ids, bos < 0 ? null : bos, options, context);
        if (Windows.Targets != targets) throw Damaged();
    }

    public override int VocabSize { get; }

    public TokenWindows Windows { get; }

    public string ModelName { get; }

    public static SavedLogits Open(string path)
    {
        if (!File.Exists(path)) throw new TernException($"{path}: there is no such file.");
        var stream = DiskFile.OpenRead(path);
        try
        {
            return new SavedLogits(stream, path);
        }
        catch (EndOfStreamException exception)
        {
            stream.Dispose();
            throw new ModelFormatException(path, "ends early: damaged.", exception);
        }
        catch
        {
            stream.Dispose();
            throw;
        }
    }

    public override ReadOnlySpan<float> Read(TokenWindow window, int target, int count)
    {
        var length = checked(count * VocabSize);
        if (_buffer.Length < length) _buffer = new float[length];
        _stream.ReadExactly(MemoryMarshal.AsBytes(_buffer.AsSpan(0, length)));
        return _buffer.AsSpan(0, length);
    }

    /// <summary>Runs <paramref name="use"/> with logits that are written to the file as they pass.</summary>
    public static T Record<T>(string path, string model, TokenWindows windows, Func<TargetLogits> open, Func<TargetLogits, T> use, CancellationToken cancellation)
    {
        var result = default(T)!;
        AtomicFile.Write(path, stream =>
        {
            using var logits = open();
            var header = Header(model, windows, logits.VocabSize);
            stream.Write(header);
            stream.Write(SHA256.HashData(header));
            result = use(new Recorder(logits, stream));
        }, cancellation);
        return result;
    }

    static byte[] Header(string model, TokenWindows windows, int vocabSize)
    {
        using var bytes = new MemoryStream();
        using var writer = new BinaryWriter(bytes);
        writer.Write(Magic);
        foreach (var number in (ReadOnlySpan<int>)[vocabSize, windows.Context, windows.Stride, windows.WarmFrom, windows.Targets, windows.Bos ?? -1, windows.Tokens.Length])
            writer.Write(number);
        foreach (var text in (string[])[model, windows.Text])
        {
            var utf8 = Encoding.UTF8.GetBytes(text);
            writer.Write(utf8.Length);
            writer.Write(utf8);
        }
        writer.Write(MemoryMarshal.AsBytes(windows.Tokens.AsSpan()));
        writer.Flush();
        return bytes.ToArray();
    }

    string Text(BinaryReader reader)
    {
        var length = reader.ReadInt32();
        if (length < 0 || length > MaxTextLength || length > _stream.Length - _stream.Position) throw Damaged();
        return Encoding.UTF8.GetString(reader.ReadBytes(length));
    }

    byte[] Hash(long end)
    {
        var after = _stream.Position;
        _stream.Position = 0;
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        var buffer = new byte[1 << 16];
        for (var left = end; left > 0;)
        {
            var read = _stream.Read(buffer, 0, (int)Math.Min(left, buffer.Length));
            hash.AppendData(buffer, 0, read);
            left -= read;
        }
        _stream.Position = after;
        return hash.GetHashAndReset();
    }

    ModelFormatException Damaged() => new(_path, "the header does not fit the file: damaged. Save the logits again.");

    public override void Dispose() => _stream.Dispose();

    /// <summary>Hands logits through and writes them down; the source stays with its owner.</summary>
    sealed class Recorder(TargetLogits source, Stream stream) : TargetLogits
    {
        public override int VocabSize => source.VocabSize;

        public override ReadOnlySpan<float> Read(TokenWindow window, int target, int count)
        {
            var logits = source.Read(window, target, count);
            stream.Write(MemoryMarshal.AsBytes(logits));
            return logits;
        }

        public override void Dispose()
        {
        }
    }
}
