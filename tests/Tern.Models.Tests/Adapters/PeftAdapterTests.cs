using Tern.Models.Adapters;
using Tern.Models.Safetensors;
using Tern.Numerics.Formats;
using Tern.Testing;

namespace Tern.Models.Tests.Adapters;

public sealed class PeftAdapterTests : IDisposable
{
    const string Module = "model.layers.0.self_attn.q_proj", Other = "model.layers.1.mlp.down_proj";

    readonly TemporaryFolder folder = new();
    readonly Random random = new(5);

    static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public void Dispose() => folder.Dispose();

    SafetensorsSource Matrix(string name, params long[] shape)
    {
        var values = new float[shape.Aggregate(1L, (product, size) => product * size)];
        foreach (ref var value in values.AsSpan()) value = random.NextSingle() - 0.5f;
        return new SafetensorsSource(name, TensorType.F32, shape, stream => stream.Write(System.Runtime.InteropServices.MemoryMarshal.AsBytes(values.AsSpan())));
    }

    /// <summary>Of the tiny Llama: q_proj is [64, 64], down_proj is [64, 96].</summary>
    string Adapter(PeftConfig? config = null, params SafetensorsSource[] more)
    {
        var path = folder[Path.GetRandomFileName()];
        PeftAdapter.Write(path, config ?? new PeftConfig { Rank = 4, Alpha = 6, Targets = new("q_proj", "down_proj") },
            [Matrix(Module + ".lora_A.weight", 4, 64), Matrix(Module + ".lora_B.weight", 64, 4), Matrix(Other + ".lora_A.weight", 4, 96), Matrix(Other + ".lora_B.weight", 64, 4), .. more], Cancel);
        return path;
    }

    static float[] Of(ModelOnDisk model, string name) => MemoryCheckpoint.Weights(model.Weights[name]);

    [Fact]
    public void What_is_loaded_and_saved_has_the_same_bytes()
    {
        var path = Adapter(new PeftConfig { Rank = 4, Alpha = 6, ModulesToSave = ["norm"], Targets = new(".*(q|down)_proj"), AlphaPattern = new Dictionary<string, double> { ["q_proj"] = 2 } }, Matrix("model.norm.weight", 64));
        using var adapter = PeftAdapter.Open(path);
        adapter.Save(folder["again"], Cancel);
        Assert.Equal(File.ReadAllBytes(Path.Combine(path, PeftAdapter.FileName)), File.ReadAllBytes(folder["again/" + PeftAdapter.FileName]));
        Assert.Equal(File.ReadAllText(Path.Combine(path, PeftConfig.FileName)), File.ReadAllText(folder["again/" + PeftConfig.FileName]));
        Assert.Equal([Module, Other], adapter.Modules.Select(module => module.Name).Order(StringComparer.Ordinal));
        Assert.Equal("model.norm.weight", Assert.Single(adapter.Full).Name);
        Assert.Equal([0.5, 1.5], adapter.Modules.OrderBy(module => module.Name, StringComparer.Ordinal).Select(module => module.Scale));
    }

    [Fact]
    public void Merged_is_the_weight_plus_scale_times_B_A_and_unmerged_is_the_weight_again()
    {
        using var model = TinyModels.Random(TinyModels.Llama);
        using var adapter = PeftAdapter.Open(Adapter());
        Assert.Equal(new AdapterMergeReport(2, 0), AdapterMerge.Merge(folder["merged"], model, adapter, cancellationToken: Cancel));
        using var merged = ModelOnDisk.Open(folder["merged"]);
        foreach (var module in adapter.Modules)
        {
            var (a, b) = (MemoryCheckpoint.Weights(module.A), MemoryCheckpoint.Weights(module.B));
            var (w, w1) = (Of(model, module.Name + ".weight"), Of(merged, module.Name + ".weight"));
            var columns = (int)module.A.Shape[1];
            for (var i = 0; i < w.Length; i++)
                Assert.Equal(w[i] + 1.5 * Enumerable.Range(0, 4).Sum(k => (double)b[i / columns * 4 + k] * a[k * columns + i % columns]), w1[i], 1e-6);   // a few roundings of numbers near 1
        }
        AdapterMerge.Unmerge(folder["unmerged"], merged, adapter, cancellationToken: Cancel);
        using var unmerged = ModelOnDisk.Open(folder["unmerged"]);
        foreach (var tensor in model.Weights.Tensors)
        {
            var (before, after) = (Of(model, tensor.Name), Of(unmerged, tensor.Name));
            for (var i = 0; i < before.Length; i++) Assert.Equal(before[i], after[i], 5e-7);
        }
    }

    [Fact]
    public void Transposed_weights_and_embeddings_take_the_transposed_change()
    {
        using var model = TinyModels.Random(TinyModels.Llama);
        PeftAdapter.Write(folder["embedding"], new PeftConfig { Rank = 2, Alpha = 2 }, [Matrix("model.embed_tokens.lora_embedding_A", 2, 40), Matrix("model.embed_tokens.lora_embedding_B", 64, 2)], Cancel);
        PeftAdapter.Write(folder["conv1d"], new PeftConfig { Rank = 2, Alpha = 2, FanInFanOut = true }, [Matrix(Other + ".lora_A.weight", 2, 64), Matrix(Other + ".lora_B.weight", 96, 2)], Cancel);
        foreach (var name in (string[])["embedding", "conv1d"])
        {
            using var adapter = PeftAdapter.Open(folder[name]);
            AdapterMerge.Merge(folder[name + "-merged"], model, adapter, cancellationToken: Cancel);
            using var merged = ModelOnDisk.Open(folder[name + "-merged"]);
            var module = Assert.Single(adapter.Modules);
            var (a, b) = (MemoryCheckpoint.Weights(module.A), MemoryCheckpoint.Weights(module.B));
            var (w, w1) = (Of(model, module.Name + ".weight"), Of(merged, module.Name + ".weight"));
            var (rows, columns) = ((int)module.A.Shape[1], (int)module.B.Shape[0]);
            for (var i = 0; i < w.Length; i++)
                Assert.Equal(w[i] + Enumerable.Range(0, 2).Sum(k => (double)b[i % columns * 2 + k] * a[k * rows + i / columns]), w1[i], 1e-6);
        }
    }

