using System.Buffers.Binary;
using System.Numerics;

namespace Tern.Train.Metrics;

/// <summary>The framing of TFRecord files: length (uint64), masked CRC of the length, data, masked CRC of the data; everything little-endian.</summary>
static class RecordFile
{
    const uint MaskDelta = 0xa282ead8;

    public static void Append(Stream file, ReadOnlySpan<byte> data)
    {
        Span<byte> head = stackalloc byte[sizeof(ulong) + sizeof(uint)];
        Span<byte> tail = stackalloc byte[sizeof(uint)];
        BinaryPrimitives.WriteUInt64LittleEndian(head, (ulong)data.Length);
        BinaryPrimitives.WriteUInt32LittleEndian(head[sizeof(ulong)..], MaskedCrc32C(head[..sizeof(ulong)]));
        BinaryPrimitives.WriteUInt32LittleEndian(tail, MaskedCrc32C(data));
        file.Write(head);
        file.Write(data);
        file.Write(tail);
    }

    /// <summary>CRC-32C (Castagnoli), rotated right by 15 bits plus a constant, so that a CRC of data that holds CRCs is sound.</summary>
    public static uint MaskedCrc32C(ReadOnlySpan<byte> data)
    {
        var crc = uint.MaxValue;
        foreach (var value in data) crc = BitOperations.Crc32C(crc, value);
        return BitOperations.RotateRight(~crc, 15) + MaskDelta;
    }
}
