using System.Buffers.Binary;
using Tern.Models;
using Tern.Models.Files;

namespace Tern.Train.Data;

/// <summary>
/// The tokens of a source in a mapped file. Little endian: the magic "TERNTOKS", version (int32), bytes of a token (int32: 2 or 4), tokens (int64),
/// documents (int64), the SHA-256 of what the file was made from (32 bytes); then the tokens, padded to 8 bytes; then documents + 1 starts (int64),
/// the last of which is the number of tokens. In version 2 a bit for each token follows, the lowest of a byte first, padded to whole bytes: 1 where the
/// token is to be learned.
/// </summary>
sealed class TokenShard : IDisposable
{
    public const int Version = 1, MaskedVersion = 2;
    public const int HashLength = 32;
    public const int HeaderLength = 64;

    const int VersionOffset = 8, TokenBytesOffset = 12, TokensOffset = 16, DocumentsOffset = 24, HashOffset = 32;

    readonly MappedFile file;
    readonly int bytesPerToken;
    readonly long startsOffset, maskOffset;

    TokenShard(MappedFile file)
    {
        this.file = file;
        if (file.Length < HeaderLength) throw Damaged("is shorter than its header");
        var header = file.Slice(0, HeaderLength);
        if (!header.StartsWith(Magic)) throw Damaged("is no file of tokens");
        var version = BinaryPrimitives.ReadInt32LittleEndian(header[VersionOffset..]);
        if (version is not (Version or MaskedVersion)) throw Damaged($"has version {version}, expected {Version} or {MaskedVersion}");
        HasMask = version == MaskedVersion;
        bytesPerToken = BinaryPrimitives.ReadInt32LittleEndian(header[TokenBytesOffset..]);
        if (bytesPerToken is not (sizeof(ushort) or sizeof(int))) throw Damaged($"has {bytesPerToken} bytes a token, expected 2 or 4");
        Tokens = BinaryPrimitives.ReadInt64LittleEndian(header[TokensOffset..]);
        Documents = BinaryPrimitives.ReadInt64LittleEndian(header[DocumentsOffset..]);
        var limit = file.Length / bytesPerToken;
        if (Tokens < 1 || Tokens > limit || Documents < 1 || Documents > Tokens) throw Damaged($"promises {Tokens} tokens in {Documents} documents, which cannot be");
        startsOffset = StartsOffset(Tokens, bytesPerToken);
        maskOffset = startsOffset + ((Documents + 1) * sizeof(long));
        if (file.Length != maskOffset + (HasMask ? (Tokens + 7) / 8 : 0)) throw Damaged($"has {file.Length} bytes, which does not fit its header");
        RequireRisingStarts();
    }

    public static ReadOnlySpan<byte> Magic => "TERNTOKS"u8;

    public long Tokens { get; }

    public long Documents { get; }

    /// <summary>Not every token is to be learned.</summary>
    public bool HasMask { get; }

    /// <summary>Of what the file was made from.</summary>
    public ReadOnlySpan<byte> Hash => file.Slice(HashOffset, HashLength);

    /// <summary>Maps a file that <see cref="Write"/> wrote.</summary>
    /// <exception cref="TernException">There is none, or it is damaged.</exception>
    public static TokenShard Open(string path)
    {
        var file = MappedFile.Open(path);
        try
        {
            return new TokenShard(file);
        }
        catch
        {
            file.Dispose();
            throw;
        }
    }

    /// <summary>Writes the tokens of documents, in order. Nobody sees the file before it is complete.</summary>
    /// <param name="path">Created or replaced.</param>
    /// <param name="documents">The ids of each, none of them empty.</param>
    /// <param name="vocabSize">Ids are below; up to 65536 a token takes two bytes.</param>
    /// <param name="hash">Of what the tokens were made from, <see cref="HashLength"/> bytes.</param>
    /// <param name="cancellation">Leaves no file behind.</param>
    /// <exception cref="TernException">There is not one document, an id is outside the vocabulary, or the disk refuses.</exception>
    public static void Write(string path, IEnumerable<int[]> documents, int vocabSize, byte[] hash, CancellationToken cancellation) =>
        Write(path, documents.Select(ids => new TokenDocument(ids, null)), vocabSize, hash, cancellation);

    /// <inheritdoc cref="Write(string, IEnumerable{int[]}, int, byte[], CancellationToken)"/>
    /// <param name="documents">All of them with a mask, or none.</param>
    public static void Write(string path, IEnumerable<TokenDocument> documents, int vocabSize, byte[] hash, CancellationToken cancellation) => AtomicFile.Write(path, stream =>
    {
        var bytesPerToken = vocabSize <= ushort.MaxValue + 1 ? sizeof(ushort) : sizeof(int);
        var starts = new List<long> { 0 };
        var mask = new BitList();
        stream.Write(new byte[HeaderLength]);
        foreach (var (ids, learned) in documents)
        {
            if (learned is not null) mask.Add(learned);
            cancellation.ThrowIfCancellationRequested();
            stream.Write(Encode(ids, bytesPerToken, vocabSize));
            starts.Add(starts[^1] + ids.Length);
        }
        if (starts.Count == 1) throw new TernException($"{path}: there are no documents to write.");
        stream.Write(new byte[StartsOffset(starts[^1], bytesPerToken) - stream.Position]);
        Span<byte> number = stackalloc byte[sizeof(long)];
        foreach (var start in starts)
        {
            BinaryPrimitives.WriteInt64LittleEndian(number, start);
            stream.Write(number);
        }
        stream.Write(mask.Bytes);
        stream.Position = 0;
        stream.Write(Header(mask.Bytes.Length > 0 ? MaskedVersion : Version, bytesPerToken, starts[^1], starts.Count - 1, hash));
    }, cancellation);

