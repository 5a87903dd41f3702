using Tern.Models;
using Tern.Models.Configs;
using Tern.Testing;
using Tern.Train.Architectures;
using Tern.Train.Data;
using Tern.Train.Loop;
using Tern.Train.Optimizers;
using Tern.Train.Recipes;
using Tern.Train.Tests.Architectures;
using TorchSharp;
using static TorchSharp.torch;

namespace Tern.Train.Tests.Loop;

public sealed class LayerwiseUpdateTests
{
    static readonly GaLore TinyGaLore = new() { Rank = 8, UpdateProjGap = 2, WeightDecay = 0.1 };

    public static TheoryData<OptimizerChoice, bool> Choices => new()
    {
        { new AdamW(), false },
        { new AdamW { State = MomentType.Int8 }, true },
        { TinyGaLore, true },
        { TinyGaLore with { ProjType = GaLoreSide.Full, State = MomentType.Int8 }, false },
        { new Muon(), false },
    };

    static LlamaConfig Config(bool tied) => TinyLlama.Config with { TieWordEmbeddings = tied };

    static List<TokenBatch> Batches(int step, int count) => [.. Enumerable.Range(0, count).Select(micro =>
    {
        var random = new Random((100 * step) + micro);
        int[] Tokens() => [.. Enumerable.Range(0, 2 * 16).Select(_ => random.Next(280))];
        return new TokenBatch(2, 16, Tokens(), Tokens(), null);
    })];

    /// <summary>All weights after three steps.</summary>
    static float[][] Train(OptimizerChoice choice, bool tied, bool perLayer, int microBatches = 1)
    {
        using var model = TinyLlama.Build(dropout: 0.1, config: Config(tied));
        using var optimizer = choice.Build(model.Parameters);
        var gradients = new GradientStep(model, ScalarType.Float32, 1e-3, checkpointing: true);
        var updates = new LayerwiseUpdate(optimizer);
        for (var step = 0; step < 3; step++)
        {
            var batches = Batches(step, microBatches);
            if (perLayer)
            {
                updates.Begin(0.01);
                gradients.Run(batches, micro => (1000 * step) + (128 * micro), updates.Take);
                Assert.All(model.Parameters, weight => Assert.Null(weight.Gradient));
                Assert.True(updates.Norm > 0);
                continue;
            }
            gradients.Run(batches, micro => (1000 * step) + (128 * micro));
            optimizer.Step(0.01);
        }
        return [.. model.Parameters.Select(weight => weight.Value.detach().contiguous().data<float>().ToArray())];
    }

    [Theory]
    [MemberData(nameof(Choices))]
    public void Layer_by_layer_gives_the_same_bits_as_all_at_once(OptimizerChoice choice, bool tied)
    {
        using var scope = NewDisposeScope();
        Assert.Equal(Train(choice, tied, perLayer: false), Train(choice, tied, perLayer: true));
    }

