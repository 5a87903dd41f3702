using System.CommandLine;
using System.Globalization;
using Tern.Cli.Flags;
using Tern.Cli.Terminal;
using Tern.Plan.Budgets;
using Tern.Plan.Laws;

namespace Tern.Cli.Verbs.Plan;

/// <summary>Two models and the demand at which they cost the same.</summary>
sealed class PlanCompareVerb : Verb
{
    readonly Argument<string> _first = new("first") { Description = "Parameters and tokens: 7B,2T" };
    readonly Argument<string> _second = new("second") { Description = "Likewise: 13B,580B" };
    readonly DemandFlags _demand = new();
    readonly LawFlags _law = new();
    readonly DeviceFlags _devices = new();
    readonly Option<bool> _json = new("--json") { Description = "Print one JSON object" };
    readonly Option<bool> _csv = new("--csv") { Description = "Print a table with commas" };

    public PlanCompareVerb() : base("compare", "Compares two models over their lives, and says from which demand on the smaller one is cheaper.")
    {
        Add(_first);
        Add(_second);
        _demand.AddTo(this);
        _devices.AddTo(this);
        _law.AddTo(this);
        foreach (var option in (Option[])[_json, _csv]) Add(option);
        SetAction(Run);
    }

    public override IReadOnlyList<string> Examples => ["tern plan compare 7B,1.25T 13B,576B --inference 2T"];

    int Run(ParseResult result)
    {
        var (training, serving) = _devices.Read(result);
        var price = AmountFlag.Refusing(() => LifetimePrice.Usd((training, _devices.TrainingFormat(result) ?? training.FormatFor(16, training: true)), (serving, _devices.ServingFormat(result) ?? serving.FormatFor(8, training: false))));
        var compared = ModelComparison.Of(_law.Read(result), Model(result.GetValue(_first)!), Model(result.GetValue(_second)!), _demand.Read(result), price);
        if (result.GetValue(_json)) JsonOutput.Print(compared);
        else if (result.GetValue(_csv)) PrintCsv(compared);
        else Print(compared);
        return 0;
    }

    static Allocation Model(string text)
    {
        var parts = text.Split(',');
        if (parts.Length != 2) throw new WrongUseException($"'{text}' is no model; write parameters and tokens with a comma: 7B,2T");
        return AmountFlag.Refusing(() => new Allocation(Quantity.Count(parts[0], "parameters"), Quantity.Count(parts[1], "tokens")));
    }

    static void Print(ModelComparison compared)
    {
        var (a, b) = (compared.First, compared.Second);
        void Line(string label, Func<ComparedModel, string> value) => Console.Out.WriteLine($"{label,-22}{value(a),22}{value(b),22}");
        string Number(double value) => value.ToString("G5", CultureInfo.InvariantCulture);
        string Money(double value) => value.ToString("N0", CultureInfo.InvariantCulture);
        Line("parameters", model => Quantity.Short(model.Allocation.Parameters));
        Line("tokens", model => Quantity.Short(model.Allocation.Tokens));
        Line("tokens per parameter", model => Number(model.Allocation.TokensPerParameter));
        Line("loss (nats per token)", model => model.Loss.Value.ToString("F4", CultureInfo.InvariantCulture));
        Line("training FLOP", model => Number(model.TrainingFlop));
        Line("serving FLOP", model => Number(model.InferenceFlop));
        Line("training USD", model => Money(model.TrainingUsd));
        Line("serving USD", model => Money(model.ServingUsd));
        Line("total FLOP", model => Number(model.TotalFlop));
        Line("total USD", model => Money(model.TotalUsd));
        Console.Out.WriteLine(compared is { BreakEvenFlopTokens: { } flop, BreakEvenUsdTokens: { } usd }
            ? $"The smaller model has taken fewer operations from {Quantity.Short(flop)} served tokens on, fewer dollars from {Quantity.Short(usd)} on."
            : "The smaller model is no dearer from the start.");
    }

    static void PrintCsv(ModelComparison compared)
    {
        Console.Out.WriteLine("parameters,tokens,loss,training_flop,inference_flop,training_usd,serving_usd,total_flop,total_usd");
        foreach (var model in (ComparedModel[])[compared.First, compared.Second])
            Console.Out.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{model.Allocation.Parameters},{model.Allocation.Tokens},{model.Loss.Value},{model.TrainingFlop},{model.InferenceFlop},{model.TrainingUsd},{model.ServingUsd},{model.TotalFlop},{model.TotalUsd}"));
    }
}
