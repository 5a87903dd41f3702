using System.Text.Json.Nodes;
using Tern.Testing;

namespace Tern.Cli.Tests;

/// <summary>Models that are damaged, malicious or none, and targets that cannot be written: one message, exit code 1, nothing left behind.</summary>
public sealed class BadFilesTests : IDisposable
{
    const string Norm = "model.norm.weight";

    readonly TemporaryFolder _folder = new();

    /// <summary>Converts what lies at <paramref name="source"/>, which must fail with these words and leave no trace.</summary>
    void AssertRefused(string source, params string[] words) => AssertRefused(source, _folder["out.gguf"], words);

    void AssertRefused(string source, string target, string[] words)
    {
        var before = Entries();
        var answer = TernProcess.Run("convert", source, target);
        Assert.True(answer.ExitCode == 1, answer.ToString());
        Assert.Empty(answer.Output);
        Assert.StartsWith("convert: ", answer.Errors);
        foreach (var word in words) Assert.Contains(word, answer.Errors);
        Assert.DoesNotContain("   at ", answer.Errors);
        Assert.DoesNotContain("mistake in Tern", answer.Errors);
        // A message and, at most, a list of five problems.
        Assert.InRange(answer.Errors.Count(letter => letter == '\n'), 1, 7);
        Assert.Equal(before, Entries());
    }

    string[] Entries() => [.. Directory.GetFileSystemEntries(_folder.Path, "*", SearchOption.AllDirectories).Order(StringComparer.Ordinal)];

    [Fact]
    public void The_unspoiled_model_is_converted() =>
        Assert.Equal(0, TernProcess.Run("convert", DamagedModel.Write(_folder["good"]), _folder["good.gguf"]).ExitCode);

    [Theory]
    [InlineData("shape", "[9223372036854775808]", "shape holds something that is not a whole number")]
    [InlineData("shape", "[-8]", "shape holds something that is not a whole number")]
    [InlineData("shape", "[4294967296,4294967296]", "too large")]
    [InlineData("data_offsets", "[0,32]", "inside the one before")]
    [InlineData("data_offsets", "[4611686018427387904,4611686018427387936]", "the file is truncated")]
    [InlineData("data_offsets", "[160,128]", "data_offsets")]
    [InlineData("dtype", "\"I32\"", "I32, which is no type for weights")]
    [InlineData("dtype", "\"F7\"", "unknown dtype 'F7'; known are F64, F32")]
    [InlineData("dtype", "7", "dtype")]
    public void A_spoiled_header_entry_is_named(string key, string value, string message) => AssertRefused(
        DamagedModel.Write(_folder["model"], editHeader: header => header[Norm]![key] = JsonNode.Parse(value)), "model.safetensors"[..5], Norm[..6], message);

    [Fact]
    public void Weights_that_end_early_or_late_are_refused()
    {
        AssertRefused(DamagedModel.Write(_folder["short"], editData: data => data[..^100]), "model.safetensors", "the file is truncated, fetch it again");
        AssertRefused(DamagedModel.Write(_folder["long"], editData: data => [.. data, 1, 2, 3]), "model.safetensors", "no bytes after the last tensor");
    }

    [Fact]
    public void Headers_that_are_bombs_are_refused()
    {
        var model = DamagedModel.Write(_folder["model"]);
        DamagedModel.WriteWeights(model, $"{{\"a\":{new string('[', 100_000)}{new string(']', 100_000)}}}", []);
        AssertRefused(model, "model.safetensors", "'a'");
        DamagedModel.WriteWeights(model, """{"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]},"a":{"dtype":"F32","shape":[1],"data_offsets":[4,8]}}""", new byte[8]);
        AssertRefused(model, "'a' appears twice");
        File.WriteAllBytes(Path.Combine(model, "model.safetensors"), [0, 0, 0, 0, 0, 0, 0, 0x80, (byte)'{', (byte)'}']);
        AssertRefused(model, "claims 9223372036854775808 bytes");
        File.WriteAllText(Path.Combine(model, "config.json"), $"{{\"model_type\":{new string('[', 200_000)}");
        AssertRefused(model, "config.json", "not valid JSON");
    }

