using System.Buffers.Binary;
using System.Text;
using Tern.Models.Files;
using Tern.Models.Tokenizers.Models;
using Tern.Models.Tokenizers.Normalizers;

namespace Tern.Models.Tokenizers;

/// <summary>
/// The .model files of SentencePiece (Kudo and Richardson 2018, arXiv 1808.06226): a protobuf of pieces with scores, trainer_spec and
/// normalizer_spec (sentencepiece_model.proto). BPE, Unigram and character models.
/// </summary>
public static class SentencePieceModel
{
    /// <exception cref="ModelFormatException">The file is damaged or of a kind that Tern does not know.</exception>
    public static PipelineTokenizer Load(string path) => Parse(DiskFile.ReadAllBytes(path), path);

    /// <param name="file">The whole file.</param>
    /// <param name="path">For messages.</param>
    /// <exception cref="ModelFormatException">The file is damaged or of a kind that Tern does not know.</exception>
    public static PipelineTokenizer Parse(ReadOnlySpan<byte> file, string path)
    {
        try
        {
            return Build(new Contents(file));
        }
        catch (TernException problem) when (problem is not ModelFormatException)
        {
            throw new ModelFormatException(path, problem.Message, problem);
        }
    }

    static PipelineTokenizer Build(Contents model)
    {
        if (model.Pieces.Count == 0) throw new TernException("no pieces; this is not a SentencePiece model");
        if (model.TreatsWhitespaceAsSuffix) throw new TernException("treat_whitespace_as_suffix is not supported");
        var vocabulary = new Vocabulary(model.Pieces, model.Kinds, model.Scores);
        var unknown = model.Kinds.IndexOf(TokenKind.Unknown) is >= 0 and var found ? found : (int?)null;
        var byteFallback = model.ByteFallback && vocabulary.ByteIds() is not null;

        DecodeStep[] decode = [new DecodeStep.Replace("\u2581", " "), new DecodeStep.ByteFallback()];
        var (bos, eos) = (Named(vocabulary, model.BosId, "<s>", "<bos>"), Named(vocabulary, model.EosId, "</s>", "<eos>"));
        return new PipelineTokenizer(new TokenizerParts
        {
            Model = model.Type switch
            {
                ModelType.Unigram => new UnigramModel(vocabulary) { UnknownId = unknown, ByteFallback = byteFallback },
                ModelType.Bpe => BpeModel.FromScores(vocabulary, unknown, byteFallback),
                ModelType.Char => new BpeModel(vocabulary, []) { UnknownId = unknown, FuseUnknown = true, ByteFallback = byteFallback },
                _ => throw new TernException($"the model type {model.Type} is not supported; known are unigram (1), bpe (2), char (4)"),
            },
            Normalizer = NormalizerOf(model),
            Decoder = new PieceDecoder(model.AddsDummyPrefix ? [.. decode, new DecodeStep.StripFirst()] : decode),
            AddedTokens = AddedTokensOf(vocabulary),
            Prefix = bos is { } first ? [first] : [],
            BosTokenId = bos,
            EosTokenId = eos,
        });
    }

    static NormalizerSequence NormalizerOf(Contents model)
    {
        var steps = new List<Normalizer>();
        if (model.Charsmap.Length > 0) steps.Add(new Precompiled(model.Charsmap));
        if (model.RemovesExtraWhitespaces) steps.AddRange([new ReplaceRegex(" {2,}", " "), new StripBlanks()]);
        if (model.EscapesWhitespaces) steps.Add(new ReplaceText(" ", "\u2581"));
        if (model.AddsDummyPrefix) steps.Add(new Prepend(model.EscapesWhitespaces ? "\u2581" : " ", FirstOnly: true));
        return new NormalizerSequence(steps);
    }

    // Control symbols only where asked for; user-defined ones are always one token, and spelled with plain blanks in the text.
    static List<AddedToken> AddedTokensOf(Vocabulary vocabulary)
    {
        var added = new List<AddedToken>();
        for (var id = 0; id < vocabulary.Size; id++)
        {
            if (vocabulary[id].Length == 0) continue;
            if (vocabulary.KindOf(id) == TokenKind.Control) added.Add(new AddedToken(id, vocabulary[id], Special: true));
            if (vocabulary.KindOf(id) == TokenKind.UserDefined) added.Add(new AddedToken(id, vocabulary[id].Replace('\u2581', ' '), Special: false));
        }
        return added;
    }

    static int? Named(Vocabulary vocabulary, int? id, params string[] names)
    {
        if (id is >= 0 && id < vocabulary.Size && vocabulary.KindOf(id.Value) == TokenKind.Control) return id;
        foreach (var name in names)
            if (vocabulary.IdOf(name) is { } found && vocabulary.KindOf(found) == TokenKind.Control) return found;
        return null;
    }

    enum ModelType
    {
        Unigram = 1,
        Bpe = 2,
        Word = 3,
        Char = 4,
    }

