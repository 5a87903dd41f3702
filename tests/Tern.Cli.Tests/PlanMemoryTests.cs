using System.Text.Json;
using Tern.Testing;

namespace Tern.Cli.Tests;

public sealed class PlanMemoryTests : IDisposable
{
    readonly TemporaryFolder _folder = new();

    public PlanMemoryTests() => File.WriteAllText(_folder["text.txt"], string.Concat(Enumerable.Repeat("The sea was calm at night, and a ship came home with salt on its sails.\n", 400)));

    public void Dispose() => _folder.Dispose();

    static JsonElement Json(params string[] arguments)
    {
        var answer = TernProcess.Run([.. arguments, "--json"]);
        Assert.True(answer.ExitCode == 0, answer.ToString());
        return JsonDocument.Parse(answer.Output).RootElement;
    }

    [Fact]
    public void A_model_is_planned_from_its_weights_and_from_its_configuration_alone()
    {
        string[] how = ["--context", "512", "--batch", "4", "--kv", "q8_0", "--ram", "2GiB"];
        var stored = Json(["plan", "memory", Repository.Model, .. how]);
        var alone = Json(["plan", "memory", Path.Combine(Repository.Model, "config.json"), .. how]);
        Assert.Equal(stored.GetProperty("memory").GetRawText(), alone.GetProperty("memory").GetRawText());
        Assert.True(stored.GetProperty("fits").GetBoolean());
        Assert.Equal(512, stored.GetProperty("largest_context").GetInt32());
        Assert.Equal(2L << 30, stored.GetProperty("available_bytes").GetInt64());
    }

    [Theory]
    [InlineData("precision: { name: float32 }")]
    [InlineData("precision: { name: bfloat16 }\nactivation_checkpointing: true\nema_decay: 0.9\noptimizer: { name: soap }")]
    [InlineData("per_layer_updates: true\nclip_gradient_norm: 0\noptimizer: { name: galore, rank: 16 }\nquantization: { weight_bits: 4, activation_bits: 8, kv_bits: 8 }")]
    public void Training_takes_what_the_dry_run_says(string more)
    {
        var recipe = _folder["recipe.yaml"];
        File.WriteAllText(recipe, $$"""
            output: {{_folder["run"]}}
            model: { name: llama, hidden_size: 64, layers: 3, heads: 4, key_value_heads: 2, dropout: 0.1 }
            tokenizer: { name: train_bpe, vocab_size: 280 }
            data: { sources: [ { path: {{_folder["text.txt"]}} } ], sequence_length: 32, held_out: 0.1 }
            batch: { sequences: 4 }
            steps: 2
            {{more}}
            """);
        var (dry, planned) = (Json("train", recipe, "--dry-run"), Json("plan", "memory", recipe).GetProperty("memory"));
        foreach (var part in (string[])["weight", "gradient", "optimizer", "average", "activation", "kept", "workspace", "runtime", "total"])
        {
            var name = part is "weight" or "gradient" or "activation" ? part + "s" : part;
            Assert.Equal(dry.GetProperty(part + "_bytes").GetInt64(), planned.GetProperty(name).GetInt64());
        }
    }

    [Theory]
    [InlineData("--ram", "24", "no unit")]
    [InlineData("--context", "513", "512 positions")]
    [InlineData("--batch", "-1", "at least 1")]
    [InlineData("--kv", "q8", "did you mean 'q8_0'?")]
    [InlineData("--type", "q4_x", "did you mean 'q4_0'?")]
    [InlineData("--optimizer", "soap", "add --train")]
    public void Mistakes_are_wrong_use(string flag, string value, string says)
    {
        var answer = TernProcess.Run("plan", "memory", Repository.Model, flag, value);
        Assert.Equal(2, answer.ExitCode);
        Assert.Contains(says, answer.Errors, StringComparison.Ordinal);
    }
}