    [Fact]
    public void Projected_gradients_of_micro_batches_add_up()
    {
        using var scope = NewDisposeScope();
        float[][] whole = Train(TinyGaLore, tied: false, perLayer: false, microBatches: 3), layers = Train(TinyGaLore, tied: false, perLayer: true, microBatches: 3);
        // Sums of projections in place of projections of sums differ by float32 rounding, which Adam's division makes a part of a step of 0.01.
        for (var i = 0; i < whole.Length; i++)
            for (var k = 0; k < whole[i].Length; k++) Assert.Equal(whole[i][k], layers[i][k], 2e-4);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Never_more_gradients_are_alive_than_estimated(bool tied)
    {
        using var scope = NewDisposeScope();
        var recipe = RecipeFile.Parse("""
            output: run
            model: { name: llama, hidden_size: 32, layers: 2, heads: 4 }
            tokenizer: { name: train_bpe, vocab_size: 280 }
            data: { sources: [ { path: a.txt } ] }
            steps: 10
            clip_gradient_norm: 0
            per_layer_updates: true
            """, "recipe.yaml");
        using var model = TinyLlama.Build(config: Config(tied));
        using var optimizer = recipe.Optimizer.Build(model.Parameters);
        var updates = new LayerwiseUpdate(optimizer);
        long peak = 0;
        new GradientStep(model, ScalarType.Float32, 0, false).Run(Batches(0, 1), _ => 1, (weights, isLast) =>
        {
            peak = Math.Max(peak, model.Parameters.Sum(weight => 4 * (weight.Gradient?.numel() ?? 0)));
            updates.Take(weights, isLast);
        });
        var estimate = TrainingEstimate.Of(recipe, model, 10);
        Assert.Equal(estimate.GradientBytes, peak);
        Assert.True(peak < estimate.WeightBytes * 0.7);                        // there are two layers, and one table or two
        Assert.Equal(estimate.WeightBytes, TrainingEstimate.Of(recipe with { PerLayerUpdates = false }, model, 10).GradientBytes);
    }

    [Fact]
    public void Steps_leave_no_tensors_behind()
    {
        using var scope = NewDisposeScope();
        var model = TinyLlama.Build();
        var optimizer = TinyGaLore.Build(model.Parameters);
        var updates = new LayerwiseUpdate(optimizer);
        var gradients = new GradientStep(model, ScalarType.Float32, 0, false);
        void Once()
        {
            updates.Begin(1e-3);
            gradients.Run(Batches(0, 3), micro => micro, updates.Take);
            GC.Collect();
            GC.WaitForPendingFinalizers();
        }
        Once();
        Once();
        var before = DisposeScopeManager.Statistics.ThreadTotalLiveCount;
        for (var i = 0; i < 4; i++) Once();
        Assert.Equal(before, DisposeScopeManager.Statistics.ThreadTotalLiveCount);
    }

    [Fact]
    public void A_gradient_that_is_not_finite_is_named()
    {
        using var scope = NewDisposeScope();
        var weight = new TrainedParameter("model.norm.weight", ones(4).requires_grad_(), ParameterRole.Vector);
        using var optimizer = new AdamW().Build([weight]);
        weight.Value.grad = tensor(new[] { 1, float.NaN, 1, 1 });
        Assert.Contains("model.norm.weight", Assert.Throws<DivergenceException>(() => new LayerwiseUpdate(optimizer).Take([weight], true)).Message, StringComparison.Ordinal);
        Assert.Equal(1, weight.Value[0].item<float>());
    }

    [Fact]
    public void A_loss_that_is_not_finite_changes_nothing()
    {
        using var scope = NewDisposeScope();
        var model = TinyLlama.Build();
        var weight = model.Parameters.Single(weight => weight.Name == "model.layers.1.mlp.up_proj.weight");
        using (no_grad()) weight.Value[0, 0] = float.NaN;
        var updates = new LayerwiseUpdate(new AdamW().Build(model.Parameters));
        var refused = Assert.Throws<DivergenceException>(() => new GradientStep(model, ScalarType.Float32, 0, false).Run(Batches(0, 1), _ => 1, updates.Take));
        Assert.Contains(weight.Name, refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_run_with_GaLore_in_8_bits_layer_by_layer_learns_and_goes_on_with_the_same_bits()
    {
        using var folder = new TemporaryFolder();
        var random = new Random(7);
        string[] words = ["the", "sea", "was", "calm", "and", "a", "ship", "came", "home", "at", "night"];
        File.WriteAllText(folder["text.txt"], string.Join(' ', Enumerable.Range(0, 3000).Select(i => words[random.Next(words.Length)])));
        Recipe Of(string output) => RecipeFile.Parse($$"""
            output: '{{folder[output]}}'
            model: { name: llama, hidden_size: 64, layers: 2, heads: 4, intermediate_size: 128, dropout: 0.1 }
            tokenizer: { name: train_bpe, vocab_size: 280 }
            data: { sources: [ { path: '{{folder["text.txt"]}}' } ], sequence_length: 32, held_out: 0.1 }
            optimizer: { name: galore, rank: 48, update_proj_gap: 6, proj_init: randomized_svd, staggered: true, state: int8, learning_rate: 0.01, scale: 1 }
            schedule: { name: cosine, warmup_steps: 2 }
            precision: float32
            batch: { sequences: 4, micro_batch: 2 }
            clip_gradient_norm: 0
            per_layer_updates: true
            steps: 20
            evaluation: { every: 0, sequences: 4 }
            checkpoints: { every: 5 }
            log: { every: 5, tensor_board: false }
            """, "recipe.yaml");
        var losses = new List<double>();
        using (var whole = TrainingPreparation.Prepare(Of("whole"), resume: false, cancellationToken: TestContext.Current.CancellationToken))
            whole.Run(what => losses.AddRange(what is TrainingInterval at ? [at.Metrics.Loss!] : []), TestContext.Current.CancellationToken);
        Assert.True(losses[^1] < losses[0] - 0.5);
        using (var stop = new CancellationTokenSource())
        using (var first = TrainingPreparation.Prepare(Of("parts"), resume: false, cancellationToken: TestContext.Current.CancellationToken))
            first.Run(what => { if (what is TrainingInterval { Metrics.Step: 10 }) stop.Cancel(); }, stop.Token);
        using (var rest = TrainingPreparation.Prepare(Of("parts"), resume: true, cancellationToken: TestContext.Current.CancellationToken))
            rest.Run(_ => { }, TestContext.Current.CancellationToken);
        foreach (var file in (string[])["weights.safetensors", "optimizer.safetensors"])
            Assert.Equal(File.ReadAllBytes(folder[$"whole/checkpoints/step-00000020/{file}"]), File.ReadAllBytes(folder[$"parts/checkpoints/step-00000020/{file}"]));
    }
}
