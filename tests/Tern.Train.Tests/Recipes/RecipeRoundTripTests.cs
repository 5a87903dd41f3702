using CsCheck;
using Tern.Train.Noise;
using Tern.Train.Optimizers;
using Tern.Train.Precision;
using Tern.Train.Recipes;
using Tern.Train.Schedules;

namespace Tern.Train.Tests.Recipes;

public class RecipeRoundTripTests
{
    static readonly Gen<string> Text = Gen.OneOf(
        Gen.OneOf([.. new[] { "null", "~", "true", "1e6", "12", "a: b", "- x", "# no", "&a *a", "'", "\"", "\\", "{", "a\nb\n", " x ", "\t", "\u0001\u0085\u2028\ufeff", "😀 é", "%", "---", "..." }.Select(Gen.Const)]),
        Gen.String[Gen.Char[' ', '\u024f'], 1, 40].Select(text => "x" + text));

    static readonly Gen<double> Positive = Gen.Double[1e-12, 0.999];

    static readonly Gen<ModelChoice> Model = Gen.OneOf<ModelChoice>(
        Gen.Select(Gen.Int[1, 16], Gen.Int[1, 12], Gen.Bool, Positive, (half, heads, tie, rate) => (ModelChoice)new LlamaChoice
        {
            HiddenSize = 2 * half * heads,
            Heads = heads,
            KeyValueHeads = tie ? heads : 0,
            Layers = half,
            TieEmbeddings = tie,
            RopeTheta = 1e6 * rate,
            NormEps = rate,
            Dropout = rate,
        }),
        Text.Select(path => (ModelChoice)new PretrainedChoice { Path = "m" + path }));

    static readonly Gen<TokenizerChoice> Tokenizer = Gen.OneOf<TokenizerChoice>(
        Text.Select(path => (TokenizerChoice)new TokenizerFile { Path = "t" + path }),
        Text.Select(token => (TokenizerChoice)new TrainedBpe { VocabSize = 1000, SpecialTokens = ["<s>", "<" + token] }));

    static readonly Gen<ScheduleChoice> Schedule = Gen.Select(Gen.Int[0, 3], Gen.Int[0, 99], Positive, (kind, warmup, final) => kind switch
    {
        0 => (ScheduleChoice)new CosineSchedule { WarmupSteps = warmup, Final = final },
        1 => new LinearSchedule { WarmupSteps = warmup, Final = final },
        2 => new ConstantSchedule { WarmupSteps = warmup },
        _ => new WarmupStableDecaySchedule { WarmupSteps = warmup, Final = final, DecayFraction = final },
    });

    static readonly Gen<DataSource> Source = Gen.Select(Text, Gen.Bool, Positive, (text, given, weight) => new DataSource
    {
        Path = "p" + text,
        Weight = weight,
        Format = given ? "jsonl" : null,
        Field = given ? text : null,
        DocumentSeparator = given ? null : text,
    });

    static readonly Gen<Recipe> Recipes =
        Gen.Select(Model, Tokenizer, Schedule, Source.List[1, 3], Text.List[0, 3], Positive, Gen.Long[100, long.MaxValue], (model, tokenizer, schedule, sources, prompts, rate, steps) => new Recipe
        {
            Output = "o" + prompts.FirstOrDefault(),
            Seed = (int)(steps % 1000),
            Model = model,
            Tokenizer = tokenizer,
            Data = new DataChoice { Sources = sources, HeldOut = rate / 2 },
            Objective = new NextTokenObjective { ZLoss = rate },
            Optimizer = new AdamW { LearningRate = rate, WeightDecay = 1 - rate },
            Schedule = schedule,
            Precision = rate < 0.5 ? new Float32Precision() : new BFloat16Precision(),
            Quantization = rate < 0.5 ? null : new FakeQuantization { WeightBits = 4, KvBits = 8 },
            GradientNoise = rate < 0.5 ? new GradientNoiseChoice { Every = 7 } : null,
            Batch = new BatchChoice { Sequences = 32, MicroBatch = 8 },
            Steps = steps,
            EmaDecay = rate,
            ActivationCheckpointing = rate < 0.5,
            Evaluation = new EvaluationChoice { Prompts = prompts, StopBelow = rate < 0.5 ? rate : null, PostTrainingBits = rate < 0.5 ? [] : [2, 3] },
        });

    [Fact]
    public void A_recipe_that_was_written_is_read_as_itself() => Recipes.Sample(
        recipe =>
        {
            var yaml = RecipeFile.ToYaml(recipe);
            var again = RecipeFile.Parse(yaml, "again.yaml");
            Assert.Equivalent(recipe, again, strict: true);
            Assert.Equal(yaml, RecipeFile.ToYaml(again));
        },
        iter: 500);

    [Fact]
    public void The_written_recipe_says_every_default()
    {
        var yaml = RecipeFile.ToYaml(RecipeFile.Parse(RecipeTexts.Least, "r.yaml")).Split('\n').Select(line => line.Trim()).ToList();

        Assert.Contains("name: cosine", yaml);
        Assert.Contains("clip_gradient_norm: 1", yaml);
        Assert.Contains("tokens: null", yaml);
        Assert.Contains("sequence_length: 512", yaml);
        Assert.Contains("special_tokens:", yaml);
    }
}
