using Tern.Models.Configs;
using Tern.Models.Safetensors;
using Tern.Testing;
using Tern.Train.Architectures;
using Tern.Train.Checkpoints;
using Tern.Train.Data;
using Tern.Train.Export;
using Tern.Train.Loop;
using Tern.Train.Precision;
using Tern.Train.Recipes;
using Tern.Train.Tests.Architectures;
using Tern.Train.Tests.Loop;
using TorchSharp;
using static TorchSharp.torch;
using Tensor = TorchSharp.torch.Tensor;

namespace Tern.Train.Tests.Precision;

public sealed class FakeQuantizationTests
{
    static Llama Build(FakeQuantization? quantization, ScalarType type = ScalarType.Float32, LlamaConfig? config = null) => TinyLlama.Build(type, config: config, quantization: quantization);

    static Tensor Tokens => tensor(Enumerable.Range(0, 40).Select(i => (long)(i * 37 % 280)).ToArray(), [2, 20]);

    static Tensor Logits(CausalModel model)
    {
        using var frozen = no_grad();
        return model.Forward(Tokens, AttentionScope.Evaluation).to(ScalarType.Float32);
    }

    static TokenBatch Batch
    {
        get
        {
            var random = new Random(2);
            int[] Draw() => [.. Enumerable.Range(0, 3 * 16).Select(_ => random.Next(280))];
            return new TokenBatch(3, 16, Draw(), Draw(), null);
        }
    }

    static float[][] Gradients(CausalModel model, bool checkpointing = false)
    {
        new GradientStep(model, ScalarType.Float32, 0, checkpointing).Run([Batch], _ => 1);
        return [.. model.Parameters.Select(weight => weight.Gradient!.contiguous().data<float>().ToArray())];
    }

    [Fact]
    public void Sixteen_bits_change_next_to_nothing()
    {
        using var scope = NewDisposeScope();
        var plain = Logits(Build(null));
        var rounded = Logits(Build(new FakeQuantization { WeightBits = 16, ActivationBits = 16, KvBits = 16 }));
        Assert.False(plain.Equals(rounded));
        Assert.True(((plain - rounded).abs().max() / plain.abs().max()).item<float>() < 1e-3);     // roundings of 1 / 65534 in 14 products
    }

    [Theory]
    [InlineData(4, null, null)]
    [InlineData(null, 4, null)]
    [InlineData(null, null, 4)]
    public void Each_part_is_rounded_by_itself_and_fewer_bits_change_more(int? weights, int? activations, int? keyValues)
    {
        using var scope = NewDisposeScope();
        var plain = Logits(Build(null));
        float Change(int bits) => (plain - Logits(Build(new FakeQuantization
        {
            WeightBits = weights is null ? null : bits,
            ActivationBits = activations is null ? null : bits,
            KvBits = keyValues is null ? null : bits,
        }))).norm().item<float>();
        Assert.True(0 < Change(12));
        Assert.True(4 * Change(12) < Change(8));                               // a bit is a factor of 2
        Assert.True(4 * Change(8) < Change(4));
    }

    [Fact]
    public void Keys_and_values_have_a_scale_for_each_token_and_head()
    {
        using var scope = NewDisposeScope();
        random.manual_seed(1);
        var heads = randn(2, 5, 3, 8).transpose(1, 2);                         // [sequences, heads, length, headDim] as attention has them
        var rounded = new FakeQuantization { KvBits = 4 }.KeysOrValues(heads);
        Assert.Equal(heads.shape, rounded.shape);
        for (var head = 0; head < 3; head++)
        {
            for (var token = 0; token < 5; token++)
            {
                var row = heads[1, head, token].clone();
                new SymmetricGrid(4).RoundRows(row);
                Assert.True(row.Equals(rounded[1, head, token]));
            }
        }
    }

