using System.Text;
using System.Text.Json;
using Tern.Models.Tokenizers;
using Tern.Testing;

namespace Tern.Models.Tests.Tokenizers;

public sealed class BpeTrainerTests
{
    /// <summary>Golden values: stanford-cs336/assignment1-basics, tests/fixtures.</summary>
    [Fact]
    public void Training_on_the_reference_corpus_gives_the_reference_merges_and_vocabulary()
    {
        var corpus = File.ReadAllText(RealData.Path("tokenizers/bpe-training/corpus.en"));
        var merges = File.ReadAllLines(RealData.Path("tokenizers/bpe-training/train-bpe-reference-merges.txt"));
        using var vocabulary = JsonDocument.Parse(File.ReadAllText(RealData.Path("tokenizers/bpe-training/train-bpe-reference-vocab.json")));

        var trained = Train([corpus], 500, ["<|endoftext|>"]);

        Assert.Equal(243, trained.Merges.Count);
        Assert.Equal(merges, trained.Merges.Select(merge => $"{trained.Pieces[merge.Left]} {trained.Pieces[merge.Right]}"));
        Assert.Equal(500, trained.Count);
        foreach (var entry in vocabulary.RootElement.EnumerateObject()) Assert.Equal(entry.Name, trained.Pieces[entry.Value.GetInt32()]);
    }

    [Fact]
    public void Incremental_counts_give_the_same_merges_as_counting_anew_after_each_merge()
    {
        var random = new Random(7);
        for (var round = 0; round < 30; round++)
        {
            var text = string.Concat(Enumerable.Range(0, 300).Select(_ => "aab é\n"[random.Next(6)]));
            Assert.Equal(CountAnew(text, 40), Train([text], 256 + 40, []).Pieces.Skip(256));
        }
    }

    [Fact]
    public void Equally_frequent_pairs_are_merged_greatest_first()
    {
        // (a,b), (Ġ,c) and (c,d) occur once each; bytes compare as bytes, not as spelled.
        var trained = Train(["ab cd"], 257, []);
        Assert.Equal("cd", trained.Pieces[256]);
    }

    [Fact]
    public void Special_tokens_cut_the_text_and_are_not_learned_from()
    {
        var trained = Train([string.Concat(Enumerable.Repeat("x<|end|>", 50))], 300, ["<|end|>"]);
        Assert.Equal("<|end|>", trained.Pieces[0]);
        Assert.Empty(trained.Merges);
        Assert.Equal("<|end|>"u8.ToArray(), trained.BytesOf(0).ToArray());
    }

    [Fact]
    public void Contractions_numbers_and_blanks_are_cut_as_GPT2_does()
    {
        // One word "Ġ1" keeps its blank; "'ll" stands alone; the last blank of a run goes to the next word.
        var trained = Train(["we'll we'll   1a   1a"], 400, []);
        var pieces = trained.Pieces.Skip(256).ToArray();
        Assert.Contains("'ll", pieces);
        Assert.Contains("Ġ1", pieces);
        Assert.Contains("ĠĠ", pieces);
        Assert.DoesNotContain(pieces, piece => piece.Contains("1a", StringComparison.Ordinal) || piece.Contains("e'", StringComparison.Ordinal));
    }

    [Fact]
    public void Too_small_vocabularies_and_bad_special_tokens_are_refused()
    {
        Assert.Throws<TernException>(() => Train([], 256, ["<s>"]));
        Assert.Throws<TernException>(() => Train([], 300, ["<s>", "<s>"]));
        Assert.Throws<TernException>(() => Train([], 300, [""]));
        Assert.Throws<TernException>(() => Train([], 300, ["a"]));
    }

    [Fact]
    public void Texts_without_pairs_give_the_bytes_alone()
    {
        Assert.Equal(256, Train(["", "a"], 1000, []).Count);
    }

    [Fact]
    public void The_written_files_hold_the_vocabulary()
    {
        using var folder = new TemporaryFolder();
        var trained = Train(["the cat, the hat and the \"bat\""], 270, ["<|endoftext|>"]);
        trained.WriteTokenizerJson(folder["tokenizer.json"]);
        trained.WriteVocabAndMerges(folder.Path);

        using var tokenizer = JsonDocument.Parse(File.ReadAllBytes(folder["tokenizer.json"]));
        var model = tokenizer.RootElement.GetProperty("model");
        Assert.Equal(trained.Count, model.GetProperty("vocab").EnumerateObject().Count());
        foreach (var entry in model.GetProperty("vocab").EnumerateObject()) Assert.Equal(entry.Name, trained.Pieces[entry.Value.GetInt32()]);
        Assert.Equal("<|endoftext|>", tokenizer.RootElement.GetProperty("added_tokens")[0].GetProperty("content").GetString());
        var merges = model.GetProperty("merges").EnumerateArray().Select(merge => merge.GetString()).ToArray();
        Assert.Equal(trained.Merges.Count, merges.Length);
        Assert.Equal(merges, File.ReadAllLines(folder["merges.txt"]).Skip(1));
        using var vocabulary = JsonDocument.Parse(File.ReadAllBytes(folder["vocab.json"]));
        Assert.Equal(trained.Count, vocabulary.RootElement.EnumerateObject().Count());
        Assert.Equal(3, Directory.GetFiles(folder.Path).Length);
    }

    /// <summary>Algorithm 1 as written: count every pair of every word, merge the best, begin again.</summary>
    static List<string> CountAnew(string text, int merges)
    {
        var words = new List<List<string>>();
        foreach (System.Text.RegularExpressions.Match match in System.Text.RegularExpressions.Regex.Matches(
            text, @"'s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+"))
            words.Add([.. Encoding.UTF8.GetBytes(match.Value).Select(value => ((char)value).ToString())]);

        var learned = new List<string>();
        while (learned.Count < merges)
        {
            var counts = new Dictionary<(string Left, string Right), int>();
            foreach (var word in words)
                for (var i = 0; i + 1 < word.Count; i++)
                    counts[(word[i], word[i + 1])] = counts.GetValueOrDefault((word[i], word[i + 1])) + 1;
            if (counts.Count == 0) break;
            var best = counts.OrderByDescending(entry => entry.Value)
                .ThenByDescending(entry => entry.Key.Left, StringComparer.Ordinal)
                .ThenByDescending(entry => entry.Key.Right, StringComparer.Ordinal).First().Key;
            var spelled = BpeVocabularySpelling(best.Left + best.Right);
            if (!learned.Contains(spelled)) learned.Add(spelled);
            foreach (var word in words)
                for (var i = 0; i + 1 < word.Count; i++)
                    if (word[i] == best.Left && word[i + 1] == best.Right)
                    {
                        word[i] += word[i + 1];
                        word.RemoveAt(i + 1);
                    }
        }
        return learned;
    }

    static string BpeVocabularySpelling(string bytes) =>
        string.Concat(bytes.Select(value => value switch { ' ' => 'Ġ', '\n' => 'Ċ', >= '\x7f' and <= '\xa0' => (char)(value - 0x7f + 0x121), _ => value }));

    static BpeVocabulary Train(IEnumerable<string> texts, int vocabSize, IReadOnlyList<string> specialTokens) => BpeTrainer.Train(texts, vocabSize, specialTokens, TestContext.Current.CancellationToken);
}
