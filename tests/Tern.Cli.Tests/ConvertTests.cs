using System.Text.Json;
using Tern.Models;
using Tern.Numerics.Formats;
using Tern.Testing;

namespace Tern.Cli.Tests;

public class ConvertTests
{
    [Fact]
    public void A_llama2c_model_becomes_GGUF_and_that_a_Hugging_Face_folder_with_the_same_ids()
    {
        using var folder = new TemporaryFolder();
        var source = RealData.Path("weights/stories260K/stories260K.bin");
        var answer = TernProcess.Run("convert", source, folder["stories.gguf"]);
        Assert.True(answer.ExitCode == 0, answer.ToString());
        Assert.Empty(answer.Output);
        Assert.Contains("written to", answer.Errors);
        Assert.Equal(0, TernProcess.Run("convert", folder["stories.gguf"], folder["stories"], "--type", "bf16").ExitCode);
        Assert.Equal(["stories", "stories.gguf"], Directory.GetFileSystemEntries(folder.Path).Select(Path.GetFileName).Order());
        foreach (var copy in (string[])["stories.gguf", "stories"])
            Assert.Equal("1 403 407 261 378", TernProcess.Run("tokenize", "-m", folder[copy], "-p", "Once upon a time").Text);
        using var model = ModelOnDisk.Open(folder["stories"]);
        Assert.All(model.Weights.Tensors, tensor => Assert.Equal(TensorType.BF16, tensor.Type));
    }

    [Fact]
    public void The_type_of_the_weights_can_be_chosen()
    {
        using var folder = new TemporaryFolder();
        Assert.Equal(0, TernProcess.Run("convert", Repository.Model, folder["small.gguf"], "--type", "q4_k").ExitCode);
        using var model = ModelOnDisk.Open(folder["small.gguf"]);
        Assert.Equal(TensorType.Q4_K, model.Weights["model.layers.0.self_attn.q_proj.weight"].Type);
        Assert.True(new FileInfo(folder["small.gguf"]).Length < 1_200_000);
    }

    [Fact]
    public void A_folder_with_files_is_not_overwritten()
    {
        using var folder = new TemporaryFolder();
        File.WriteAllText(folder["precious.txt"], "mine");
        var answer = TernProcess.Run("convert", Repository.Model, folder.Path);
        Assert.Equal(1, answer.ExitCode);
        Assert.Contains("not empty", answer.Errors);
        Assert.Equal("mine", File.ReadAllText(folder["precious.txt"]));
    }

    [Fact]
    public void A_model_is_not_written_over_itself()
    {
        using var folder = new TemporaryFolder();
        Assert.Equal(0, TernProcess.Run("convert", Repository.Model, folder["a.gguf"]).ExitCode);
        var before = File.ReadAllBytes(folder["a.gguf"]);
        var answer = TernProcess.Run("convert", folder["a.gguf"], folder["a.gguf"], "--type", "q8_0");
        Assert.Equal(1, answer.ExitCode);
        Assert.Contains("is the model itself", answer.Errors);
        Assert.Equal(before, File.ReadAllBytes(folder["a.gguf"]));
    }

    [Fact]
    public void Ctrl_C_leaves_nothing_behind()
    {
        using var folder = new TemporaryFolder();
        using var writing = TernProcess.Start(["bench", "--write-random", folder["large.gguf"], "--type", "f16", "--shape", "1.1b"]);
        TernProcess.Until(() => Directory.EnumerateFileSystemEntries(folder.Path).Any(), "no temporary file appeared");
        writing.Interrupt();
        var answer = writing.Finish();
        Assert.True(answer.ExitCode == 130, answer.ToString());
        Assert.Contains("interrupted", answer.Errors);
        Assert.Empty(Directory.GetFileSystemEntries(folder.Path));
    }
}
