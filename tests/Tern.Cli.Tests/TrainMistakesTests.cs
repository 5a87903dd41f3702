using System.Diagnostics;
using System.Text;
using Tern.Testing;

namespace Tern.Cli.Tests;

/// <summary>What goes wrong before, while and after a model is trained: told in a sentence, with the right exit code, and nothing that was there is lost.</summary>
public sealed class TrainMistakesTests : IDisposable
{
    readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    string Recipe(string data = "text.txt", string output = "run", string more = "")
    {
        File.WriteAllText(_folder["recipe.yaml"], $$"""
            output: {{_folder[output]}}
            model: { name: llama, hidden_size: 32, layers: 2, heads: 4, intermediate_size: 64, tie_embeddings: true }
            tokenizer: { name: train_bpe, vocab_size: 260 }
            data: { sources: [ { path: {{_folder[data]}}, document_separator: "\n" } ], sequence_length: 32, held_out: 0.4 }
            optimizer: { name: adamw, learning_rate: 0.01 }
            batch: { sequences: 4, micro_batch: 2 }
            steps: 12
            log: { every: 1 }
            {{more}}
            """);
        return _folder["recipe.yaml"];
    }

    void WriteText(int words, string name = "text.txt")
    {
        var random = new Random(7);
        var text = new StringBuilder();
        for (var i = 0; i < words; i++) text.Append("the sea was calm and a ship came home".Split(' ')[random.Next(9)]).Append(i % 11 == 10 ? ".\n" : " ");
        File.WriteAllText(_folder[name], text.ToString());
    }

    static void AssertTold(int exitCode, string told, Answer answer)
    {
        Assert.True(answer.ExitCode == exitCode, answer.ToString());
        Assert.Empty(answer.Output);
        Assert.Contains(told, answer.Errors);
        Assert.DoesNotContain("   at ", answer.Errors);
    }

    [Theory]
    [InlineData(new byte[0], "data.txt: the file is empty.")]
    [InlineData(new byte[] { (byte)'\n', (byte)'\n' }, "data.txt: there is no text in it.")]
    [InlineData(new byte[] { 0x7F, (byte)'E', (byte)'L', (byte)'F', 2, 1, 1, 0, 0 }, "data.txt: a NUL at byte 7; this is a binary file or UTF-16, expected UTF-8 text.")]
    [InlineData(new byte[] { (byte)'a', (byte)'\n', (byte)'b', 0xC3, (byte)'(' }, "data.txt: not UTF-8 at byte 3")]
    public void A_file_that_is_no_text_is_named_with_the_place(byte[] data, string told)
    {
        File.WriteAllBytes(_folder["data.txt"], data);
        AssertTold(1, told, TernProcess.Run("train", Recipe("data.txt")));
        Assert.False(Directory.Exists(_folder["run/checkpoints"]));
    }

    [Theory]
    [InlineData("model.heads must divide the hidden size: 32 is not a multiple of 5.", "model.heads=5")]
    [InlineData("model.heads makes heads of 1 dimensions; rotary positions need an even number.", "model.heads=32")]
    [InlineData("model.key_value_heads must divide the heads: 4 is not a multiple of 3.", "model.key_value_heads=3")]
    [InlineData("batch.micro_batch must divide the batch: 4 sequences are not a multiple of 3.", "batch.micro_batch=3")]
    public void Shapes_that_do_not_divide_are_told_with_their_numbers(string told, string setting)
    {
        AssertTold(1, told, TernProcess.Run("train", Recipe(), "--set", setting));
        Assert.False(Directory.Exists(_folder["run"]));
    }

    [Theory]
    [InlineData("'recipe'", "train")]
    [InlineData("there is no option '--dryrun'; did you mean '--dry-run'?", "train", "r.yaml", "--dryrun")]
    [InlineData("'two.yaml' is one argument too many", "train", "one.yaml", "two.yaml")]
    public void A_wrong_command_line_is_wrong_use(string told, params string[] arguments) => AssertTold(2, told, TernProcess.Run(arguments));

    [Fact]
    public void A_run_that_is_larger_than_the_memory_is_refused_with_its_numbers()
    {
        WriteText(3000);
        var answer = TernProcess.Run("train", Recipe(), "--set", "model={ name: llama, hidden_size: 65536, layers: 1000, heads: 64 }");
        AssertTold(1, "training: needs about ", answer);
        Assert.Matches(@"needs about \d{6,}\.\d GB \(\d+\.\d weights, \d+\.\d gradients, \d+\.\d optimiser, \d+\.\d activations\), the machine has \d+\.\d GB", answer.Errors);
    }

    [Fact]
    public void A_text_without_the_vocabulary_is_told_with_the_size_that_it_has()
    {
        File.WriteAllText(_folder["text.txt"], string.Concat(Enumerable.Repeat("ab\n", 500)));
        AssertTold(1, "the text gives a vocabulary of 258 entries only; choose tokenizer.vocab_size 258 or add text.", TernProcess.Run("train", Recipe()));
        Assert.Empty(Directory.GetFileSystemEntries(_folder["run"]));
    }

