using Tern.Models.Tokenizers;
using Tern.Train.Architectures;
using TorchSharp;
using static TorchSharp.torch;

namespace Tern.Train.Loop;

/// <summary>What a model in training says: the most likely token, one after the other. For a look, not for speed: every token reads the whole text again.</summary>
static class Continuation
{
    /// <param name="model">Its weights as they are now.</param>
    /// <param name="tokenizer">Of the run.</param>
    /// <param name="prompt">Where the text begins.</param>
    /// <param name="tokens">How many tokens are added.</param>
    /// <param name="length">The longest sequence that the model reads; earlier text is forgotten.</param>
    /// <returns>The prompt and what follows it.</returns>
    public static string Of(CausalModel model, Tokenizer tokenizer, string prompt, int tokens, int length)
    {
        using var frozen = no_grad();
        var text = tokenizer.Encode(prompt).ToList();
        if (text.Count == 0) return prompt;
        for (var i = 0; i < tokens; i++)
        {
            using var scope = NewDisposeScope();
            var read = text.TakeLast(length).Select(token => (long)token).ToArray();
            var logits = model.Forward(tensor(read, [1, read.Length]), AttentionScope.Evaluation);
            text.Add((int)logits[0, read.Length - 1].argmax().item<long>());
        }
        return tokenizer.Decode(text.ToArray());
    }
}