    [Fact]
    public void Keys_of_other_versions_are_ignored_and_defaults_are_those_of_PEFT()
    {
        File.WriteAllText(folder["adapter_config.json"], """{"peft_type": "LORA", "target_modules": ["c_attn"], "megatron_config": {"x": 1}, "eva_config": null, "auto_mapping": null, "layers_to_transform": [1]}""");
        var config = PeftConfig.Read(folder["adapter_config.json"]);
        Assert.Equal((8, 8.0, 0.0, false, false), (config.Rank, config.Alpha, config.Dropout, config.UseDora, config.FanInFanOut));
        Assert.Equal(1, config.ScaleOf("transformer.h.0.attn.c_attn"));
        var patterned = config with { UseRslora = true, RankPattern = new Dictionary<string, int> { ["layers.[02].q_proj"] = 16 }, AlphaPattern = new Dictionary<string, double> { ["q_proj"] = 4 } };
        Assert.Equal([16, 8], [patterned.RankOf("model.layers.2.q_proj"), patterned.RankOf("model.layers.1.q_proj")]);
        Assert.Equal(1, patterned.ScaleOf("model.layers.2.q_proj"));          // 4 / sqrt(16)
    }

    [Fact]
    public void Damaged_adapters_are_refused_with_the_module()
    {
        PeftConfig config = new() { Rank = 4 };
        void Refused(string told, PeftConfig config, params SafetensorsSource[] tensors)
        {
            var path = folder[Path.GetRandomFileName()];
            PeftAdapter.Write(path, config, tensors, Cancel);
            Assert.Contains(told, Assert.Throws<ModelFormatException>(() => PeftAdapter.Open(path)).Message, StringComparison.Ordinal);
        }
        Refused($"'{Module}' has no lora_B", config, Matrix(Module + ".lora_A.weight", 4, 64));
        Refused($"'{Module}' has no lora_A", config, Matrix(Module + ".lora_B.weight", 64, 4));
        Refused("do not fit together", config, Matrix(Module + ".lora_A.weight", 4, 64), Matrix(Module + ".lora_B.weight", 64, 5));
        Refused("rank 3, adapter_config.json says 4", config, Matrix(Module + ".lora_A.weight", 3, 64), Matrix(Module + ".lora_B.weight", 64, 3));
        Refused("no lora_magnitude_vector", config with { UseDora = true }, Matrix(Module + ".lora_A.weight", 4, 64), Matrix(Module + ".lora_B.weight", 64, 4));
        Refused("none that LoRA adapters have", config, Matrix(Module + ".lora_C.weight", 4, 64));
        Refused("holds no tensors", config);
        Assert.Contains("name the folder of one adapter", Assert.Throws<TernException>(() => PeftAdapter.Open(folder.Path)).Message, StringComparison.Ordinal);
        File.WriteAllText(folder["adapter_config.json"], """{"peft_type": "IA3"}""");
        Assert.Contains("IA3", Assert.Throws<ModelFormatException>(() => PeftConfig.Read(folder["adapter_config.json"])).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void An_adapter_of_another_model_is_refused_with_the_shapes()
    {
        using var model = TinyModels.Random(TinyModels.Llama);
        void Refused(string told, params SafetensorsSource[] more)
        {
            using var adapter = PeftAdapter.Open(Adapter(null, more));
            var refused = Assert.Throws<TernException>(() => AdapterMerge.Merge(folder["bad"], model, adapter, cancellationToken: Cancel));
            Assert.Contains(told, refused.Message, StringComparison.Ordinal);
            Assert.False(Directory.Exists(folder["bad"]));
        }
        Refused("the model has no 'model.layers.7.x.weight'", Matrix("model.layers.7.x.lora_A.weight", 4, 64), Matrix("model.layers.7.x.lora_B.weight", 64, 4));
        Refused("the adapter is for [80, 64], the weight is [64, 64]", Matrix("model.layers.1.self_attn.q_proj.lora_A.weight", 4, 64), Matrix("model.layers.1.self_attn.q_proj.lora_B.weight", 80, 4));
        Refused("'model.norm.weight' is [32] in the adapter, [64] in the model", Matrix("model.norm.weight", 32));
    }

    [Fact]
    public void What_cannot_be_taken_back_is_not_unmerged()
    {
        using var model = TinyModels.Random(TinyModels.Llama);
        using var full = PeftAdapter.Open(Adapter(null, Matrix("model.norm.weight", 64)));
        Assert.Contains("in full", Assert.Throws<TernException>(() => AdapterMerge.Unmerge(folder["x"], model, full, cancellationToken: Cancel)).Message, StringComparison.Ordinal);
    }
}
