using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using Tern.Models;
using Tern.Models.Files;
using Tern.Models.Tokenizers;
using Tern.Train.Data.Documents;
using Tern.Train.Recipes;

namespace Tern.Train.Data;

/// <summary>
/// The folder of tokenised sources. A shard is named by a hash of what it is made from: the bytes of the files, how they are read, and the tokenizer.
/// So it is used again wherever the same text meets the same tokenizer, also after the files have been moved.
/// </summary>
/// <param name="folder">Created when missing.</param>
/// <param name="tokenizer">Of all shards.</param>
/// <param name="endOfText">Follows every document.</param>
/// <param name="chat">The sources are conversations; null: they are text.</param>
sealed class ShardCache(string folder, Tokenizer tokenizer, int endOfText, ChatEncoding? chat = null)
{
    /// <summary>Documents that are in memory at once, tokenised in parallel.</summary>
    const int DocumentsAtOnce = 64;

    /// <summary>Text on which tokenizers with one vocabulary may still differ: normalisers and pre-tokenizers of every kind have something to do.</summary>
    const string Probe = "Hello,  world! I'll don't 1234567 3.14\n\n\tx = f(a[0]);\r\n Ünïcödé ﬁ Straße ΑΒΓ русский 日本語 한국어 👩‍🚀 <s></s><|endoftext|>  ";

    readonly byte[] tokenizerHash = HashOf(tokenizer, endOfText);

    /// <summary>The shard of a source, tokenised now unless it is there.</summary>
    /// <exception cref="TernException">A file of the source cannot be read or holds no text; the shard is damaged; the disk refuses.</exception>
    public TokenShard Open(DataSource source, IProgress<DataProgress>? progress, CancellationToken cancellation)
    {
        var files = SourceFiles.Find(source.Path);
        var hash = HashOf(source, files, cancellation);
        var path = Path.Combine(folder, $"{Convert.ToHexStringLower(hash.AsSpan(0, 12))}.tokens");
        if (!File.Exists(path)) Tokenise(path, source, files, hash, progress, cancellation);
        var shard = TokenShard.Open(path);
        if (shard.Hash.SequenceEqual(hash)) return shard;
        shard.Dispose();
        throw new ModelFormatException(path, "was made from other text than its name says; delete it, it is made again from the text.");
    }

    void Tokenise(string path, DataSource source, IReadOnlyList<string> files, byte[] hash, IProgress<DataProgress>? progress, CancellationToken cancellation)
    {
        try
        {
            Directory.CreateDirectory(folder);
        }
        catch (Exception problem) when (problem is IOException or UnauthorizedAccessException)
        {
            throw new TernException($"{folder}: the folder for tokens cannot be created: {problem.Message}", problem);
        }
        TokenShard.Write(path, TokensOf(source, files, progress, cancellation), tokenizer.VocabSize, hash, cancellation);
    }

    IEnumerable<TokenDocument> TokensOf(DataSource source, IReadOnlyList<string> files, IProgress<DataProgress>? progress, CancellationToken cancellation)
    {
        var (documents, tokens) = (0L, 0L);
        for (var number = 0; number < files.Count; number++)
        {
            foreach (var chunk in DocumentsOf(source, files[number], cancellation))
            {
                foreach (var document in chunk)
                {
                    yield return document;
                    tokens += document.Ids.Length;
                }
                documents += chunk.Count;
                progress?.Report(new DataProgress(files[number], number + 1, files.Count, documents, tokens));
            }
        }
        if (documents == 0) throw new TernException($"{source.Path}: there is no text in it.");
    }

    IEnumerable<IReadOnlyList<TokenDocument>> DocumentsOf(DataSource source, string file, CancellationToken cancellation) => chat is null
        ? DocumentReader.Read(source, file).Chunk(DocumentsAtOnce).Select(texts => Encoded(texts, text => [new TokenDocument([.. tokenizer.Encode(text, addSpecial: false), endOfText], null)], cancellation))
        : Conversations.Read(source, file).Chunk(DocumentsAtOnce).Select(conversations => Encoded(conversations, chat.Encode, cancellation));

    /// <summary>In parallel; where an item is refused, once more in order, so that the message is about the first one.</summary>
    static List<TokenDocument> Encoded<T>(T[] items, Func<T, IReadOnlyList<TokenDocument>> encode, CancellationToken cancellation)
    {
        var documents = new IReadOnlyList<TokenDocument>[items.Length];
        try
        {
            Parallel.For(0, items.Length, new ParallelOptions { CancellationToken = cancellation }, i => documents[i] = encode(items[i]));
        }
        catch (AggregateException)
        {
            for (var i = 0; i < items.Length; i++) documents[i] = encode(items[i]);
        }
        return [.. documents.SelectMany(parts => parts)];
    }

    byte[] HashOf(DataSource source, IReadOnlyList<string> files, CancellationToken cancellation)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        hash.AppendData(tokenizerHash);
        Append(hash, $"{TokenShard.Version}\0{source.Field ?? JsonLines.DefaultField}\0{source.DocumentSeparator}\0{source.Unwrap}\0{files.Count}");
        if (chat is not null) Append(hash, $"{TokenShard.MaskedVersion}\0{chat.Identity}");
        var buffer = new byte[1 << 20];
        foreach (var file in files)
        {
            using var stream = OpenRead(file);
            Append(hash, $"{SourceFiles.FormatOf(source, file)}\0{stream.Length}");
            for (int read; (read = stream.Read(buffer)) > 0;)
            {
                cancellation.ThrowIfCancellationRequested();
                hash.AppendData(buffer, 0, read);
            }
        }
        return hash.GetHashAndReset();
    }

    /// <summary>Of the vocabulary and of what the tokenizer makes of the probe.</summary>
    static byte[] HashOf(Tokenizer tokenizer, int endOfText)
    {
        if ((uint)endOfText >= (uint)tokenizer.VocabSize)
            throw new TernException($"the end-of-text token {endOfText} is not in the vocabulary of {tokenizer.VocabSize} entries.");
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        for (var id = 0; id < tokenizer.VocabSize; id++) Append(hash, tokenizer.IsSpecial(id) ? $"{tokenizer.PieceOf(id)}\0special" : tokenizer.PieceOf(id));
        foreach (var id in tokenizer.Encode(Probe, addSpecial: false)) Append(hash, id.ToString(CultureInfo.InvariantCulture));
        Append(hash, endOfText.ToString(CultureInfo.InvariantCulture));
        return hash.GetHashAndReset();
    }

    static void Append(IncrementalHash hash, string text)
    {
        var bytes = Encoding.UTF8.GetBytes(text);
        hash.AppendData(BitConverter.GetBytes(bytes.Length));        // so that no two lists of texts run together
        hash.AppendData(bytes);
    }

    static FileStream OpenRead(string file)
    {
        try
        {
            return DiskFile.OpenRead(file);
        }
        catch (Exception problem) when (problem is IOException or UnauthorizedAccessException)
        {
            throw new TernException($"{file}: cannot be opened for reading: {problem.Message}", problem);
        }
    }
}
