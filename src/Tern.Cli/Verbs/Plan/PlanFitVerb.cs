using System.CommandLine;
using System.Diagnostics;
using System.Globalization;
using Tern.Cli.Flags;
using Tern.Plan.Budgets;
using Tern.Plan.Fitting;
using Tern.Plan.Pictures;

namespace Tern.Cli.Verbs.Plan;

/// <summary>A law of one's own runs.</summary>
sealed class PlanFitVerb : Verb
{
    readonly CancellationToken _cancellation;
    readonly Argument<string> _runs = new("runs") { Description = "A table of runs (.csv, .tsv, .jsonl, .parquet), a folder of runs of tern train, or runs.csv of a sweep" };
    readonly Flag<string> _law = new("--law", [], "What is fitted: chinchilla (L(N, D)), overtraining, precision (bits) or cbs (steps by batch)", "chinchilla", "law");
    readonly Flag<string?> _columns = new("--columns", [], "Columns by what they hold: N=params,D=tokens,L=loss (also C, M, B, S, p_w, p_a, p_kv, p_post, loss_before, budget, target, seed, name)", null, "list");
    readonly Flag<string?> _parts = new("--parts", [], "Parts of a sweep whose runs are fitted: a,b", null, "list");
    readonly Flag<string> _approach = new("--approach", [], "1: envelope of curves; 2: parabolas of equal operations; 3: loss surface; vpnls: the same by variable projection", "3", "way");
    readonly Flag<double> _huber = new("--huber", [], "Residuals of log loss beyond this pull no stronger", 1e-3, "x");
    readonly Flag<double?> _cutoff = new("--cutoff", [], "Leave out runs of more tokens for each parameter", null, "ratio");
    readonly Flag<double?> _maxLoss = new("--max-loss", [], "Leave out runs of a higher loss", null, "nats");
    readonly Flag<int> _bootstrap = new("--bootstrap", [], "Draws of the runs, for intervals; 0: none", 400, "n");
    readonly Flag<string?> _block = new("--block", [], "size: draw all runs of a size together", null, "what");
    readonly Option<bool> _tie = new("--tie-alpha-beta") { Description = "One exponent for parameters and tokens" };
    readonly Option<bool> _exponents = new("--exponents") { Description = "precision: powers of the factors of N_eff are fitted; cbs: the exponent of the batch is" };
    readonly Flag<double?> _efficient = new("--efficient-batch", [], "cbs: the batch against which critical ones are measured, in the unit of the table", null, "n");
    readonly Flag<string?> _flops = new("--flops", ["--compute"], "Budgets for which the optimum is told: 1e21, or several with commas", null, "list");
    readonly Flag<int> _seed = new("--seed", [], "Of the bootstrap", 1, "n");
    readonly Flag<int> _threads = new("--threads", ["-t"], "Threads; 0: one per core. The result does not depend on it", 0, "n");
    readonly Flag<string?> _out = new("--out", ["-o"], "Write the fit, for tern plan --fit", null, "file.json");
    readonly Flag<string?> _plots = new("--plots", [], "Write pictures (SVG and PNG) into a folder", null, "folder");
    readonly Option<bool> _json = new("--json") { Description = "Print one JSON object: the file of --out without the draws" };

    public PlanFitVerb(CancellationToken cancellation) : base("fit", "Fits scaling laws to runs, with intervals.")
    {
        _cancellation = cancellation;
        Add(_runs);
        foreach (var option in (Option[])[_law, _columns, _parts, _approach, _huber, _cutoff, _maxLoss, _bootstrap, _block, _tie, _exponents, _efficient, _flops, _seed, _threads, _out, _plots, _json]) Add(option);
        SetAction(Run);
    }

    public override IReadOnlyList<string> Examples =>
    [
        "tern plan fit runs.csv --out fit.json",
        "tern plan fit runs.csv --columns N=params_m,L=val_loss --flops 1e19,1e20 --block size",
        "tern plan fit sweep/runs.csv --law precision --parts bits,rounded --plots pictures",
        "tern plan fit steps.csv --law cbs --efficient-batch 256",
    ];

    int Run(ParseResult result)
    {
        var watch = Stopwatch.StartNew();
        var fit = LawFitting.Fit(result.GetValue(_runs)!, OptionsOf(result), Columns(result), _cancellation) with { Command = CommandLine(result) };
        var seconds = watch.Elapsed.TotalSeconds;
        if (result.GetValue(_json)) Console.Out.WriteLine(FittedLawFile.ToJson(fit with { Samples = [] }));
        else Console.Out.Write(FitText.Table(fit));
        if (result.GetValue(_out) is { } path)
        {
            FittedLawFile.Write(path, fit);
            Console.Error.WriteLine($"fit written to {path}; plan with it: tern plan --fit {path} --flops ...");
        }
        if (result.GetValue(_plots) is { } folder)
            foreach (var file in FitPictures.Write(folder, fit)) Console.Error.WriteLine($"picture written to {file}");
        Console.Error.WriteLine(string.Create(CultureInfo.InvariantCulture, $"fitted in {seconds:F1} s"));
        return 0;
    }

    FitOptions OptionsOf(ParseResult result) => new()
    {
        Law = AmountFlag.Refusing(() => FitNames.Law(result.GetValue(_law)!)),
        Approach = AmountFlag.Refusing(() => FitNames.Approach(result.GetValue(_approach)!)),
        Huber = Positive(result.GetValue(_huber), _huber.Name)!.Value,
        Cutoff = Positive(result.GetValue(_cutoff), _cutoff.Name),
        MaxLoss = Positive(result.GetValue(_maxLoss), _maxLoss.Name),
        Bootstrap = Checked.Within(result.GetValue(_bootstrap), 0, 1_000_000, _bootstrap.Name),
        BlockBySize = result.GetValue(_block) switch
        {
            null => false,
            "size" => true,
            var other => throw new WrongUseException($"{_block.Name}: '{other}' is no block; known is size"),
        },
        TieExponents = result.GetValue(_tie),
        FreeExponents = result.GetValue(_exponents),
        EfficientBatch = Positive(result.GetValue(_efficient), _efficient.Name),
        Compute = [.. List(result.GetValue(_flops)).Select(text => AmountFlag.Refusing(() => Quantity.Flop(text, _flops.Name)))],
        Parts = List(result.GetValue(_parts)),
        Seed = result.GetValue(_seed),
        Threads = Checked.Within(result.GetValue(_threads), 0, 1024, _threads.Name),
    };

    Dictionary<string, string>? Columns(ParseResult result)
    {
        if (result.GetValue(_columns) is not { } list) return null;
        var columns = new Dictionary<string, string>(StringComparer.OrdinalIgnoreCase);
        foreach (var entry in List(list))
            if (entry.Split('=', 2) is not [{ Length: > 0 } key, { Length: > 0 } column] || !columns.TryAdd(key, column))
                throw new WrongUseException($"{_columns.Name}: '{entry}' does not say which column holds what; write N=params,D=tokens,L=loss, each once");
        return columns;
    }

    static string[] List(string? text) => text?.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries) ?? [];

    static double? Positive(double? value, string flag) =>
        value is null or (> 0 and < double.PositiveInfinity) ? value : throw new WrongUseException($"{flag}: {value.Value.ToString(CultureInfo.InvariantCulture)} must be above 0");

    static string CommandLine(ParseResult result) => "tern " + string.Join(' ', result.Tokens.Select(token => token.Value.Contains(' ') ? $"'{token.Value}'" : token.Value));
}
