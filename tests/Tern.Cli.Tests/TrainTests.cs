using System.Text;
using System.Text.Json;
using Tern.Testing;

namespace Tern.Cli.Tests;

public sealed class TrainTests : IDisposable
{
    readonly TemporaryFolder _folder = new();

    public TrainTests()
    {
        var random = new Random(7);
        string[] words = ["the", "sea", "was", "calm", "and", "a", "ship", "came", "home", "at", "night", "with", "salt", "on", "its", "sails"];
        var text = new StringBuilder();
        for (var i = 0; i < 6000; i++) text.Append(words[random.Next(words.Length)]).Append(i % 11 == 10 ? ".\n" : " ");
        File.WriteAllText(_folder["text.txt"], text.ToString());
    }

    public void Dispose() => _folder.Dispose();

    /// <summary>A run of a few seconds, with every kind of state: dropout, an average, moments, micro-batches.</summary>
    string Recipe(string output, string more = "")
    {
        var path = _folder[output + ".yaml"];
        File.WriteAllText(path, $$"""
            output: {{_folder[output]}}
            seed: 3
            model: { name: llama, hidden_size: 32, layers: 2, heads: 4, key_value_heads: 2, intermediate_size: 64, tie_embeddings: true, dropout: 0.1 }
            tokenizer: { name: train_bpe, vocab_size: 300 }
            data: { sources: [ { path: {{_folder["text.txt"]}} } ], sequence_length: 32, held_out: 0.1 }
            optimizer: { name: adamw, learning_rate: 0.01 }
            schedule: { name: cosine, warmup_steps: 5 }
            batch: { sequences: 4, micro_batch: 2 }
            steps: 60
            ema_decay: 0.9
            evaluation: { every: 20, sequences: 8 }
            checkpoints: { every: 5 }
            {{more}}
            """);
        return path;
    }

    [Fact]
    public void A_text_becomes_a_model_that_runs()
    {
        var trained = TernProcess.Run("train", Recipe("run"), "--json");
        Assert.True(trained.ExitCode == 0, trained.ToString());
        Assert.Contains("\"interrupted\":false", trained.Output, StringComparison.Ordinal);
        Assert.Contains("held-out loss", trained.Errors, StringComparison.Ordinal);
        Assert.Contains("<svg", File.ReadAllText(_folder["run/report.html"]), StringComparison.Ordinal);
        Assert.Equal(6 + 3, File.ReadAllLines(_folder["run/metrics.jsonl"]).Length);
        Assert.Single(Directory.GetFiles(_folder["run"], "events.out.tfevents.*"));
        var answer = TernProcess.Run("run", "-m", _folder["run/model"], "-p", "the sea", "-n", "8");
        Assert.True(answer.ExitCode == 0, answer.ToString());
        Assert.StartsWith("the sea", answer.Output, StringComparison.Ordinal);
        var again = TernProcess.Run("train", Recipe("run"));
        Assert.Equal(1, again.ExitCode);
        Assert.Contains("--resume", again.Errors, StringComparison.Ordinal);
    }

    /// <summary>The recipe as it stands but for its text and its size, which a test has no time for.</summary>
    [Fact]
    public void The_recipe_of_the_model_that_comes_with_Tern_learns_within_200_steps()
    {
        var recipe = Path.Combine(Repository.Root, "recipes", "gutenberg.yaml");
        var text = Path.Combine(Repository.Root, "models", "gutenberg-2m", "held-out.txt");
        var trained = TernProcess.Run(["train", recipe, "--json", "--set", $"output={_folder["run"]}", "--set", $"data.sources=[{{path: {text}, unwrap: true}}]", "--set", "tokenizer.vocab_size=512",
            "--set", "model.hidden_size=80", "--set", "model.layers=2", "--set", "data.sequence_length=64", "--set", "batch.sequences=4", "--set", "steps=200"], input: null);
        Assert.True(trained.ExitCode == 0, trained.ToString());
        using var result = JsonDocument.Parse(trained.Output);
        Assert.InRange(result.RootElement.GetProperty("held_out_loss").GetDouble(), 2, 5);        // ln 512 = 6.24 before the first step
    }