    [Theory]
    [InlineData("model_type", "\"mamba9\"", "'model_type' is 'mamba9'; supported are llama, mistral, qwen2")]
    [InlineData("hidden_size", "-8", "'hidden_size' is -8; it must be between")]
    [InlineData("hidden_size", "8.5", "must be a whole number")]
    [InlineData("hidden_size", "16", "do not fit the configuration")]
    [InlineData("num_attention_heads", "0", "'num_attention_heads' is 0")]
    [InlineData("num_attention_heads", "3", "3 heads do not divide")]
    [InlineData("num_hidden_layers", "2147483647", "'num_hidden_layers' is 2147483647")]
    [InlineData("num_hidden_layers", "2", "model.layers.1.")]
    [InlineData("vocab_size", "1000000000", "'vocab_size' is 1000000000")]
    public void A_spoiled_configuration_is_named(string key, string value, string message) => AssertRefused(
        DamagedModel.Write(_folder["model"], editConfig: config => config[key] = JsonNode.Parse(value)), message);

    [Fact]
    public void Missing_cyclic_and_straying_shards_are_refused()
    {
        var model = DamagedModel.Write(_folder["model"]);
        DamagedModel.WriteIndex(model, "m-00001-of-00002.safetensors");
        AssertRefused(model, "m-00001-of-00002.safetensors: this shard is named in model.safetensors.index.json but missing");
        DamagedModel.WriteIndex(model, "model.safetensors.index.json");
        AssertRefused(model, "is not the name of a .safetensors file in this folder");
        DamagedModel.WriteIndex(model, "../model.safetensors");
        AssertRefused(model, "is not the name of a .safetensors file in this folder");
    }

    [Fact]
    public void What_is_no_model_says_what_it_is()
    {
        File.WriteAllBytes(_folder["empty.gguf"], []);
        AssertRefused(_folder["empty.gguf"], "the file is empty");
        File.WriteAllText(_folder["story.txt"], "Once upon a time");
        AssertRefused(_folder["story.txt"], "is not a model that Tern reads");
        Directory.CreateDirectory(_folder["photos"]);
        AssertRefused(_folder["photos"], "there is no config.json");
        File.WriteAllBytes(_folder["pytorch_model.bin"], [.. "PK\x03\x04"u8, 1, 2, 3]);
        AssertRefused(_folder["pytorch_model.bin"], "PyTorch", "convert it to safetensors");
        var pickled = DamagedModel.Write(_folder["pickled"]);
        File.Move(Path.Combine(pickled, "model.safetensors"), Path.Combine(pickled, "pytorch_model.bin"));
        AssertRefused(pickled, "PyTorch pickles", "convert them to safetensors");
        AssertRefused("", "name of the model is empty");
    }

    [Fact]
    public void A_missing_or_foreign_tokenizer_is_told()
    {
        var model = DamagedModel.Write(_folder["model"]);
        var answer = TernProcess.Run("tokenize", "-m", model, "-p", "x");
        Assert.Equal(1, answer.ExitCode);
        Assert.Contains("without a tokenizer", answer.Errors);
        File.WriteAllText(Path.Combine(model, "tokenizer.json"), """{"model":{"type":"BPE","vocab":{"a":0,"b":1,"c":2,"d":3,"e":4},"merges":[]}}""");
        AssertRefused(model, "the tokenizer has 5 tokens, the model only 4");
        File.WriteAllText(Path.Combine(model, "tokenizer.json"), new string('{', 1000));
        AssertRefused(model, "tokenizer.json", "not valid JSON");
    }

