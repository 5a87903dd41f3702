using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using Tern.Models;
using Tern.Models.Tokenizers;
using YamlDotNet.RepresentationModel;

namespace Tern.Plan.Sweeps;

/// <summary>The runs of a sweep.</summary>
public static class SweepGrid
{
    const int DefaultSequenceLength = 512;                            // of a recipe that does not say

    /// <summary>Hexadecimal digits of the hash in the name of a run.</summary>
    const int HashDigits = 8;

    /// <summary>Every combination of every part; the longest run first. A point that several parts have is one run, which does the same whether or not all of them are chosen.</summary>
    /// <exception cref="TernException">The recipe lacks what is needed to count weights and tokens.</exception>
    public static IReadOnlyList<SweepRun> Expand(Sweep sweep)
    {
        var vocabulary = VocabularyOf(sweep.Base);
        var runs = new Dictionary<string, SweepRun>();
        foreach (var run in sweep.Parts.SelectMany(part => Points(sweep, part, vocabulary)))
            runs[run.Identity] = runs.TryGetValue(run.Identity, out var known) ? Together(known, run) : run;
        return [.. runs.Values.Where(run => sweep.Chosen is not { } chosen || run.Parts.Any(chosen.Contains)).OrderByDescending(run => run.ExactFlop).ThenBy(run => run.Name, StringComparer.Ordinal)];
    }

    static IEnumerable<SweepRun> Points(Sweep sweep, SweepPart part, int vocabulary) =>
        from size in part.Sizes
        from batch in part.Batches
        let recipe = RecipeOf(sweep, part, size, batch)
        let shape = ShapeOf(recipe, size, vocabulary)
        from length in part.TokensPerBatch.TryGetValue(batch, out var own) ? [new TokenLength(own)] : part.Lengths
        let tokens = TokensOf(length, sweep.Counted == CountedParameters.Total ? shape.Parameters : shape.NonEmbeddingParameters)
        where tokens is not null
        from rate in RatesOf(part, size, recipe, shape, batch)
        from bits in part.Bits
        from seed in part.Seeds
        select Point(part, size, shape, recipe, batch, tokens.Value, length, rate, bits, seed);

