using System.Buffers.Binary;
using System.Text;

namespace Tern.Train.Torch;

/// <summary>
/// The versions of symbols that a 64-bit little-endian ELF library needs from other libraries (section .gnu.version_r: Linux Standard Base Core 5.0, 10.7.2, "Symbol
/// Requirements"). A need that is marked weak does not stop the dynamic linker where the other library lacks the version.
/// </summary>
static class ElfVersionNeeds
{
    const int SectionHeaderSize = 64, NeedSize = 16, NeedAuxSize = 16;
    const uint GnuVersionNeeds = 0x6FFF_FFFE;                  // SHT_GNU_verneed
    const ushort Weak = 2;                                     // VER_FLG_WEAK

    /// <summary>Marks the need of one version as weak, in place.</summary>
    /// <returns>How many entries were changed: 0 where there is none of this name, or it is weak already.</returns>
    /// <exception cref="InvalidDataException">Not such a library, or damaged.</exception>
    public static int MakeWeak(Span<byte> library, string version)
    {
        var name = Encoding.ASCII.GetBytes(version);
        var changed = 0;
        foreach (var entry in Entries(library))
        {
            if (!NameAt(library, entry.Name).SequenceEqual(name)) continue;
            var flags = BinaryPrimitives.ReadUInt16LittleEndian(library[entry.Flags..]);
            if ((flags & Weak) != 0) continue;
            BinaryPrimitives.WriteUInt16LittleEndian(library[entry.Flags..], (ushort)(flags | Weak));
            changed++;
        }
        return changed;
    }

    /// <summary>The versions that are needed and not weak.</summary>
    /// <exception cref="InvalidDataException">Not such a library, or damaged.</exception>
    public static IReadOnlyList<string> Strong(ReadOnlySpan<byte> library)
    {
        var versions = new List<string>();
        foreach (var entry in Entries(library))
        {
            if ((BinaryPrimitives.ReadUInt16LittleEndian(library[entry.Flags..]) & Weak) == 0) versions.Add(Encoding.ASCII.GetString(NameAt(library, entry.Name)));
        }
        return versions;
    }

    /// <summary>Where the flags and the name of each entry (Elf64_Vernaux) lie in the file.</summary>
    static List<(int Flags, int Name)> Entries(ReadOnlySpan<byte> library)
    {
        if (library.Length < 64 || !library[..6].SequenceEqual<byte>([0x7F, (byte)'E', (byte)'L', (byte)'F', 2, 1])) throw new InvalidDataException("not a 64-bit little-endian ELF file");
        var entries = new List<(int, int)>();
        int count = U16(library, 0x3C);
        for (var i = 0; i < count; i++)
        {
            var section = Section(library, i);
            if (U32(library, section + 4) != GnuVersionNeeds) continue;
            var strings = Offset(library, Section(library, checked((int)U32(library, section + 0x28))) + 0x18);     // sh_link: its string table
            var need = Offset(library, section + 0x18);
            for (var left = U32(library, section + 0x2C); left > 0; left--)                                          // sh_info: the number of Elf64_Verneed
            {
                Require(library, need, NeedSize);
                var aux = Forward(library, need, U32(library, need + 8));
                for (int more = U16(library, need + 2); more > 0; more--)
                {
                    Require(library, aux, NeedAuxSize);
                    entries.Add((aux + 4, Forward(library, strings, U32(library, aux + 8))));
                    aux = Forward(library, aux, U32(library, aux + 12));
                }
                need = Forward(library, need, U32(library, need + 12));
            }
        }
        return entries;
    }

    static int Section(ReadOnlySpan<byte> library, int index)
    {
        if (index >= U16(library, 0x3C) || U16(library, 0x3A) != SectionHeaderSize) throw new InvalidDataException("the table of sections is damaged");
        var at = Forward(library, Offset(library, 0x28), checked((uint)(index * SectionHeaderSize)));
        Require(library, at, SectionHeaderSize);
        return at;
    }

    static ReadOnlySpan<byte> NameAt(ReadOnlySpan<byte> library, int at)
    {
        var end = library[at..].IndexOf((byte)0);
        return end < 0 ? throw new InvalidDataException("a name does not end") : library.Slice(at, end);
    }

    static int Offset(ReadOnlySpan<byte> library, int at)
    {
        Require(library, at, 8);
        var value = BinaryPrimitives.ReadUInt64LittleEndian(library[at..]);
        return value < (ulong)library.Length ? (int)value : throw new InvalidDataException($"an offset of {value} is beyond the end of the file");
    }

    static int Forward(ReadOnlySpan<byte> library, int from, uint by) =>
        from + (long)by < library.Length ? from + (int)by : throw new InvalidDataException("an entry lies beyond the end of the file");

    static uint U32(ReadOnlySpan<byte> library, int at)
    {
        Require(library, at, 4);
        return BinaryPrimitives.ReadUInt32LittleEndian(library[at..]);
    }

    static ushort U16(ReadOnlySpan<byte> library, int at)
    {
        Require(library, at, 2);
        return BinaryPrimitives.ReadUInt16LittleEndian(library[at..]);
    }

    static void Require(ReadOnlySpan<byte> library, int at, int bytes)
    {
        if (at < 0 || at > library.Length - bytes) throw new InvalidDataException("an entry lies beyond the end of the file");
    }
}
