using System.Text;
using System.Text.Json;
using Tern.Testing;

namespace Tern.Cli.Tests;

public class RunTests
{
    /// <summary>expected_stdout of test_all.py in karpathy/llama2.c: stories260K, temperature 0, 200 steps from BOS.</summary>
    const string GoldenStory =
        "Once upon a time, there was a little girl named Lily. She loved to play outside in the park. One day, she saw a big, red ball. " +
        "She wanted to play with it, but it was too high.\nLily's mom said, \"Lily, let's go to the park.\" Lily was sad and didn't know what to do. " +
        "She said, \"I want to play with your ball, but I can't find it.\"\nLily was sad and didn't know what to do. She said, \"I'm sorry, Lily. " +
        "I didn't know what to do.\"\nLily didn't want to help her mom, so she";

    /// <summary>models/gutenberg-2m/README.md.</summary>
    const string Opening = "It was a dark and stormy night";

    static readonly int[] GoldenTokens =
        [12, 280, 262, 270, 1521, 83, 283, 262, 276, 973, 12, 280, 262, 276, 964, 363, 860, 452, 344, 1328, 293, 262, 276, 696, 269, 12, 280, 262, 276, 973, 324, 259];

    [Fact]
    public void Stories260K_tells_the_story_that_llama2c_tells()
    {
        var model = RealData.Path("weights/stories260K/stories260K.bin");
        var fromNothing = TernProcess.Run("run", "-m", model, "-p", "", "--temp", "0", "-n", "200");
        Assert.Equal(GoldenStory + "\n", fromNothing.Output);
        Assert.Contains("tokens/s", fromNothing.Errors);
        var fromOpening = TernProcess.Run("run", "-m", model, "-p", "Once upon a time", "--temp", "0", "-n", "196");
        Assert.Equal(GoldenStory + "\n", fromOpening.Output);
        Assert.Equal(GoldenStory["Once upon a time".Length..] + "\n", TernProcess.Run("run", "-m", model, "-p", "Once upon a time", "--temp", "0", "-n", "196", "--no-display-prompt").Output);
    }

    [Fact]
    public void Without_a_prompt_the_shipped_model_goes_on_with_an_opening()
    {
        var answer = TernProcess.Run(["run", "--temp", "0", "-n", "32"], input: "");
        Assert.Equal(Opening + ", and the birds of the crew, and the captain's eyes were staring in the corner, and the crew was a\n", answer.Output);
        Assert.Contains($"continuing \"{Opening}\"", answer.Errors);
    }

    [Fact]
    public void Json_has_what_the_comparison_with_llama_cpp_reads()
    {
        var answer = TernProcess.Run("run", "-p", Opening, "-n", "32", "--temp", "0", "--json", "--logprobs", "1");
        Assert.Equal(0, answer.ExitCode);
        using var json = JsonDocument.Parse(answer.Output);
        Assert.Equal([875, 324, 259, 1197, 280, 344, 1716, 89, 866], Ids(json, "prompt_tokens"));
        Assert.Equal(GoldenTokens, Ids(json, "tokens"));
        Assert.StartsWith(", and the birds", json.RootElement.GetProperty("text").GetString(), StringComparison.Ordinal);
        Assert.Equal("length", json.RootElement.GetProperty("finish").GetString());
        Assert.Equal(32, json.RootElement.GetProperty("timings").GetProperty("predicted_n").GetInt32());
        Assert.Equal(32, json.RootElement.GetProperty("logprobs").GetArrayLength());
        Assert.Equal(12, json.RootElement.GetProperty("logprobs")[0].GetProperty("top")[0].GetProperty("token").GetInt32());
    }

    static IEnumerable<int> Ids(JsonDocument json, string name) => json.RootElement.GetProperty(name).EnumerateArray().Select(id => id.GetInt32());

    [Fact]
    public void The_prompt_may_come_from_a_file_or_stdin()
    {
        using var folder = new TemporaryFolder();
        File.WriteAllText(folder["prompt.txt"], Opening + "\n");
        string[] greedy = ["run", "--temp", "0", "-n", "5"];
        var expected = TernProcess.Run([.. greedy, "-p", Opening]).Output;
        Assert.Equal(expected, TernProcess.Run([.. greedy, "-f", folder["prompt.txt"]]).Output);
        Assert.Equal(expected, TernProcess.Run(greedy, Opening + "\n").Output);
    }

    [Fact]
    public void The_same_seed_writes_the_same_and_the_environment_may_set_it()
    {
        string[] run = ["run", "-p", "The whale", "-n", "30"];
        var first = TernProcess.Run([.. run, "--seed", "5"]).Output;
        Assert.Equal(first, TernProcess.Run(run, null, null, ("TERN_SEED", "5")).Output);
        Assert.NotEqual(first, TernProcess.Run([.. run, "--seed", "6"]).Output);
    }

