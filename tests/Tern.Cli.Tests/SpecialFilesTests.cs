using System.Diagnostics;
using System.Net.Sockets;
using Tern.Testing;

namespace Tern.Cli.Tests;

/// <summary>Pipes, sockets and devices: refused at once where a file is needed, read where a text is.</summary>
public sealed class SpecialFilesTests : IDisposable
{
    readonly TemporaryFolder _folder = new();

    public SpecialFilesTests() => Assert.SkipUnless(OperatingSystem.IsLinux(), "asks Linux what a file is");

    [Theory]
    [InlineData("run", "-m", "PATH", "-p", "x")]
    [InlineData("bench", "-m", "PATH")]
    [InlineData("tokenize", "-m", "PATH", "-p", "x")]
    [InlineData("convert", "PATH", "OUT")]
    [InlineData("compress", "PATH", "OUT.gguf", "--method", "q8_0")]
    [InlineData("eval", "perplexity", "-m", "PATH", "-f", "/proc/version")]
    [InlineData("run", "-p", "x", "-n", "1", "--prompt-cache", "PATH")]
    [InlineData("eval", "kl", "--reference-logits", "PATH")]
    public void What_must_be_a_file_is_refused_at_once_where_it_is_none(params string[] arguments)
    {
        using var listener = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        listener.Bind(new UnixDomainSocketEndPoint(_folder["socket"]));
        foreach (var (path, kind) in new[] { (Pipe("pipe"), "a pipe"), (_folder["socket"], "a socket"), ("/dev/null", "a device") })
        {
            var answer = TernProcess.Run([.. arguments.Select(argument => argument.Replace("PATH", path).Replace("OUT", _folder["out"]))]);
            Assert.Equal(1, answer.ExitCode);
            Assert.Contains($"{path}: is {kind}, expected a file on a disk.", answer.Errors);
            Assert.DoesNotContain("   at ", answer.Errors);
        }
    }

    [Fact]
    public void Pipes_in_the_folder_of_a_model_are_refused_by_name()
    {
        Assert.Contains("there is no config.json, so this is not a model", TernProcess.Run("run", "-m", Path.GetDirectoryName(Pipe("folder/model.bin"))!).Errors);
        foreach (var name in (string[])["config.json", "model.safetensors", "tokenizer.json", "tokenizer_config.json"])
        {
            var model = DamagedModel.Write(_folder[name + " is a pipe"]);
            File.Delete(Path.Combine(model, name));
            if (name == "tokenizer_config.json") File.WriteAllText(Path.Combine(model, "tokenizer.json"), "{}");
            var pipe = Pipe(Path.Combine(model, name));
            Assert.Contains($"{pipe}: is a pipe, expected a file on a disk.", TernProcess.Run("run", "-m", model, "-p", "x").Errors);
        }
    }

    [Fact]
    public void A_device_is_not_replaced_by_a_result()
    {
        Assert.Contains("/dev/null: is a device", TernProcess.Run("eval", "perplexity", "-f", Path.Combine(Repository.Model, "held-out.txt"), "-n", "10", "--save-logits", "/dev/null").Errors);
        Assert.True(new FileInfo("/dev/null").Length == 0 && !File.GetAttributes("/dev/null").HasFlag(FileAttributes.Directory));
    }

    [Fact]
    public void A_text_may_come_from_a_pipe()
    {
        const string Expected = "5";
        Assert.Equal(Expected, TernProcess.Run(["tokenize", "-m", Stories, "--count", "-f", "/dev/stdin"], "Once upon a time").Text);
        Assert.Equal(Expected, TernProcess.Run(["tokenize", "-m", Stories, "--count", "-f", "-"], "Once upon a time").Text);
        var pipe = Pipe("text");
        using var writer = Process.Start("sh", ["-c", $"printf 'Once upon a time' > '{pipe}'"]);
        Assert.Equal(Expected, TernProcess.Run("tokenize", "-m", Stories, "--count", "-f", pipe).Text);
        writer.WaitForExit();
        using var grammar = Process.Start("sh", ["-c", $"printf 'root ::= \"yes\"' > '{pipe}'"]);
        Assert.Equal("yes", TernProcess.Run("run", "-p", "x", "--no-display-prompt", "--grammar-file", pipe).Text);
        grammar.WaitForExit();
    }

    [Theory]
    [InlineData("tokenize", "-m", "STORIES", "-f", "PIPE")]
    [InlineData("tokenize", "-m", "STORIES")]
    [InlineData("run", "-f", "-")]
    [InlineData("run", "-p", "x", "--grammar-file", "PIPE")]
    [InlineData("eval", "perplexity", "-f", "PIPE")]
    public void Ctrl_C_ends_the_wait_for_a_text_that_does_not_come(params string[] arguments)
    {
        var pipe = Pipe("silent");
        using var waiting = TernProcess.Start([.. arguments.Select(argument => argument.Replace("PIPE", pipe).Replace("STORIES", Stories))]);
        TernProcess.Until(waiting.UsesPool, "it never begins to wait");
        waiting.Interrupt();
        // Until it ends by itself: its stdin stays open.
        TernProcess.Until(() => waiting.HasExited, "one Ctrl+C does not end it");
        var answer = waiting.Finish();
        Assert.Equal(130, answer.ExitCode);
        Assert.Contains(": interrupted", answer.Errors);
    }

    static string Stories => RealData.Path("weights/stories260K/stories260K.bin");

    string Pipe(string name)
    {
        var path = _folder[name];
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        using var make = Process.Start("mkfifo", [path]);
        make.WaitForExit();
        Assert.Equal(0, make.ExitCode);
        return path;
    }

    public void Dispose() => _folder.Dispose();
}
