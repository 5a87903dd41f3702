using Tern.Models.Configs;

namespace Tern.Models.Tokenizers;

/// <summary>
/// The tokens at which a generation ends: those that configuration and tokenizer name as end of text, and the markers with which chat formats
/// end a turn. Many files name only one of the two; llama.cpp completes its list of end-of-generation tokens by the same names.
/// </summary>
public static class StopTokens
{
    static readonly string[] Markers =
    [
        "<|im_end|>", "<|eot_id|>", "<|eom_id|>", "<|end|>", "<|return|>", "<|call|>", "<end_of_turn>", "<end_of_utterance>", "<|endoftext|>", "<|end_of_text|>",
        "<EOT>", "_<EOT>", "[EOT]", "[EOS]", "</s>", "<eos>",
    ];

    /// <summary>The ids, those of the configuration first. A marker counts only where the tokenizer has it as a token added to its vocabulary.</summary>
    public static IReadOnlyList<int> Of(ModelConfig config, Tokenizer? tokenizer)
    {
        var ids = config.EosTokenIds.Where(id => (uint)id < (uint)config.VocabSize).ToList();
        if (tokenizer is null) return [.. ids.Distinct()];
        if (tokenizer.EosTokenId is { } end) ids.Add(end);
        foreach (var marker in Markers)
            if (tokenizer.IdOf(marker) is { } id && IsMarker(tokenizer, id)) ids.Add(id);
        return [.. ids.Distinct()];
    }

    /// <summary>Text may contain "&lt;/s&gt;" as an ordinary piece: only control tokens and added ones are markers.</summary>
    static bool IsMarker(Tokenizer tokenizer, int id) =>
        tokenizer.IsSpecial(id) || tokenizer is PipelineTokenizer pipeline && pipeline.Parts.AddedTokens.Any(token => token.Id == id);
}
