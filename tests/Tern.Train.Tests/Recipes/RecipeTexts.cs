namespace Tern.Train.Tests.Recipes;

/// <summary>Recipes to begin from.</summary>
static class RecipeTexts
{
    /// <summary>Every required key and nothing else; line 1 is "output".</summary>
    public const string Least = """
        output: runs/least
        model: { name: llama, hidden_size: 64, layers: 2, heads: 4 }
        tokenizer: { name: train_bpe, vocab_size: 512 }
        data:
          sources:
            - path: books/*.txt
        steps: 100
        """;
}
