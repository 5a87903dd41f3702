using Tern.Models.Configs;
using Tern.Models.Gguf;
using Tern.Models.Tokenizers;
using Tern.Numerics.Formats;
using Tern.Testing;
using static Tern.Testing.MemoryCheckpoint;

namespace Tern.Models.Tests.Gguf;

public sealed class GgufExportTests : IDisposable
{
    readonly TemporaryFolder folder = new();
    readonly List<string> notices = [];

    public static TheoryData<string> Architectures => [.. TinyModels.All.Select(config => config.ModelType)];

    public void Dispose() => folder.Dispose();

    [Theory]
    [MemberData(nameof(Architectures))]
    public void An_exported_model_opens_with_the_same_configuration(string modelType)
    {
        var config = TinyModels.All.Single(candidate => candidate.ModelType == modelType);
        using var source = TinyModels.Random(config);
        using var copy = Export(source, TensorType.F32);
        Assert.Equal("gguf", copy.FileFormat);
        Assert.Equal(config with { RopeInterleaved = copy.Config.RopeInterleaved, RopeScaling = null }, copy.Config with { RopeScaling = null, EosTokenIds = config.EosTokenIds });
        Assert.Equal(modelType is "llama" or "mistral", copy.Config.RopeInterleaved);
        Assert.Equivalent(config.RopeScaling, copy.Config.RopeScaling);
    }

    [Theory]
    [MemberData(nameof(Architectures))]
    public void An_exported_model_has_the_same_tensors_in_the_order_of_its_rotary_rows(string modelType)
    {
        using var source = TinyModels.Random(TinyModels.All.Single(candidate => candidate.ModelType == modelType));
        using var copy = Export(source, TensorType.F32);
        foreach (var tensor in source.Weights.Tensors)
        {
            var expected = Weights(tensor);
            var isRotary = tensor.Name.Contains("q_proj") || tensor.Name.Contains("k_proj");
            if (isRotary && copy.Config.RopeInterleaved) expected = Interleaved(expected, source.Config.HeadDim);
            var actual = copy.Weights[tensor.Name];
            Assert.Equal(tensor.Shape, actual.Shape);

            // Weight + 1 and back costs half a unit in the last place of 1.25.
            var tolerance = modelType.StartsWith("gemma") && tensor.Name.EndsWith("norm.weight") ? 1.2e-7 : 0;
            Assert.All(expected.Zip(Weights(actual)), pair => Assert.Equal(pair.First, pair.Second, tolerance));
        }

        var factors = modelType == "phi3" ? 2 : 0;
        Assert.Equal(source.Weights.Tensors.Count + factors, copy.Weights.Tensors.Count);
    }

    [Fact]
    public void Norms_of_Gemma_are_stored_plus_one()
    {
        using var source = TinyModels.Random(TinyModels.Gemma3);
        using var copy = Export(source, TensorType.F16);
        var file = ((GgufCheckpoint)copy.Weights).File;
        foreach (var (gguf, huggingFace) in new[] { ("output_norm.weight", "model.norm.weight"), ("blk.1.attn_q_norm.weight", "model.layers.1.self_attn.q_norm.weight") })
        {
            var stored = Weights(file.View(file.Find(gguf)!, gguf));
            Assert.Equal(Weights(source.Weights[huggingFace]).Select(weight => weight + 1), stored);
        }
    }

    [Fact]
    public void Interleaved_sources_keep_their_rows()
    {
        using var source = TinyModels.Random(TinyModels.Llama with { RopeInterleaved = true });
        using var copy = Export(source, TensorType.F32);
        const string query = "model.layers.1.self_attn.q_proj.weight";
        Assert.Equal(Weights(source.Weights[query]), Weights(copy.Weights[query]));
    }

    [Fact]
    public void Exporting_an_export_gives_the_same_bytes()
    {
        using var source = TinyModels.Random(TinyModels.Qwen2);
        using var copy = Export(source, TensorType.Q8_0, "first.gguf");
        using var again = Export(copy, TensorType.Q8_0, "second.gguf");
        foreach (var (first, second) in copy.Weights.Tensors.Zip(again.Weights.Tensors))
        {
            Assert.Equal(first.Type, second.Type);
            Assert.Equal(Bytes(first), Bytes(second));
        }
    }

    [Theory]
    [InlineData(TensorType.Q4_K, TensorType.Q5_0)]               // rows of 64 and 96 are no blocks of 256
    [InlineData(TensorType.TQ2_0, TensorType.Q4_0)]
    [InlineData(TensorType.Q8_0, TensorType.Q8_0)]
    [InlineData(TensorType.BF16, TensorType.BF16)]
    public void Matrices_take_the_chosen_type_or_fall_back_and_vectors_stay_F32(TensorType chosen, TensorType stored)
    {
        using var source = TinyModels.Random(TinyModels.Llama);
        using var copy = Export(source, chosen);
        foreach (var tensor in copy.Weights.Tensors)
        {
            Assert.Equal(tensor.Shape.Length == 1 ? TensorType.F32 : stored, tensor.Type);
            if (tensor.Name.Contains("_proj.weight") && !tensor.Name.Contains("q_proj") && !tensor.Name.Contains("k_proj"))
                Assert.Equal(Encoded(source.Weights[tensor.Name], stored), Bytes(tensor));
        }

        Assert.Equal(chosen == stored, !notices.Any(notice => notice.Contains($"no multiple of 256, so {stored} instead of {chosen}")));
    }

