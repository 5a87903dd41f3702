using System.Text;
using Tern.Models.Tokenizers.Models;
using Tern.Models.Tokenizers.Normalizers;
using Tern.Models.Tokenizers.PreTokenizers;

namespace Tern.Models.Tokenizers;

/// <summary>
/// The tokenizer behind every file format, in the stages of Hugging Face: find added tokens, normalise what lies between,
/// cut it into words, let the model spell each word, put special tokens around. The formats only differ in the parts.
/// </summary>
public sealed class PipelineTokenizer : Tokenizer
{
    readonly ReadOnlyMemory<byte>[] bytes;
    readonly bool[] special;
    readonly AddedTokenMatcher? rawPlain, rawAll, normalizedPlain, normalizedAll;

    /// <param name="parts">What the tokenizer is made of.</param>
    /// <exception cref="TernException">An id is outside the vocabulary.</exception>
    public PipelineTokenizer(TokenizerParts parts)
    {
        Parts = parts;
        var vocabulary = parts.Model.Vocabulary;
        foreach (var id in parts.IdsInUse())
            if ((uint)id >= (uint)vocabulary.Size) throw new TernException($"tokenizer: token id {id} is outside the vocabulary of {vocabulary.Size}");

        bytes = new ReadOnlyMemory<byte>[vocabulary.Size];
        special = new bool[vocabulary.Size];
        for (var id = 0; id < bytes.Length; id++)
        {
            special[id] = vocabulary.KindOf(id) is TokenKind.Control or TokenKind.Unknown;
            bytes[id] = special[id] ? Encoding.UTF8.GetBytes(vocabulary[id]) : parts.Decoder.BytesOf(vocabulary[id]);
        }
        foreach (var token in parts.AddedTokens)
        {
            bytes[token.Id] = Encoding.UTF8.GetBytes(token.Content);
            special[token.Id] |= token.Special;
        }

        var raw = parts.AddedTokens.Where(token => !token.Normalized).ToList();
        var normalized = parts.AddedTokens.Where(token => token.Normalized).ToList();
        string Normal(AddedToken token) => parts.Normalizer?.Normalize(token.Content, atStart: true) ?? token.Content;
        rawAll = AddedTokenMatcher.Of(raw, token => token.Content);
        rawPlain = AddedTokenMatcher.Of(raw.Where(token => !token.Special), token => token.Content);
        normalizedAll = AddedTokenMatcher.Of(normalized, Normal);
        normalizedPlain = AddedTokenMatcher.Of(normalized.Where(token => !token.Special), Normal);
    }

    /// <summary>The stages.</summary>
    public TokenizerParts Parts { get; }

    public Vocabulary Vocabulary => Parts.Model.Vocabulary;

    public override int VocabSize => Vocabulary.Size;

    public override int? BosTokenId => Parts.BosTokenId;

    public override int? EosTokenId => Parts.EosTokenId;

    public override int? UnknownTokenId => Parts.Model.UnknownId;

    public override bool AddsBos => Parts.BosTokenId is { } bos && Parts.Prefix.Contains(bos);

    public override bool AddsEos => Parts.EosTokenId is { } eos && Parts.Suffix.Contains(eos);

    public override bool DropsLeadingBlank => Parts.Decoder.DropsLeadingBlank;

    public override int[] Encode(string text, bool addSpecial = true, bool parseSpecial = false)
    {
        ArgumentNullException.ThrowIfNull(text);
        var ids = new List<int>(text.Length / 4 + 8);
        if (addSpecial) ids.AddRange(Parts.Prefix);
        var matcher = parseSpecial ? rawAll : rawPlain;
        var at = 0;
        while (matcher is not null && matcher.TryFind(text, at, out var start, out var end, out var id))
        {
            EncodeFragment(text[at..start], at == 0, parseSpecial, ids);
            ids.Add(id);
            at = end;
        }
        EncodeFragment(at == 0 ? text : text[at..], at == 0, parseSpecial, ids);
        if (addSpecial) ids.AddRange(Parts.Suffix);
        return [.. ids];
    }

    void EncodeFragment(string fragment, bool atStart, bool parseSpecial, List<int> ids)
    {
        if (fragment.Length == 0) return;
        if (Parts.Normalizer is not null) fragment = Parts.Normalizer.Normalize(fragment, atStart);
        var matcher = parseSpecial ? normalizedAll : normalizedPlain;
        var at = 0;
        while (matcher is not null && matcher.TryFind(fragment, at, out var start, out var end, out var id))
        {
            EncodeWords(fragment.AsSpan(at, start - at), atStart && at == 0, ids);
            ids.Add(id);
            at = end;
        }
        EncodeWords(fragment.AsSpan(at), atStart && at == 0, ids);
    }

    void EncodeWords(ReadOnlySpan<char> text, bool atStart, List<int> ids)
    {
        if (text.IsEmpty) return;
        if (Parts.PreTokenizer is null)
        {
            Parts.Model.Encode(text, ids);
            return;
        }
        var words = Words.ForThisThread;
        words.Reset(text, atStart);
        Parts.PreTokenizer.Apply(words);
        for (var i = 0; i < words.Count; i++) Parts.Model.Encode(words[i], ids);
    }

    public override ReadOnlyMemory<byte> BytesOf(int id) => bytes[Checked(id)];

    public override string PieceOf(int id) => Vocabulary[Checked(id)];

    public override int? IdOf(string piece) => Vocabulary.IdOf(piece);

    public override bool IsSpecial(int id) => special[Checked(id)];

    public override string Decode(ReadOnlySpan<int> ids, bool skipSpecial = true)
    {
        var stream = new StreamingDecoder(this, skipSpecial);
        var text = new StringBuilder();
        foreach (var id in ids) text.Append(stream.Add(id));
        return text.Append(stream.Flush()).ToString();
    }

    int Checked(int id) => (uint)id < (uint)bytes.Length ? id
        : throw new ArgumentOutOfRangeException(nameof(id), id, $"token id {id} is outside the vocabulary of {bytes.Length}");
}

/// <summary>The stages of a <see cref="PipelineTokenizer"/>.</summary>
public sealed record TokenizerParts
{
    public required TokenModel Model { get; init; }

    public Normalizer? Normalizer { get; init; }

    public PreTokenizer? PreTokenizer { get; init; }

    public PieceDecoder Decoder { get; init; } = new();

    public IReadOnlyList<AddedToken> AddedTokens { get; init; } = [];

    /// <summary>What goes before a text where the caller asks for it (BOS, [CLS]).</summary>
    public IReadOnlyList<int> Prefix { get; init; } = [];

    /// <summary>What goes behind it (EOS, [SEP]).</summary>
    public IReadOnlyList<int> Suffix { get; init; } = [];

    public int? BosTokenId { get; init; }

    public int? EosTokenId { get; init; }

    public int? PadTokenId { get; init; }

    internal IEnumerable<int> IdsInUse()
    {
        foreach (var token in AddedTokens) yield return token.Id;
        foreach (var id in Prefix) yield return id;
        foreach (var id in Suffix) yield return id;
        foreach (var id in new[] { Model.UnknownId, BosTokenId, EosTokenId, PadTokenId })
            if (id is { } known) yield return known;
    }
}
