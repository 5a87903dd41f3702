using System.CommandLine;
using Tern.Cli.Flags;
using Tern.Cli.Terminal;
using Tern.Models;
using Tern.Models.Files;
using Tern.Plan.Budgets;
using Tern.Plan.Pictures;
using Tern.Plan.Reports;

namespace Tern.Cli.Verbs.Plan;

/// <summary>What to train before the money is spent.</summary>
sealed class PlanVerb : Verb
{
    readonly Flag<string?> _flops = AmountFlag.Create("--flops", ["--compute"], "Operations: of training and serving where there is a demand, of training otherwise", "flop");
    readonly Flag<string?> _params = AmountFlag.Create("--params", ["--model"], "Parameters: 7e9, 7B");
    readonly Flag<string?> _tokens = AmountFlag.Create("--tokens", ["--data"], "Training tokens: 1.4e12, 1.4T");
    readonly Flag<string?> _loss = AmountFlag.Create("--loss", [], "The loss to reach, nats per token", "nats");
    readonly Flag<string?> _budget = new("--budget", [], "Dollars or operations, with the unit: 50000usd, $50k, 1e21flop", null, "amount");
    readonly Option<bool> _chinchilla = new("--chinchilla") { Description = "Minimise training alone; the demand is priced, but does not decide" };
    readonly DemandFlags _demand = new();
    readonly LawFlags _law = new();
    readonly DeviceFlags _devices = new();
    readonly Flag<string?> _trainBits = new("--train-bits", [], "Bits of training by the law of precision: a number, or auto for the best", null, "n|auto");
    readonly Flag<string?> _serveBits = new("--serve-bits", [], "Bits of the served weights: a number, or auto for the best", null, "n|auto");
    readonly Flag<string?> _minimise = new("--minimise", ["--minimize"], "What is least: flops or usd (usd with --budget in dollars, or where prices are given)", null, "what");
    readonly Flag<string> _flopsRule = new("--flops-rule", [], "6nd: 6 N D and 2 N a served token; exact: attention over the context included", "6nd", "rule");
    readonly Flag<int?> _context = new("--context", [], "Tokens of a sequence (2048; 512 below 100M parameters)", null, "n");
    readonly Flag<string?> _unique = AmountFlag.Create("--unique-tokens", [], "Tokens of data that exist; more are repetitions, which are worth less");
    readonly Flag<int?> _count = new("--devices", ["--gpus"], "Devices that train", null, "n");
    readonly Flag<string?> _days = AmountFlag.Create("--days", [], "Days that training may take");
    readonly Flag<string?> _grams = AmountFlag.Create("--co2", [], "Grams of CO2 per kilowatt-hour", "g");
    readonly Flag<string?> _emit = new("--emit", [], "Write a recipe for tern train", null, "file.yaml");
    readonly Flag<string> _emitData = new("--emit-data", [], "The text of the recipe", "text/*.txt", "path");
    readonly Flag<string?> _report = new("--report", [], "Write a page with tables, pictures and sliders that needs no network", null, "plan.html");
    readonly Flag<string?> _plots = new("--plots", [], "Write the pictures into a folder, as SVG and PNG", null, "folder");
    readonly Option<bool> _json = new("--json") { Description = "Print one JSON object" };
    readonly Option<bool> _csv = new("--csv") { Description = "Print a table with commas: quantity, value, low, high" };

    public PlanVerb(CancellationToken cancellation) : base("plan", "Says what to train for a budget, a loss or a demand, by scaling laws.")
    {
        Add(new PlanSweepVerb(cancellation));
        Add(new PlanFitVerb(cancellation));
        Add(new PlanMemoryVerb());
        foreach (var option in (Option[])[_flops, _params, _tokens, _loss, _budget, _chinchilla]) Add(option);
        _demand.AddTo(this);
        foreach (var option in (Option[])[_trainBits, _serveBits]) Add(option);
        _devices.AddTo(this);
        _law.AddTo(this);
        foreach (var option in (Option[])[_minimise, _flopsRule, _context, _unique, _count, _days, _grams, _emit, _emitData, _report, _plots, _json, _csv]) Add(option);
        Add(new PlanRatiosVerb());
        Add(new PlanCompareVerb());
        SetAction(Run);
    }

    public override IReadOnlyList<string> Examples =>
    [
        "tern plan --flops 1e21",
        "tern plan --loss 2.1 --inference-tokens 2T",
        "tern plan --budget 50000usd --inference-reqs 1e8 --input-tok 1000 --output-tok 250 --gpu h100",
        "tern plan --flops 1e22 --inference-tokens 1e12 --train-bits auto --serve-bits auto",
        "tern plan --flops 1e19 --fit fit.json",
        "tern plan --params 100M --fit epoch --emit recipe.yaml --emit-data book.txt",
        "tern plan --budget 200000usd --inference-tokens 1T --fit epoch --report plan.html --plots pictures",
    ];

