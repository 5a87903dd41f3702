using System.IO.MemoryMappedFiles;
using Parquet;
using Parquet.Schema;
using Tern.Models;
using Tern.Models.Files;

namespace Tern.Train.Data.Documents;

/// <summary>One column of texts in a Parquet file.</summary>
static class ParquetDocuments
{
    /// <summary>Rows of one group that are held in memory at once.</summary>
    const int MaxRowsPerGroup = 1 << 24;

    /// <summary>The texts in the order of the rows; nulls and empty texts are left out.</summary>
    /// <exception cref="TernException">The file is no Parquet file or is damaged, or has no such column of texts.</exception>
    public static IEnumerable<string> Read(string path, string column)
    {
        RequireMagic(path);
        // Mapped, reads are done at once and on the calling thread. The library meets null references in damaged files, and .NET's handler of those has too small a stack on threads that have used AMX, as those of
        // libtorch's products have: the process would end. Data are read before any such product, but threads of the pool may have made one.
        using var file = MemoryMappedFile.CreateFromFile(path, FileMode.Open, null, 0, MemoryMappedFileAccess.Read);
        using var stream = file.CreateViewStream(0, new FileInfo(path).Length, MemoryMappedFileAccess.Read);
        var reader = Guard(path, () => ParquetReader.CreateAsync(stream, leaveStreamOpen: true).GetAwaiter().GetResult());
        try
        {
            var field = Guard(path, () => ColumnOf(reader.Schema, column, path));
            var groups = Guard(path, () => reader.RowGroupCount);
            for (var group = 0; group < groups; group++)
                foreach (var text in Guard(path, () => ReadGroup(reader, group, field, path)))
                    if (!string.IsNullOrEmpty(text)) yield return text;
        }
        finally
        {
            reader.DisposeAsync().AsTask().GetAwaiter().GetResult();
        }
    }

    static string?[] ReadGroup(ParquetReader reader, int group, DataField field, string path)
    {
        using var rows = reader.OpenRowGroupReader(group);
        if (rows.RowCount is < 0 or > MaxRowsPerGroup)
            throw new TernException($"{path}: row group {group} has {rows.RowCount} rows; more than {MaxRowsPerGroup} are not read at once. Write the file again with smaller groups.");
        var texts = new string?[rows.RowCount];
        rows.ReadAsync(field, texts.AsMemory()!).AsTask().GetAwaiter().GetResult();
        return texts;
    }

    static DataField ColumnOf(ParquetSchema schema, string column, string path)
    {
        var fields = schema.GetDataFields();
        var field = fields.FirstOrDefault(candidate => candidate.Path.ToString() == column)
            ?? throw new TernException($"{path}: has no column '{column}'; it has {string.Join(", ", fields.Select(candidate => $"'{candidate.Path}'"))}. Name the one that holds the text as field.");
        if ((field.ClrType != typeof(string) && field.ClrType != typeof(ReadOnlyMemory<char>)) || field.IsArray || field.MaxRepetitionLevel > 0)
            throw new TernException($"{path}: the column '{column}' does not hold texts.");
        return field;
    }

    static void RequireMagic(string path)
    {
        const int Shortest = 12;                                     // magic, length of the footer, magic
        using var file = MappedFile.Open(path);
        if (file.Length == 0) throw new TernException($"{path}: the file is empty.");
        if (file.Length < Shortest || !file.Slice(0, 4).SequenceEqual("PAR1"u8)) throw new TernException($"{path}: is no Parquet file.");
        if (!file.Slice(file.Length - 4, 4).SequenceEqual("PAR1"u8)) throw new TernException($"{path}: the end of the Parquet file is missing; fetch it again.");
    }

    /// <summary>The library throws whatever its decoders stumble over: for the user all of it means a damaged file.</summary>
    static T Guard<T>(string path, Func<T> read)
    {
        try
        {
            return read();
        }
        catch (Exception problem) when (problem is not TernException)
        {
            throw new TernException($"{path}: the Parquet file is damaged or uses a feature that is not read: {problem.Message}", problem);
        }
    }
}
