namespace Tern.Geometry.Engine;

/// <summary>
/// Which equations of a system one follows from. The logged rows are independent of each other, so every consequence is a combination of them in one way only;
/// row by row elimination, without substitution backwards, finds it with the rows before any moment.
/// </summary>
sealed class Traceback
{
    readonly List<Row> _rows = [];
    readonly Dictionary<int, int> _rowOfPivot = [];

    /// <param name="Form">Reduced by the rows before, with coefficient one of the pivot.</param>
    /// <param name="Parts">The form is this combination of rows before, plus <paramref name="Factor"/> times the equation as it was added.</param>
    sealed record Row(LinearForm Form, int Pivot, int Fact, Rational Factor, List<(int Row, Rational Factor)> Parts);

    public Traceback(IEnumerable<LoggedRow> log)
    {
        foreach (var logged in log.OrderBy(row => row.Fact))
        {
            var (rest, used) = Reduce(logged.Form, int.MaxValue);
            if (rest.VariableCount == 0) continue;
            var pivot = rest.Terms[rest.VariableCount - 1].Variable;
            var factor = Rational.One / rest[pivot];
            _rowOfPivot[pivot] = _rows.Count;
            _rows.Add(new Row(rest.Times(factor), pivot, logged.Fact, factor, [.. used.Select(part => (part.Key, -(part.Value * factor)))]));
        }
    }

    /// <summary>The facts whose equations the form is a combination of, among those with a number below <paramref name="before"/>; null where it does not follow from them.</summary>
    public IReadOnlyCollection<int>? FactsFor(LinearForm form, int before)
    {
        var (rest, used) = Reduce(form, before);
        if (!rest.IsZero) return null;
        var facts = new SortedSet<int>();
        while (used.Count > 0)
        {
            var (last, coefficient) = used.Last();
            used.Remove(last);
            if (coefficient.IsZero) continue;
            facts.Add(_rows[last].Fact);
            foreach (var (row, factor) in _rows[last].Parts) used[row] = used.GetValueOrDefault(row) + coefficient * factor;
        }
        return facts;
    }

    /// <summary>What is left of a form, and the multiples of rows that were taken from it.</summary>
    (LinearForm Left, SortedDictionary<int, Rational> Used) Reduce(LinearForm form, int before)
    {
        var used = new SortedDictionary<int, Rational>();
        while (NextRow(form, before) is >= 0 and var next)
        {
            var row = _rows[next];
            var coefficient = form[row.Pivot];
            form = form.Plus(row.Form, -coefficient);
            used[next] = coefficient;
        }
        return (form, used);
    }

    /// <summary>The earliest row that has one of the form's variables as pivot. It brings in pivots of later rows only.</summary>
    int NextRow(LinearForm form, int before)
    {
        var next = -1;
        for (var i = 0; i < form.VariableCount; i++)
            if (_rowOfPivot.TryGetValue(form.Terms[i].Variable, out var row) && _rows[row].Fact < before && (next < 0 || row < next)) next = row;
        return next;
    }
}