    [Fact]
    public void Spoiled_GGUF_files_are_refused()
    {
        Assert.Equal(0, TernProcess.Run("convert", Repository.Model, _folder["model.gguf"]).ExitCode);
        var whole = File.ReadAllBytes(_folder["model.gguf"]);
        Spoil(4, 77, "GGUF version");
        Spoil(15, 0x80, "tensors, more than the file can hold");           // 2^63 tensors and more
        Spoil(23, 0x80, "key-values, more than the file can hold");
        var architecture = whole.AsSpan().IndexOf("llama"u8);
        Spoil(architecture, (byte)'x', "the architecture 'xlama' is not supported; supported are llama, qwen2");
        foreach (var length in (int[])[3, 4, 23, 5000, whole.Length / 2, whole.Length - 1])
        {
            File.WriteAllBytes(_folder["spoiled.gguf"], whole[..length]);
            AssertRefused(_folder["spoiled.gguf"], "spoiled.gguf");
        }

        void Spoil(int at, byte value, string message)
        {
            byte[] spoiled = [.. whole];
            spoiled[at] = value;
            File.WriteAllBytes(_folder["spoiled.gguf"], spoiled);
            AssertRefused(_folder["spoiled.gguf"], "spoiled.gguf", message);
        }
    }

    [Fact]
    public void Targets_that_cannot_be_written_are_refused()
    {
        var model = Repository.Model;
        Directory.CreateDirectory(_folder["folder.gguf"]);
        AssertRefused(model, _folder["folder.gguf"], ["folder.gguf"]);
        AssertRefused(model, _folder["missing/out.gguf"], ["the folder to write into does not exist"]);
        File.WriteAllText(_folder["file"], "");
        AssertRefused(model, _folder["file"], ["is a file; name a folder"]);
        AssertRefused(model, "", ["is empty"]);
        AssertRefused(model, _folder[new string('x', 300) + ".gguf"], ["cannot be written"]);
    }

    [Fact]
    public void A_target_where_nothing_can_be_created_is_refused()
    {
        if (!OperatingSystem.IsLinux()) Assert.Skip("needs /proc, where not even root creates files");
        AssertRefused(Repository.Model, "/proc/out.gguf", ["/proc/out.gguf: this file system does not let files be created here"]);
    }

    [Fact]
    public void Files_and_folders_without_permission_are_refused()
    {
        Assert.SkipWhen(Environment.IsPrivilegedProcess, "root may read and write everything");
        if (OperatingSystem.IsWindows()) return;        // other permissions
        var model = DamagedModel.Write(_folder["model"]);
        File.SetUnixFileMode(Path.Combine(model, "model.safetensors"), UnixFileMode.None);
        AssertRefused(model, "model.safetensors", "cannot be opened for reading");
        var locked = Directory.CreateDirectory(_folder["locked"], UnixFileMode.UserRead | UnixFileMode.UserExecute).FullName;
        AssertRefused(Repository.Model, Path.Combine(locked, "out.gguf"), ["may not be written"]);
    }

    [Fact]
    public void A_full_disk_is_told_and_nothing_stays()
    {
        var disk = Directory.CreateDirectory(_folder["disk"]).FullName;
        if (!OperatingSystem.IsLinux() || !Environment.IsPrivilegedProcess || Shell("mount", "-t", "tmpfs", "-o", "size=300k", "tmpfs", disk) != 0)
            Assert.Skip("needs a small file system, which only root can mount");
        try
        {
            AssertRefused(Repository.Model, Path.Combine(disk, "out.gguf"), ["the disk is full; what was there before is intact"]);
            AssertRefused(Repository.Model, Path.Combine(disk, "out"), ["the disk is full; what was there before is intact"]);
        }
        finally
        {
            Shell("umount", disk);
        }
    }

    static int Shell(string program, params string[] arguments)
    {
        using var process = System.Diagnostics.Process.Start(new System.Diagnostics.ProcessStartInfo(program, arguments) { RedirectStandardError = true })!;
        process.WaitForExit();
        return process.ExitCode;
    }

    public void Dispose() => _folder.Dispose();
}
