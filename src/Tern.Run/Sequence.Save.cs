using System.IO.Hashing;
using System.Text;
using Tern.Models;
using Tern.Models.Files;

namespace Tern.Run;

/// <content>Prompt caches: a sequence on disk.</content>
public sealed unsafe partial class Sequence
{
    /// <summary>Begins files of every version; the digit behind it is the version.</summary>
    static ReadOnlySpan<byte> Magic => "TERNSEQ"u8;

    const byte Version = (byte)'3';

    /// <summary>Bytes of the XxHash128 of everything behind it. It finds damage, not forgery.</summary>
    const int ChecksumLength = 16;

    /// <summary>Whether a file begins as those of <see cref="Save"/> do.</summary>
    internal static bool IsSaved(string path)
    {
        Span<byte> start = stackalloc byte[Magic.Length];
        using var stream = OpenSaved(path);
        return stream.ReadAtLeast(start, start.Length, throwOnEndOfStream: false) == start.Length && Magic.SequenceEqual(start);
    }

    /// <summary>
    /// Writes the tokens with their keys and values. The file holds the model's shape and a fingerprint of some of its weights (norms and
    /// embeddings), and fits only models that agree in both.
    /// </summary>
    /// <exception cref="ObjectDisposedException">The sequence was disposed.</exception>
    public void Save(string path) => AtomicFile.Write(path, stream =>
    {
        ObjectDisposedException.ThrowIf(_disposed, this);
        stream.Write(Magic);
        stream.WriteByte(Version);
        var checksum = stream.Position;
        stream.Write(new byte[ChecksumLength]);
        using var writer = new BinaryWriter(stream, Encoding.UTF8, leaveOpen: true);
        writer.Write(Shape);
        writer.Write(Length);
        writer.Write(_exact);
        foreach (var token in _tokens) writer.Write(token);
        writer.Flush();
        foreach (var cache in _caches) cache.Save(stream, Length);
        var sum = Checksum(stream, checksum + ChecksumLength);
        stream.Position = checksum;
        stream.Write(sum);
    });

    /// <summary>Of everything from a position on.</summary>
    static byte[] Checksum(Stream stream, long from)
    {
        stream.Position = from;
        var hash = new XxHash128();
        hash.Append(stream);
        return hash.GetCurrentHash();
    }

    /// <summary>Replaces the content by what <see cref="Save"/> wrote. On failure the sequence is empty.</summary>
    /// <exception cref="TernException">The file is not a saved sequence, is of another version, is damaged, is for another model, or is longer than the context.</exception>
    public void Restore(string path)
    {
        ObjectDisposedException.ThrowIf(_disposed, this);
        Truncate(0);
        using var stream = OpenSaved(path);
        using var reader = new BinaryReader(stream, Encoding.UTF8);
        try
        {
            if (!reader.ReadBytes(Magic.Length).AsSpan().SequenceEqual(Magic)) throw new ModelFormatException(path, "is not a saved sequence.");
            if (reader.ReadByte() is not Version and var version)
                throw new ModelFormatException(path, $"was saved by another version of Tern (format '{(char)version}', this one reads '{(char)Version}'); compute it again.");
            var checksum = reader.ReadBytes(ChecksumLength);
            var shape = reader.ReadString();
            if (shape != Shape) throw new ModelFormatException(path, $"saved from a model of shape '{shape}', this one is '{Shape}'.");
            var length = reader.ReadInt32();
            if (length < 0 || length > ContextLength)
                throw new ModelFormatException(path, $"holds {length} tokens, the context has room for {ContextLength}. Use a longer context.");
            var exact = reader.ReadInt32();
            if (exact < 0) throw new ModelFormatException(path, $"holds the length {exact}: damaged.");
            var expected = stream.Position + 4L * length + _caches.Sum(cache => cache.SavedBytes(length));
            if (stream.Length != expected) throw new ModelFormatException(path, $"is {stream.Length} bytes long instead of {expected}: damaged.");
            var content = stream.Position;
            if (!Checksum(stream, Magic.Length + 1 + ChecksumLength).AsSpan().SequenceEqual(checksum))
                throw new ModelFormatException(path, "does not have the checksum that it states: damaged.");
            stream.Position = content;
            var tokens = new int[length];
            for (var i = 0; i < length; i++)
            {
                tokens[i] = reader.ReadInt32();
                if ((uint)tokens[i] >= (uint)_model.Config.VocabSize)
                    throw new ModelFormatException(path, $"holds the token {tokens[i]}, which the vocabulary lacks: damaged.");
            }
            foreach (var cache in _caches) cache.Restore(stream, length);
            Append(tokens);
            _exact = exact;
        }
        catch (Exception exception) when (exception is IOException or FormatException or DecoderFallbackException)
        {
            throw new ModelFormatException(path, $"cannot be read as a saved sequence: {exception.Message}", exception);
        }
    }

    static FileStream OpenSaved(string path)
    {
        try
        {
            return DiskFile.OpenRead(path);
        }
        catch (Exception exception) when (exception is FileNotFoundException or DirectoryNotFoundException)
        {
            throw new TernException($"{path}: there is no saved sequence of this name.", exception);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw new TernException($"{path}: the saved sequence cannot be read: {exception.Message}", exception);
        }
    }

    string Shape
    {
        get
        {
            var config = _model.Config;
            return $"{config.ModelType} {config.NumHiddenLayers}x{config.NumKeyValueHeads}x{config.HeadDim} of {config.VocabSize} {CacheType}, weights {Fingerprint():x16}";
        }
    }

    /// <summary>FNV-1a (Fowler, Noll, Vo) of the norms and of sixteen embeddings.</summary>
    ulong Fingerprint()
    {
        const ulong Offset = 14695981039346656037, Prime = 1099511628211;
        const int Embeddings = 16;
        var hash = Offset;
        void Add(ReadOnlySpan<float> values)
        {
            foreach (var value in values) hash = (hash ^ BitConverter.SingleToUInt32Bits(value)) * Prime;
        }

        Add(_model.FinalNorm.Span);
        foreach (var layer in _model.Layers)
        {
            Add(layer.InputNorm.Span);
            Add(layer.FeedForwardNorm.Span);
        }
        var row = new float[_model.Config.HiddenSize];
        fixed (float* target = row)
            for (var i = 0; i < Embeddings; i++)
            {
                _model.Embedding.LookUp((int)((long)i * _model.Config.VocabSize / Embeddings), target);
                Add(row);
            }
        return hash;
    }
}
