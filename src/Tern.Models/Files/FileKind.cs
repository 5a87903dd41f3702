using System.Buffers.Binary;

namespace Tern.Models.Files;

/// <summary>Tells what a file is by its first bytes, never by its name.</summary>
public static class FileKind
{
    /// <summary>Bytes that <see cref="Problem"/> and the magics of the formats want to see.</summary>
    public const int StartLength = 512;

    /// <summary>Up to <see cref="StartLength"/> bytes from the start of the file.</summary>
    /// <exception cref="TernException">The file cannot be opened.</exception>
    public static byte[] Start(string path)
    {
        using var file = MappedFile.Open(path);
        return file.Slice(0, (int)Math.Min(file.Length, StartLength)).ToArray();
    }

    /// <summary>
    /// Recognises files that users mistake for models: empty files, Git LFS pointers, HTML pages, PyTorch pickles, archives.
    /// </summary>
    /// <param name="start">The first bytes of the file (at most <see cref="StartLength"/> are looked at).</param>
    /// <returns>What it is and what to do about it, or null where nothing is known against the file.</returns>
    public static string? Problem(ReadOnlySpan<byte> start)
    {
        if (start.IsEmpty) return "the file is empty; the download did not finish, fetch it again.";
        if (start.StartsWith("version https://git-lfs"u8))
            return "this is a Git LFS pointer, not the weights; run 'git lfs pull' in its repository, or download the file itself.";
        var text = start.TrimStart(" \t\r\n\uFEFF"u8);
        if (StartsWithIgnoringCase(text, "<!doctype"u8) || StartsWithIgnoringCase(text, "<html"u8) || text.StartsWith("<?xml"u8))
            return "this is a web page, not a model; download with the address of the raw file (and a login, where the model asks for one).";
        if (start.StartsWith("PK\x03\x04"u8))
            return "this is a PyTorch file or another ZIP archive; Tern does not unpickle: convert it to safetensors (in Python: model.save_pretrained(folder, safe_serialization=True)).";
        if (start.Length > 2 && start[0] == 0x80 && start[1] is >= 2 and <= 5 && !LooksLikeSafetensors(start))
            return "this is a Python pickle (old PyTorch); Tern does not unpickle: convert it to safetensors (in Python: model.save_pretrained(folder, safe_serialization=True)).";
        if (start.StartsWith("FUGG"u8)) return "this is a big-endian GGUF file; convert it to little endian.";
        if (start.StartsWith("ggjt"u8) || start.StartsWith("tjgg"u8) || start.StartsWith("lmgg"u8) || start.StartsWith("fmgg"u8))
            return "this is a GGML file of before 2023-08; convert it to GGUF with the tools of llama.cpp.";
        if (start.Length >= 2 && start[0] == 0x1F && start[1] == 0x8B) return "this is a gzip archive; unpack it first.";
        if (start.StartsWith("\u0089HDF"u8[1..])) return "this is an HDF5 file (Keras); convert it to safetensors.";
        return null;
    }

    /// <summary>A header length that may be one, and then an opening brace.</summary>
    public static bool LooksLikeSafetensors(ReadOnlySpan<byte> start) =>
        start.Length > 8 && start[8] == (byte)'{'
        && BinaryPrimitives.ReadUInt64LittleEndian(start) <= Safetensors.SafetensorsHeader.MaxHeaderLength;

    public static bool LooksLikeGguf(ReadOnlySpan<byte> start) => start.StartsWith("GGUF"u8);

    static bool StartsWithIgnoringCase(ReadOnlySpan<byte> text, ReadOnlySpan<byte> prefix) =>
        text.Length >= prefix.Length && System.Text.Ascii.EqualsIgnoreCase(text[..prefix.Length], prefix);
}
