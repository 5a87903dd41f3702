using Tern.Models;
using Tern.Models.Adapters;
using Tern.Numerics.Kernels;
using Tern.Run;
using Tern.Testing;
using Tern.Train.Adapters;
using Tern.Train.Architectures;
using Tern.Train.Data;
using Tern.Train.Export;
using Tern.Train.Loop;
using Tern.Train.Tests.Architectures;
using TorchSharp;
using static TorchSharp.torch;
using Tensor = TorchSharp.torch.Tensor;

namespace Tern.Train.Tests.Adapters;

public sealed class LowRankAdapterTests
{
    static Tensor Tokens => tensor(new long[] { 3, 9, 27, 81, 243, 15, 45, 7 }, [1, 8]);

    static Llama Adapted(Lora choice, int seed = 3)
    {
        var model = TinyLlama.Build();
        choice.Attach(model, seed);
        return model;
    }

    /// <summary>A model whose adapters do something.</summary>
    static Llama Trained(Lora choice)
    {
        var model = Adapted(choice);
        using var frozen = no_grad();
        foreach (var weight in model.Adapters!.Factors) weight.Value.add_(randn(weight.Shape) * 0.1);
        return model;
    }

    static float Largest(Tensor difference) => difference.abs().max().item<float>();

    public static TheoryData<string> Kinds => ["plain", "rslora", "dora", "wide"];

    static Lora Choice(string kind) => kind switch
    {
        "rslora" => new Lora { Rank = 4, Alpha = 6, UseRslora = true },
        "dora" => new Lora { Rank = 4, Alpha = 6, UseDora = true, Targets = new("all-linear") },
        "wide" => new Lora { Rank = 4, Alpha = 6, Targets = new(@".*\.(mlp\.down_proj|self_attn\.o_proj)"), ModulesToSave = ["norm", "lm_head"] },
        _ => new Lora { Rank = 4, Alpha = 6 },
    };

    [Theory]
    [MemberData(nameof(Kinds))]
    public void A_new_adapter_changes_nothing(string kind)
    {
        using var scope = NewDisposeScope();
        using var frozen = no_grad();
        var difference = Largest(Adapted(Choice(kind)).Forward(Tokens, AttentionScope.Evaluation) - TinyLlama.Build().Forward(Tokens, AttentionScope.Evaluation));
        Assert.InRange(difference, 0, kind == "dora" ? 1e-5 : 0);              // m / ‖W‖ is 1 up to rounding
    }

    [Theory]
    [MemberData(nameof(Kinds))]
    public void The_merged_model_gives_the_logits_of_the_adapted_one(string kind)
    {
        using var scope = NewDisposeScope();
        using var frozen = no_grad();
        var model = Trained(Choice(kind));
        var adapted = model.Forward(Tokens, AttentionScope.Evaluation);
        var merged = new Llama(TinyLlama.Config, 64, ScalarType.Float32, 0, (name, _, _) => ModelExport.WeightsOf(model).Single(weight => weight.Name == name).Value.clone());
        Assert.True(Largest(adapted - TinyLlama.Build().Forward(Tokens, AttentionScope.Evaluation)) > 0.01);
        Assert.InRange(Largest(adapted - merged.Forward(Tokens, AttentionScope.Evaluation)), 0, 1e-5);
    }

