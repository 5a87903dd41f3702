using System.Buffers.Binary;

namespace Tern.Models.Quantized;

/// <summary>
/// The packing of "pack-quantized": the codes of a row, offset by 2^(bits-1) so that none is negative, one after another into int32 words, low bits
/// first; a row ends with a word of its own. 4-bit: eight codes a word; 8-bit: four.
/// </summary>
public static class PackedIntegers
{
    /// <summary>int32 words of a row.</summary>
    public static int WordsFor(int columns, int bits) => checked((int)(((long)columns * bits + 31) / 32));

    /// <summary>Packs one row.</summary>
    /// <param name="codes">[columns], each in -2^(bits-1) .. 2^(bits-1) - 1.</param>
    /// <param name="bits">4 or 8.</param>
    /// <param name="words">[4 * WordsFor(columns, bits)] bytes; what no code fills is 0.</param>
    public static void Pack(ReadOnlySpan<sbyte> codes, int bits, Span<byte> words)
    {
        Check(codes.Length, bits, words.Length);
        var (perWord, offset) = (32 / bits, 1 << bits - 1);
        for (var word = 0; word * perWord < codes.Length; word++)
        {
            var packed = 0u;
            var count = Math.Min(perWord, codes.Length - word * perWord);
            for (var i = 0; i < count; i++) packed |= (uint)(codes[word * perWord + i] + offset) << i * bits;
            BinaryPrimitives.WriteUInt32LittleEndian(words[(4 * word)..], packed);
        }
    }

    /// <summary>The inverse of <see cref="Pack"/>.</summary>
    public static void Unpack(ReadOnlySpan<byte> words, int bits, Span<sbyte> codes)
    {
        Check(codes.Length, bits, words.Length);
        var (perByte, offset, mask) = (8 / bits, 1 << bits - 1, (1 << bits) - 1);
        for (var i = 0; i < codes.Length; i++)
            codes[i] = (sbyte)((words[i / perByte] >> i % perByte * bits & mask) - offset);
    }

    static void Check(int columns, int bits, int bytes)
    {
        if (bits is not (4 or 8)) throw new ArgumentOutOfRangeException(nameof(bits), bits, "codes have 4 or 8 bits");
        if (bytes != 4 * WordsFor(columns, bits)) throw new ArgumentException($"{columns} codes of {bits} bits take {4 * WordsFor(columns, bits)} bytes, not {bytes}.");
    }
}
