using System.Text;
using Tern.Models.Configs;
using Tern.Numerics.Formats;
using Tern.Testing;

namespace Tern.Models.Tests;

public sealed class ModelOnDiskTests : IDisposable
{
    readonly TemporaryFolder folder = new();

    public void Dispose() => folder.Dispose();

    [Fact]
    public void The_llama_2m_folder_opens_with_all_its_tensors()
    {
        using var model = ModelOnDisk.Open(RealData.Path("weights/llama-2m-fresh"));
        Assert.Equal("safetensors", model.FileFormat);
        var config = Assert.IsType<LlamaConfig>(model.Config);
        Assert.Equal((1024, 64, 256, 2, 2, 2, 32), (config.VocabSize, config.HiddenSize, config.IntermediateSize,
            config.NumHiddenLayers, config.NumAttentionHeads, config.NumKeyValueHeads, config.HeadDim));
        Assert.Equal((1, 1e-5, false), (config.BosTokenId, config.RmsNormEps, config.RopeInterleaved));
        Assert.Equal([2], config.EosTokenIds);
        Assert.Equal(21, model.Weights.Tensors.Count);
        Assert.Equal(262_464 * 4, model.Weights.ByteLength);
        Assert.Equal("pt", model.Weights.Metadata["format"]);
        Assert.Equal(TensorType.F32, model.Weights["lm_head.weight"].Type);
    }

    [Fact]
    public void A_safetensors_file_opens_with_the_config_beside_it()
    {
        using var model = ModelOnDisk.Open(RealData.Path("weights/llama-2m-fresh/model.safetensors"));
        Assert.Equal("llama", model.Config.ModelType);
    }

    [Theory]
    [InlineData("version https://git-lfs.github.com/spec/v1\noid sha256:00\nsize 1\n", "git lfs pull")]
    [InlineData("<!DOCTYPE html><html><body>Sign in</body></html>", "web page")]
    [InlineData("", "empty")]
    [InlineData("PK\u0003\u0004 archive/data.pkl", "convert it to safetensors")]
    [InlineData("something else", "is not a model")]
    public void Files_that_are_no_models_are_recognised(string content, string expected)
    {
        File.WriteAllBytes(folder["model"], Encoding.UTF8.GetBytes(content));
        Assert.Contains(expected, Assert.ThrowsAny<TernException>(() => ModelOnDisk.Open(folder["model"])).Message);
    }

    [Fact]
    public void A_pickle_is_recognised()
    {
        File.WriteAllBytes(folder["model.pth"], [0x80, 2, (byte)'c', .. new byte[40]]);
        Assert.Contains("pickle", Assert.ThrowsAny<TernException>(() => ModelOnDisk.Open(folder["model.pth"])).Message);
    }

    [Fact]
    public void A_missing_file_suggests_the_nearest_name()
    {
        File.WriteAllText(folder["tinyllama.gguf"], "x");
        Assert.Contains($"did you mean {folder["tinyllama.gguf"]}", Assert.Throws<TernException>(() => ModelOnDisk.Open(folder["tinylama.gguf"])).Message);
        Assert.EndsWith("there is no such file or folder.", Assert.Throws<TernException>(() => ModelOnDisk.Open(folder["completely-different"])).Message);
    }

    [Fact]
    public void A_folder_without_config_says_so_and_names_the_gguf_in_it()
    {
        Assert.Contains("no config.json", Assert.Throws<TernException>(() => ModelOnDisk.Open(folder.Path)).Message);
        File.WriteAllText(folder["a.gguf"], "x");
        Assert.Contains(folder["a.gguf"], Assert.Throws<TernException>(() => ModelOnDisk.Open(folder.Path)).Message);
    }

    [Fact]
    public void Weights_that_do_not_fit_the_configuration_are_listed()
    {
        var source = RealData.Path("weights/llama-2m-fresh");
        File.Copy(Path.Combine(source, "model.safetensors"), folder["model.safetensors"]);
        var config = ModelConfigs.Read(source) with { NumHiddenLayers = 3, IntermediateSize = 128 };
        File.WriteAllText(folder["config.json"], ModelConfigs.ToJson(config));
        var message = Assert.Throws<ModelFormatException>(() => ModelOnDisk.Open(folder.Path)).Message;
        Assert.Contains("'model.layers.0.mlp.gate_proj.weight' is [256, 64], expected [128, 64]", message);
        Assert.Contains("more", message);
    }
}
