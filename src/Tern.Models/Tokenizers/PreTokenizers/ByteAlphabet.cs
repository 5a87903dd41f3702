using System.Text;

namespace Tern.Models.Tokenizers.PreTokenizers;

/// <summary>
/// GPT-2's alphabet (Radford et al. 2019): the 188 printable Latin-1 bytes stand for themselves, the other 68 for U+0100
/// and up, in order. So a blank is "Ġ" and every byte string is a visible text.
/// </summary>
static class ByteAlphabet
{
    public static readonly char[] CharOf = new char[256];

    static readonly short[] ByteOf = new short[0x144];

    static ByteAlphabet()
    {
        Array.Fill(ByteOf, (short)-1);
        var next = 0x100;
        for (var value = 0; value < 256; value++)
        {
            var printable = value is >= 0x21 and <= 0x7E or >= 0xA1 and <= 0xAC or >= 0xAE;
            CharOf[value] = (char)(printable ? value : next++);
            ByteOf[CharOf[value]] = (short)value;
        }
    }

    /// <summary>False where a character is not in the alphabet (added tokens are spelled plainly).</summary>
    public static bool TryDecode(string piece, out byte[] bytes)
    {
        bytes = new byte[piece.Length];
        for (var i = 0; i < piece.Length; i++)
        {
            if (piece[i] >= ByteOf.Length || ByteOf[piece[i]] < 0) return false;
            bytes[i] = (byte)ByteOf[piece[i]];
        }
        return true;
    }

    public static string Encode(ReadOnlySpan<byte> bytes) => string.Create(bytes.Length, bytes, static (chars, source) =>
    {
        for (var i = 0; i < source.Length; i++) chars[i] = CharOf[source[i]];
    });

    public static string Encode(string text) => Encode(Encoding.UTF8.GetBytes(text));
}