    [Theory]
    [InlineData(TensorType.Q4_K, 64, TensorType.Q5_0)]
    [InlineData(TensorType.Q5_K, 96, TensorType.Q5_1)]
    [InlineData(TensorType.Q6_K, 64, TensorType.Q8_0)]
    [InlineData(TensorType.Q3_K, 64, TensorType.IQ4_NL)]
    [InlineData(TensorType.TQ2_0, 64, TensorType.Q4_0)]
    [InlineData(TensorType.Q4_K, 172, TensorType.F16)]
    [InlineData(TensorType.Q4_0, 172, TensorType.F16)]
    [InlineData(TensorType.Q4_K, 512, TensorType.Q4_K)]
    [InlineData(TensorType.BF16, 172, TensorType.BF16)]
    public void Rows_that_are_no_whole_blocks_fall_back_as_in_llama_cpp(TensorType wanted, long columns, TensorType expected) =>
        Assert.Equal(expected, GgufExport.Fitting(wanted, columns));

    [Fact]
    public void Rows_that_are_no_multiple_of_32_become_F16()
    {
        using var source = TinyModels.Random(TinyModels.Llama with { IntermediateSize = 44 });
        using var copy = Export(source, TensorType.Q6_K);
        Assert.Equal(TensorType.F16, copy.Weights["model.layers.0.mlp.down_proj.weight"].Type);
        Assert.Equal(TensorType.Q8_0, copy.Weights["model.layers.0.mlp.up_proj.weight"].Type);
    }

    [Fact]
    public void A_tied_output_is_not_stored()
    {
        using var source = TinyModels.Random(TinyModels.Llama);       // with lm_head
        using var tied = new ModelOnDisk { FileFormat = "", Path = "tied", Config = TinyModels.Llama with { TieWordEmbeddings = true }, Weights = source.Weights };
        using var copy = Export(tied, TensorType.F32);
        Assert.False(copy.Weights.TryGet("lm_head.weight", out _));
        Assert.True(copy.Config.TieWordEmbeddings);
    }

    [Fact]
    public void Llama3_scaling_becomes_frequency_factors()
    {
        // Llama 3.2 1B: theta 500,000, heads of 64. The first pairs turn fast and stay, the last are stretched by the factor.
        var scaling = new RopeScaling { Type = "llama3", Factor = 32, LowFreqFactor = 1, HighFreqFactor = 4, OriginalMaxPositionEmbeddings = 8192 };
        using var source = TinyModels.Random(TinyModels.Llama with { HeadDim = 64, RopeTheta = 500_000, RopeScaling = scaling });
        using var copy = Export(source, TensorType.F32);
        var factors = copy.Config.RopeScaling!.FrequencyFactors!;
        Assert.Equal(32, factors.Count);
        Assert.Equal(Enumerable.Repeat(1d, 15), factors.Take(15));
        Assert.Equal(Enumerable.Repeat(32d, 14), factors.Skip(18));
        Assert.True(factors.Zip(factors.Skip(1)).All(pair => pair.First <= pair.Second));

        // Pair 16: wavelength 2 pi 500000^(1/2) = 4442.9, smooth (8192/4442.9 - 1)/3 = 0.28128, factor 1/(0.71872/32 + 0.28128).
        Assert.Equal(3.2923, factors[16], 1e-3);
    }

    [Fact]
    public void Settings_that_GGUF_cannot_express_are_refused_or_reported()
    {
        using var scaled = TinyModels.Random(TinyModels.Gemma2 with { QueryPreAttnScalar = 100 });
        Assert.Contains("query_pre_attn_scalar is 100", Assert.Throws<TernException>(() => Export(scaled, TensorType.F32)).Message);
        using var narrow = TinyModels.Random(TinyModels.Qwen2 with { HeadDim = 8 });
        Assert.Contains("4 x 8 is not 64", Assert.Throws<TernException>(() => Export(narrow, TensorType.F32)).Message);
        using var dynamic = TinyModels.Random(TinyModels.Llama with { RopeScaling = new RopeScaling { Type = "dynamic", Factor = 2 } });
        Export(dynamic, TensorType.F32).Dispose();
        Assert.Contains(notices, notice => notice.Contains("'dynamic' has no form in GGUF"));
    }

    [Fact]
    public void Gemma2_without_soft_caps_reads_back_without()
    {
        using var source = TinyModels.Random(TinyModels.Gemma2 with { AttnLogitSoftcapping = null, FinalLogitSoftcapping = null });
        using var copy = Export(source, TensorType.F32);
        Assert.Null(((Gemma2Config)copy.Config).AttnLogitSoftcapping);
        Assert.Null(((Gemma2Config)copy.Config).FinalLogitSoftcapping);
    }

