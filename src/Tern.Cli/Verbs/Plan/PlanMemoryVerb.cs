using System.CommandLine;
using Tern.Cli.Flags;
using Tern.Cli.Terminal;
using Tern.Models;
using Tern.Numerics.Kernels;
using Tern.Plan.Memory;

namespace Tern.Cli.Verbs.Plan;

/// <summary>Whether a model fits: served, or trained.</summary>
sealed class PlanMemoryVerb : Verb
{
    const int UsualContext = 4096;

    readonly Argument<string> _model = new("model") { Description = "A model's file or folder, a folder without weights, a config.json; or the recipe of a training" };
    readonly Flag<string?> _ram = new("--ram", ["--memory"], "Memory that there is, with the unit: 24GB is 10^9 bytes each, 24GiB 2^30 (default: that of this machine)", null, "amount");
    readonly Flag<int?> _context = new("--context", ["-c"], "Serving: tokens of a sequence (default: what the model was made for, at most 4096)", null, "n");
    readonly Flag<int> _batch = new("--batch", [], "Serving: sequences at the same time", 1, "n", fromEnvironment: false);
    readonly Flag<string> _kv = new("--kv", ["--cache-type"], "Serving: how keys and values are kept: f32, f16, bf16 or q8_0", "f16", "type");
    readonly Flag<string?> _type = new("--type", [], "Serving: the weights converted to f16, q8_0, q4_k, ... (default: as they are)", null, "type", fromEnvironment: false);
    readonly Option<bool> _train = new("--train") { Description = "What training takes instead" };
    readonly Flag<string?> _optimizer = new("--optimizer", [], "Training: adamw, adamw-int8, adafactor, muon, galore, galore-int8, soap, shampoo", null, "name", fromEnvironment: false);
    readonly Flag<int> _rank = new("--rank", [], "Training: directions that galore keeps", OptimizerMemory.UsualRank, "n", fromEnvironment: false);
    readonly Flag<string?> _precision = new("--precision", [], "Training: of matrix products, bfloat16 or float32", null, "type", fromEnvironment: false);
    readonly Flag<int?> _sequence = new("--sequence", [], "Training: tokens of a sequence (512)", null, "n", fromEnvironment: false);
    readonly Flag<int?> _microBatch = new("--micro-batch", [], "Training: sequences that pass through the model at once (8)", null, "n", fromEnvironment: false);
    readonly Option<bool> _checkpointing = new("--checkpointing") { Description = "Training: layers are computed again in the backward pass" };
    readonly Option<bool> _perLayer = new("--per-layer-updates") { Description = "Training: weights change layer by layer, so that the gradients of one are kept" };
    readonly Option<bool> _average = new("--average") { Description = "Training: an exponential average of the weights is kept" };
    readonly Option<bool> _json = new("--json") { Description = "Print one JSON object" };

    public PlanMemoryVerb() : base("memory", "Says whether a model fits into memory, and what would make it fit.")
    {
        Add(_model);
        foreach (var option in (Option[])[_ram, _context, _batch, _kv, _type, _train, _optimizer, _rank, _precision, _sequence, _microBatch, _checkpointing, _perLayer, _average, _json]) Add(option);
        SetAction(Run);
    }

    public override IReadOnlyList<string> Examples =>
    [
        "tern plan memory model.gguf --context 8192 --batch 4 --kv q8_0 --ram 24GB",
        "tern plan memory Qwen3-8B/config.json --type q4_k --ram 16GiB",
        "tern plan memory model-folder --train --optimizer galore --micro-batch 4 --checkpointing",
        "tern plan memory recipes/shakespeare.yaml",
    ];

    int Run(ParseResult result)
    {
        var path = result.GetValue(_model)!;
        var memory = result.GetValue(_ram) is { } ram ? AmountFlag.Refusing(() => MemorySize.Parse(ram)) : MemorySize.OfThisMachine;
        var isRecipe = path.EndsWith(".yaml", StringComparison.OrdinalIgnoreCase) || path.EndsWith(".yml", StringComparison.OrdinalIgnoreCase);
        if (isRecipe || result.GetValue(_train)) PrintTraining(result, isRecipe ? RecipeTraining.Read(path) : (PlannedModel.Open(path), RecipeTraining.Usual), memory);
        else PrintServing(result, PlannedModel.Open(path), memory);
        return 0;
    }

    void PrintServing(ParseResult result, PlannedModel model, MemorySize memory)
    {
        foreach (var option in (Option[])[_optimizer, _precision, _sequence, _microBatch, _checkpointing, _perLayer, _average])
            if (result.GetResult(option) is { Implicit: false }) throw new WrongUseException($"{option.Name} is about training; add --train");
        if (WeightType.Parse(result.GetValue(_type), _type.Name) is { } type) model = model.ConvertedTo(type);
        var setup = new ServingSetup
        {
            Context = result.GetValue(_context) ?? Math.Min(model.Config.MaxPositionEmbeddings, UsualContext),
            Batch = result.GetValue(_batch),
            CacheType = CacheTypeOf(result.GetValue(_kv)!),
        };
        var plan = AmountFlag.Refusing(() => ServingPlan.Of(model, setup, memory));
        if (result.GetValue(_json)) JsonOutput.Print(plan);
        else PlanMemoryText.Print(plan);
    }

    void PrintTraining(ParseResult result, (PlannedModel Model, TrainingSetup Setup) given, MemorySize memory)
    {
        foreach (var option in (Option[])[_context, _batch, _kv, _type])
            if (result.GetResult(option) is { Implicit: false }) throw new WrongUseException($"{option.Name} is about serving; training has --sequence, --micro-batch and --precision");
        var (rank, setup) = (result.GetValue(_rank), given.Setup);
        var plan = AmountFlag.Refusing(() => TrainingPlan.Of(given.Model, setup with
        {
            Optimizer = result.GetValue(_optimizer) is { } name ? OptimizerMemory.Named(name, rank) : setup.Optimizer,
            Precision = result.GetValue(_precision) is { } precision ? TrainingSetup.ParsePrecision(precision) : setup.Precision,
            SequenceLength = result.GetValue(_sequence) ?? setup.SequenceLength,
            MicroBatch = result.GetValue(_microBatch) ?? setup.MicroBatch,
            Recomputation = result.GetValue(_perLayer) ? Recomputation.PerLayerUpdates : result.GetValue(_checkpointing) ? Recomputation.Checkpointing : setup.Recomputation,
            Average = setup.Average || result.GetValue(_average),
        }, memory, rank));
        if (result.GetValue(_json)) JsonOutput.Print(plan);
        else PlanMemoryText.Print(plan);
    }

    CacheType CacheTypeOf(string name)
    {
        foreach (var known in Enum.GetValues<CacheType>())
            if (known.ToString().Equals(name, StringComparison.OrdinalIgnoreCase)) return known;
        var names = Enum.GetNames<CacheType>().Select(known => known.ToLowerInvariant()).ToList();
        throw new WrongUseException($"{_kv.Name}: there is no '{name}'{(EditDistance.Nearest(name, names) is { } near ? $"; did you mean '{near}'?" : ".")} Known are {string.Join(", ", names)}");
    }
}