    /// <summary>Index of the first token of a document; for the number of documents: the number of tokens.</summary>
    public long StartOf(long document) => BinaryPrimitives.ReadInt64LittleEndian(file.Slice(startsOffset + (document * sizeof(long)), sizeof(long)));

    /// <summary>Copies tokens from <paramref name="first"/> on.</summary>
    /// <exception cref="ArgumentOutOfRangeException">They do not lie inside the shard.</exception>
    public void Read(long first, Span<int> tokens)
    {
        if (first < 0 || tokens.Length > Tokens - first) throw new ArgumentOutOfRangeException(nameof(first));
        var bytes = file.Slice(HeaderLength + (first * bytesPerToken), checked(tokens.Length * bytesPerToken));
        for (var i = 0; i < tokens.Length; i++)
            tokens[i] = bytesPerToken == sizeof(ushort) ? BinaryPrimitives.ReadUInt16LittleEndian(bytes[(2 * i)..]) : BinaryPrimitives.ReadInt32LittleEndian(bytes[(4 * i)..]);
    }

    /// <summary>Which tokens from <paramref name="first"/> on are to be learned: all of them where there is no mask.</summary>
    /// <exception cref="ArgumentOutOfRangeException">They do not lie inside the shard.</exception>
    public void ReadMask(long first, Span<bool> learned)
    {
        if (first < 0 || learned.Length > Tokens - first) throw new ArgumentOutOfRangeException(nameof(first));
        learned.Fill(true);
        if (!HasMask || learned.IsEmpty) return;
        var bits = file.Slice(maskOffset + (first / 8), (int)((first + learned.Length - 1) / 8 - (first / 8)) + 1);
        for (var i = 0; i < learned.Length; i++)
        {
            var bit = (int)(first % 8) + i;
            learned[i] = (bits[bit / 8] >> (bit % 8) & 1) != 0;
        }
    }

    /// <summary>That an id is in the vocabulary, for those who hand tokens on.</summary>
    public void RequireBelow(int vocabSize, ReadOnlySpan<int> tokens)
    {
        foreach (var id in tokens)
            if ((uint)id >= (uint)vocabSize) throw Damaged($"holds the token {id}, but the vocabulary has {vocabSize}");
    }

    public void Dispose() => file.Dispose();

    static long StartsOffset(long tokens, int bytesPerToken) => (HeaderLength + (tokens * bytesPerToken) + 7) / 8 * 8;

    static byte[] Header(int version, int bytesPerToken, long tokens, long documents, byte[] hash)
    {
        var header = new byte[HeaderLength];
        Magic.CopyTo(header);
        BinaryPrimitives.WriteInt32LittleEndian(header.AsSpan(VersionOffset), version);
        BinaryPrimitives.WriteInt32LittleEndian(header.AsSpan(TokenBytesOffset), bytesPerToken);
        BinaryPrimitives.WriteInt64LittleEndian(header.AsSpan(TokensOffset), tokens);
        BinaryPrimitives.WriteInt64LittleEndian(header.AsSpan(DocumentsOffset), documents);
        hash.CopyTo(header.AsSpan(HashOffset, HashLength));
        return header;
    }

    static byte[] Encode(int[] ids, int bytesPerToken, int vocabSize)
    {
        var bytes = new byte[checked(ids.Length * bytesPerToken)];
        for (var i = 0; i < ids.Length; i++)
        {
            if ((uint)ids[i] >= (uint)vocabSize) throw new TernException($"the tokenizer gives the id {ids[i]}, but its vocabulary has {vocabSize} entries");
            if (bytesPerToken == sizeof(ushort)) BinaryPrimitives.WriteUInt16LittleEndian(bytes.AsSpan(2 * i), (ushort)ids[i]);
            else BinaryPrimitives.WriteInt32LittleEndian(bytes.AsSpan(4 * i), ids[i]);
        }
        return bytes;
    }

    void RequireRisingStarts()
    {
        if (StartOf(0) != 0 || StartOf(Documents) != Tokens) throw Damaged("has documents that do not cover its tokens");
        for (var document = 0L; document < Documents; document++)
            if (StartOf(document + 1) <= StartOf(document)) throw Damaged($"has a document {document} that ends before it begins");
    }

    /// <summary>Bits in bytes, the lowest first.</summary>
    sealed class BitList
    {
        readonly List<byte> bytes = [];
        int free;                                                    // bits of the last byte

        public ReadOnlySpan<byte> Bytes => System.Runtime.InteropServices.CollectionsMarshal.AsSpan(bytes);

        public void Add(bool[] bits)
        {
            foreach (var bit in bits)
            {
                if (free == 0)
                {
                    bytes.Add(0);
                    free = 8;
                }
                if (bit) bytes[^1] |= (byte)(1 << (8 - free));
                free--;
            }
        }
    }

    ModelFormatException Damaged(string problem) => new(file.Path, $"{problem}; delete it, it is made again from the text.");
}

/// <summary>The tokens of a document.</summary>
/// <param name="Ids">Its end included.</param>
/// <param name="Learned">Of each token, whether it is to be learned; null for all of them.</param>
public readonly record struct TokenDocument(int[] Ids, bool[]? Learned);
