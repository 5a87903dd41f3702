using System.Text;
using Tern.Testing;
using Tern.Train.Recipes;

namespace Tern.Train.Tests.Loop;

/// <summary>Runs of a second or two on a text of eleven words.</summary>
static class TinyRuns
{
    /// <param name="folder">Of the text and the runs.</param>
    /// <param name="output">The name of the run's folder.</param>
    /// <param name="more">Further keys, "steps" among them.</param>
    public static Recipe Recipe(TemporaryFolder folder, string output, string more)
    {
        var random = new Random(7);
        string[] words = ["the", "sea", "was", "calm", "and", "a", "ship", "came", "home", "at", "night"];
        var text = new StringBuilder();
        for (var i = 0; i < 3000; i++) text.Append(words[random.Next(words.Length)]).Append(i % 11 == 10 ? ".\n" : " ");
        File.WriteAllText(folder["text.txt"], text.ToString());
        return RecipeFile.Parse($$"""
            output: '{{folder[output]}}'
            model: { name: llama, hidden_size: 32, layers: 1, heads: 2, intermediate_size: 64 }
            tokenizer: { name: train_bpe, vocab_size: 280 }
            data: { sources: [ { path: '{{folder["text.txt"]}}' } ], sequence_length: 16, held_out: 0.1 }
            optimizer: { name: adamw, learning_rate: 0.01 }
            schedule: { name: cosine, warmup_steps: 2 }
            batch: { sequences: 8, micro_batch: 2 }
            log: { every: 10, tensor_board: false }
            {{more}}
            """, "recipe.yaml");
    }
}
