using System.Text;
using Tern.Models;
using Tern.Models.Files;

namespace Tern.Run;

/// <content>Prompt caches: a sequence on disk.</content>
public sealed partial class Sequence
{
    static ReadOnlySpan<byte> Magic => "TERNSEQ1"u8;

    /// <summary>
    /// Writes the tokens with their keys and values. The file holds a fingerprint of the model's shape and fits only models of that shape
    /// (it does not know the weights: use it with the model that made it).
    /// </summary>
    public void Save(string path) => AtomicFile.Write(path, stream =>
    {
        stream.Write(Magic);
        using var writer = new BinaryWriter(stream, Encoding.UTF8, leaveOpen: true);
        writer.Write(Shape);
        writer.Write(Length);
        foreach (var token in _tokens) writer.Write(token);
        writer.Flush();
        foreach (var cache in _caches) cache.Save(stream, Length);
    });

    /// <summary>Replaces the content by what <see cref="Save"/> wrote. On failure the sequence is empty.</summary>
    /// <exception cref="TernException">The file is not a saved sequence, is damaged, is for another model, or is longer than the context.</exception>
    public void Restore(string path)
    {
        Truncate(0);
        using var stream = File.OpenRead(path);
        using var reader = new BinaryReader(stream, Encoding.UTF8);
        try
        {
            if (!reader.ReadBytes(Magic.Length).AsSpan().SequenceEqual(Magic)) throw new ModelFormatException(path, "not a saved sequence.");
            var shape = reader.ReadString();
            if (shape != Shape) throw new ModelFormatException(path, $"saved from a model of shape '{shape}', this one is '{Shape}'.");
            var length = reader.ReadInt32();
            if (length < 0 || length > ContextLength)
                throw new ModelFormatException(path, $"holds {length} tokens, the context has room for {ContextLength}. Use a longer context.");
            var expected = stream.Position + 4L * length + _caches.Sum(cache => cache.SavedBytes(length));
            if (stream.Length != expected) throw new ModelFormatException(path, $"is {stream.Length} bytes long instead of {expected}: damaged.");
            var tokens = new int[length];
            for (var i = 0; i < length; i++)
            {
                tokens[i] = reader.ReadInt32();
                if ((uint)tokens[i] >= (uint)_model.Config.VocabSize)
                    throw new ModelFormatException(path, $"holds the token {tokens[i]}, which the vocabulary lacks: damaged.");
            }
            foreach (var cache in _caches) cache.Restore(stream, length);
            Append(tokens);
        }
        catch (Exception exception) when (exception is IOException or FormatException or DecoderFallbackException)
        {
            throw new ModelFormatException(path, $"cannot be read as a saved sequence: {exception.Message}", exception);
        }
    }

    string Shape
    {
        get
        {
            var config = _model.Config;
            return $"{config.ModelType} {config.NumHiddenLayers}x{config.NumKeyValueHeads}x{config.HeadDim} of {config.VocabSize} {CacheType}";
        }
    }
}
