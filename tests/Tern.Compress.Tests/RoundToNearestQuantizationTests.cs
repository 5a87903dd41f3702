using Tern.Models;
using Tern.Models.Gguf;
using Tern.Numerics.Formats;
using Tern.Numerics.Kernels;
using Tern.Run;
using Tern.Run.Evaluation;
using Tern.Testing;

namespace Tern.Compress.Tests;

public sealed class RoundToNearestQuantizationTests : IDisposable
{
    const string Babyllama = "weights/babyllama-105/model5000.bin";

    static CancellationToken Cancel => TestContext.Current.CancellationToken;

    static RoundToNearestQuantization Int4 => new() { Bits = 4, GroupSize = 32 };

    readonly TemporaryFolder folder = new();

    public void Dispose() => folder.Dispose();

    static unsafe float[] Row(Tensor tensor, long row)
    {
        var weights = new float[tensor.Columns];
        var bytes = tensor.Type.BytesFor(tensor.Columns);
        WeightFormats.Of(tensor.Type).Decode(new ReadOnlySpan<byte>(tensor.Data + row * bytes, (int)bytes), weights);
        return weights;
    }

    [Theory]
    [InlineData(4, 32, TensorType.Q4_0)]
    [InlineData(4, 128, TensorType.Q4_0)]
    [InlineData(8, 0, TensorType.Q8_0)]
    [InlineData(8, 64, TensorType.Q8_0)]
    [InlineData(4, 16, TensorType.F32)]
    public void What_is_read_back_is_exactly_code_times_scale(int bits, int groupSize, TensorType type)
    {
        var method = (RoundToNearestQuantization)new RoundToNearestQuantization { Bits = bits, GroupSize = null }.With(new MethodSettings { GroupSize = groupSize });
        Compression.Run(Repository.Model, folder["out"], method, cancellation: Cancel);
        using var before = ModelOnDisk.Open(Repository.Model);
        using var after = ModelOnDisk.Open(folder["out"]);
        var rounding = method.For(TensorType.F16);
        foreach (var tensor in before.Weights.Tensors)
        {
            var written = after.Weights[tensor.Name];
            Assert.Equal(RoundToNearestQuantization.Applies(tensor) ? type : TensorType.F16, written.Type);
            for (var row = 0L; row < tensor.Rows; row += 37)
            {
                var expected = Row(tensor, row);
                if (RoundToNearestQuantization.Applies(tensor))
                {
                    var (codes, scales) = (new sbyte[expected.Length], new float[rounding.GroupsIn(expected.Length)]);
                    rounding.Quantize(expected, codes, scales);
                    rounding.Dequantize(codes, scales, expected);
                }
                Assert.Equal(expected, Row(written, row));
            }
        }
    }

    /// <summary>
    /// Loss of the first 10,000 characters after rounding the matrices wq..w3: NumPy in float64. The weights are taken back to float32, so that activations
    /// are not rounded, too; scales are halves here, which moves the loss by some 1e-4.
    /// </summary>
    [Theory]
    [InlineData(8, 0, 0.8391, 2e-4)]
    [InlineData(4, 32, 0.8913, 5e-4)]
    public void Babyllama_loses_what_the_float64_reference_loses(int bits, int groupSize, double expected, double tolerance)
    {
        var method = Int4.With(new MethodSettings { GroupSize = groupSize }) is RoundToNearestQuantization rounding ? rounding with { Bits = bits } : null;
        Compression.Run(RealData.Path(Babyllama), folder["small"], method!, cancellation: Cancel);
        using (var small = ModelOnDisk.Open(folder["small"])) HfFolder.Write(folder["floats"], small, TensorType.F32, cancellationToken: Cancel);
        var text = File.ReadAllText(RealData.Path("text/tinystories/tinystories.txt"))[..10_000];
        using var model = LanguageModel.Load(folder["floats"]);
        var report = Perplexity.Measure(model, text, new EvaluationOptions { Context = 255, MaxTargets = 9_945, CacheType = CacheType.F32 }, cancellation: Cancel);
        Assert.Equal(9_945, report.Targets);
        Assert.Equal(expected, report.NatsPerToken.Value, tolerance);
    }

    [Fact]
    public void The_folder_runs_and_becomes_GGUF_without_another_rounding()
    {
        Compression.Run(Repository.Model, folder["int4"], Int4, cancellation: Cancel);
        using (var source = ModelOnDisk.Open(folder["int4"])) GgufExport.Write(folder["int4.gguf"], source, tensor => tensor.Type, cancellation: Cancel);
        using var model = LanguageModel.Load(folder["int4"]);
        using var gguf = LanguageModel.Load(folder["int4.gguf"]);
        var report = KlDivergence.Measure(model, gguf, Repository.HeldOut, new EvaluationOptions { MaxTargets = 300 }, cancellation: Cancel);
        // The rotary rows are in another order, so that dot products of queries and keys are summed in another order.
        Assert.InRange(report.Divergence.Max, 0, 1e-4);
    }

    [Fact]
    public void Matrices_whose_rows_are_no_whole_groups_stay_and_are_listed()
    {
        var report = Compression.Run(RealData.Path("weights/stories260K/stories260K.bin"), folder["out"], Int4, cancellation: Cancel);
        Assert.Equal(5, report.Notices.Count);
        Assert.All(report.Notices, notice => Assert.Contains("down_proj.weight: rows of 172 are no multiple of the group size 32", notice));
        Assert.Contains("\"model.layers.4.mlp.down_proj\"", File.ReadAllText(folder["out/config.json"]));
        using var model = ModelOnDisk.Open(folder["out"]);
        Assert.Equal(TensorType.F32, model.Weights["model.layers.0.mlp.down_proj.weight"].Type);
        Assert.Equal(TensorType.Q4_0, model.Weights["model.layers.0.mlp.up_proj.weight"].Type);
    }

    [Fact]
    public void Any_number_of_threads_writes_the_same_bytes()
    {
        foreach (var threads in (int[])[1, 3])
            Compression.Run(Repository.Model, folder[$"t{threads}"], Int4, new CompressionOptions { Threads = threads }, cancellation: Cancel);
        Assert.Equal(File.ReadAllBytes(folder["t1/model.safetensors"]), File.ReadAllBytes(folder["t3/model.safetensors"]));
    }
}
