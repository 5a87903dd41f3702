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

    [Theory]
    [InlineData("out.gguf", "q4_k")]
    [InlineData("out.gguf", "bf16")]
    [InlineData("out", "f16")]
    public void A_weight_that_is_no_number_ends_in_one_message_and_no_file(string target, string type)
    {
        using var folder = new TemporaryFolder();
        var model = DamagedModel.Write(folder["model"], editData: data =>
        {
            BitConverter.TryWriteBytes(data, float.NaN);            // whichever tensor comes first
            return data;
        });
        var answer = TernProcess.Run("convert", model, folder[target], "--type", type);
        Assert.Equal(1, answer.ExitCode);
        Assert.Equal($"convert: {model}: the tensor 'model.embed_tokens.weight' holds NaN in row 0, column 0, which is no weight: the file is damaged. Fetch it again, or make it again from its source.\n", answer.Errors.ReplaceLineEndings("\n")[answer.Errors.IndexOf("convert: ")..]);
        Assert.Equal(["model"], Directory.GetFileSystemEntries(folder.Path).Select(Path.GetFileName));
    }

    [Fact]
    public void A_weight_that_is_too_large_for_the_type_is_refused()
    {
        using var folder = new TemporaryFolder();
        var model = DamagedModel.Write(folder["model"], editData: data =>
        {
            BitConverter.TryWriteBytes(data, 70000f);
            return data;
        });
        var answer = TernProcess.Run("convert", model, folder["out"], "--type", "f16");
        Assert.Equal(1, answer.ExitCode);
        Assert.Contains("holds 70000 in row 0, column 0; F16 reaches ±65520. Choose bf16 or f32.", answer.Errors);
        Assert.Equal(0, TernProcess.Run("convert", model, folder["out"], "--type", "bf16").ExitCode);
    }

    [Theory]
    [InlineData("run", "-m", "MODEL", "-n", "1", "-p", "x")]
    [InlineData("chat", "-m", "MODEL", "-n", "1", "-p", "x")]
    [InlineData("bench", "-m", "MODEL", "-n", "1", "-p", "1")]
    [InlineData("eval", "perplexity", "-m", "MODEL", "-f", "MODEL/config.json")]
    [InlineData("convert", "MODEL", "OUT")]
    public void Check_tensors_refuses_infinite_weights_before_anything_else(params string[] arguments)
    {
        using var folder = new TemporaryFolder();
        var model = DamagedModel.Write(folder["model"], editData: data =>
        {
            BitConverter.TryWriteBytes(data.AsSpan(data.Length - 4), float.NegativeInfinity);       // of the last tensor
            return data;
        });
        arguments = [.. arguments.Select(argument => argument.Replace("MODEL", model).Replace("OUT", folder["out"])), "--check-tensors"];
        var answer = TernProcess.Run(arguments);
        Assert.Equal(1, answer.ExitCode);
        Assert.Contains("the tensor 'model.layers.0.mlp.down_proj.weight' holds -Infinity in row 7, column 15, which is no weight", answer.Errors);
        Assert.Empty(answer.Output);
        Assert.False(Directory.Exists(folder["out"]));
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
