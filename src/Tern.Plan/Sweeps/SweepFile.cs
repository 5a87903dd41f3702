using System.Globalization;
using Tern.Models;
using Tern.Plan.Fitting;
using YamlDotNet.RepresentationModel;

namespace Tern.Plan.Sweeps;

/// <summary>The keys of a sweep file.</summary>
static class SweepFile
{
    /// <summary>Keys of a recipe that the sweep writes.</summary>
    static readonly string[] OwnKeys = ["output", "seed", "steps", "tokens", "epochs"];

    public static Sweep Bind(SweepSection file, string? output)
    {
        file.RequireOnly("output", "base", "sizes", "parts", "count", "keep_models");
        var recipe = file.Section("base");
        RequireFree(recipe);
        var sizes = Sizes(file.Section("sizes"));
        var parts = file.Section("parts");
        var names = parts.Keys.ToList();
        if (names.Count == 0) throw parts.Wrong("is empty; name at least one grid.");
        return new Sweep(output ?? file.Text("output") ?? throw file.Wrong("lacks the key 'output', the folder of the sweep; write it, or give --output."), recipe.Node, sizes,
            [.. names.Select(name => Part(name, parts.Section(name), sizes))])
        {
            KeepModels = file.Truth("keep_models"),
            Counted = file.Text("count") switch
            {
                null or "total" => CountedParameters.Total,
                "non_embedding" => CountedParameters.NonEmbedding,
                var other => throw file.Wrong($"count must be total or non_embedding, not '{other}'."),
            },
        };
    }

    static List<SweepSize> Sizes(SweepSection sizes) => [.. sizes.Keys.Select(name =>
    {
        RequireFileName(sizes, name);
        var size = sizes.Section(name);
        var model = SweepYaml.Copy(size.Node);
        model.Children.Remove("learning_rate");
        return new SweepSize(name, model, size.Number("learning_rate"));
    })];

    static SweepPart Part(string name, SweepSection part, List<SweepSize> sizes)
    {
        RequireFileName(part, name);
        part.RequireOnly("sizes", "tokens", "tokens_per_parameter", "isoflop", "batch", "learning_rates", "learning_rate_factors", "learning_rate_rule", "weight_bits", "activation_bits", "kv_bits", "bits",
            "seeds", "post_training_bits", "targets", "targets_from", "stop_at_target", "evaluations", "warmup_fraction", "warmup_tokens", "set", "per_batch", "law");
        var perBatch = PerBatch(part);
        var targets = Positive(part, "targets") ?? [];
        var stop = part.Truth("stop_at_target");
        if (stop && targets.Count == 0) throw part.Wrong("stop_at_target needs targets.");
        if (part.SectionOrNull("set") is { } set) RequireFree(set);
        var read = new SweepPart(name)
        {
            Sizes = SizesOf(part, sizes),
            Lengths = Lengths(part),
            Batches = Checked(part, "batch", part.Wholes("batch"), batch => batch > 0, "above 0") ?? throw part.Wrong("lacks the key 'batch', the sequences of a step: a list."),
            LearningRates = Positive(part, "learning_rates"),
            Rule = Rule(part.SectionOrNull("learning_rate_rule")),
            LearningRateFactors = Positive(part, "learning_rate_factors") ?? [1],
            Bits = Bits(part),
            Seeds = part.Wholes("seeds") ?? [1],
            PostTrainingBits = BitsOf(part, "post_training_bits") ?? [],
            Targets = targets,
            TargetsFrom = TargetsFrom(part.SectionOrNull("targets_from")),
            StopAtTarget = stop,
            Evaluations = part.Whole("evaluations") is { } evaluations ? evaluations > 0 ? evaluations : throw part.Wrong("evaluations must be above 0.") : 0,
            WarmupFraction = part.Number("warmup_fraction") is { } fraction ? fraction is >= 0 and < 1 ? fraction : throw part.Wrong("warmup_fraction must be at least 0 and below 1.") : null,
            WarmupTokens = part.Number("warmup_tokens"),
            Set = part.SectionOrNull("set")?.Node ?? [],
            PerBatch = perBatch.ToDictionary(entry => entry.Batch, entry => entry.Recipe),
            TokensPerBatch = perBatch.Where(entry => entry.Tokens is not null).ToDictionary(entry => entry.Batch, entry => entry.Tokens!.Value),
        };
        return read with { Law = Law(part, read) };
    }

    /// <summary>Where the part does not say: critical batches with targets, precision with few bits, else the loss surface.</summary>
    static LawKind? Law(SweepSection part, SweepPart read)
    {
        var text = part.Text("law");
        if (text is "none") return null;
        if (text is null)
            return read.Targets.Count > 0 || read.TargetsFrom is not null ? LawKind.CriticalBatch : read.PostTrainingBits.Count > 0 || read.Bits.Any(bits => !bits.IsFull) ? LawKind.Precision : LawKind.Chinchilla;
        try
        {
            return FitNames.Law(text);
        }
        catch (TernException problem)
        {
            throw part.Wrong($"law: {problem.Message} none fits nothing.");
        }
    }

    static IReadOnlyList<SweepSize> SizesOf(SweepSection part, List<SweepSize> sizes) => part.Words("sizes") is { } names && names is not ["all"]
        ? [.. names.Select(name => sizes.Find(size => size.Name == name) ?? throw part.Wrong($"there is no size '{name}'; there are {string.Join(", ", sizes.Select(size => size.Name))}."))]
        : sizes;