    /// <summary>The fields that count, with the defaults of sentencepiece_model.proto.</summary>
    sealed class Contents
    {
        public readonly List<string> Pieces = [];
        public readonly List<float> Scores = [];
        public readonly List<TokenKind> Kinds = [];
        public ModelType Type = ModelType.Unigram;
        public bool ByteFallback, TreatsWhitespaceAsSuffix;
        public int? BosId = 1, EosId = 2;
        public byte[] Charsmap = [];
        public bool AddsDummyPrefix = true, RemovesExtraWhitespaces = true, EscapesWhitespaces = true;

        public Contents(ReadOnlySpan<byte> file)
        {
            var reader = new ProtobufReader(file);
            while (reader.Next())
            {
                switch (reader.Field)
                {
                    case 1: ReadPiece(new ProtobufReader(reader.Bytes)); break;
                    case 2: ReadTrainer(new ProtobufReader(reader.Bytes)); break;
                    case 3: ReadNormalizer(new ProtobufReader(reader.Bytes)); break;
                }
            }
        }

        void ReadPiece(ProtobufReader reader)
        {
            if (Pieces.Count >= Vocabulary.MaxSize) throw new TernException($"more than {Vocabulary.MaxSize} pieces");
            var (piece, score, kind) = ("", 0f, TokenKind.Normal);
            while (reader.Next())
            {
                switch (reader.Field)
                {
                    case 1: piece = Encoding.UTF8.GetString(reader.Bytes); break;
                    case 2: score = reader.Single; break;
                    case 3: kind = (TokenKind)reader.Number; break;
                }
            }
            if (!float.IsFinite(score)) throw new TernException($"piece {Pieces.Count} has the score {score}");
            if (kind is < TokenKind.Normal or > TokenKind.Byte) throw new TernException($"piece {Pieces.Count} has the unknown type {kind}");
            Pieces.Add(piece);
            Scores.Add(score);
            Kinds.Add(kind);
        }

        void ReadTrainer(ProtobufReader reader)
        {
            while (reader.Next())
            {
                switch (reader.Field)
                {
                    case 3: Type = (ModelType)reader.Number; break;
                    case 24: TreatsWhitespaceAsSuffix = reader.Number != 0; break;
                    case 35: ByteFallback = reader.Number != 0; break;
                    case 41: BosId = (int)reader.Number; break;
                    case 42: EosId = (int)reader.Number; break;
                }
            }
        }

        void ReadNormalizer(ProtobufReader reader)
        {
            while (reader.Next())
            {
                switch (reader.Field)
                {
                    case 2: Charsmap = reader.Bytes.ToArray(); break;
                    case 3: AddsDummyPrefix = reader.Number != 0; break;
                    case 4: RemovesExtraWhitespaces = reader.Number != 0; break;
                    case 5: EscapesWhitespaces = reader.Number != 0; break;
                }
            }
        }
    }

    /// <summary>One message of the protobuf wire format, field by field; every length is checked.</summary>
    ref struct ProtobufReader(ReadOnlySpan<byte> message)
    {
        ReadOnlySpan<byte> rest = message;
        readonly int size = message.Length;
        int wireType;
        ulong number;
        ReadOnlySpan<byte> bytes;

        public int Field { get; private set; }

        public readonly long Number => wireType == 0 ? (long)number : throw Wrong("a number");

        public readonly float Single => wireType == 5 ? BinaryPrimitives.ReadSingleLittleEndian(bytes) : throw Wrong("a float");

        public readonly ReadOnlySpan<byte> Bytes => wireType == 2 ? bytes : throw Wrong("bytes");

        public bool Next()
        {
            if (rest.IsEmpty) return false;
            var tag = Varint();
            if (tag >> 3 is 0 or > int.MaxValue) throw Wrong("a field number");
            (Field, wireType) = ((int)(tag >> 3), (int)(tag & 7));
            switch (wireType)
            {
                case 0: number = Varint(); break;
                case 1: bytes = Take(8); break;
                case 2: bytes = Take(Varint()); break;
                case 5: bytes = Take(4); break;
                default: throw Wrong("a known wire type");
            }
            return true;
        }

        ulong Varint()
        {
            ulong value = 0;
            for (var shift = 0; shift < 64 && !rest.IsEmpty; shift += 7)
            {
                var next = rest[0];
                rest = rest[1..];
                value |= (ulong)(next & 0x7F) << shift;
                if (next < 0x80) return value;
            }
            throw Wrong("the end of a number");
        }

        ReadOnlySpan<byte> Take(ulong length)
        {
            if (length > (ulong)rest.Length) throw Wrong($"{length} more bytes");
            var taken = rest[..(int)length];
            rest = rest[(int)length..];
            return taken;
        }

        readonly TernException Wrong(string expected) =>
            new($"not a SentencePiece model, or damaged: expected {expected} at byte {size - rest.Length} of a message of {size}");
    }
}
