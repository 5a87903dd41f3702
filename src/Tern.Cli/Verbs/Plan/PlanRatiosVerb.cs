using System.CommandLine;
using System.Globalization;
using Tern.Cli.Flags;
using Tern.Cli.Terminal;
using Tern.Plan.Budgets;

namespace Tern.Cli.Verbs.Plan;

/// <summary>How far serving moves the optimum, by loss and demand.</summary>
sealed class PlanRatiosVerb : Verb
{
    readonly Flag<string> _losses = new("--loss-range", [], "Losses, from:to or from:to:count", "1.8:3.0:7", "range");
    readonly Flag<string> _demands = new("--inference-range", [], "Served tokens, from:to or from:to:count, at equal ratios", "1e9:1e14:6", "range");
    readonly LawFlags _law = new();
    readonly Option<bool> _json = new("--json") { Description = "Print one JSON object" };
    readonly Option<bool> _csv = new("--csv") { Description = "Print a table with commas, a line for each loss and demand" };

    public PlanRatiosVerb() : base("ratios", "Prints how operations, size and tokens of the optimum differ from Chinchilla's, by loss and demand.")
    {
        foreach (var option in (Option[])[_losses, _demands]) Add(option);
        _law.AddTo(this);
        foreach (var option in (Option[])[_json, _csv]) Add(option);
        SetAction(Run);
    }

    public override IReadOnlyList<string> Examples =>
    [
        "tern plan ratios",
        "tern plan ratios --loss-range 2.0:2.4:5 --inference-range 1e10:1e13 --csv",
    ];

    int Run(ParseResult result)
    {
        var law = _law.Read(result);
        var (losses, demands) = (Range(result.GetValue(_losses)!, _losses.Name, RatioTable.Linear), Range(result.GetValue(_demands)!, _demands.Name, RatioTable.Logarithmic));
        var rows = RatioTable.Make(law.Law, losses, demands);
        if (result.GetValue(_json)) JsonOutput.Print(new { law = law.Name, rows });
        else if (result.GetValue(_csv)) PrintCsv(rows);
        else Print(law.Name, rows);
        return 0;
    }

    static IReadOnlyList<double> Range(string text, string flag, Func<double, double, int, IReadOnlyList<double>> spaced)
    {
        const int Usual = 6, Most = 1000;
        var parts = text.Split(':');
        if (parts.Length is < 2 or > 3) throw new WrongUseException($"{flag}: '{text}' is no range; write from:to or from:to:count");
        var (from, to) = AmountFlag.Refusing(() => (Quantity.Count(parts[0], flag), Quantity.Count(parts[1], flag)));
        if (from >= to) throw new WrongUseException($"{flag}: '{text}' must rise");
        var count = parts.Length == 3 ? Checked.Within(Checked.Counts(parts[2], flag, "values")[0], 2, Most, flag) : Usual;
        return spaced(from, to, count);
    }

    static void Print(string law, IReadOnlyList<RatioRow> rows)
    {
        Console.Out.WriteLine($"By the law {law}, for each loss and number of served tokens: operations of Chinchilla's model");
        Console.Out.WriteLine("over those of the optimum, then parameters and tokens of the optimum over Chinchilla's.");
        const int DemandsOnLine = 3;        // 28 columns, and 24 for each
        foreach (var columns in Enumerable.Range(0, rows[0].Cells.Count).Chunk(DemandsOnLine))
        {
            Console.Out.WriteLine();
            Console.Out.WriteLine($"{"loss",6} {"N",9} {"D",9}  {string.Concat(columns.Select(i => string.Create(CultureInfo.InvariantCulture, $"| {rows[0].Cells[i].ServedTokens,-22:0.##e+0}")))}".TrimEnd());
            foreach (var row in rows)
                Console.Out.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{row.Loss,6:0.###} {row.Chinchilla.Parameters,9:0.00e+0} {row.Chinchilla.Tokens,9:0.00e+0}  {string.Concat(columns.Select(i => Cell(row.Cells[i])))}").TrimEnd());
        }
    }

    static string Cell(RatioCell cell) => string.Create(CultureInfo.InvariantCulture, $"| {cell.FlopRatio,6:F4} {cell.ParametersRatio,6:F4} {cell.TokensRatio,7:F4} ");

    static void PrintCsv(IReadOnlyList<RatioRow> rows)
    {
        Console.Out.WriteLine("loss,chinchilla_parameters,chinchilla_tokens,served_tokens,parameters,tokens,flop_ratio,parameters_ratio,tokens_ratio");
        foreach (var row in rows)
            foreach (var cell in row.Cells)
                Console.Out.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{row.Loss},{row.Chinchilla.Parameters},{row.Chinchilla.Tokens},{cell.ServedTokens},{cell.Optimum.Parameters},{cell.Optimum.Tokens},{cell.FlopRatio},{cell.ParametersRatio},{cell.TokensRatio}"));
    }
}
