using System.Buffers.Binary;
using System.Text;

namespace Tern.Testing;

/// <summary>
/// Damages files the way that finds bugs in readers: flipped bits, cut ends, length fields with extreme values, pieces copied
/// elsewhere, and edits of JSON that keep it JSON. The same seed gives the same damage.
/// </summary>
public sealed class Mutations(int seed)
{
    static readonly ulong[] Extremes =
    [
        0, 1, 2, 7, 8, 0x7f, 0x80, 0xff, 0x7fff, 0x8000, 0xffff, 0x7fff_ffff, 0x8000_0000, 0xffff_ffff, 0x1_0000_0000,
        0x7fff_ffff_ffff_ffff, 0x8000_0000_0000_0000, 0xffff_ffff_ffff_ffff, 0xffff_ffff_ffff_fff8, 0x4000_0000_0000_0000, 100_000_000, 100_000_001,
    ];

    static readonly string[] Tokens =
    [
        "null", "true", "{}", "[]", "-1", "0", "1e999", "1.5", "9223372036854775807", "9223372036854775808", "-9223372036854775808", "18446744073709551616",
        "\"\"", "\"\\ud800\"", "\"../x\"", "\"\\u0000\"", "[[[[[[[[[[]]]]]]]]]]", "{\"a\":{\"a\":{\"a\":{\"a\":{}}}}}", "2147483648", "1e-320", "[1,2]",
    ];

    readonly Random random = new(seed);

    /// <summary>A damaged copy: one to four edits, chosen at random.</summary>
    public byte[] Mutate(byte[] original)
    {
        var bytes = original;
        for (var edits = 1 + random.Next(4); edits > 0; edits--) bytes = EditOnce(bytes);
        return bytes;
    }

    byte[] EditOnce(byte[] bytes) => bytes.Length == 0 ? [(byte)random.Next(256)] : random.Next(8) switch
    {
        0 => FlipBits(bytes),
        1 => Truncate(bytes),
        2 => WriteExtreme(bytes),
        3 => Splice(bytes),
        4 => Delete(bytes),
        5 => Insert(bytes),
        _ => EditJson(bytes),
    };

    byte[] FlipBits(byte[] bytes)
    {
        var copy = (byte[])bytes.Clone();
        for (var flips = 1 + random.Next(8); flips > 0; flips--) copy[Position(copy.Length)] ^= (byte)(1 << random.Next(8));
        return copy;
    }

    byte[] Truncate(byte[] bytes) => bytes[..random.Next(bytes.Length)];

    byte[] WriteExtreme(byte[] bytes)
    {
        Span<byte> field = stackalloc byte[8];
        BinaryPrimitives.WriteUInt64LittleEndian(field, Extremes[random.Next(Extremes.Length)]);
        var width = 1 << random.Next(4);
        var copy = (byte[])bytes.Clone();
        var at = Position(copy.Length) / width * width;
        field[..Math.Min(width, copy.Length - at)].CopyTo(copy.AsSpan(at));
        return copy;
    }

    byte[] Splice(byte[] bytes)
    {
        var from = random.Next(bytes.Length);
        var length = 1 + random.Next(Math.Min(64, bytes.Length - from));
        var to = Position(bytes.Length);
        return [.. bytes[..to], .. bytes[from..(from + length)], .. bytes[(random.Next(2) == 0 ? to : Math.Min(bytes.Length, to + length))..]];
    }

    byte[] Delete(byte[] bytes)
    {
        var at = Position(bytes.Length);
        return [.. bytes[..at], .. bytes[Math.Min(bytes.Length, at + 1 + random.Next(16))..]];
    }

    byte[] Insert(byte[] bytes)
    {
        var noise = new byte[1 + random.Next(8)];
        random.NextBytes(noise);
        var at = Position(bytes.Length);
        return [.. bytes[..at], .. noise, .. bytes[at..]];
    }

    /// <summary>Replaces a number, a text or a word of JSON by a value that readers might not expect; other bytes stay.</summary>
    byte[] EditJson(byte[] bytes)
    {
        var open = Array.IndexOf(bytes, (byte)'{');
        if (open < 0) return FlipBits(bytes);
        var at = open + Position(Math.Min(bytes.Length - open, 1 << 20));
        while (at < bytes.Length && bytes[at] is not ((byte)':' or (byte)',' or (byte)'[')) at++;
        if (at >= bytes.Length) return FlipBits(bytes);
        var end = at + 1;
        var quoted = end < bytes.Length && bytes[end] == (byte)'"';
        if (quoted) end++;
        while (end < bytes.Length && (quoted ? bytes[end] != (byte)'"' : bytes[end] is not ((byte)',' or (byte)'}' or (byte)']'))) end++;
        if (quoted && end < bytes.Length) end++;
        var token = Tokens[random.Next(Tokens.Length)];
        return [.. bytes[..(at + 1)], .. Encoding.UTF8.GetBytes(token), .. bytes[end..]];
    }

    /// <summary>Half of the edits hit the first bytes, where headers are.</summary>
    int Position(int length) => random.Next(2) == 0 ? random.Next(Math.Min(length, 64)) : random.Next(length);
}