    static SweepRun Point(SweepPart part, SweepSize size, LlamaShape shape, YamlMappingNode shared, int batch, double tokens, SweepLength length, double rate, SweepBits bits, int seed)
    {
        var recipe = SweepYaml.Copy(shared);
        var sequenceLength = Whole(recipe, "data.sequence_length") ?? DefaultSequenceLength;
        var perStep = (double)batch * sequenceLength;
        var steps = Math.Max(1, (long)Math.Round(tokens / perStep));
        SweepYaml.Set(recipe, "seed", seed);
        SweepYaml.Set(recipe, "batch.sequences", batch);
        SweepYaml.Set(recipe, "steps", steps);
        SweepYaml.Set(recipe, "optimizer.learning_rate", rate);
        if (part.WarmupFraction is { } fraction) SweepYaml.Set(recipe, "schedule.warmup_steps", Math.Min(steps - 1, (long)Math.Round(fraction * steps)));
        if (part.WarmupTokens is { } warmup) SweepYaml.Set(recipe, "schedule.warmup_steps", Math.Min(steps - 1, (long)Math.Round(warmup / perStep)));
        Quantise(recipe, bits);
        if (part.StopAtTarget) SweepYaml.Set(recipe, "evaluation.stop_below", part.Targets.Min());
        var identity = Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(SweepYaml.Write(recipe))));
        return new SweepRun
        {
            Name = string.Create(CultureInfo.InvariantCulture, $"{size.Name}-{steps * perStep / 1e6:0.###}M-b{batch}-lr{rate:0.####e0}{NameOf(bits)}-s{seed}-{identity[..HashDigits]}"),
            Parts = [part.Name],
            Size = size.Name,
            Parameters = shape.Parameters,
            NonEmbeddingParameters = shape.NonEmbeddingParameters,
            SequenceLength = sequenceLength,
            Sequences = batch,
            Steps = steps,
            LearningRate = rate,
            Seed = seed,
            Budget = (length as BudgetLength)?.Flop,
            ExactFlop = shape.FlopsPerToken(sequenceLength) * steps * perStep,
            Bits = bits,
            PostTrainingBits = part.PostTrainingBits,
            Targets = part.Targets,
            TargetsFrom = part.TargetsFrom,
            Evaluations = part.Evaluations,
            Recipe = recipe,
            Identity = identity,
        };
    }

    /// <summary>One run for two grids: it does what either of them asks for.</summary>
    static SweepRun Together(SweepRun one, SweepRun other) => one with
    {
        Parts = [.. one.Parts.Union(other.Parts)],
        Budget = one.Budget ?? other.Budget,
        PostTrainingBits = [.. one.PostTrainingBits.Union(other.PostTrainingBits).Order()],
        Targets = [.. one.Targets.Union(other.Targets)],
        TargetsFrom = one.TargetsFrom ?? other.TargetsFrom,
        Evaluations = Math.Max(one.Evaluations, other.Evaluations),
    };

    static YamlMappingNode RecipeOf(Sweep sweep, SweepPart part, SweepSize size, int batch)
    {
        var recipe = SweepYaml.Copy(sweep.Base);
        SweepYaml.Merge(recipe, new YamlMappingNode("model", SweepYaml.Copy(size.Model)));
        SweepYaml.Merge(recipe, part.Set);
        if (part.PerBatch.TryGetValue(batch, out var own)) SweepYaml.Merge(recipe, own);
        return recipe;
    }

    static double? TokensOf(SweepLength length, long parameters)
    {
        switch (length)
        {
            case TokenLength(var tokens): return tokens;
            case RatioLength(var ratio): return ratio * parameters;
            case BudgetLength(var flop, var least, var most):
                var paid = flop / (6.0 * parameters);
                return paid / parameters >= least && paid / parameters <= most ? paid : null;
            default: throw new ArgumentException($"no length of the kind {length.GetType().Name}", nameof(length));
        }
    }

    static IEnumerable<double> RatesOf(SweepPart part, SweepSize size, YamlMappingNode recipe, LlamaShape shape, int batch)
    {
        if (part.LearningRates is { } rates) return from rate in rates from factor in part.LearningRateFactors select rate * factor;
        var own = size.LearningRate ?? part.Rule?.At(shape.HiddenSize, batch) ?? Number(recipe, "optimizer.learning_rate")
            ?? throw new TernException($"parts.{part.Name}: no learning rate: give learning_rates, a learning_rate_rule, a learning_rate for each size, or base.optimizer.learning_rate.");
        return part.LearningRateFactors.Select(factor => own * factor);
    }

    static void Quantise(YamlMappingNode recipe, SweepBits bits)
    {
        foreach (var (key, value) in (ReadOnlySpan<(string, int)>)[("weight_bits", bits.Weights), ("activation_bits", bits.Activations), ("kv_bits", bits.KeyValues)])
            if (value < SweepBits.Full) SweepYaml.Set(recipe, $"quantization.{key}", value);
    }

    static string NameOf(SweepBits bits) => bits.IsFull ? "" : string.Create(CultureInfo.InvariantCulture, $"-w{bits.Weights}a{bits.Activations}k{bits.KeyValues}");

    static LlamaShape ShapeOf(YamlMappingNode recipe, SweepSize size, int vocabulary)
    {
        int Needed(string key) => Whole(recipe, $"model.{key}") is > 0 and var value ? value : throw new TernException($"sizes.{size.Name}: lacks the key '{key}' of the model, above 0, here or in base.model.");
        if ((SweepYaml.Find(recipe, "model.name") as YamlScalarNode)?.Value is { } kind && kind != "llama") throw new TernException($"base.model: a sweep trains llama from random weights, not '{kind}'.");
        var (hidden, heads) = (Needed("hidden_size"), Needed("heads"));
        var intermediate = Whole(recipe, "model.intermediate_size") is > 0 and var given ? given : (hidden * 8 / 3 + 63) / 64 * 64;       // as recipes have it
        var keyValueHeads = Whole(recipe, "model.key_value_heads") is > 0 and var fewer ? fewer : heads;
        return new LlamaShape(hidden, intermediate, Needed("layers"), heads, keyValueHeads, vocabulary, (SweepYaml.Find(recipe, "model.tie_embeddings") as YamlScalarNode)?.Value == "true");
    }

    static int VocabularyOf(YamlMappingNode recipe)
    {
        if (Whole(recipe, "tokenizer.vocab_size") is { } size) return size;
        if ((SweepYaml.Find(recipe, "tokenizer.path") as YamlScalarNode)?.Value is not { } path) throw new TernException("base.tokenizer: needs a vocab_size (name: train_bpe) or a path (name: file).");
        return TokenizerFiles.Load(path)?.VocabSize ?? throw new TernException($"{path}: there is no tokenizer; name a tokenizer.json, a tokenizer.model or a folder that has one.");
    }

    static int? Whole(YamlMappingNode recipe, string path) => Number(recipe, path) is { } number && double.IsInteger(number) && Math.Abs(number) <= int.MaxValue ? (int)number : null;

    static double? Number(YamlMappingNode recipe, string path) =>
        SweepYaml.Find(recipe, path) is YamlScalarNode { Value: { } text } && double.TryParse(text.Replace("_", "", StringComparison.Ordinal), NumberStyles.Float, CultureInfo.InvariantCulture, out var number) ? number : null;
}
