using Tern.Models;
using Tern.Numerics.Formats;
using Tern.Run.Evaluation;
using Tern.Testing;

namespace Tern.Compress.Tests;

public sealed class CompressionTests : IDisposable
{
    static CancellationToken Cancel => TestContext.Current.CancellationToken;

    readonly TemporaryFolder folder = new();

    public void Dispose() => folder.Dispose();

    [Theory]
    [InlineData("q8_0", TensorType.Q8_0, 0.001)]
    [InlineData("q6_k", TensorType.Q6_K, 0.01)]
    [InlineData("q4_k", TensorType.Q4_K, 0.1)]
    [InlineData("q4_0", TensorType.Q4_0, 0.2)]
    public void A_GGUF_file_loads_and_predicts_nearly_as_before(string method, TensorType type, double bound)
    {
        var options = new CompressionOptions { Text = Repository.HeldOut, Evaluation = new EvaluationOptions { MaxTargets = 1_000 }, MeasureSpeed = false };
        var report = Compression.Run(Repository.Model, folder["m.gguf"], CompressionMethods.Parse(method), options, cancellation: Cancel);
        using var model = ModelOnDisk.Open(folder["m.gguf"]);
        Assert.Equal(type, model.Weights["model.layers.1.mlp.up_proj.weight"].Type);
        Assert.Equal(type == TensorType.Q8_0 ? type : TensorType.Q6_K, model.Weights["model.embed_tokens.weight"].Type);
        // The bounds are about three times what was measured: they catch a broken format, not a bad day.
        var evaluation = report.Evaluation!;
        Assert.InRange(evaluation.MeanDivergence.Value, 1e-7, bound);
        Assert.Equal(evaluation.Reference.NatsPerToken.Value, evaluation.Model.NatsPerToken.Value, bound);
        Assert.Null(report.Speed);
        Assert.Empty(report.Notices);
    }

    [Fact]
    public void Bits_per_weight_are_those_of_the_bytes_in_the_file()
    {
        var report = Compression.Run(Repository.Model, folder["m.gguf"], CompressionMethods.Parse("q4_k"), cancellation: Cancel);
        // 524,288 embeddings in Q6_K (210 bytes for 256), 5 norms of 256 in F32, the rest in Q4_K (144 bytes for 256).
        const long Norms = 5 * 256, Embeddings = 2048 * 256, Parameters = 1_705_216;
        var bytes = Embeddings / 256 * 210 + Norms * 4 + (Parameters - Embeddings - Norms) / 256 * 144;
        Assert.Equal((Parameters, 2 * Parameters, bytes), (report.Parameters, report.BytesBefore, report.BytesAfter));
        Assert.Equal(8.0 * bytes / Parameters, report.BitsPerWeightAfter, 1e-12);
        Assert.Equal(16, report.BitsPerWeightBefore);
        Assert.Equal(4.5, report.Tensors.Single(tensor => tensor.Name == "model.layers.0.self_attn.q_proj.weight").BitsPerWeight);
    }

    [Fact]
    public void Errors_are_those_of_the_format()
    {
        var report = Compression.Run(Repository.Model, folder["m.gguf"], CompressionMethods.Parse("q8_0"), cancellation: Cancel);
        foreach (var tensor in report.Tensors)
        {
            if (tensor.Shape.Count == 1)
            {
                Assert.Equal((0, 0, 1), (tensor.RelativeError, tensor.MaxError, tensor.Cosine));
                continue;
            }
            // A step of absmax/127 rounds with an error of a step / sqrt(12): half a percent of weights whose largest of 32 is about two deviations.
            Assert.InRange(tensor.RelativeError, 0.002, 0.01);
            Assert.Equal(1, tensor.Cosine, 1e-4);
        }
    }

    [Fact]
    public void The_same_weights_in_another_order_of_rows_have_no_error()
    {
        var report = Compression.Run(RealData.Path("weights/stories260K/stories260K.bin"), folder["m.gguf"], CompressionMethods.Parse("bf16"), cancellation: Cancel);
        // BF16 keeps 8 significant bits: each weight moves by at most one part in 256. Rows in the wrong order would be off by more than 1.
        Assert.All(report.Tensors.Where(tensor => tensor.Shape.Count == 2), tensor => Assert.InRange(tensor.RelativeError, 1e-5, 1.0 / 256));
        var back = Compression.Run(folder["m.gguf"], folder["folder"], new RoundToNearestQuantization { Bits = 8, GroupSize = null }, cancellation: Cancel);
        Assert.All(back.Tensors, tensor => Assert.InRange(tensor.RelativeError, 0, 0.02));        // int8: half a step of absmax/127
        using var model = ModelOnDisk.Open(folder["folder"]);
        Assert.False(model.Config.RopeInterleaved);
    }