    [Fact]
    public void A_run_that_is_killed_again_and_again_ends_with_the_same_bits()
    {
        Assert.Equal(0, TernProcess.Run("train", Recipe("whole")).ExitCode);
        var recipe = Recipe("killed");
        var random = new Random(Environment.ProcessId);                        // other moments every time; the result may not depend on them
        for (var i = 0; i < 4; i++)
        {
            using var process = TernProcess.Start(["train", recipe, "--resume"]);
            Thread.Sleep(random.Next(900, 2600));
            process.Kill();
        }
        var ended = TernProcess.Run("train", recipe, "--resume");
        Assert.True(ended.ExitCode == 0, ended.ToString());
        Assert.Equal(File.ReadAllBytes(_folder["whole/model/model.safetensors"]), File.ReadAllBytes(_folder["killed/model/model.safetensors"]));
        Assert.Equal(File.ReadAllBytes(_folder["whole/checkpoints/step-00000060/optimizer.safetensors"]), File.ReadAllBytes(_folder["killed/checkpoints/step-00000060/optimizer.safetensors"]));
        Assert.Equal(File.ReadAllBytes(_folder["whole/checkpoints/step-00000060/weights.safetensors"]), File.ReadAllBytes(_folder["killed/checkpoints/step-00000060/weights.safetensors"]));
    }

    [Fact]
    public void A_dry_run_prints_the_costs_and_trains_nothing()
    {
        var answer = TernProcess.Run("train", Recipe("dry"), "--dry-run", "--set", "batch.micro_batch=4");
        Assert.True(answer.ExitCode == 0, answer.ToString());
        Assert.Contains("parameters", answer.Output, StringComparison.Ordinal);
        Assert.False(Directory.Exists(_folder["dry/checkpoints"]));
    }

    [Fact]
    public void Another_recipe_does_not_go_on_with_a_run()
    {
        Assert.Equal(0, TernProcess.Run("train", Recipe("run"), "--set", "steps=10").ExitCode);
        var recipe = File.ReadAllText(_folder["run/recipe.yaml"]);
        var answer = TernProcess.Run("train", Recipe("run"), "--resume", "--set", "steps=10", "--set", "optimizer.learning_rate=0.5");
        Assert.Equal(1, answer.ExitCode);
        Assert.Contains("another recipe", answer.Errors, StringComparison.Ordinal);
        Assert.Equal(recipe, File.ReadAllText(_folder["run/recipe.yaml"]));
    }

    [Fact]
    public void A_vocabulary_that_another_recipe_left_behind_is_not_used()
    {
        Assert.Equal(0, TernProcess.Run("train", Recipe("run"), "--dry-run").ExitCode);
        Assert.Equal(0, TernProcess.Run("train", Recipe("run"), "--set", "steps=10", "--set", "tokenizer.vocab_size=290").ExitCode);
        Assert.Contains("\"vocab_size\": 290", File.ReadAllText(_folder["run/model/config.json"]), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("--set", "optimizer.learning_rat=1", "learning_rate")]
    [InlineData("--set", "model.heads=5", "heads")]
    [InlineData("--set", "optimizer.name=adamm", "adamw")]
    [InlineData("--set", "data.sources=[{path: nowhere.txt}]", "nowhere.txt")]
    public void Mistakes_in_a_recipe_are_told_with_what_is_meant(string flag, string value, string told)
    {
        var answer = TernProcess.Run("train", Recipe("bad"), flag, value);
        Assert.InRange(answer.ExitCode, 1, 2);
        Assert.Contains(told, answer.Errors, StringComparison.Ordinal);
        Assert.DoesNotContain("   at Tern.", answer.Errors, StringComparison.Ordinal);
    }
}
