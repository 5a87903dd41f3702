using Tern.Models;
using Tern.Testing;
using Tern.Train.Optimizers;
using Tern.Train.Recipes;
using Tern.Train.Schedules;

namespace Tern.Train.Tests.Recipes;

public class RecipeFileTests
{
    static Recipe Parse(string text, params string[] overrides) => RecipeFile.Parse(text, "r.yaml", overrides);

    static string Problem(string text, params string[] overrides) => Assert.Throws<TernException>(() => Parse(text, overrides)).Message;

    [Fact]
    public void What_is_not_written_has_its_default()
    {
        var recipe = Parse(RecipeTexts.Least);

        Assert.Equal("runs/least", recipe.Output);
        Assert.Equal(new LlamaChoice { HiddenSize = 64, Layers = 2, Heads = 4 }, recipe.Model);
        Assert.Equal(512, Assert.IsType<TrainedBpe>(recipe.Tokenizer).VocabSize);
        Assert.Equal(new DataSource { Path = "books/*.txt" }, Assert.Single(recipe.Data.Sources));
        Assert.Equal(100, recipe.Steps);
        Assert.Null(recipe.Tokens);
        Assert.Equal(new AdamW(), recipe.Optimizer);
        Assert.Equal(new EvaluationChoice(), recipe.Evaluation);
    }

    [Fact]
    public void Every_kind_of_value_is_read()
    {
        var recipe = Parse(RecipeTexts.Least + """

            optimizer: { name: adamw, learning_rate: 3e-4, weight_decay: 0 }
            schedule: { name: wsd, warmup_steps: 10, decay_fraction: .5 }
            objective: { name: next_token, z_loss: 1e-4 }
            precision: float32
            activation_checkpointing: true
            evaluation:
              prompts: ["Once upon", 'a: time', "null"]
            """);

        Assert.Equal(new AdamW { LearningRate = 3e-4, WeightDecay = 0 }, recipe.Optimizer);
        Assert.Equal(new WarmupStableDecaySchedule { WarmupSteps = 10, DecayFraction = 0.5 }, recipe.Schedule);
        Assert.Equal(new NextTokenObjective { ZLoss = 1e-4 }, recipe.Objective);
        Assert.IsType<Float32Precision>(recipe.Precision);
        Assert.True(recipe.ActivationCheckpointing);
        Assert.Equal(["Once upon", "a: time", "null"], recipe.Evaluation.Prompts);
    }

    [Theory]
    [InlineData("1e6", 1_000_000)]
    [InlineData("10_000_000", 10_000_000)]
    [InlineData("2.5e3", 2500)]
    [InlineData("+7", 7)]
    [InlineData("9223372036854775807", long.MaxValue)]
    public void Whole_numbers_may_have_underscores_and_exponents(string spelled, long value) =>
        Assert.Equal(value, Parse(RecipeTexts.Least, "steps=null", $"tokens={spelled}").Tokens);

    [Theory]
    [InlineData("1.5", "r.yaml:8:7: seed must be a whole number, not '1.5'.")]
    [InlineData("1__0", "r.yaml:8:7: seed must be a whole number, not '1__0'.")]
    [InlineData("many", "r.yaml:8:7: seed must be a whole number, not 'many'.")]
    [InlineData("3e9", "r.yaml:8:7: seed must be a whole number below 2^31, not '3e9'.")]
    [InlineData("'3'", "r.yaml:8:7: seed must be a whole number, without quotes, not the text \"3\".")]
    [InlineData("[1, 2]", "r.yaml:8:7: seed must be a whole number, not a list of 2.")]
    [InlineData("{ a: 1 }", "r.yaml:8:7: seed must be a whole number, not a mapping.")]
    [InlineData("", "r.yaml:8:6: seed needs a value; leave the key out for the default.")]
    public void What_is_no_whole_number_is_named_with_its_place(string spelled, string message) =>
        Assert.Equal(message, Problem(RecipeTexts.Least + $"\nseed: {spelled}"));

    [Theory]
    [InlineData("clip_gradient_norm: .inf", "clip_gradient_norm must be a number, not '.inf'.")]
    [InlineData("activation_checkpointing: yes", "activation_checkpointing must be true or false, not 'yes'.")]
    [InlineData("evaluation: { prompts: once }", "evaluation.prompts must be a list: [first, second], not 'once'.")]
    [InlineData("batch: 32", "batch must be a mapping of keys to values, not '32'.")]
    public void Wrong_types_are_errors(string line, string message) => Assert.EndsWith(message, Problem(RecipeTexts.Least + "\n" + line));

