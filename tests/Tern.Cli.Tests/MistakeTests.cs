using Tern.Testing;

namespace Tern.Cli.Tests;

/// <summary>What users get wrong: the message says what and where, the exit code says whose fault, and there is never a stack trace.</summary>
public class MistakeTests
{
    [Theory]
    [InlineData("tokenize: ", "there is no option '--cuont'; did you mean '--count'?", "tokenize", "--cuont", "-p", "x")]
    [InlineData("run: ", "there is no option '--tmep'; did you mean '--temp'?", "run", "--tmep", "1")]
    [InlineData("tern: ", "there is no verb 'tokenise'; did you mean 'tokenize'?", "tokenise")]
    [InlineData("convert: ", "'target'", "convert", "only-one")]
    [InlineData("tokenize: ", "'two' is one argument too many", "tokenize", "-p", "one", "two")]
    [InlineData("bench: ", "'-r'", "bench", "-r")]
    public void A_wrong_flag_is_wrong_use(string who, string message, params string[] arguments) => AssertRefused(2, who, message, arguments);

    [Theory]
    [InlineData("bench: ", "--repetitions: 'many' is not a whole number", "bench", "-r", "many")]
    [InlineData("bench: ", "--threads: -1 is too small", "bench", "-t", "-1")]
    [InlineData("bench: ", "--threads: 100000 is too large; it must be 1024 or less", "bench", "-t", "100000")]
    [InlineData("bench: ", "--n-prompt: '5k' is not a number of tokens", "bench", "-p", "5k")]
    [InlineData("bench: ", "--cache-type: 'f8' is none of f32, f16, bf16, q8_0", "bench", "--cache-type", "f8")]
    [InlineData("bench: ", "--batch: 'all' is not a number of sequences", "bench", "-b", "all")]
    [InlineData("convert: ", "there is no weight type 'q8-0'; did you mean 'q8_0'?", "convert", "a", "b.gguf", "--type", "q8-0")]
    [InlineData("tokenize: ", "from -p or from -f, not from both", "tokenize", "-p", "a", "-f", "b")]
    public void A_wrong_value_is_wrong_use(string who, string message, params string[] arguments) => AssertRefused(2, who, message, arguments);

    [Theory]
    [InlineData("bench: ", "0 repetitions measure nothing", "bench", "-r", "0")]
    [InlineData("bench: ", "sequences to decode together go from 1", "bench", "-b", "0")]
    [InlineData("bench: ", "nothing to measure", "bench", "-p", "0", "-n", "0")]
    [InlineData("bench: ", "The shape 'huge' is none of", "bench", "--write-random", "x.gguf", "--shape", "huge")]
    [InlineData("tokenize: ", "'one' is not a token id", "tokenize", "--decode", "-p", "one")]
    [InlineData("tokenize: ", "There is no token 99999", "tokenize", "--decode", "-p", "99999")]
    [InlineData("tokenize: ", "nowhere.txt: there is no such file", "tokenize", "-f", "nowhere.txt")]
    [InlineData("bench: ", "nowhere.gguf: there is no such file or folder", "bench", "-m", "nowhere.gguf")]
    public void What_the_libraries_refuse_is_a_failure(string who, string message, params string[] arguments) => AssertRefused(1, who, message, arguments);

    static void AssertRefused(int exitCode, string who, string message, string[] arguments)
    {
        using var folder = new TemporaryFolder();
        var answer = TernProcess.Run(arguments, input: "", folder.Path);
        Assert.True(answer.ExitCode == exitCode, answer.ToString());
        Assert.Empty(answer.Output);
        Assert.Contains(who, answer.Errors);
        Assert.Contains(message, answer.Errors);
        Assert.DoesNotContain("   at ", answer.Errors);
        Assert.Empty(Directory.GetFileSystemEntries(folder.Path));
    }

    [Fact]
    public void A_missing_file_brings_up_the_nearest_name()
    {
        using var folder = new TemporaryFolder();
        File.WriteAllText(folder["story.txt"], "Once");
        Assert.Contains($"did you mean {folder["story.txt"]}?", TernProcess.Run("tokenize", "-f", folder["strory.txt"]).Errors);
        Assert.Contains("did you mean", TernProcess.Run("bench", "-m", Repository.Model + "b").Errors);
    }

    [Fact]
    public void A_file_that_is_no_model_says_what_it_is()
    {
        using var folder = new TemporaryFolder();
        File.WriteAllText(folder["model.gguf"], "version https://git-lfs.github.com/spec/v1\noid sha256:0\nsize 1\n");
        var answer = TernProcess.Run("bench", "-m", folder["model.gguf"]);
        Assert.Equal(1, answer.ExitCode);
        Assert.Contains("Git LFS pointer", answer.Errors);
    }

    [Fact]
    public void A_truncated_model_is_a_failure_with_its_name()
    {
        using var folder = new TemporaryFolder();
        var gguf = folder["whole.gguf"];
        Assert.Equal(0, TernProcess.Run("convert", Repository.Model, gguf).ExitCode);
        File.WriteAllBytes(folder["cut.gguf"], File.ReadAllBytes(gguf)[..100_000]);
        var answer = TernProcess.Run("bench", "-m", folder["cut.gguf"]);
        Assert.Equal(1, answer.ExitCode);
        Assert.Contains("cut.gguf", answer.Errors);
        Assert.DoesNotContain("   at ", answer.Errors);
    }

    [Fact]
    public void A_flag_wins_over_the_environment_and_a_bad_variable_is_named()
    {
        var wrong = TernProcess.Run(["bench", "-p", "1", "-n", "0", "-r", "1", "--no-limits"], null, null, ("TERN_THREADS", "two"));
        Assert.Equal(2, wrong.ExitCode);
        Assert.Contains("TERN_THREADS: 'two' is not a whole number", wrong.Errors);
        string[] quick = ["bench", "-p", "1", "-n", "0", "-r", "1", "--no-limits", "--json"];
        Assert.Contains("\"threads\":3", TernProcess.Run(quick, null, null, ("TERN_THREADS", "3")).Output);
        Assert.Contains("\"threads\":1", TernProcess.Run([.. quick, "-t", "1"], null, null, ("TERN_THREADS", "3")).Output);
    }

    [Fact]
    public void An_unknown_instruction_level_is_a_failure()
    {
        var answer = TernProcess.Run(["bench", "-p", "1"], null, null, ("TERN_ISA", "avx3"));
        Assert.Equal(1, answer.ExitCode);
        Assert.Contains("TERN_ISA=avx3: expected one of scalar, avx2, avxvnni, avx512, vnni", answer.Errors);
    }

    [Fact]
    public void The_stack_is_shown_only_on_request()
    {
        var answer = TernProcess.Run(["bench", "-m", "nowhere"], null, null, ("TERN_DEBUG", "1"));
        Assert.Equal(1, answer.ExitCode);
        Assert.Contains("   at ", answer.Errors);
    }
}