    [Fact]
    public void A_tensor_without_a_place_is_refused_by_name()
    {
        using var source = TinyModels.Random(TinyModels.Llama);
        ((MemoryCheckpoint)source.Weights).Add("model.layers.0.self_attn.q_norm.weight", [16], new float[16]);
        Assert.Contains("q_norm.weight' has no place", Assert.Throws<TernException>(() => Export(source, TensorType.F32)).Message);
    }

    [Fact]
    public void A_tokenizer_travels_along_and_gives_the_same_ids()
    {
        var tokenizer = LlamaBinTokenizer.Load(RealData.Path("weights/stories260K/tok512.bin"));
        using var weights = TinyModels.Random(TinyModels.Llama with { VocabSize = 520 });
        using var source = new ModelOnDisk
        {
            FileFormat = "llama2c",
            Path = "stories",
            Weights = weights.Weights,
            Tokenizer = tokenizer,
            ChatTemplate = "{{ messages }}",
            Config = weights.Config with { BosTokenId = 1, EosTokenIds = [2, 5] },
        };
        using var copy = Export(source, TensorType.Q8_0);
        foreach (var text in new[] { "Once upon a time", "", " two  blanks\n", "caf\u00e9 \u4f60" }) Assert.Equal(tokenizer.Encode(text), copy.Tokenizer!.Encode(text));
        Assert.Equal([1, 403, 407, 261, 378], copy.Tokenizer!.Encode("Once upon a time"));
        Assert.Equal("{{ messages }}", copy.ChatTemplate);
        Assert.Equal([2, 5], copy.Config.EosTokenIds);

        // The embedding has 8 rows more than the vocabulary: llama.cpp wants a token for each.
        Assert.Equal(520, copy.Tokenizer.VocabSize);
        Assert.Equal("[PAD519]", copy.Tokenizer.PieceOf(519));
    }

    [Fact]
    public void A_cancelled_export_leaves_nothing()
    {
        using var source = TinyModels.Random(TinyModels.Llama);
        using var cancellation = new CancellationTokenSource();
        var progress = new Progress(report =>
        {
            if (report.BytesWritten > report.BytesTotal / 2) cancellation.Cancel();
        });
        Assert.Throws<OperationCanceledException>(() =>
            GgufExport.Write(folder["cancelled.gguf"], source, _ => TensorType.F32, progress, cancellation: cancellation.Token));
        Assert.Empty(Directory.EnumerateFileSystemEntries(folder.Path));
    }

    [Fact]
    public void Progress_ends_at_the_total()
    {
        using var source = TinyModels.Random(TinyModels.Phi3);
        var last = default(GgufProgress);
        GgufExport.Write(folder["progress.gguf"], source, _ => TensorType.F16, new Progress(report => last = report), cancellation: TestContext.Current.CancellationToken);
        Assert.Equal(last.BytesTotal, last.BytesWritten);
    }

    [Fact]
    public void Block_geometry_agrees_with_the_weight_formats()
    {
        foreach (var format in WeightFormats.All)
        {
            if (GgmlType.Find(format.Type) is not { } entry) continue;
            Assert.Equal((format.WeightsPerBlock, format.BytesPerBlock), (entry.WeightsPerBlock, entry.BytesPerBlock));
        }
    }

    sealed class Progress(Action<GgufProgress> report) : IProgress<GgufProgress>
    {
        public void Report(GgufProgress value) => report(value);
    }

    ModelOnDisk Export(ModelOnDisk source, TensorType type, string name = "model.gguf")
    {
        GgufExport.Write(folder[name], source, _ => type, notice: notices.Add, cancellation: TestContext.Current.CancellationToken);
        return GgufModel.Open(folder[name]);
    }

    /// <summary>Rows (i, i + headDim/2) of each head become neighbours.</summary>
    static float[] Interleaved(float[] weights, int headDim)
    {
        var columns = TinyModels.Hidden;
        var result = new float[weights.Length];
        for (var head = 0; head < weights.Length / columns / headDim; head++)
        {
            for (var pair = 0; pair < headDim / 2; pair++)
            {
                for (var half = 0; half < 2; half++)
                {
                    var from = head * headDim + half * headDim / 2 + pair;
                    var to = head * headDim + 2 * pair + half;
                    weights.AsSpan(from * columns, columns).CopyTo(result.AsSpan(to * columns, columns));
                }
            }
        }

        return result;
    }

    static byte[] Encoded(Tensor tensor, TensorType type)
    {
        var bytes = new byte[WeightFormats.Of(type).BytesFor(tensor.Count)];
        WeightFormats.Of(type).Encode(Weights(tensor), bytes);
        return bytes;
    }

    static unsafe byte[] Bytes(Tensor tensor) => new ReadOnlySpan<byte>(tensor.Data, (int)tensor.ByteLength).ToArray();
}