    int Run(ParseResult result)
    {
        if (result.GetValue(_json) && result.GetValue(_csv)) throw new WrongUseException("--json and --csv say how to print; give one of them");
        var request = Read(result);
        var plan = Planner.Plan(request);
        if (result.GetValue(_emit) is { } path)
        {
            AtomicFile.WriteText(path, TrainingRecipe.ToYaml(plan, result.GetValue(_emitData)!));
            Console.Error.WriteLine($"recipe written to {path}");
        }
        if (result.GetValue(_report) is { } page)
        {
            PlanReport.Write(page, request, plan);
            Console.Error.WriteLine($"report written to {page}");
        }
        if (result.GetValue(_plots) is { } folder)
        {
            foreach (var picture in PlanPictures.Write(folder, request, plan)) Console.Error.WriteLine($"picture written to {picture}");
        }
        if (result.GetValue(_json)) JsonOutput.Print(plan);
        else if (result.GetValue(_csv)) Console.Out.Write(PlanText.Csv(plan));
        else Console.Out.Write(PlanText.Table(plan));
        return 0;
    }

    PlanRequest Read(ParseResult result)
    {
        var (usd, budgetFlop) = result.GetValue(_budget) is { } budget ? AmountFlag.Refusing(() => Quantity.Budget(budget, _budget.Name)) : (null, null);
        var flop = AmountFlag.ReadFlop(result, _flops);
        if (flop is not null && budgetFlop is not null) throw new WrongUseException("--flops and --budget say the same; give one of them");
        var goal = new PlanGoal { Flop = flop ?? budgetFlop, Usd = usd, Parameters = AmountFlag.Read(result, _params), Tokens = AmountFlag.Read(result, _tokens), Loss = AmountFlag.Read(result, _loss) };
        if (goal is { Flop: null, Usd: null, Parameters: null, Tokens: null, Loss: null })
            throw new WrongUseException("nothing is known: give --flops, --budget, --params, --tokens or --loss");
        var (training, serving) = _devices.Read(result);
        var request = new PlanRequest
        {
            Goal = goal,
            Law = _law.Read(result),
            Demand = _demand.Read(result),
            IgnoreDemand = result.GetValue(_chinchilla),
            Objective = Objective(result, goal),
            FlopRule = OneOf(_flopsRule.Name, result.GetValue(_flopsRule)!, ("6nd", FlopRule.SixParametersTokens), ("exact", FlopRule.Exact)),
            ContextTokens = result.GetValue(_context) is { } context ? Checked.AtLeast(context, 1, _context.Name) : null,
            UniqueTokens = AmountFlag.Read(result, _unique) ?? double.PositiveInfinity,
            TrainingBits = Bits(result, _trainBits),
            ServingBits = Bits(result, _serveBits),
            TrainingDevice = training,
            ServingDevice = serving,
            TrainingFormat = _devices.TrainingFormat(result),
            ServingFormat = _devices.ServingFormat(result),
            Devices = result.GetValue(_count) is { } count ? Checked.AtLeast(count, 1, _count.Name) : null,
            Days = AmountFlag.Read(result, _days),
            GramsCo2PerKilowattHour = AmountFlag.Read(result, _grams),
        };
        return _law.Precision(result) is var (precision, source) ? request with { Precision = precision, PrecisionSource = source } : request;
    }

    PlanObjective Objective(ParseResult result, PlanGoal goal)
    {
        if (result.GetValue(_minimise) is { } said) return OneOf(_minimise.Name, said, ("flops", PlanObjective.Flop), ("usd", PlanObjective.Usd));
        return goal.Usd is not null || (goal.Flop is null && _devices.AreGiven(result)) ? PlanObjective.Usd : PlanObjective.Flop;
    }

    static BitsChoice? Bits(ParseResult result, Flag<string?> flag) => result.GetValue(flag) switch
    {
        null => null,
        "auto" => BitsChoice.Best,
        var text => new(AmountFlag.Refusing(() => Quantity.Count(text, flag.Name))),
    };

    static T OneOf<T>(string flag, string said, params (string Name, T Value)[] known)
    {
        foreach (var (name, value) in known)
            if (name == said) return value;
        var near = EditDistance.Nearest(said, known.Select(choice => choice.Name));
        throw new WrongUseException($"{flag}: there is no '{said}'{(near is null ? "." : $"; did you mean '{near}'?")} Known are {string.Join(", ", known.Select(choice => choice.Name))}");
    }
}
