using System.Globalization;

namespace Tern.Cli.Terminal;

/// <summary>A point of a curve.</summary>
readonly record struct LossPoint(long Step, double Loss);

/// <summary>
/// Loss over steps in characters: the training loss as dots of Braille (two columns and four rows in a character), held-out losses as circles.
/// A column of dots is the mean of its steps, joined to its neighbour by a straight line.
/// </summary>
static class LossChart
{
    public const char HeldOut = '●';
    const char NoDots = '\u2800';                                            // U+2800 to U+28FF are the 256 patterns
    const int DotColumns = 2, DotRows = 4, LabelWidth = 8;

    /// <summary>Bit of a dot in a pattern, by row and column.</summary>
    static readonly int[,] Dot = { { 0x01, 0x08 }, { 0x02, 0x10 }, { 0x04, 0x20 }, { 0x40, 0x80 } };

    /// <summary>The chart as lines of text, none longer than <paramref name="width"/>; none where there is no finite training loss.</summary>
    /// <param name="training">In the order of steps. What is not finite is left out.</param>
    /// <param name="heldOut">Likewise.</param>
    /// <param name="width">Characters, labels included.</param>
    /// <param name="height">Lines, the line of steps included.</param>
    public static IReadOnlyList<string> Lines(IEnumerable<LossPoint> training, IEnumerable<LossPoint> heldOut, int width, int height)
    {
        var (columns, rows) = (width - LabelWidth, height - 1);
        var curve = training.Where(point => double.IsFinite(point.Loss)).ToList();
        var marks = heldOut.Where(point => double.IsFinite(point.Loss)).ToList();
        if (curve.Count == 0 || columns < 8 || rows < 2) return [];
        var all = curve.Concat(marks).ToList();
        var steps = (First: all.Min(point => point.Step), Last: all.Max(point => point.Step));
        var losses = (Low: all.Min(point => point.Loss), High: all.Max(point => point.Loss));
        var cells = Enumerable.Range(0, rows).Select(_ => Enumerable.Repeat(NoDots, columns).ToArray()).ToArray();

        int Place(double value, double low, double high, int places) => high > low ? (int)Math.Round((value - low) / (high - low) * (places - 1)) : 0;
        int ColumnOf(long step, int places) => Place(step, steps.First, steps.Last, places);
        int RowOf(double loss, int places) => places - 1 - Place(loss, losses.Low, losses.High, places);

        Draw(cells, Joined([.. curve.GroupBy(point => ColumnOf(point.Step, columns * DotColumns))
            .Select(column => (column.Key, RowOf(column.Average(point => point.Loss), rows * DotRows)))]));
        foreach (var mark in marks) cells[RowOf(mark.Loss, rows)][ColumnOf(mark.Step, columns)] = HeldOut;

        string LabelOf(int row) => row == 0 ? Label(losses.High) : row == rows - 1 ? Label(losses.Low) : "";
        var (first, last) = (steps.First.ToString(CultureInfo.InvariantCulture), steps.Last.ToString(CultureInfo.InvariantCulture));
        return
        [
            .. cells.Select((cell, row) => $"{LabelOf(row),LabelWidth - 2} │{new string(cell)}"),
            $"{"",LabelWidth - 1}└{first}{last.PadLeft(Math.Max(last.Length + 1, columns - first.Length), '─')}",
        ];
    }

    static string Label(double loss) => loss.ToString("F3", CultureInfo.InvariantCulture);

    /// <summary>One dot in every column from the first to the last.</summary>
    static List<(int Column, int Row)> Joined(IReadOnlyList<(int Column, int Row)> dots)
    {
        var joined = dots.Take(1).ToList();
        foreach (var (from, to) in dots.Zip(dots.Skip(1)))
            for (var column = from.Column + 1; column <= to.Column; column++)
                joined.Add((column, from.Row + (int)Math.Round((double)(to.Row - from.Row) * (column - from.Column) / (to.Column - from.Column))));
        return joined;
    }

    /// <summary>Sets dots at (column, row), column after column; a steep part of the curve is a vertical line in the later column.</summary>
    static void Draw(char[][] cells, IReadOnlyList<(int Column, int Row)> dots)
    {
        for (var i = 0; i < dots.Count; i++)
        {
            var (column, row) = dots[i];
            var joined = i > 0 ? dots[i - 1].Row : row;
            for (var at = Math.Min(row, joined); at <= Math.Max(row, joined); at++)
            {
                if (at == joined && joined != row) continue;                 // the neighbour has that one
                ref var cell = ref cells[at / DotRows][column / DotColumns];
                cell = (char)(cell | Dot[at % DotRows, column % DotColumns]);
            }
        }
    }
}
