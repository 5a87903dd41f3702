using Tern.Models.Configs;
using Tern.Numerics.Formats;
using Tern.Testing;

namespace Tern.Models.Tests;

public sealed class HfFolderTests : IDisposable
{
    static CancellationToken Cancel => TestContext.Current.CancellationToken;

    readonly TemporaryFolder folder = new();

    public void Dispose() => folder.Dispose();

    [Fact]
    public unsafe void Exporting_stories260K_puts_queries_and_keys_into_halves_and_keeps_every_weight()
    {
        using var source = ModelOnDisk.Open(RealData.Path("weights/stories260K/stories260K.bin"));
        HfFolder.Write(folder["out"], source, maxShardBytes: 300_000, cancellationToken: Cancel);
        using var export = ModelOnDisk.Open(folder["out"]);
        Assert.False(export.Config.RopeInterleaved);
        Assert.Equal(source.Config.EosTokenIds, export.Config.EosTokenIds);
        Assert.Equal(source.Weights.Tensors.Count, export.Weights.Tensors.Count);
        foreach (var tensor in source.Weights.Tensors)
        {
            var expected = new ReadOnlySpan<byte>(tensor.Data, (int)tensor.ByteLength).ToArray();
            if (RotaryLayout.IsRotated(tensor.Name))
                RotaryLayout.ToHalves(new ReadOnlySpan<byte>(tensor.Data, (int)tensor.ByteLength), expected, (int)tensor.Columns * 4, source.Config.HeadDim);
            var written = export.Weights[tensor.Name];
            Assert.Equal(expected, new ReadOnlySpan<byte>(written.Data, (int)written.ByteLength).ToArray());
        }
    }

    [Fact]
    public void A_chosen_type_applies_to_all_weights_and_is_stated_in_config_json()
    {
        using var source = ModelOnDisk.Open(RealData.Path("weights/llama-2m-fresh"));
        HfFolder.Write(folder["out"], source, TensorType.BF16, cancellationToken: Cancel);
        using var export = ModelOnDisk.Open(folder["out"]);
        Assert.All(export.Weights.Tensors, tensor => Assert.Equal(TensorType.BF16, tensor.Type));
        Assert.Contains("\"torch_dtype\": \"bfloat16\"", File.ReadAllText(folder["out/config.json"]));
        Assert.Equal(ModelConfigs.ToJson(source.Config), ModelConfigs.ToJson(export.Config));
    }

    [Fact]
    public void A_cancelled_export_leaves_nothing()
    {
        using var source = ModelOnDisk.Open(RealData.Path("weights/llama-2m-fresh"));
        using var cancel = new CancellationTokenSource();
        var progress = new Callback(_ => cancel.Cancel());
        Assert.ThrowsAny<OperationCanceledException>(() => HfFolder.Write(folder["out"], source, progress: progress, cancellationToken: cancel.Token));
        Assert.Empty(Directory.GetFileSystemEntries(folder.Path));
    }

    [Fact]
    public void Tokenizer_files_of_the_source_folder_are_copied()
    {
        Directory.CreateDirectory(folder["in"]);
        foreach (var name in (string[])["config.json", "model.safetensors"])
            File.Copy(Path.Combine(RealData.Path("weights/llama-2m-fresh"), name), folder[$"in/{name}"]);
        File.WriteAllText(folder["in/chat_template.jinja"], "{{ messages }}");
        using var source = ModelOnDisk.Open(folder["in"]);
        Assert.Equal("{{ messages }}", source.ChatTemplate);
        HfFolder.Write(folder["out"], source, cancellationToken: Cancel);
        Assert.Equal("{{ messages }}", File.ReadAllText(folder["out/chat_template.jinja"]));
    }

    sealed class Callback(Action<HfProgress> report) : IProgress<HfProgress>
    {
        public void Report(HfProgress value) => report(value);
    }
}