    static IReadOnlyList<SweepLength> Lengths(SweepSection part)
    {
        var tokens = Positive(part, "tokens");
        var ratios = Positive(part, "tokens_per_parameter");
        var budgets = part.SectionOrNull("isoflop");
        if (new object?[] { tokens, ratios, budgets }.Count(given => given is not null) != 1) throw part.Wrong("say how long to train with exactly one of tokens, tokens_per_parameter and isoflop.");
        if (tokens is not null) return [.. tokens.Select(count => new TokenLength(count))];
        if (ratios is not null) return [.. ratios.Select(ratio => new RatioLength(ratio))];
        budgets!.RequireOnly("budgets", "least_tokens_per_parameter", "most_tokens_per_parameter");
        var (least, most) = (budgets.Number("least_tokens_per_parameter") ?? 0, budgets.Number("most_tokens_per_parameter") ?? double.PositiveInfinity);
        return [.. (Positive(budgets, "budgets") ?? throw budgets.Wrong("lacks the key 'budgets', a list in FLOP.")).Select(flop => new BudgetLength(flop, least, most))];
    }

    static LearningRateRule? Rule(SweepSection? rule)
    {
        if (rule is null) return null;
        rule.RequireOnly("rate", "hidden_size", "width_exponent", "batch", "batch_exponent");
        var byWidth = rule.Number("width_exponent") ?? 0;
        var byBatch = rule.Number("batch_exponent") ?? 0;
        return new LearningRateRule(rule.Number("rate") ?? throw rule.Wrong("lacks the key 'rate'."),
            rule.Whole("hidden_size") ?? (byWidth == 0 ? 1 : throw rule.Wrong("lacks the key 'hidden_size', at which the rate is 'rate'.")), byWidth,
            rule.Whole("batch") ?? (byBatch == 0 ? 1 : throw rule.Wrong("lacks the key 'batch', at which the rate is 'rate'.")), byBatch);
    }

    /// <summary>Every combination of the three lists, or the list of combinations 'bits'.</summary>
    static List<SweepBits> Bits(SweepSection part)
    {
        const int Full = SweepBits.Full;
        if (part.Sections("bits") is { } combinations)
        {
            if (part.Has("weight_bits") || part.Has("activation_bits") || part.Has("kv_bits")) throw part.Wrong("has both bits and lists for weights, activations or keys and values; give one of the two.");
            return [.. combinations.Select(combination =>
            {
                combination.RequireOnly("weights", "activations", "kv");
                int Of(string key) => BitsOf(combination, key)?[0] ?? Full;
                return new SweepBits(Of("weights"), Of("activations"), Of("kv"));
            })];
        }
        return [.. from weights in BitsOf(part, "weight_bits") ?? [Full]
                   from activations in BitsOf(part, "activation_bits") ?? [Full]
                   from keyValues in BitsOf(part, "kv_bits") ?? [Full]
                   select new SweepBits(weights, activations, keyValues)];
    }

    static IReadOnlyList<int>? BitsOf(SweepSection part, string key) => Checked(part, key, part.Wholes(key), bits => bits is >= 1 and <= SweepBits.Full, $"1 to {SweepBits.Full}, which stands for full precision");

    static ReferenceTargets? TargetsFrom(SweepSection? from)
    {
        if (from is null) return null;
        from.RequireOnly("batch", "at");
        var at = Checked(from, "at", from.Numbers("at"), part => part is > 0 and <= 1, "above 0 and at most 1") ?? [1];
        return new ReferenceTargets(from.Whole("batch") ?? throw from.Wrong("lacks the key 'batch'."), at);
    }

    static List<(int Batch, YamlMappingNode Recipe, double? Tokens)> PerBatch(SweepSection part)
    {
        if (part.SectionOrNull("per_batch") is not { } batches) return [];
        return [.. batches.Keys.Select(key =>
        {
            if (!int.TryParse(key, NumberStyles.None, CultureInfo.InvariantCulture, out var batch)) throw batches.Wrong($"has the key '{key}', which is no number of sequences.");
            var settings = batches.Section(key);
            var recipe = SweepYaml.Copy(settings.Node);
            recipe.Children.Remove("tokens");
            RequireFree(new SweepSection(recipe, "per_batch", key));
            return (batch, recipe, settings.Number("tokens"));
        })];
    }

    static void RequireFree(SweepSection recipe)
    {
        foreach (var key in OwnKeys.Where(recipe.Has)) throw recipe.Wrong($"must not have the key '{key}', which the sweep writes itself.");
    }

    /// <summary>Names of sizes and parts are those of folders and files, too.</summary>
    static void RequireFileName(SweepSection at, string name)
    {
        if (name.Length == 0 || !name.All(letter => char.IsAsciiLetterOrDigit(letter) || letter is '-' or '_')) throw at.Wrong($"the name '{name}' must be of letters, digits, - and _.");
    }

    static IReadOnlyList<double>? Positive(SweepSection part, string key) => Checked(part, key, part.Numbers(key), number => number > 0, "above 0");

    static IReadOnlyList<T>? Checked<T>(SweepSection part, string key, IReadOnlyList<T>? values, Func<T, bool> isGood, string rule) =>
        values is null || values.All(isGood) ? values : throw part.Wrong($"{key} must be {rule}.");
}
