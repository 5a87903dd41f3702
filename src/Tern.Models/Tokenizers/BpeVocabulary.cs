using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;

namespace Tern.Models.Tokenizers;

/// <summary>A byte-level BPE vocabulary as <see cref="BpeTrainer"/> learned it, and the files that other programs load it from.</summary>
public sealed class BpeVocabulary
{
    /// <summary>
    /// GPT-2 spells each byte as one printable character: the printable ones of Latin-1 as themselves, the other 68 as
    /// U+0100, U+0101, ... in byte order. The same list is the order in which the bytes get their ids.
    /// </summary>
    internal static readonly byte[] BytesInOrder = [.. Printable(), .. Enumerable.Range(0, 256).Select(value => (byte)value).Except(Printable())];

    static readonly char[] Spelling = SpellBytes();

    readonly byte[][] tokens;
    readonly string[] pieces;

    internal BpeVocabulary(List<byte[]> tokens, List<(int Left, int Right)> merges, IReadOnlyList<string> specialTokens)
    {
        this.tokens = [.. tokens];
        Merges = merges;
        SpecialTokens = [.. specialTokens];
        pieces = new string[tokens.Count];
        for (var id = 0; id < pieces.Length; id++)
            pieces[id] = id < specialTokens.Count ? specialTokens[id] : Spell(tokens[id]);
    }

    /// <summary>Number of tokens: special ones, 256 bytes, merged ones.</summary>
    public int Count => tokens.Length;

    /// <summary>They have the ids 0, 1, ...</summary>
    public IReadOnlyList<string> SpecialTokens { get; }

    /// <summary>The merges in the order in which they apply, as ids.</summary>
    public IReadOnlyList<(int Left, int Right)> Merges { get; }

    /// <summary>The tokens in GPT-2's spelling ("Ġthe"), by id.</summary>
    public IReadOnlyList<string> Pieces => pieces;

    /// <summary>The bytes of a token (of a special token: its text in UTF-8).</summary>
    public ReadOnlyMemory<byte> BytesOf(int id) => tokens[id];

    /// <summary>
    /// Writes a tokenizer.json that Hugging Face tokenizers load: BPE model, byte-level pre-tokenizer and decoder, special tokens as
    /// added tokens. The file appears whole or not at all.
    /// </summary>
    public void WriteTokenizerJson(string path) => WriteWhole(path, stream =>
    {
        using var json = new Utf8JsonWriter(stream, new JsonWriterOptions { Indented = true, Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping });
        json.WriteStartObject();
        json.WriteString("version", "1.0");
        json.WriteNull("truncation");
        json.WriteNull("padding");
        json.WriteStartArray("added_tokens");
        for (var id = 0; id < SpecialTokens.Count; id++) WriteAddedToken(json, id);
        json.WriteEndArray();
        json.WriteNull("normalizer");
        WriteByteLevel(json, "pre_tokenizer");
        WriteByteLevel(json, "post_processor");
        WriteByteLevel(json, "decoder");
        WriteModel(json);
        json.WriteEndObject();
    });

    /// <summary>Writes GPT-2's pair of files, vocab.json and merges.txt, into a folder.</summary>
    public void WriteVocabAndMerges(string folder)
    {
        WriteWhole(Path.Combine(folder, "vocab.json"), stream =>
        {
            using var json = new Utf8JsonWriter(stream, new JsonWriterOptions { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping });
            json.WriteStartObject();
            for (var id = 0; id < pieces.Length; id++) json.WriteNumber(pieces[id], id);
            json.WriteEndObject();
        });
        WriteWhole(Path.Combine(folder, "merges.txt"), stream =>
        {
            using var writer = new StreamWriter(stream, leaveOpen: true) { NewLine = "\n" };
            writer.WriteLine("#version: 0.2");
            foreach (var (left, right) in Merges) writer.WriteLine($"{pieces[left]} {pieces[right]}");
        });
    }

    /// <summary>Bytes in GPT-2's spelling.</summary>
    internal static string Spell(ReadOnlySpan<byte> bytes)
    {
        var spelled = new StringBuilder(bytes.Length);
        foreach (var value in bytes) spelled.Append(Spelling[value]);
        return spelled.ToString();
    }

    internal static byte? ByteOf(char spelled)
    {
        var value = Array.IndexOf(Spelling, spelled);
        return value < 0 ? null : (byte)value;
    }

    void WriteAddedToken(Utf8JsonWriter json, int id)
    {
        json.WriteStartObject();
        json.WriteNumber("id", id);
        json.WriteString("content", SpecialTokens[id]);
        json.WriteBoolean("single_word", false);
        json.WriteBoolean("lstrip", false);
        json.WriteBoolean("rstrip", false);
        json.WriteBoolean("normalized", false);
        json.WriteBoolean("special", true);
        json.WriteEndObject();
    }

    static void WriteByteLevel(Utf8JsonWriter json, string name)
    {
        json.WriteStartObject(name);
        json.WriteString("type", "ByteLevel");
        json.WriteBoolean("add_prefix_space", false);
        json.WriteBoolean("trim_offsets", true);
        json.WriteBoolean("use_regex", true);
        json.WriteEndObject();
    }

    void WriteModel(Utf8JsonWriter json)
    {
        json.WriteStartObject("model");
        json.WriteString("type", "BPE");
        json.WriteNull("dropout");
        json.WriteNull("unk_token");
        json.WriteNull("continuing_subword_prefix");
        json.WriteNull("end_of_word_suffix");
        json.WriteBoolean("fuse_unk", false);
        json.WriteBoolean("byte_fallback", false);
        json.WriteBoolean("ignore_merges", false);
        json.WriteStartObject("vocab");
        for (var id = 0; id < pieces.Length; id++) json.WriteNumber(pieces[id], id);
        json.WriteEndObject();
        json.WriteStartArray("merges");
        foreach (var (left, right) in Merges) json.WriteStringValue($"{pieces[left]} {pieces[right]}");
        json.WriteEndArray();
        json.WriteEndObject();
    }

    static void WriteWhole(string path, Action<Stream> write)
    {
        var temporary = path + ".partial";
        using (var stream = new FileStream(temporary, FileMode.Create, FileAccess.Write))
        {
            write(stream);
            stream.Flush(flushToDisk: true);
        }
        File.Move(temporary, path, overwrite: true);
    }

    static IEnumerable<byte> Printable() =>
        Enumerable.Range('!', '~' - '!' + 1).Concat(Enumerable.Range('¡', '¬' - '¡' + 1)).Concat(Enumerable.Range('®', 'ÿ' - '®' + 1))
            .Select(value => (byte)value);

    static char[] SpellBytes()
    {
        var spelling = new char[256];
        var printable = Printable().Count();
        for (var i = 0; i < 256; i++) spelling[BytesInOrder[i]] = i < printable ? (char)BytesInOrder[i] : (char)(256 + i - printable);
        return spelling;
    }
}
