using Tern.Models.Configs;
using Tern.Models.Llama2c;
using Tern.Models.Tests.Fuzzing;
using Tern.Testing;

namespace Tern.Models.Tests.Llama2c;

public sealed class Llama2cTests : IDisposable
{
    readonly TemporaryFolder folder = new();

    public void Dispose() => folder.Dispose();

    // Sizes: note on the real files; parameters without rotary tables.
    [Theory]
    [InlineData("weights/stories260K/stories260K.bin", 260_032, 64, 172, 512, 512)]
    [InlineData("weights/babyllama-105/model5000.bin", 936_448, 128, 352, 105, 256)]
    public unsafe void A_real_model_is_consumed_to_its_last_byte(string relative, long parameters, int dim, int hidden, int vocabulary, int context)
    {
        var path = RealData.Path(relative);
        using var model = ModelOnDisk.Open(path);
        Assert.Equal("llama2c", model.FileFormat);
        var config = Assert.IsType<LlamaConfig>(model.Config);
        Assert.Equal((dim, hidden, vocabulary, context, 5, 8, 4), (config.HiddenSize, config.IntermediateSize, config.VocabSize,
            config.MaxPositionEmbeddings, config.NumHiddenLayers, config.NumAttentionHeads, config.NumKeyValueHeads));
        Assert.True(config.RopeInterleaved);
        Assert.True(config.TieWordEmbeddings);
        Assert.Equal(1 + 9 * 5 + 1, model.Weights.Tensors.Count);
        Assert.Equal(parameters * 4, model.Weights.ByteLength);
        var rotary = (long)context * (dim / 8) * 4; // cos and sin of half a head each
        Assert.Equal(new FileInfo(path).Length, Llama2cHeader.Length + model.Weights.ByteLength + rotary);
        // Tensors follow each other in memory, so the last one ends before the tables.
        var norm = model.Weights["model.norm.weight"];
        Assert.True(model.Weights["model.embed_tokens.weight"].Data + model.Weights.ByteLength == norm.Data + norm.ByteLength);
    }

    [Fact]
    public void A_separate_output_matrix_is_read_behind_the_rotary_tables()
    {
        File.WriteAllBytes(folder["m.bin"], FuzzTargets.Llama2cFile(-3));
        using var checkpoint = Llama2cCheckpoint.Open(folder["m.bin"]);
        Assert.False(checkpoint.Header.SharedClassifier);
        Assert.Equal([3, 4], checkpoint["lm_head.weight"].Shape.ToArray());
    }

    [Fact]
    public void A_truncated_file_says_what_its_header_takes()
    {
        File.WriteAllBytes(folder["m.bin"], FuzzTargets.Llama2cFile(3));
        using (var stream = File.OpenWrite(folder["m.bin"])) stream.SetLength(stream.Length - 4);
        Assert.Contains("truncated", Assert.Throws<ModelFormatException>(() => ModelOnDisk.Open(folder["m.bin"])).Message);
    }

    [Fact]
    public void Versions_1_and_2_are_recognised_and_refused()
    {
        File.WriteAllBytes(folder["m.bin"], [.. "24ka"u8, 1, 0, 0, 0, .. new byte[248]]);
        Assert.Contains("version 1 or 2", Assert.Throws<ModelFormatException>(() => ModelOnDisk.Open(folder["m.bin"])).Message);
    }

    [Theory]
    [InlineData(0, int.MaxValue)]
    [InlineData(1, -1)]
    [InlineData(2, int.MaxValue)]
    [InlineData(3, 0)]
    [InlineData(4, 0)]
    [InlineData(5, int.MinValue)]
    [InlineData(6, int.MaxValue)]
    public void Extreme_header_numbers_are_refused(int field, int value)
    {
        File.WriteAllBytes(folder["m.bin"], FuzzTargets.Llama2cFile(3));
        var bytes = File.ReadAllBytes(folder["m.bin"]);
        BitConverter.TryWriteBytes(bytes.AsSpan(4 * field), value);
        Assert.Throws<ModelFormatException>(() => Llama2cHeader.Read(bytes, bytes.Length, "m.bin"));
    }
}
