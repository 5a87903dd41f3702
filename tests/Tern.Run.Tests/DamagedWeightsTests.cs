using Tern.Models;
using Tern.Models.Tests.Fuzzing;
using Tern.Numerics;
using Tern.Run.Benchmarking;
using Tern.Run.Sampling;
using Tern.Testing;

namespace Tern.Run.Tests;

public sealed class DamagedWeightsTests
{
    [Fact]
    public unsafe void A_model_whose_scales_are_NaN_is_refused_when_a_token_is_chosen()
    {
        using var folder = new TemporaryFolder();
        var bytes = new FuzzTargets(folder.Path).BlockGgufBytes();
        File.WriteAllBytes(folder["model.gguf"], bytes);
        using (var whole = ModelOnDisk.Open(folder["model.gguf"]))
        {
            // The embedding is Q4_0: blocks of 18 bytes that begin with a half-precision scale.
            var embedding = whole.Weights["model.embed_tokens.weight"];
            var start = bytes.AsSpan().IndexOf(new ReadOnlySpan<byte>(embedding.Data, (int)embedding.ByteLength));
            for (var block = 0; block < embedding.ByteLength; block += 18) (bytes[start + block], bytes[start + block + 1]) = (0x00, 0x7e);
        }
        File.WriteAllBytes(folder["nan.gguf"], bytes);
        foreach (var level in Isa.Available)
        {
            using var model = LanguageModel.Load(folder["nan.gguf"], new LoadOptions { Threads = 1, MaxBatch = 4, Level = level });
            using var sequence = model.CreateSequence(contextLength: 8);
            var logits = model.Forward(sequence, 1, 2).ToArray();
            var problem = Assert.Throws<TernException>(() => new Sampler(new SamplingOptions(), logits.Length).Sample(logits));
            Assert.Contains("not a number (NaN): the weights are damaged", problem.Message);
        }

        var unmeasured = Assert.Throws<TernException>(() => ModelBenchmark.Run(folder["nan.gguf"],
            new BenchmarkOptions { Prompts = [1], Generated = [1], Repetitions = 1, MeasureLimits = false }, cancellation: TestContext.Current.CancellationToken));
        Assert.Contains("not a number (NaN): the weights are damaged", unmeasured.Message);
    }
}