    [Theory]
    [InlineData("optimiser: adamw", "r.yaml:8:1: the recipe has no key 'optimiser'; did you mean 'optimizer'?")]
    [InlineData("optimizer: { name: adamw, lerning_rate: 1 }", "r.yaml:8:27: optimizer has no key 'lerning_rate'; did you mean 'learning_rate'?")]
    [InlineData("optimizer: { name: adam }", "r.yaml:8:20: optimizer.name: there is no 'adam'; did you mean 'adamw'?")]
    [InlineData("precision: int3", "r.yaml:8:12: precision: there is no 'int3'; known are float32, bfloat16.")]
    [InlineData("schedule: { final: 0 }", "r.yaml:8:11: schedule needs the key 'name': cosine or linear or constant or wsd.")]
    [InlineData("batch: { xyzzyxyzzy: 1 }", "r.yaml:8:10: batch has no key 'xyzzyxyzzy'; known are sequences, micro_batch.")]
    [InlineData("batch: { name: 1 }", "r.yaml:8:10: batch has no key 'name'; known are sequences, micro_batch.")]
    [InlineData("model: pretrained", "r.yaml:8:1: this is not YAML: Duplicate key model")]
    public void Unknown_keys_and_kinds_are_errors_with_line_and_the_nearest_known_one(string line, string message) =>
        Assert.Equal(message, Problem(RecipeTexts.Least + "\n" + line));

    [Theory]
    [InlineData("r: [", "r.yaml:")]
    [InlineData("- a\n- b", "r.yaml:1: a recipe is a mapping")]
    [InlineData("", "r.yaml: the recipe is empty; it needs at least output, model, tokenizer, data.")]
    [InlineData("output: a\n---\noutput: b", "r.yaml:3: a second document begins; a recipe is one.")]
    [InlineData("output: a", "r.yaml:1:1: the recipe needs the key 'model'.")]
    [InlineData("output: a\nmodel: llama", "r.yaml:2:8: model needs the key 'hidden_size'.")]
    [InlineData("output: *missing", "r.yaml:1:")]
    public void What_is_no_recipe_is_told_so(string text, string begin) => Assert.StartsWith(begin, Problem(text));

    [Fact]
    public void Bottomless_nesting_is_refused() => Assert.Contains("nested deeper", Problem(new string('[', 100_000)));

    [Fact]
    public void Overrides_replace_add_and_reach_into_lists()
    {
        var recipe = Parse(RecipeTexts.Least, "model.heads=8", "optimizer={name: adamw}", "optimizer.learning_rate=1e-2", "data.sources.0.path=a.jsonl", "evaluation.prompts=[a, b]", "steps=null", "epochs=2");

        Assert.Equal(8, Assert.IsType<LlamaChoice>(recipe.Model).Heads);
        Assert.Equal(new AdamW { LearningRate = 1e-2 }, recipe.Optimizer);
        Assert.Equal("a.jsonl", recipe.Data.Sources[0].Path);
        Assert.Equal(["a", "b"], recipe.Evaluation.Prompts);
        Assert.Equal((null, 2.0), (recipe.Steps, recipe.Epochs));
    }

    [Theory]
    [InlineData("seed", "--set seed: write key=value")]
    [InlineData("seed=one", "--set seed=one: seed must be a whole number, not 'one'.")]
    [InlineData("sed=1", "--set sed=1: the recipe has no key 'sed'; did you mean 'seed'?")]
    [InlineData("data.sources.1.path=x", "--set data.sources.1.path=x: '1' is not an item of a list of 1; they are numbered from 0.")]
    [InlineData("output.folder=x", "--set output.folder=x: r.yaml:1:9 has a single value, which has no key 'folder'.")]
    [InlineData("a..b=1", "--set a..b=1: a part of the key is empty.")]
    [InlineData("model.heads=5", "--set model.heads=5: model.heads must divide the hidden size")]
    public void Mistakes_in_overrides_are_told_with_the_override(string setting, string begin) => Assert.StartsWith(begin, Problem(RecipeTexts.Least, setting));

    [Fact]
    public void Problems_of_meaning_are_told_all_at_once_with_their_lines()
    {
        var problem = Problem(RecipeTexts.Least.Replace("heads: 4", "heads: 5") + "\nbatch:\n  sequences: 6\n  micro_batch: 4");

        Assert.Equal(
            [
                "r.yaml:2:58: model.heads must divide the hidden size: 64 is not a multiple of 5.",
                "r.yaml:10:16: batch.micro_batch must divide the batch: 6 sequences are not a multiple of 4.",
            ],
            problem.Split('\n'));
    }

    [Fact]
    public void A_file_is_read_under_its_own_name()
    {
        using var folder = new TemporaryFolder();
        var path = folder["r.yaml"];
        File.WriteAllText(path, RecipeTexts.Least);

        Assert.Equal(7, RecipeFile.Read(path, ["seed=7"]).Seed);
        Assert.StartsWith($"--set seed=x: ", Assert.Throws<TernException>(() => RecipeFile.Read(path, ["seed=x"])).Message);
        Assert.Contains("no such file", Assert.Throws<TernException>(() => RecipeFile.Read(folder["s.yaml"])).Message);
        Assert.Contains("a folder", Assert.Throws<TernException>(() => RecipeFile.Read(folder.Path)).Message);
    }

    [Fact]
    public void Every_kind_has_a_name_of_its_own_and_can_be_made()
    {
        Assert.All(RecipeKinds.All, kind => Assert.NotNull(Activator.CreateInstance(kind.Type)));
        Assert.All(RecipeKinds.All.GroupBy(kind => kind.Type.BaseType), part => Assert.Equal(part.Count(), part.Select(kind => kind.Name).Distinct().Count()));
    }
}