    [Fact]
    public void Types_of_output_and_embeddings_can_be_chosen()
    {
        var method = CompressionMethods.Parse("q4_k").With(new MethodSettings { OutputType = TensorType.Q8_0 });
        Compression.Run(Repository.Model, folder["m.gguf"], method, cancellation: Cancel);
        using var model = ModelOnDisk.Open(folder["m.gguf"]);
        Assert.Equal(TensorType.Q8_0, model.Weights["model.embed_tokens.weight"].Type);
        var untied = new GgufQuantization { Type = TensorType.TQ2_0 };
        Assert.Equal(TensorType.Q6_K, untied.Wanted("lm_head.weight", tied: false));
        Assert.Equal(TensorType.Q4_K, untied.Wanted("model.embed_tokens.weight", tied: false));
        Assert.Equal(TensorType.F16, new GgufQuantization { Type = TensorType.F16 }.Wanted("lm_head.weight", tied: false));
    }

    [Fact]
    public void Wrong_targets_and_settings_are_refused_before_anything_is_written()
    {
        void Refused(string message, Action action) => Assert.Contains(message, Assert.Throws<TernException>(action).Message);

        Refused("ends in .gguf", () => Compression.Run(Repository.Model, folder["x"], CompressionMethods.Parse("q4_k"), cancellation: Cancel));
        Refused("tern convert", () => Compression.Run(Repository.Model, folder["x.gguf"], CompressionMethods.Parse("int4"), cancellation: Cancel));
        Refused("There is no compression method 'q4k'", () => CompressionMethods.Parse("q4k"));
        Refused("only be chosen for int4", () => CompressionMethods.Parse("q4_k").With(new MethodSettings { GroupSize = 64 }));
        Refused("multiple of 8", () => CompressionMethods.Parse("int4").With(new MethodSettings { GroupSize = 12 }));
        Refused("only be chosen for GGUF", () => CompressionMethods.Parse("int4").With(new MethodSettings { OutputType = TensorType.Q8_0 }));
        Assert.Empty(Directory.GetFileSystemEntries(folder.Path));
    }

    [Theory]
    [InlineData("q4_k", "x.gguf")]
    [InlineData("int4", "x")]
    public void A_cancelled_compression_leaves_nothing(string method, string target)
    {
        using var cancel = new CancellationTokenSource();
        var progress = new Callback(_ => cancel.Cancel());
        Assert.ThrowsAny<OperationCanceledException>(() => Compression.Run(Repository.Model, folder[target], CompressionMethods.Parse(method), progress: progress, cancellation: cancel.Token));
        Assert.Empty(Directory.GetFileSystemEntries(folder.Path));
    }

    [Theory]
    [InlineData("q4_k", "x.gguf")]
    [InlineData("int8", "x")]
    public void A_weight_that_is_no_number_is_reported_and_nothing_is_left(string method, string target)
    {
        var source = File.ReadAllBytes(RealData.Path("weights/stories260K/stories260K.bin"));
        BitConverter.TryWriteBytes(source.AsSpan(28 + 4 * (512 * 64 + 5 * 64 + 10)), float.NaN);       // in the first q_proj
        File.WriteAllBytes(folder["bad.bin"], source);
        var problem = Assert.Throws<TernException>(() => Compression.Run(folder["bad.bin"], folder[target], CompressionMethods.Parse(method), cancellation: Cancel));
        Assert.Contains("bad.bin", problem.Message);
        Assert.Contains("model.layers.0.self_attn.q_proj.weight", problem.Message);
        Assert.Contains("NaN", problem.Message);
        Assert.Equal(["bad.bin"], Directory.GetFileSystemEntries(folder.Path).Select(Path.GetFileName));
    }

    [Fact]
    public void Pages_hold_every_tensor_and_need_nothing_else()
    {
        var options = new CompressionOptions { Text = Repository.HeldOut, Evaluation = new EvaluationOptions { MaxTargets = 100 } };
        var report = Compression.Run(Repository.Model, folder["m.gguf"], CompressionMethods.Parse("q4_0"), options, cancellation: Cancel);
        Assert.True(report.Speed is { Before: > 0, After: > 0 });
        foreach (var name in (string[])["r.md", "r.html"])
        {
            CompressionReportPage.Write(folder[name], report);
            var page = File.ReadAllText(folder[name]);
            foreach (var tensor in report.Tensors) Assert.Contains(tensor.Name["model.".Length..], page);
            Assert.Contains("mean KL divergence", page);
            Assert.DoesNotContain("http://", page.Replace("http://www.w3.org/2000/svg", ""));
        }
        Assert.Throws<TernException>(() => CompressionReportPage.Write(folder["r.pdf"], report));
    }

    sealed class Callback(Action<CompressionProgress> action) : IProgress<CompressionProgress>
    {
        public void Report(CompressionProgress value) => action(value);
    }
}
