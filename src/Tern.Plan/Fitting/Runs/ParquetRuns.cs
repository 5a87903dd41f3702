using System.Globalization;
using Parquet;
using Parquet.Schema;
using Tern.Models;
using Tern.Models.Files;

namespace Tern.Plan.Fitting.Runs;

/// <summary>A table of runs in a Parquet file: its columns of numbers and texts, others are left out.</summary>
static class ParquetRuns
{
    /// <summary>Tables of runs are small; what claims to be larger is something else or damaged.</summary>
    const int MaxRows = 1 << 20;

    /// <exception cref="TernException">The file is no Parquet file or is damaged.</exception>
    public static RunTable Read(string path)
    {
        try
        {
            using var stream = DiskFile.OpenRead(path);
            return ReadAsync(path, stream).GetAwaiter().GetResult();
        }
        catch (Exception problem) when (problem is not TernException)
        {
            // The library throws whatever its decoders stumble over.
            throw new TernException($"{path}: the Parquet file is damaged or uses a feature that is not read: {problem.Message}", problem);
        }
    }

    static async Task<RunTable> ReadAsync(string path, Stream stream)
    {
        var reader = await ParquetReader.CreateAsync(stream, leaveStreamOpen: true).ConfigureAwait(false);
        await using (reader.ConfigureAwait(false))
        {
            var fields = reader.Schema.GetDataFields().Where(field => !field.IsArray && field.MaxRepetitionLevel == 0 && IsRead(field.ClrType)).ToList();
            var rows = new List<RunTableRow>();
            for (var group = 0; group < reader.RowGroupCount; group++)
            {
                using var part = reader.OpenRowGroupReader(group);
                if (part.RowCount < 0 || part.RowCount + rows.Count > MaxRows) throw new TernException($"{path}: has more than {MaxRows} rows, which no table of runs has.");
                var columns = new List<string[]>();
                foreach (var field in fields) columns.Add(await CellsAsync(part, field).ConfigureAwait(false));
                for (var i = 0; i < part.RowCount; i++) rows.Add(new(rows.Count + 1, [.. columns.Select(column => column[i])]));
            }
            return new(path, [.. fields.Select(field => field.Path.ToString())], rows);
        }
    }

    static bool IsRead(Type type) => type == typeof(string) || type == typeof(double) || type == typeof(float) || type == typeof(long) || type == typeof(int);

    static async Task<string[]> CellsAsync(ParquetRowGroupReader part, DataField field)
    {
        if (field.ClrType == typeof(double)) return await NumbersAsync<double>(part, field).ConfigureAwait(false);
        if (field.ClrType == typeof(float)) return await NumbersAsync<float>(part, field).ConfigureAwait(false);
        if (field.ClrType == typeof(long)) return await NumbersAsync<long>(part, field).ConfigureAwait(false);
        if (field.ClrType == typeof(int)) return await NumbersAsync<int>(part, field).ConfigureAwait(false);
        var texts = new string?[part.RowCount];
        await part.ReadAsync(field, texts.AsMemory()!).ConfigureAwait(false);
        return [.. texts.Select(text => text ?? "")];
    }

    static async Task<string[]> NumbersAsync<T>(ParquetRowGroupReader part, DataField field) where T : struct, IFormattable
    {
        if (field.IsNullable)
        {
            var optional = new T?[part.RowCount];
            await part.ReadAsync(field, optional.AsMemory()).ConfigureAwait(false);
            return [.. optional.Select(value => value?.ToString(null, CultureInfo.InvariantCulture) ?? "")];
        }
        var values = new T[part.RowCount];
        await part.ReadAsync(field, values.AsMemory()).ConfigureAwait(false);
        return [.. values.Select(value => value.ToString(null, CultureInfo.InvariantCulture))];
    }
}
