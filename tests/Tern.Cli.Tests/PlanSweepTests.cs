using System.Text.Json;
using Tern.Testing;

namespace Tern.Cli.Tests;

/// <summary>tern plan sweep with runs of tern train.</summary>
public sealed class PlanSweepTests : IDisposable
{
    readonly TemporaryFolder _folder = new();

    public PlanSweepTests()
    {
        File.WriteAllText(_folder["text.txt"], string.Concat(Enumerable.Repeat("The sea was calm at night, and a ship came home with salt on its sails.\n", 400)));
        File.WriteAllText(_folder["sweep.yaml"], $$"""
            base:
              model: { name: llama, tie_embeddings: true }
              tokenizer: { name: train_bpe, vocab_size: 257 }
              data: { sequence_length: 32, held_out: 0.1, sources: [ { path: '{{_folder["text.txt"]}}' } ] }
              optimizer: { name: adamw, learning_rate: 3e-3 }
              evaluation: { sequences: 4 }
            sizes:
              tiny: { hidden_size: 16, layers: 1, heads: 1 }
            parts:
              bits: { tokens: [1280, 2560], batch: 4, weight_bits: [3, 16], post_training_bits: [2], law: none }
            """);
    }

    public void Dispose() => _folder.Dispose();

    Answer Sweep(params string[] flags) => TernProcess.Run(["plan", "sweep", _folder["sweep.yaml"], "--output", _folder["out"], .. flags]);

    [Fact]
    public void A_grid_is_trained_once_and_its_table_read_by_the_fitter()
    {
        using var before = JsonDocument.Parse(Sweep("--dry-run", "--json").Output);
        Assert.Equal(4, before.RootElement.GetProperty("runs").GetArrayLength());
        var first = Sweep("--jobs", "2");
        Assert.True(first.ExitCode == 0, first.ToString());
        Assert.Contains("4 of 4 runs done (0 diverged, 0 failed)", first.Output);
        var rows = File.ReadAllLines(_folder["out/runs.csv"]);
        Assert.Equal(1 + (4 * 2), rows.Length);                     // a heading; each run as it was trained, and rounded
        var again = Sweep();
        Assert.Contains("4 of 4 runs done", again.Output);
        Assert.DoesNotContain("running:", again.Errors);
        var fit = TernProcess.Run("plan", "fit", _folder["out/runs.csv"], "--law", "precision", "--bootstrap", "0");
        Assert.True(fit.ExitCode == 1 && fit.Errors.Contains("too few"), fit.ToString());
    }

    [Theory]
    [InlineData(1, "there is no such file", "none.yaml")]
    [InlineData(2, "--jobs must be at least 1", "sweep.yaml", "--jobs", "0")]
    public void Mistakes_are_told(int code, string message, string file, params string[] flags)
    {
        var answer = TernProcess.Run(["plan", "sweep", _folder[file], .. flags]);
        Assert.True(answer.ExitCode == code && answer.Errors.Contains(message), answer.ToString());
    }
}
