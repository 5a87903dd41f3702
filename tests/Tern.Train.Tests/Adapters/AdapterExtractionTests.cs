using Tern.Models;
using Tern.Models.Adapters;
using Tern.Models.Safetensors;
using Tern.Testing;
using Tern.Train.Adapters;
using Tern.Train.Checkpoints;
using TorchSharp;
using static TorchSharp.torch;
using Tensor = TorchSharp.torch.Tensor;

namespace Tern.Train.Tests.Adapters;

public sealed class AdapterExtractionTests : IDisposable
{
    const string Module = "model.layers.0.self_attn.q_proj";

    readonly TemporaryFolder folder = new();

    static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public void Dispose() => folder.Dispose();

    static Tensor Of(ModelOnDisk model, string name) => TensorFile.ToTorch(model.Weights[name]);

    /// <summary>The tiny Llama with a change of rank 3 in one matrix, and perhaps another last norm.</summary>
    ModelOnDisk Tuned(ModelOnDisk original, bool withNorm = false)
    {
        using var scope = NewDisposeScope();
        random.manual_seed(4);
        List<SafetensorsSource> tensors = [TensorFile.Source(Module + ".lora_A.weight", randn(3, 64)), TensorFile.Source(Module + ".lora_B.weight", randn(64, 3))];
        if (withNorm) tensors.Add(TensorFile.Source("model.norm.weight", ones(64)));
        PeftAdapter.Write(folder["change"], new PeftConfig { Rank = 3, Alpha = 3 }, tensors, Cancel);
        using var adapter = PeftAdapter.Open(folder["change"]);
        AdapterMerge.Merge(folder["tuned"], original, adapter, cancellationToken: Cancel);
        return ModelOnDisk.Open(folder["tuned"]);
    }

    [Theory]
    [InlineData(3)]
    [InlineData(5)]
    [InlineData(100)]                                                          // more than a side of the matrix
    public void An_adapter_of_enough_rank_makes_the_tuned_model_of_the_original(int rank)
    {
        using var scope = NewDisposeScope();
        using var original = TinyModels.Random(TinyModels.Llama);
        using var tuned = Tuned(original, withNorm: true);
        var report = AdapterExtraction.Write(folder["adapter"], original, tuned, rank, cancellationToken: Cancel);
        Assert.Equal((1, 1, Module), (report.Matrices, report.InFull, report.Worst));
        Assert.Equal(1, report.Energy, 1e-6);
        using var adapter = PeftAdapter.Open(folder["adapter"]);
        AdapterMerge.Merge(folder["again"], original, adapter, cancellationToken: Cancel);
        using var again = ModelOnDisk.Open(folder["again"]);
        foreach (var tensor in tuned.Weights.Tensors)
            Assert.InRange((Of(tuned, tensor.Name) - Of(again, tensor.Name)).abs().max().item<float>(), 0, 1e-4);   // float32 singular vectors, values near 20
    }

    [Fact]
    public void What_a_smaller_rank_leaves_are_the_smaller_singular_values()
    {
        using var scope = NewDisposeScope();
        using var original = TinyModels.Random(TinyModels.Llama);
        using var tuned = Tuned(original);
        var report = AdapterExtraction.Write(folder["adapter"], original, tuned, 2, cancellationToken: Cancel);
        var difference = Of(tuned, Module + ".weight") - Of(original, Module + ".weight");
        var squares = linalg.svdvals(difference).square().data<float>().ToArray();
        Assert.Equal(squares[..2].Sum() / squares.Sum(), report.Energy, 1e-5);
        using var adapter = PeftAdapter.Open(folder["adapter"]);
        var left = difference - TensorFile.ToTorch(adapter.Modules[0].B).matmul(TensorFile.ToTorch(adapter.Modules[0].A));
        Assert.Equal(squares[2], left.square().sum().item<float>(), 1e-3 * squares[2]);      // Eckart and Young
    }

    [Fact]
    public void Models_that_are_the_same_or_of_other_shapes_are_refused()
    {
        using var original = TinyModels.Random(TinyModels.Llama);
        using var other = TinyModels.Random(TinyModels.Llama with { VocabSize = 41 });
        Assert.Contains("nothing to extract", Assert.Throws<TernException>(() => AdapterExtraction.Write(folder["a"], original, original, 2, cancellationToken: Cancel)).Message, StringComparison.Ordinal);
        Assert.Contains("embed_tokens", Assert.Throws<TernException>(() => AdapterExtraction.Write(folder["a"], original, other, 2, cancellationToken: Cancel)).Message, StringComparison.Ordinal);
        Assert.False(Directory.Exists(folder["a"]));
    }
}
