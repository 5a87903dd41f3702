using Tern.Models;
using Tern.Train.Recipes;

namespace Tern.Train.Data.Documents;

/// <summary>The documents of a source: file after file, in a fixed order.</summary>
static class DocumentReader
{
    /// <summary>Reads lazily; one document (of Parquet: one row group) is in memory at a time.</summary>
    /// <exception cref="TernException">A file is missing, empty, binary, not UTF-8 or damaged; the message names the place.</exception>
    public static IEnumerable<string> Read(DataSource source) => SourceFiles.Find(source.Path).SelectMany(file => Read(source, file));

    /// <summary>The conversations of a source, each as one text without the marks of any template.</summary>
    /// <exception cref="TernException">As <see cref="Conversations.Read"/>.</exception>
    public static IEnumerable<string> ReadConversations(DataSource source) =>
        SourceFiles.Find(source.Path).SelectMany(file => Conversations.Read(source, file)).Select(conversation => string.Join('\n', conversation.Turns.Select(turn => turn.Content)));

    public static IEnumerable<string> Read(DataSource source, string file)
    {
        var format = SourceFiles.FormatOf(source, file);
        if (format != "text" && (source.DocumentSeparator is not null || source.Unwrap))
            throw new TernException($"{source.Path}: document_separator and unwrap are for text files; {format} holds one document a row.");
        return format switch
        {
            "jsonl" => JsonLines.Read(file, source.Field ?? JsonLines.DefaultField),
            "parquet" => ParquetDocuments.Read(file, source.Field ?? JsonLines.DefaultField),
            _ when source.Unwrap => TextDocuments.Read(file, source.DocumentSeparator).Select(HardLineBreaks.Remove),
            _ => TextDocuments.Read(file, source.DocumentSeparator),
        };
    }
}