    [Fact]
    public void Every_sampling_flag_reaches_the_sampler()
    {
        string[] run = ["run", "-p", "The whale", "-n", "12", "--json", "--seed", "5"];
        string Text(params string[] flags)
        {
            var answer = TernProcess.Run([.. run, .. flags]);
            Assert.True(answer.ExitCode == 0, answer.ToString());
            using var json = JsonDocument.Parse(answer.Output);
            return json.RootElement.GetProperty("text").GetString()!;
        }

        var greedy = Text("--temp", "0");
        Assert.Equal(greedy, Text("--top-k", "1"));
        Assert.Equal(greedy, Text("--top-p", "0", "--repeat-penalty", "1", "--dynatemp-range", "0", "--mirostat", "0"));
        Assert.Equal(greedy, Text("--min-p", "1"));
        var banned = Text("--temp", "0", "--logit-bias", "12-inf", "-l", "262-inf");
        Assert.DoesNotContain(",", banned);
        Assert.DoesNotContain(" the", banned + " ");
        Assert.NotEqual(greedy, Text("--temp", "0", "--frequency-penalty", "1.5", "--presence-penalty", "1.5", "--repeat-last-n", "-1"));
        Text("--typical", "0.9", "--top-nsigma", "1", "--xtc-probability", "0.5", "--xtc-threshold", "0.1", "--dynatemp-range", "0.3", "--dynatemp-exp", "1.2",
            "--dry-multiplier", "0.8", "--dry-base", "1.7", "--dry-allowed-length", "2", "--dry-penalty-last-n", "64", "--dry-sequence-breaker", "none");
        Text("--mirostat", "2", "--mirostat-lr", "0.2", "--mirostat-ent", "4", "--keep", "2", "--no-context-shift", "--ignore-eos", "--special", "--cache-type", "q8_0", "-t", "1", "-c", "64");
    }

    [Fact]
    public void Stop_strings_end_the_text_before_them()
    {
        var answer = TernProcess.Run("run", "-p", Opening, "--temp", "0", "-n", "32", "--stop", "never", "--stop", "birds of");
        Assert.Equal(Opening + ", and the \n", answer.Output);
        Assert.Contains("ended by the stop string \"birds of\"", answer.Errors);
    }

    [Fact]
    public void A_grammar_holds_the_text()
    {
        using var folder = new TemporaryFolder();
        File.WriteAllText(folder["list.gbnf"], "root ::= \"[\" [1-9] (\", \" [1-9]){2,5} \"]\"");
        var answer = TernProcess.Run("run", "-p", "Three numbers: ", "--seed", "1", "--grammar-file", folder["list.gbnf"], "--no-display-prompt");
        Assert.InRange(JsonSerializer.Deserialize<int[]>(answer.Output)!.Length, 3, 6);
        Assert.Contains("ended by the model", answer.Errors);
        Assert.Equal("yes\n", TernProcess.Run("run", "-p", "Is it? ", "--grammar", "root ::= \"yes\"", "--no-display-prompt").Output);
        File.WriteAllText(folder["list.gbnf"], "root ::= nothing");
        var wrong = TernProcess.Run("run", "-p", "x", "--grammar-file", folder["list.gbnf"]);
        Assert.Equal(1, wrong.ExitCode);
        Assert.Contains("list.gbnf: ", wrong.Errors);
    }

    [Fact]
    public void A_JSON_schema_holds_the_text()
    {
        using var folder = new TemporaryFolder();
        const string Schema = """{"type":"object","properties":{"name":{"type":"string","maxLength":12},"age":{"type":"integer","minimum":1,"maximum":99}},"required":["name","age"]}""";
        File.WriteAllText(folder["person.json"], Schema);
        foreach (var flags in (string[][])[["--json-schema", Schema], ["--json-schema-file", folder["person.json"]]])
        {
            using var json = JsonDocument.Parse(TernProcess.Run(["run", "-p", "A person: ", "--seed", "2", "--no-display-prompt", .. flags]).Output);
            Assert.InRange(json.RootElement.GetProperty("age").GetInt32(), 1, 99);
        }
        File.WriteAllText(folder["person.json"], """{"type":"objekt"}""");
        var wrong = TernProcess.Run("run", "-p", "x", "--json-schema-file", folder["person.json"]);
        Assert.Equal(1, wrong.ExitCode);
        Assert.Contains("person.json: ", wrong.Errors);
    }

