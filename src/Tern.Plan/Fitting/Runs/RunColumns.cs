using Tern.Models;

namespace Tern.Plan.Fitting.Runs;

/// <summary>Which column of a table holds what, and numbers out of it with their units undone.</summary>
sealed class RunColumns
{
    /// <summary>Fewer parameters or tokens than anybody trains with: the column counts in millions or billions and does not say so.</summary>
    const double LeastCount = 100;

    /// <summary>More than anybody trains with: plain numbers in a column whose name has a unit.</summary>
    const double MostCount = 1e17;

    readonly RunTable _table;
    readonly Dictionary<RunQuantity, (int Index, double Scale)> _found = [];

    /// <param name="table">The table.</param>
    /// <param name="named">Columns by the key of the quantity, as in --columns; the others are known by their names.</param>
    /// <exception cref="TernException">A named column is not there, or two columns could be the same quantity.</exception>
    public RunColumns(RunTable table, IReadOnlyDictionary<string, string>? named)
    {
        _table = table;
        foreach (var (key, column) in named ?? new Dictionary<string, string>()) Name(key, column);
        foreach (var names in RunQuantityNames.All.Where(names => !_found.ContainsKey(names.Quantity))) Find(names);
    }

    public bool Has(RunQuantity quantity) => _found.ContainsKey(quantity);

    /// <exception cref="TernException">No column holds the quantity.</exception>
    public void Require(RunQuantity quantity)
    {
        if (Has(quantity)) return;
        var names = RunQuantityNames.All.First(names => names.Quantity == quantity);
        var near = _table.Columns.FirstOrDefault(column => EditDistance.Nearest(RunQuantityNames.Normalised(column), names.Names.Where(name => name.Length > 2)) is not null);
        throw new TernException($"{_table.Path}: no column for {names.Key} ({string.Join(", ", names.Names)}){(near is null ? "" : $"; is it '{near}'?")} Name it: --columns {names.Key}=... The file has {List(_table.Columns)}.");
    }

    /// <summary>The text of a cell; null where it is empty or the column is not there.</summary>
    public string? Text(RunTableRow row, RunQuantity quantity) => _found.TryGetValue(quantity, out var column) && row.Cells[column.Index].Trim() is { Length: > 0 } text ? text : null;

    /// <summary>A number above 0; null where the cell is empty or the column is not there.</summary>
    /// <exception cref="TernException">The cell holds something else.</exception>
    public double? Positive(RunTableRow row, RunQuantity quantity)
    {
        if (Text(row, quantity) is not { } text) return null;
        var (index, scale) = _found[quantity];
        var place = $"{_table.Path}:{row.Line}: column '{_table.Columns[index]}'";
        if (!RunTableRow.TryNumber(text, out var number)) number = WithUnit(text, scale, place);
        if (double.IsNaN(number)) throw new TernException($"{place}: is NaN. Remove the row, or write what was measured.");
        if (!double.IsFinite(number) || number <= 0) throw new TernException($"{place}: '{text}' must be a number above 0.");
        number *= scale;
        if (quantity is RunQuantity.Parameters or RunQuantity.Tokens && number < LeastCount)
            throw new TernException($"{place}: {number:G6} is too few. If the column counts in millions or billions, rename it {RunQuantityNames.Normalised(_table.Columns[index])}_m or _b.");
        if (quantity is RunQuantity.Parameters or RunQuantity.Tokens && scale > 1 && number > MostCount) throw new TernException($"{place}: {number:G6} is too many. The name of the column says that it counts in units of {scale:0.#e0}; if it holds plain numbers, take that off the name.");
        return number;
    }

    /// <exception cref="TernException">The cell is empty or holds something else than a number above 0.</exception>
    public double Required(RunTableRow row, RunQuantity quantity) =>
        Positive(row, quantity) ?? throw new TernException($"{_table.Path}:{row.Line}: column '{_table.Columns[_found[quantity].Index]}': is empty. Fill it in or remove the row.");

    /// <summary>"20B" in a column that counts in billions is 20; elsewhere a unit in one cell puts the others in doubt.</summary>
    static double WithUnit(string text, double scale, string place)
    {
        var letters = text.Length - text.TrimEnd("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ ".ToCharArray()).Length;
        if (letters == 0 || letters == text.Length || !RunTableRow.TryNumber(text[..^letters], out var number)) throw new TernException($"{place}: '{text}' is not a number.");
        var unit = text[^letters..].Trim();
        if (!RunQuantityNames.Units.TryGetValue(unit.ToLowerInvariant(), out var factor)) throw new TernException($"{place}: '{text}' is not a number: there is no unit '{unit}'.");
        if (factor == scale) return number;
        var cause = scale == 1 ? "the column does not say that it counts so" : "the column says another unit";
        throw new TernException($"{place}: '{text}': {cause}. Write plain numbers, or name the column with its unit (tokens_b, params_m) in all rows.");
    }

    void Name(string key, string column)
    {
        var names = RunQuantityNames.All.FirstOrDefault(names => string.Equals(names.Key, key, StringComparison.OrdinalIgnoreCase))
            ?? throw new TernException($"--columns: there is no quantity '{key}'. Known are {string.Join(", ", RunQuantityNames.All.Select(names => names.Key))}.");
        var index = _table.Columns.ToList().FindIndex(known => string.Equals(known.Trim(), column, StringComparison.OrdinalIgnoreCase));
        if (index < 0)
            throw new TernException($"{_table.Path}: has no column '{column}'{(EditDistance.Nearest(column, _table.Columns) is { } near ? $"; did you mean '{near}'?" : ".")} It has {List(_table.Columns)}.");
        _found[names.Quantity] = (index, names.Scaled && RunQuantityNames.UnitOf(RunQuantityNames.Normalised(_table.Columns[index])) is var (_, unit) ? unit : 1);
    }

    void Find(RunQuantityNames names)
    {
        var matches = _table.Columns.Index().Where(column => names.ScaleOf(column.Item) is not null).ToList();
        if (matches.Count == 0) return;
        if (matches.Count > 1)
            throw new TernException($"{_table.Path}: {List(matches.Select(match => match.Item))} could all be {names.Key}. Say which: --columns {names.Key}='{matches[0].Item}'.");
        _found[names.Quantity] = (matches[0].Index, names.ScaleOf(matches[0].Item)!.Value);
    }

    static string List(IEnumerable<string> columns) => string.Join(", ", columns.Select(column => $"'{column}'"));
}
