using Tern.Models;
using Tern.Models.Files;
using Tern.Models.Tokenizers;
using Tern.Train.Data.Documents;
using Tern.Train.Recipes;

namespace Tern.Train.Data;

/// <summary>Learns a byte-level BPE from the text that a model is trained on; held-out documents are not looked at.</summary>
public static class VocabularyTraining
{
    /// <summary>Learns the vocabulary, writes it as tokenizer.json and gives the tokenizer that this file is.</summary>
    /// <param name="choice">Size and special tokens.</param>
    /// <param name="data">The sources; each counts with its length, whatever its weight.</param>
    /// <param name="path">The tokenizer.json to write: whole or not at all.</param>
    /// <param name="conversations">The sources hold conversations.</param>
    /// <param name="cancellation">Between words and between merges.</param>
    /// <returns>The id of the first special token, which ends texts, is 0.</returns>
    /// <exception cref="TernException">The text cannot be read or is too short for the vocabulary, the special tokens are wrong, or the disk refuses.</exception>
    public static Tokenizer Train(TrainedBpe choice, DataChoice data, string path, bool conversations = false, CancellationToken cancellation = default)
    {
        if (choice.SpecialTokens.Count == 0) throw new TernException("tokenizer.special_tokens is empty; name at least the one that ends texts, such as <|endoftext|>.");
        var vocabulary = BpeTrainer.Train(TrainingTexts(data, conversations, cancellation), choice.VocabSize, choice.SpecialTokens, cancellation);
        if (vocabulary.Count < choice.VocabSize)
            throw new TernException($"the text gives a vocabulary of {vocabulary.Count} entries only; choose tokenizer.vocab_size {vocabulary.Count} or add text.");
        try
        {
            vocabulary.WriteTokenizerJson(path);
        }
        catch (Exception problem) when (AtomicFile.Explain(problem, path) is { } explained)
        {
            throw explained;
        }
        return TokenizerJson.Load(path);
    }

    /// <summary>
    /// The training part of every source. It is the part that <see cref="TrainingData"/> trains on; only where documents are few is the tail measured
    /// in characters, because there are no tokens yet.
    /// </summary>
    internal static IEnumerable<string> TrainingTexts(DataChoice data, bool conversations = false, CancellationToken cancellation = default) =>
        data.Sources.SelectMany(source => TrainingTexts(source, data.HeldOut, conversations, cancellation));

    static IEnumerable<string> TrainingTexts(DataSource source, double heldOut, bool conversations, CancellationToken cancellation)
    {
        var (documents, characters) = (0L, 0L);
        foreach (var text in Documents(source, conversations, cancellation))
        {
            documents++;
            characters += text.Length;
        }
        if (documents == 0) throw new TernException($"{source.Path}: there is no text in it.");
        var split = new HeldOutSplit(documents, heldOut);
        var left = characters - HeldOutSplit.TailOf(characters, heldOut);
        var number = 0L;
        foreach (var text in Documents(source, conversations, cancellation))
        {
            if (split.ByDocuments)
            {
                if (!split.Contains(number++)) yield return text;
                continue;
            }
            if (left > 0) yield return Start(text, left);
            left -= text.Length;
        }
    }

    static IEnumerable<string> Documents(DataSource source, bool conversations, CancellationToken cancellation)
    {
        foreach (var text in conversations ? DocumentReader.ReadConversations(source) : DocumentReader.Read(source))
        {
            cancellation.ThrowIfCancellationRequested();
            yield return text;
        }
    }

    /// <summary>At most so many characters, without half of a surrogate pair at the end.</summary>
    static string Start(string text, long length)
    {
        if (length >= text.Length) return text;
        return char.IsHighSurrogate(text[(int)length - 1]) ? text[..((int)length - 1)] : text[..(int)length];
    }
}
