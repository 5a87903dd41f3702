using System.Buffers.Binary;
using Tern.Models.Configs;

namespace Tern.Models.Llama2c;

/// <summary>
/// The header of a llama2.c model, version 0: seven little-endian int32. A negative vocab_size says that the output matrix is
/// stored at the end; a positive one that it is the embedding.
/// </summary>
public readonly record struct Llama2cHeader(int Dim, int HiddenDim, int NLayers, int NHeads, int NKvHeads, int VocabSize, int SeqLen, bool SharedClassifier)
{
    /// <summary>Bytes.</summary>
    public const int Length = 28;

    /// <summary>"ak42" as the exporter of versions 1 and 2 writes it.</summary>
    public const uint VersionedMagic = 0x616b3432;

    const int MaxContext = 1 << 24;

    /// <summary>Elements per head.</summary>
    public int HeadDim => Dim / NHeads;

    /// <summary>Columns of the rotary tables, cos and sin, which follow the final norm.</summary>
    public long RotaryLength => (long)SeqLen * (HeadDim / 2);

    /// <summary>Whether these bytes begin a file of versions 1 or 2, which are not supported.</summary>
    public static bool IsVersioned(ReadOnlySpan<byte> start) => start.Length >= 4 && BinaryPrimitives.ReadUInt32LittleEndian(start) == VersionedMagic;

    /// <summary>
    /// Whether these bytes begin a file of version 0. There is no magic, so all seven numbers must make sense and the size that they
    /// give must be that of the file.
    /// </summary>
    public static bool Fits(ReadOnlySpan<byte> start, long fileLength) =>
        start.Length >= Length && Parse(start) is var header && header.Problem() is null && header.FileLength() == fileLength;

    /// <param name="start">At least <see cref="Length"/> bytes of the file.</param>
    /// <param name="fileLength">Bytes of the whole file.</param>
    /// <param name="path">For messages.</param>
    /// <exception cref="ModelFormatException">The numbers make no sense or do not fit the size of the file.</exception>
    public static Llama2cHeader Read(ReadOnlySpan<byte> start, long fileLength, string path)
    {
        if (IsVersioned(start))
            throw new ModelFormatException(path, "this is a llama2.c file of version 1 or 2, which Tern does not read; export it with 'export.py --version 0' or as a Hugging Face folder");
        if (start.Length < Length) throw new ModelFormatException(path, $"{start.Length} bytes are too few for a llama2.c model");
        var header = Parse(start);
        if (header.Problem() is { } problem) throw new ModelFormatException(path, $"is not a llama2.c model: {problem}");
        if (header.FileLength() != fileLength)
            throw new ModelFormatException(path, $"the llama2.c header ({header.NLayers} layers of {header.Dim}, vocabulary {header.VocabSize}) takes {header.FileLength()} bytes, the file has {fileLength}; it is truncated or of another kind");
        return header;
    }

    /// <summary>The configuration in the terms of Hugging Face; epsilon and rotary base are constants of llama2.c.</summary>
    public LlamaConfig ToConfig() => new()
    {
        VocabSize = VocabSize,
        HiddenSize = Dim,
        IntermediateSize = HiddenDim,
        NumHiddenLayers = NLayers,
        NumAttentionHeads = NHeads,
        NumKeyValueHeads = NKvHeads,
        HeadDim = HeadDim,
        MaxPositionEmbeddings = SeqLen,
        RmsNormEps = 1e-5,
        RopeTheta = 10_000,
        TieWordEmbeddings = SharedClassifier,
        BosTokenId = 1,
        // run.c ends a text at BOS as well: the stories were trained as BOS text BOS text ...
        EosTokenIds = [2, 1],
        RopeInterleaved = true,
    };

    static Llama2cHeader Parse(ReadOnlySpan<byte> start)
    {
        Span<int> numbers = stackalloc int[7];
        for (var i = 0; i < 7; i++) numbers[i] = BinaryPrimitives.ReadInt32LittleEndian(start[(4 * i)..]);
        var vocabulary = numbers[5] == int.MinValue ? 0 : Math.Abs(numbers[5]);
        return new Llama2cHeader(numbers[0], numbers[1], numbers[2], numbers[3], numbers[4], vocabulary, numbers[6], numbers[5] > 0);
    }

    string? Problem()
    {
        if (Dim is < 1 or > ConfigKeys.MaxDimension) return $"dim is {Dim}";
        if (HiddenDim is < 1 or > ConfigKeys.MaxDimension) return $"hidden_dim is {HiddenDim}";
        if (NLayers is < 1 or > ConfigKeys.MaxLayers) return $"n_layers is {NLayers}";
        if (NHeads < 1 || Dim % NHeads != 0 || HeadDim % 2 != 0) return $"n_heads is {NHeads} for dim {Dim}";
        if (NKvHeads < 1 || NHeads % NKvHeads != 0) return $"n_kv_heads is {NKvHeads} for {NHeads} heads";
        if (VocabSize is < 1 or > ConfigKeys.MaxDimension) return $"vocab_size is {VocabSize}";
        if (SeqLen is < 1 or > MaxContext) return $"seq_len is {SeqLen}";
        return null;
    }

    /// <summary>Bytes of the file; every product is below 2^63 by the limits of <see cref="Problem"/>.</summary>
    decimal FileLength()
    {
        decimal dim = Dim, keyValues = (decimal)NKvHeads * HeadDim;
        var layer = 2 * dim + 2 * dim * dim + 2 * keyValues * dim + 3 * dim * HiddenDim;
        var floats = (SharedClassifier ? 1 : 2) * VocabSize * dim + NLayers * layer + dim + 2 * RotaryLength;
        return Length + 4 * floats;
    }
}