    [Theory]
    [InlineData(ScalarType.Float32)]
    [InlineData(ScalarType.BFloat16)]
    public void Exported_weights_are_those_that_the_forward_pass_used(ScalarType type)
    {
        using var scope = NewDisposeScope();
        var model = Build(new FakeQuantization { WeightBits = 3 }, type);
        var exported = ModelExport.WeightsOf(model).ToDictionary(weight => weight.Name, weight => weight.Value);
        var plain = new Llama(TinyLlama.Config, 64, type, 0, (name, _, _) => exported[name].detach().clone());
        Assert.True(Logits(model).Equals(Logits(plain)));
        foreach (var weight in model.Parameters) Assert.Equal(weight.Role != ParameterRole.Matrix, weight.Value.Equals(exported[weight.Name]));
    }

    [Fact]
    public void The_gradient_is_that_of_a_model_with_the_rounded_weights()
    {
        using var scope = NewDisposeScope();
        var model = Build(new FakeQuantization { WeightBits = 3 });
        var exported = ModelExport.WeightsOf(model).ToDictionary(weight => weight.Name, weight => weight.Value);
        Assert.Equal(Gradients(new Llama(TinyLlama.Config, 64, ScalarType.Float32, 0, (name, _, _) => exported[name].detach().clone())), Gradients(model));
    }

    [Theory]
    [InlineData(1)]
    [InlineData(4)]
    public void Gradients_reach_every_weight_and_are_the_same_with_activation_checkpointing(int bits)
    {
        using var scope = NewDisposeScope();
        var choice = new FakeQuantization { WeightBits = bits, ActivationBits = bits, KvBits = bits };
        float[][] kept = Gradients(Build(choice)), again = Gradients(Build(choice), checkpointing: true);
        for (var i = 0; i < kept.Length; i++)
        {
            var largest = kept[i].Max(MathF.Abs);
            Assert.True(largest > 0);
            for (var k = 0; k < kept[i].Length; k++) Assert.Equal(kept[i][k], again[i][k], 1e-5f * largest);   // sums in another order
        }
    }

    [Theory]
    [InlineData("float32", 30)]
    [InlineData("bfloat16", 30)]
    public void A_short_run_learns_and_ends_in_few_values_per_row(string precision, int steps)
    {
        using var folder = new TemporaryFolder();
        var recipe = TinyRuns.Recipe(folder, "run", $$"""
            precision: {{precision}}
            quantization: { weight_bits: 4, activation_bits: 8, kv_bits: 8 }
            evaluation: { every: 0, sequences: 8 }
            steps: {{steps}}
            """);
        using var run = TrainingPreparation.Prepare(recipe, resume: false, cancellationToken: TestContext.Current.CancellationToken);
        var losses = new List<double>();
        var result = run.Run(what => losses.AddRange(what is TrainingInterval at ? [at.Metrics.Loss] : []), TestContext.Current.CancellationToken);
        Assert.True(losses[^1] < losses[0] - 0.5, $"{losses[0]} to {losses[^1]}");
        Assert.InRange(result.HeldOutLoss!.Value, 0.5, losses[0]);
        using var file = SafetensorsCheckpoint.Open(Path.Combine(run.ModelFolder, "model.safetensors"));
        using var matrix = TensorFile.ToTorch(file.Tensors.Single(tensor => tensor.Name == "model.layers.0.mlp.up_proj.weight")).to(ScalarType.Float32);
        Assert.InRange(matrix[5].unique().output.numel(), 3, 15);
    }

    [Fact]
    public void The_estimate_counts_the_rounded_weights()
    {
        using var scope = NewDisposeScope();
        var recipe = RecipeFile.Parse(Recipes.RecipeTexts.Least, "r.yaml", ["precision=float32"]);
        using var model = Build(null);
        var rounded = TrainingEstimate.Of(recipe with { Quantization = new FakeQuantization { WeightBits = 4 } }, model, 10);
        var matrices = model.Parameters.Where(weight => weight.Role == ParameterRole.Matrix).Sum(weight => weight.Value.numel());
        Assert.Equal(4 * matrices, rounded.ActivationBytes - TrainingEstimate.Of(recipe, model, 10).ActivationBytes);
    }
}
