using System.Buffers.Binary;
using System.Text;

namespace Tern.Models.Tokenizers.Normalizers;

/// <summary>
/// The replacement table that SentencePiece compiles into its models (precompiled_charsmap): uint32 size of a double-array trie, the
/// trie (uint32 units, as in Darts-clone), then the replacements, each ended by a zero byte. At every place the longest entry wins.
/// </summary>
public sealed record Precompiled : Normalizer
{
    const int MaxGrowth = 1024;

    readonly byte[] charsmap;
    readonly uint[] units;
    readonly byte[] replacements;

    /// <exception cref="TernException">The table is damaged.</exception>
    public Precompiled(ReadOnlySpan<byte> charsmap)
    {
        if (charsmap.Length < 4) throw new TernException("tokenizer: the precompiled charsmap is cut off");
        var size = BinaryPrimitives.ReadUInt32LittleEndian(charsmap);
        if (size % 4 != 0 || size > (uint)charsmap.Length - 4) throw new TernException($"tokenizer: the precompiled charsmap says that its trie has {size} bytes; there are {charsmap.Length - 4}");
        this.charsmap = charsmap.ToArray();
        units = new uint[size / 4];
        for (var i = 0; i < units.Length; i++) units[i] = BinaryPrimitives.ReadUInt32LittleEndian(charsmap[(4 + 4 * i)..]);
        replacements = charsmap[(4 + (int)size)..].ToArray();
    }

    /// <summary>The table as the file holds it.</summary>
    public ReadOnlySpan<byte> Charsmap => charsmap;

    internal override string Normalize(string text, bool atStart)
    {
        var utf8 = Encoding.UTF8.GetBytes(text);
        MemoryStream? result = null;
        var copied = 0;
        for (var at = 0; at < utf8.Length;)
        {
            var replacement = Longest(utf8.AsSpan(at), out var length);
            if (replacement < 0)
            {
                at += LengthOfCharacter(utf8[at]);
                continue;
            }
            result ??= new MemoryStream(utf8.Length + 16);
            result.Write(utf8, copied, at - copied);
            var rest = replacements.AsSpan(replacement);
            var end = rest.IndexOf((byte)0);
            result.Write(end < 0 ? rest : rest[..end]);
            if (result.Length > (utf8.Length + 1L) * MaxGrowth) throw new TernException($"tokenizer: the precompiled charsmap makes the text more than {MaxGrowth} times as long; it is damaged");
            at += length;
            copied = at;
        }
        if (result is null) return text;
        result.Write(utf8, copied, utf8.Length - copied);
        return Encoding.UTF8.GetString(result.GetBuffer(), 0, (int)result.Length);
    }

    // A unit holds an offset to its children (xor-ed with the byte), the byte that led to it, and whether a value ends here.
    int Longest(ReadOnlySpan<byte> text, out int length)
    {
        length = 0;
        var best = -1;
        if (units.Length == 0) return best;
        var node = Offset(units[0]);
        for (var i = 0; i < text.Length; i++)
        {
            node ^= text[i];
            if (node >= (uint)units.Length || (units[node] & 0x8000_00FF) != text[i]) break;
            var unit = units[node];
            node ^= Offset(unit);
            if ((unit >> 8 & 1) == 0 || node >= (uint)units.Length) continue;
            var value = (int)(units[node] & 0x7FFF_FFFF);
            if (value >= replacements.Length) continue;
            (best, length) = (value, i + 1);
        }
        return best;
    }

    static uint Offset(uint unit) => unit >> 10 << (int)((unit & 0x200) >> 6);

    static int LengthOfCharacter(byte lead) => lead switch { < 0xC0 => 1, < 0xE0 => 2, < 0xF0 => 3, _ => 4 };
}