    [Theory]
    [InlineData("run")]                      // a vocabulary is learned
    [InlineData("run/tokenizer.json")]       // text is tokenised
    public void Ctrl_C_before_the_first_step_leaves_nothing_half_written(string sign)
    {
        WriteText(2_000_000);
        using var process = TernProcess.Start(["train", Recipe()]);
        TernProcess.Until(() => Path.Exists(_folder[sign]), "it never gets there");
        process.Interrupt();
        AssertTold(130, "train: interrupted", process.Finish());
        Assert.DoesNotContain(Directory.GetFiles(_folder["run"], "*", SearchOption.AllDirectories), file => Path.GetFileName(file) != "tokenizer.json");
    }

    [Fact]
    public void Ctrl_C_in_training_ends_in_a_checkpoint()
    {
        WriteText(3000);
        using var process = TernProcess.Start(["train", Recipe(), "--set", "steps=100000"]);
        TernProcess.Until(() => MetricsOf("run").Length > 2, "it never trains");
        process.Interrupt();
        AssertTold(130, "--resume goes on", process.Finish());
        Assert.Single(Directory.GetDirectories(_folder["run/checkpoints"]));
    }

    [Fact]
    public void Ctrl_C_in_an_evaluation_is_heard_and_the_evaluation_made_up_for()
    {
        WriteText(300_000);
        // All held-out sequences: long enough to be interrupted.
        string[] settings = ["--set", "evaluation={ every: 8, sequences: 0 }", "--set", "ema_decay=0.5"];
        Assert.Equal(0, TernProcess.Run(["train", Recipe(output: "whole"), .. settings]).ExitCode);
        using var process = TernProcess.Start(["train", Recipe(), .. settings]);
        TernProcess.Until(() => MetricsOf("run").Length >= 8, "it never evaluates");
        process.Interrupt();
        AssertTold(130, "stopped after step 8 of 12; --resume goes on", process.Finish());
        Assert.DoesNotContain(MetricsOf("run"), line => line.Contains("held_out"));
        Assert.Equal(0, TernProcess.Run(["train", Recipe(), .. settings, "--resume"]).ExitCode);
        Assert.Equal(File.ReadAllBytes(_folder["whole/model/model.safetensors"]), File.ReadAllBytes(_folder["run/model/model.safetensors"]));
        Assert.Equal(MetricsOf("whole").Where(line => line.Contains("held_out")), MetricsOf("run").Where(line => line.Contains("held_out")));
    }

    [Fact]
    public void A_disk_that_fills_up_in_a_checkpoint_ends_the_run_and_the_one_before_it_goes_on()
    {
        var disk = Directory.CreateDirectory(_folder["disk"]).FullName;
        // A checkpoint is 356 kB (29,000 weights and their moments), so that the second one does not fit.
        if (!OperatingSystem.IsLinux() || !Environment.IsPrivilegedProcess || Shell("mount", "-t", "tmpfs", "-o", "size=500k", "tmpfs", disk) != 0)
            Assert.Skip("needs a small file system, which only root can mount");
        try
        {
            WriteText(3000);
            string[] train = ["train", Recipe(output: "disk/run", more: "checkpoints: { every: 4 }")];
            Assert.Equal(0, TernProcess.Run(["train", Recipe(output: "whole"), "--set", "checkpoints.every=4"]).ExitCode);
            Recipe(output: "disk/run", more: "checkpoints: { every: 4 }");
            AssertTold(1, "step-00000008: the disk is full; what was there before is intact.", TernProcess.Run(train));
            Assert.Equal([_folder["disk/run/checkpoints/step-00000004"]], Directory.GetFileSystemEntries(_folder["disk/run/checkpoints"]));
            Assert.Equal(0, Shell("mount", "-o", "remount,size=50m", disk));
            var resumed = TernProcess.Run([.. train, "--resume"]);
            Assert.True(resumed.ExitCode == 0, resumed.ToString());
            Assert.Equal(File.ReadAllBytes(_folder["whole/model/model.safetensors"]), File.ReadAllBytes(_folder["disk/run/model/model.safetensors"]));
        }
        finally
        {
            Shell("umount", disk);
        }
    }

    string[] MetricsOf(string run)
    {
        if (!File.Exists(_folder[run + "/metrics.jsonl"])) return [];
        using var reader = new StreamReader(new FileStream(_folder[run + "/metrics.jsonl"], FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete));
        return reader.ReadToEnd().Split('\n', StringSplitOptions.RemoveEmptyEntries);
    }

    static int Shell(string program, params string[] arguments)
    {
        using var process = Process.Start(new ProcessStartInfo(program, arguments) { RedirectStandardError = true })!;
        process.WaitForExit();
        return process.ExitCode;
    }
}
