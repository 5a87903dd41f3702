using Tern.Models;
using Tern.Numerics.Kernels;
using Tern.Run;
using Tern.Testing;
using Tern.Train.Architectures;
using Tern.Train.Export;
using TorchSharp;
using static TorchSharp.torch;

namespace Tern.Train.Tests.Architectures;

public sealed class LlamaTests
{
    [Fact]
    public void A_token_sees_only_what_stands_before_it_in_its_document()
    {
        using var scope = NewDisposeScope();
        using var frozen = no_grad();
        using var model = TinyLlama.Build();
        var documents = tensor(new long[] { 0, 0, 0, 1, 1, 1, 1, 1 }, [1, 8]);
        var tokens = tensor(new long[] { 3, 9, 27, 81, 5, 15, 45, 7 }, [1, 8]);
        var changed = tokens.clone();
        changed[0, 1] = 50;
        var before = model.Forward(tokens, AttentionScope.Within(documents, ScalarType.Float32, false));
        var after = model.Forward(changed, AttentionScope.Within(documents, ScalarType.Float32, false));
        var difference = (before - after).abs().amax(2).squeeze(0).data<float>().ToArray();
        Assert.Equal(0, difference[0]);
        Assert.All(difference[1..3], change => Assert.True(change > 1e-3));
        Assert.All(difference[3..], change => Assert.Equal(0, change));
        var alone = model.Forward(tokens.narrow(1, 3, 5), AttentionScope.Evaluation);          // positions are relative: the second document alone
        Assert.True((alone - before.narrow(1, 3, 5)).abs().max().item<float>() < 1e-4);        // other order of sums
    }

    [Fact]
    public void Bfloat16_computes_what_float32_does_within_its_eight_bits()
    {
        using var scope = NewDisposeScope();
        using var frozen = no_grad();
        using var exact = TinyLlama.Build();
        using var rounded = TinyLlama.Build(ScalarType.BFloat16);
        var tokens = randint(0, 280, [2, 16], ScalarType.Int64);
        var expected = exact.Forward(tokens, AttentionScope.Evaluation);
        var error = (rounded.Forward(tokens, AttentionScope.Evaluation).to(ScalarType.Float32) - expected).norm() / expected.norm();
        Assert.InRange(error.item<float>(), 1e-5, 0.03);               // some roundings of 2^-9 one after the other
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void The_exported_model_has_the_same_logits_in_the_runtime(bool tied)
    {
        using var scope = NewDisposeScope();
        using var frozen = no_grad();
        using var folder = new TemporaryFolder();
        using var model = TinyLlama.Build(config: TinyLlama.Config with { TieWordEmbeddings = tied });
        var path = Path.Combine(folder.Path, "model");
        ModelExport.Write(path, model.Config, ModelExport.WeightsOf(model), TinyLlama.Tokenizer, ScalarType.Float32, cancellationToken: TestContext.Current.CancellationToken);
        int[] tokens = [5, 17, 80, 3, 244, 90, 12, 1];
        var trained = model.Forward(tensor(tokens.Select(token => (long)token).ToArray(), [1, tokens.Length]), AttentionScope.Evaluation).flatten().data<float>().ToArray();
        using var runtime = LanguageModel.Load(path);
        using var sequence = runtime.CreateSequence(cacheType: CacheType.F32);
        var logits = tokens.SelectMany(token => runtime.Forward(sequence, token).ToArray()).ToArray();
        Assert.Equal(trained.Length, logits.Length);
        for (var i = 0; i < trained.Length; i++) Assert.Equal(trained[i], logits[i], 1e-4);
    }

    [Fact]
    public void A_configuration_that_is_not_trained_is_refused()
    {
        var refused = Assert.Throws<TernException>(() => TinyLlama.Build(config: TinyLlama.Config with { AttentionBias = true }));
        Assert.Contains("bias", refused.Message, StringComparison.Ordinal);
    }
}
