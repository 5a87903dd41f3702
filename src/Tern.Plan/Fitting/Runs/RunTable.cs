using System.Globalization;
using System.Text.Json;
using nietras.SeparatedValues;
using Tern.Models;
using Tern.Models.Files;

namespace Tern.Plan.Fitting.Runs;

/// <summary>A table as it lies in a file: texts by column. Meaning comes later (<see cref="RunColumns"/>).</summary>
/// <param name="Path">Of the file.</param>
/// <param name="Columns">Names, no two alike.</param>
/// <param name="Rows">Each with a cell for each column; an absent value is empty.</param>
sealed record RunTable(string Path, IReadOnlyList<string> Columns, IReadOnlyList<RunTableRow> Rows)
{
    /// <summary>Reads CSV (or values separated by tabs or semicolons), JSON Lines, or Parquet, told by the ending of the name.</summary>
    /// <exception cref="TernException">The file is missing, of another kind, or damaged.</exception>
    public static RunTable Read(string path)
    {
        if (!File.Exists(path)) throw new TernException($"{path}: there is no such file.");
        DiskFile.Require(path);
        try
        {
            var table = System.IO.Path.GetExtension(path).ToLowerInvariant() switch
            {
                ".csv" or ".tsv" or ".txt" => ReadCsv(path),
                ".jsonl" or ".ndjson" => ReadJsonLines(path),
                ".parquet" => ParquetRuns.Read(path),
                var ending => throw new TernException($"{path}: tables of runs are .csv, .tsv, .jsonl or .parquet, not '{ending}'."),
            };
            return table.Checked();
        }
        catch (Exception problem) when (problem is IOException or UnauthorizedAccessException or InvalidDataException)
        {
            throw new TernException($"{path}: cannot be read: {problem.Message}", problem);
        }
    }

    static RunTable ReadCsv(string path)
    {
        // The first row is read as any other: the package would refuse duplicate names without their place.
        using var reader = Sep.Reader(options => options with { HasHeader = false, Unescape = true, DisableColCountCheck = true, Trim = SepTrim.All }).FromFile(path);
        List<string>? columns = null;
        var rows = new List<RunTableRow>();
        foreach (var row in reader)
        {
            var cells = new string[row.ColCount];
            for (var i = 0; i < cells.Length; i++) cells[i] = row[i].ToString();
            if (cells is [""]) continue;
            if (columns is null)
            {
                columns = [.. cells];
                continue;
            }
            if (cells.Length != columns.Count) throw new TernException($"{path}:{row.LineNumberFrom}: has {cells.Length} values, the first line {columns.Count} columns. Mend the line, or quote values that hold commas.");
            rows.Add(new(row.LineNumberFrom, cells));
        }
        return new(path, columns ?? [], rows);
    }

    static RunTable ReadJsonLines(string path)
    {
        var (columns, rows) = (new List<string>(), new List<(int Line, Dictionary<string, string> Values)>());
        foreach (var (i, line) in File.ReadLines(path).Index())
        {
            if (string.IsNullOrWhiteSpace(line)) continue;
            var values = JsonLine(path, i + 1, line);
            columns.AddRange(values.Keys.Except(columns));
            rows.Add((i + 1, values));
        }
        return new(path, columns, [.. rows.Select(row => new RunTableRow(row.Line, [.. columns.Select(column => row.Values.GetValueOrDefault(column, ""))]))]);
    }

    static Dictionary<string, string> JsonLine(string path, int line, string text)
    {
        try
        {
            using var document = JsonDocument.Parse(text);
            if (document.RootElement.ValueKind != JsonValueKind.Object) throw new TernException($"{path}:{line}: a line is a JSON object in braces.");
            var values = new Dictionary<string, string>();
            foreach (var property in document.RootElement.EnumerateObject())
                if (!values.TryAdd(property.Name, property.Value.ValueKind == JsonValueKind.Null ? "" : property.Value.ToString()))
                    throw new TernException($"{path}:{line}: the key '{property.Name}' is there twice. Remove one.");
            return values;
        }
        catch (JsonException problem)
        {
            throw new TernException($"{path}:{line}: is not JSON: {problem.Message}", problem);
        }
    }

    RunTable Checked()
    {
        var twice = Columns.GroupBy(column => column.Trim(), StringComparer.OrdinalIgnoreCase).FirstOrDefault(group => group.Count() > 1);
        if (twice is not null) throw new TernException($"{Path}: the column '{twice.Key}' is there {twice.Count()} times. Rename or remove one.");
        return Rows.Count > 0 ? this : throw new TernException($"{Path}: holds no runs.");
    }
}

/// <summary>A row of a table.</summary>
/// <param name="Line">In the file; of Parquet, the number of the row. From 1.</param>
/// <param name="Cells">One for each column.</param>
sealed record RunTableRow(int Line, IReadOnlyList<string> Cells)
{
    /// <summary>A number as tables write it.</summary>
    public static bool TryNumber(string text, out double number) => double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out number);
}
