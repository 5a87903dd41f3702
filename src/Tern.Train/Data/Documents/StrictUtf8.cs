using System.Text;
using System.Text.Unicode;
using Tern.Models;

namespace Tern.Train.Data.Documents;

/// <summary>Bytes to text, of which not one is guessed: what is no UTF-8 is an error with its place.</summary>
static class StrictUtf8
{
    /// <summary>Documents beyond this do not fit into memory as text.</summary>
    public const int MaxDocumentBytes = 1 << 29;

    public static ReadOnlySpan<byte> ByteOrderMark => [0xEF, 0xBB, 0xBF];

    /// <param name="bytes">The document.</param>
    /// <param name="file">For the message.</param>
    /// <param name="offset">Where the document begins in the file, for the message.</param>
    /// <exception cref="TernException">The bytes are no UTF-8, or hold a NUL, which no text does.</exception>
    public static string Decode(ReadOnlySpan<byte> bytes, string file, long offset)
    {
        var nul = bytes.IndexOf((byte)0);
        if (nul >= 0) throw new TernException($"{file}: a NUL at byte {offset + nul}; this is a binary file or UTF-16, expected UTF-8 text.");
        if (!Utf8.IsValid(bytes))
            throw new TernException($"{file}: not UTF-8 at byte {offset + ValidLength(bytes)}; convert the file to UTF-8 (iconv -t UTF-8), or fetch it again.");
        return Encoding.UTF8.GetString(bytes);
    }

    static int ValidLength(ReadOnlySpan<byte> bytes)
    {
        var valid = 0;
        while (Rune.DecodeFromUtf8(bytes[valid..], out _, out var length) == System.Buffers.OperationStatus.Done) valid += length;
        return valid;
    }
}