    [Theory]
    [MemberData(nameof(Kinds))]
    public void A_base_and_its_peft_folder_merge_into_the_exported_model_and_the_runtime_agrees(string kind)
    {
        using var scope = NewDisposeScope();
        using var frozen = no_grad();
        using var folder = new TemporaryFolder();
        var cancel = TestContext.Current.CancellationToken;
        ModelExport.Write(folder["base"], TinyLlama.Config, ModelExport.WeightsOf(TinyLlama.Build()), TinyLlama.Tokenizer, ScalarType.Float32, cancellationToken: cancel);
        var model = Trained(Choice(kind));
        AdapterExport.Write(folder["adapter"], model.Adapters!, "base", cancel);
        using (var original = ModelOnDisk.Open(folder["base"]))
        using (var adapter = PeftAdapter.Open(folder["adapter"]))
            AdapterMerge.Merge(folder["merged"], original, adapter, cancellationToken: cancel);

        long[] tokens = [5, 17, 80, 3, 244, 90, 12, 1];
        var trained = model.Forward(tensor(tokens, [1, tokens.Length]), AttentionScope.Evaluation).flatten().data<float>().ToArray();
        using var runtime = LanguageModel.Load(folder["merged"]);
        using var sequence = runtime.CreateSequence(cacheType: CacheType.F32);
        var logits = tokens.SelectMany(token => runtime.Forward(sequence, (int)token).ToArray()).ToArray();
        for (var i = 0; i < trained.Length; i++) Assert.Equal(trained[i], logits[i], 1e-4);   // as of the parity test of Llama
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Only_the_adapter_and_the_saved_modules_have_gradients(bool checkpointing)
    {
        using var scope = NewDisposeScope();
        var model = Trained(Choice("wide"));
        int[] ids = [.. Enumerable.Range(0, 32).Select(i => i * 7 % 280)];
        new GradientStep(model, ScalarType.Float32, 0, checkpointing).Run([new TokenBatch(2, 16, ids, ids, null)], _ => 1);
        var names = model.Parameters.Concat(model.Adapters!.Factors).Where(weight => weight.Gradient is not null).Select(weight => weight.Name).ToList();
        Assert.Equal(model.Trained.Select(weight => weight.Name).Order(StringComparer.Ordinal), names.Order(StringComparer.Ordinal));
        Assert.Equal(2 * 2 + 1 + 1 + 2 * 2 * 2, names.Count);                  // two norms a layer, the last one, the output, two pairs a layer
    }

    [Fact]
    public void Activation_checkpointing_gives_the_gradients_of_the_adapter_too()
    {
        using var scope = NewDisposeScope();
        int[] ids = [.. Enumerable.Range(0, 32).Select(i => i * 7 % 280)];
        float[] Gradients(bool checkpointing)
        {
            random.manual_seed(9);
            var model = Trained(Choice("dora"));
            new GradientStep(model, ScalarType.Float32, 0, checkpointing).Run([new TokenBatch(2, 16, ids, ids, null)], _ => 1);
            return [.. model.Trained.SelectMany(weight => weight.Gradient!.contiguous().data<float>().ToArray())];
        }
        var (kept, computed) = (Gradients(false), Gradients(true));
        for (var i = 0; i < kept.Length; i++) Assert.Equal(kept[i], computed[i], 1e-6);       // sums in another order
    }

    [Fact]
    public void A_restart_keeps_the_function_and_begins_the_same_way_for_the_same_step()
    {
        using var scope = NewDisposeScope();
        using var frozen = no_grad();
        float[][] After(long step, string kind)
        {
            random.manual_seed(9);
            var model = Trained(Choice(kind) with { RestartEvery = 5 });
            var before = model.Forward(Tokens, AttentionScope.Evaluation);
            random.manual_seed(step * 17);                                       // whatever torch drew before does not matter
            model.Adapters!.Restart(step);
            Assert.InRange(Largest(before - model.Forward(Tokens, AttentionScope.Evaluation)), 0, 1e-5);
            Assert.All(model.Adapters.Layers, layer => Assert.Equal(0, Largest(layer.B.Value)));
            return [.. model.Adapters.Factors.Select(weight => weight.Value.data<float>().ToArray())];
        }
        foreach (var kind in (string[])["plain", "dora"])
        {
            Assert.Equal(After(5, kind), After(5, kind));
            Assert.NotEqual(After(5, kind), After(10, kind));
        }
    }

    [Fact]
    public void Dropout_stands_before_the_adapter_and_only_in_training()
    {
        using var scope = NewDisposeScope();
        using var frozen = no_grad();
        var model = Trained(Choice("plain") with { Dropout = 0.5 });
        var quiet = model.Forward(Tokens, AttentionScope.Evaluation);
        Assert.Equal(0, Largest(quiet - model.Forward(Tokens, AttentionScope.Evaluation)));
        Assert.True(Largest(quiet - model.Forward(Tokens, new AttentionScope(null, true))) > 1e-3);
        foreach (var layer in model.Adapters!.Layers) layer.B.Value.zero_();
        Assert.Equal(0, Largest(TinyLlama.Build().Forward(Tokens, AttentionScope.Evaluation) - model.Forward(Tokens, new AttentionScope(null, true))));
    }

    [Fact]
    public void A_starts_within_the_bound_of_its_inputs()
    {
        using var scope = NewDisposeScope();
        var model = Adapted(Choice("plain"));
        foreach (var layer in model.Adapters!.Layers)
        {
            var bound = 1 / MathF.Sqrt(layer.A.Shape[1]);
            Assert.InRange(Largest(layer.A.Value), 0.8f * bound, bound);
        }
    }

    [Theory]
    [InlineData("nothing", "", "q_proj")]
    [InlineData("q_proj", "nowhere", "nowhere")]
    [InlineData("q_proj", "q_proj", "cannot be frozen and trained")]
    public void A_choice_that_names_what_is_not_there_is_refused(string target, string saved, string told)
    {
        using var scope = NewDisposeScope();
        var refused = Assert.Throws<TernException>(() => Adapted(new Lora { Targets = new(target.Split(',')), ModulesToSave = saved.Length > 0 ? [saved] : [] }));
        Assert.Contains(told, refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void The_learning_rate_rises_again_after_a_restart_but_not_at_the_beginning()
    {
        var choice = new Lora { RestartEvery = 10, RestartWarmup = 3 };
        Assert.Equal([1, 1, 1, 1], Enumerable.Range(0, 4).Select(step => choice.RateFactor(step)));
        Assert.Equal([0.25, 0.5, 0.75, 1], Enumerable.Range(10, 4).Select(step => choice.RateFactor(step)));
        Assert.Equal([false, true, false, true], new long[] { 9, 10, 11, 20 }.Select(choice.RestartsAfter));
    }
}
