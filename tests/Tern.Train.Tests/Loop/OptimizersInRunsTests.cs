using System.Text;
using Tern.Testing;
using Tern.Train.Loop;
using Tern.Train.Recipes;

namespace Tern.Train.Tests.Loop;

public sealed class OptimizersInRunsTests
{
    /// <summary>The interruption after step 10 lies between two refreshes of roots.</summary>
    [Theory]
    [InlineData("{ name: adafactor, learning_rate: 0.01, beta1: 0.9 }")]
    [InlineData("{ name: shampoo, learning_rate: 0.01, precondition_frequency: 3, max_precond_dim: 128 }")]
    public void A_run_learns_and_goes_on_with_the_same_bits(string optimizer)
    {
        using var folder = new TemporaryFolder();
        var random = new Random(7);
        string[] words = ["the", "sea", "was", "calm", "and", "a", "ship", "came", "home", "at", "night"];
        var text = new StringBuilder();
        for (var i = 0; i < 3000; i++) text.Append(words[random.Next(words.Length)]).Append(i % 11 == 10 ? ".\n" : " ");
        File.WriteAllText(folder["text.txt"], text.ToString());

        Recipe Recipe(string output) => RecipeFile.Parse($$"""
            output: {{folder[output]}}
            model: { name: llama, hidden_size: 32, layers: 1, heads: 2, intermediate_size: 64, dropout: 0.1 }
            tokenizer: { name: train_bpe, vocab_size: 280 }
            data: { sources: [ { path: {{folder["text.txt"]}} } ], sequence_length: 16, held_out: 0.1 }
            optimizer: {{optimizer}}
            schedule: { name: cosine, warmup_steps: 2 }
            precision: { name: float32 }
            batch: { sequences: 4 }
            log: { every: 10 }
            steps: 20
            """, "recipe.yaml");

        var cancelled = TestContext.Current.CancellationToken;
        var losses = new List<double>();
        using (var whole = TrainingPreparation.Prepare(Recipe("whole"), resume: false, cancellationToken: cancelled))
        {
            whole.Run(what => losses.AddRange(what is TrainingInterval interval ? [interval.Metrics.Loss] : []), cancelled);
        }

        Assert.True(losses[^1] < losses[0] - 0.3, $"{losses[0]} to {losses[^1]}");
        using (var stopped = TrainingPreparation.Prepare(Recipe("parts"), resume: false, cancellationToken: cancelled))
        {
            using var stop = new CancellationTokenSource();
            Assert.True(stopped.Run(what => { if (what is TrainingInterval) stop.Cancel(); }, stop.Token).Interrupted);
            Assert.Equal(10, stopped.Step);
        }

        using (var resumed = TrainingPreparation.Prepare(Recipe("parts"), resume: true, cancellationToken: cancelled)) resumed.Run(_ => { }, cancelled);
        Assert.Equal(File.ReadAllBytes(folder["whole/model/model.safetensors"]), File.ReadAllBytes(folder["parts/model/model.safetensors"]));
        Assert.Equal(File.ReadAllBytes(folder["whole/checkpoints/step-00000020/optimizer.safetensors"]), File.ReadAllBytes(folder["parts/checkpoints/step-00000020/optimizer.safetensors"]));
    }
}