    [Fact]
    public void A_prompt_cache_saves_work_and_changes_nothing()
    {
        using var folder = new TemporaryFolder();
        string[] run = ["run", "-p", Opening, "--seed", "3", "-n", "20", "--prompt-cache", folder["night.cache"]];
        var first = TernProcess.Run(run);
        var second = TernProcess.Run(run);
        Assert.Equal(first.Output, second.Output);
        Assert.DoesNotContain("from the cache", first.Errors);
        Assert.Contains("8 of 9 from the cache", second.Errors);
        var other = TernProcess.Run([.. run, "--cache-type", "f32"]);
        Assert.Contains("the prompt cache is not used", other.Errors);
        Assert.Equal(0, other.ExitCode);
        Assert.Equal(["night.cache"], Directory.GetFileSystemEntries(folder.Path).Select(Path.GetFileName));

        File.WriteAllText(folder["letter.txt"], "mine");
        var refused = TernProcess.Run("run", "-p", "x", "--prompt-cache", folder["letter.txt"]);
        Assert.Equal(1, refused.ExitCode);
        Assert.Equal("mine", File.ReadAllText(folder["letter.txt"]));
    }

    [Fact]
    public void Ctrl_C_ends_the_text_cleanly_and_keeps_the_prompt_cache()
    {
        using var folder = new TemporaryFolder();
        using var running = TernProcess.Start(["run", "-p", Opening, "-n", "10000000", "--ignore-eos", "--seed", "1", "--prompt-cache", folder["cache"]]);
        TernProcess.Until(() => running.OutputSoFar.Length > 100, "no text came");      // it streams
        running.Interrupt();
        var answer = running.Finish();
        Assert.True(answer.ExitCode == 130, answer.ToString());
        Assert.StartsWith(Opening, answer.Output, StringComparison.Ordinal);
        Assert.EndsWith("\n", answer.Output, StringComparison.Ordinal);
        Assert.Contains("ended by Ctrl+C", answer.Errors);
        Assert.Equal(["cache"], Directory.GetFileSystemEntries(folder.Path).Select(Path.GetFileName));
        Assert.DoesNotContain("not used", TernProcess.Run("run", "-p", Opening, "-n", "1", "--prompt-cache", folder["cache"]).Errors);
    }

    [Fact]
    public void A_text_may_be_longer_than_the_context()
    {
        string[] run = ["run", "-p", Opening, "-c", "32", "--ignore-eos", "--seed", "1"];
        Assert.Contains("ended by the full context of 32 tokens", TernProcess.Run(run).Errors);
        Assert.Contains("ended by the full context of 32 tokens", TernProcess.Run([.. run, "-n", "100", "--no-context-shift"]).Errors);
        var shifted = TernProcess.Run([.. run, "-n", "100", "--keep", "9"]);
        Assert.Contains("ended by -n", shifted.Errors);
        Assert.Contains("shifts", shifted.Errors);
    }

    [Fact]
    public void A_prompt_that_is_too_long_is_refused_with_advice()
    {
        var answer = TernProcess.Run("run", "-p", Opening, "-c", "8");
        Assert.Equal(1, answer.ExitCode);
        Assert.Empty(answer.Output);
        Assert.Contains("The prompt has 9 tokens, the context room for 8. Use a longer context (-c 256)", answer.Errors);
    }

    [Fact]
    public void Characters_of_several_tokens_arrive_whole()
    {
        var answer = TernProcess.Run("run", "-p", "Name: ", "--grammar", "root ::= [é漢😀]{30}", "--seed", "1", "--no-display-prompt");
        Assert.Equal(30, answer.Text.EnumerateRunes().Count());
        Assert.All(answer.Text.EnumerateRunes(), rune => Assert.Contains(rune, (Rune[])[new('é'), new('漢'), new(0x1F600)]));
    }

    [Theory]
    [InlineData(2, "--logprobs", "run", "-p", "x", "--logprobs", "2")]
    [InlineData(2, "'12=1' is not a token id", "run", "-p", "x", "--logit-bias", "12=1")]
    [InlineData(2, "one grammar or schema, not --grammar and --grammar-file", "run", "-p", "x", "--grammar", "a", "--grammar-file", "b")]
    [InlineData(2, "--n-predict: -5 is too small", "run", "-p", "x", "-n", "-5")]
    [InlineData(2, "did you mean '--repeat-penalty'?", "run", "-p", "x", "--repeat-penality", "1")]
    [InlineData(1, "TopP is 7", "run", "-p", "x", "--top-p", "7")]
    [InlineData(1, "grammar exclude each other", "run", "-p", "x", "--grammar", "root ::= \"a\"", "--ignore-eos")]
    [InlineData(1, "token ids from 0 to 2047", "run", "-p", "x", "-l", "5000+1")]
    public void Mistakes_are_explained(int exitCode, string message, params string[] arguments)
    {
        var answer = TernProcess.Run(arguments);
        Assert.True(answer.ExitCode == exitCode, answer.ToString());
        Assert.Empty(answer.Output);
        Assert.Contains(message, answer.Errors);
        Assert.DoesNotContain("   at ", answer.Errors);
    }
}
