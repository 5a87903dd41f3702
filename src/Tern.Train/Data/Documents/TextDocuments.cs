using System.Text;
using Tern.Models;
using Tern.Models.Files;

namespace Tern.Train.Data.Documents;

/// <summary>Plain text: a file is a document, or a separator stands between documents.</summary>
static class TextDocuments
{
    /// <summary>
    /// The documents in the order of the file. Where there is a separator, line breaks at both ends of a document belong to it and not to the
    /// document. Documents without text are left out.
    /// </summary>
    /// <exception cref="TernException">The file is empty, is not UTF-8, or a document is too long.</exception>
    public static IEnumerable<string> Read(string path, string? separator)
    {
        if (separator is "") throw new TernException($"{path}: the document_separator is empty; leave it out where a file is one document.");
        using var file = MappedFile.Open(path);
        if (file.Length == 0) throw new TernException($"{path}: the file is empty.");
        var mark = separator is null ? [] : Encoding.UTF8.GetBytes(separator);
        var start = StartsWithMark(file) ? StrictUtf8.ByteOrderMark.Length : 0L;
        while (start < file.Length)
        {
            var length = LengthOfDocument(file, start, mark);
            var text = StrictUtf8.Decode(file.Slice(start, length), path, start);
            if (separator is not null) text = text.Trim('\r', '\n');
            if (text.Length > 0) yield return text;
            start += length + mark.Length;
        }
    }

    static bool StartsWithMark(MappedFile file) =>
        file.Length >= StrictUtf8.ByteOrderMark.Length && file.Slice(0, StrictUtf8.ByteOrderMark.Length).SequenceEqual(StrictUtf8.ByteOrderMark);

    static int LengthOfDocument(MappedFile file, long start, byte[] mark)
    {
        var limit = (long)StrictUtf8.MaxDocumentBytes + mark.Length;
        var rest = file.Slice(start, (int)Math.Min(file.Length - start, limit));
        var length = mark.Length == 0 ? -1 : rest.IndexOf(mark);
        if (length < 0 && start + rest.Length < file.Length)
            throw new TernException($"{file.Path}: the document at byte {start} is longer than {StrictUtf8.MaxDocumentBytes} bytes; name the document_separator, or cut the file.");
        return length < 0 ? rest.Length : length;
    }
}
