using System.Runtime.InteropServices;
using Iced.Intel;

namespace Tern.Numerics.Assembled;

/// <summary>Constants that a kernel reads relative to the instruction pointer; they follow its code.</summary>
sealed class ConstantPool(Assembler code)
{
    readonly List<(byte[] Bytes, Label Label)> _entries = [];

    /// <summary>Four bytes.</summary>
    public Label Dword(int value) => Bytes(BitConverter.GetBytes(value));

    /// <summary>Four bytes, over and over.</summary>
    public Label Repeated(int value, int count)
    {
        var values = new int[count];
        values.AsSpan().Fill(value);
        return Bytes(MemoryMarshal.AsBytes(values.AsSpan()));
    }

    public Label Bytes(ReadOnlySpan<byte> bytes)
    {
        foreach (var (known, at) in _entries)
            if (known.AsSpan().SequenceEqual(bytes)) return at;
        var label = code.CreateLabel();
        _entries.Add((bytes.ToArray(), label));
        return label;
    }

    /// <summary>Writes the constants here.</summary>
    public void Emit()
    {
        for (var i = 0; i < _entries.Count; i++)
        {
            var (bytes, label) = _entries[i];
            code.Label(ref label);
            code.db(bytes);
        }
    }
}
