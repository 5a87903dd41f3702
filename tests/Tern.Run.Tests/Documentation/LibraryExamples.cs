using System.Text.Json;
using Microsoft.Extensions.AI;
using Tern.Run.Chat;
using Tern.Run.Constraints;
using Tern.Run.Embeddings;
using Tern.Run.Generation;
using Tern.Run.Sampling;

namespace Tern.Run.Tests.Documentation;

/// <summary>The code of docs/library.md, word for word.</summary>
static class LibraryExamples
{
    public static void Run_tokens(string path)
    {
        using var model = LanguageModel.Load(path);
        using var sequence = model.CreateSequence(contextLength: 256);
        var tokens = model.Tokenizer.Encode("It was a bright");
        ReadOnlySpan<float> logits = model.Forward(sequence, tokens);      // [vocabSize], after the last token
        var next = 0;
        for (var id = 1; id < logits.Length; id++)
            if (logits[id] > logits[next]) next = id;
        Console.WriteLine(model.Tokenizer.Decode([next]));
    }

    public static void Run_a_batch(string path)
    {
        using var model = LanguageModel.Load(path);
        using var first = model.CreateSequence(256);
        using var second = model.CreateSequence(256);
        var logits = model.Forward(
            new BatchItem(first, model.Tokenizer.Encode("He went")),
            new BatchItem(second, model.Tokenizer.Encode("She said that"), LogitsOf.All));
        Console.WriteLine($"{logits.Rows} rows of {logits.VocabSize} logits");
    }

    public static void Generate(string path)
    {
        using var model = LanguageModel.Load(path);
        using var sequence = model.CreateSequence(256);
        var generator = new TextGenerator(model, sequence);
        var options = new GenerationOptions { MaxTokens = 20, Sampling = new SamplingOptions { Seed = 1 } };
        var text = generator.Generate("It was a bright", options);
        foreach (var piece in text) Console.Write(piece.Text);
        Console.WriteLine($" ({text.Result!.Finish})");
    }

    public static async Task Chat(string path)
    {
        using var model = LanguageModel.Load(path);
        using IChatClient client = new TernChatClient(model, contextLength: 256);
        var answer = await client.GetResponseAsync("Who are you?", new ChatOptions { MaxOutputTokens = 16, Seed = 1 });
        Console.WriteLine($"{answer.Text} ({answer.Usage!.OutputTokenCount} tokens)");
    }

    public static void Answer_by_schema(string path)
    {
        using var model = LanguageModel.Load(path);
        using var sequence = model.CreateSequence(256);
        var grammar = JsonSchemaGrammar.FromSchema("""
            {
              "type": "object",
              "properties": { "mood": { "enum": ["good", "bad"] }, "score": { "type": "integer", "minimum": 0, "maximum": 10 } },
              "required": ["mood", "score"]
            }
            """);
        var text = new TextGenerator(model, sequence).Generate("The weather today:", new GenerationOptions { MaxTokens = 100, Grammar = grammar });
        using var document = JsonDocument.Parse(text.ReadToEnd());
        Console.WriteLine(document.RootElement.GetProperty("score").GetInt32());
    }

    public static async Task Embed(string path)
    {
        using var model = LanguageModel.Load(path);
        using IEmbeddingGenerator<string, Embedding<float>> generator = new EmbeddingModel(model, new EmbeddingOptions { Pooling = Pooling.Mean });
        var vectors = await generator.GenerateAsync(["The sea was calm.", "The ocean lay still."]);
        Console.WriteLine(vectors[0].Vector.ToArray().Zip(vectors[1].Vector.ToArray(), (x, y) => x * y).Sum());
    }
}
