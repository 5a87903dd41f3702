using CsCheck;
using Tern.Models;
using Tern.Testing;
using Tern.Train.Data;
using Tern.Train.Recipes;

namespace Tern.Train.Tests.Data;

public sealed class TrainingDataTests : IDisposable
{
    readonly TemporaryFolder folder = new();

    public void Dispose() => folder.Dispose();

    [Fact]
    public void Without_shuffling_the_rows_are_the_text_with_its_end()
    {
        File.WriteAllText(folder["a.txt"], "abc|defg");
        using var data = Open(new() { Sources = [Source("a.txt") with { DocumentSeparator = "|" }], SequenceLength = 4, HeldOut = 0, Shuffle = false });
        var batch = data.Batch(0, 2);
        Assert.Equal(['a', 'b', 'c', 256, 'd', 'e', 'f', 'g'], batch.Inputs);
        Assert.Equal(['b', 'c', 256, 'd', 'e', 'f', 'g', 256], batch.Targets);
        Assert.Null(batch.Documents);
        Assert.Equal(9, data.TrainTokens);
    }

    [Fact]
    public void Documents_are_numbered_where_a_row_holds_several_and_they_are_masked()
    {
        File.WriteAllText(folder["a.txt"], "abc|defg");
        var choice = new DataChoice { Sources = [Source("a.txt") with { DocumentSeparator = "|" }], SequenceLength = 6, HeldOut = 0 };
        using var masked = Open(choice);
        Assert.Equal([0, 0, 0, 0, 1, 1], masked.Batch(0, 1).Documents!);
        using var open = Open(choice with { MaskDocuments = false });
        Assert.Null(open.Batch(0, 1).Documents);
    }

    [Fact]
    public void Every_window_comes_once_an_epoch_and_epochs_differ()
    {
        WriteNumbers("a.txt", 300);
        using var data = Open(Choice("a.txt"));
        var epoch = (int)data.SequencesPerEpoch;
        var first = Rows(data.Batch(0, epoch));
        var second = Rows(data.Batch(epoch, epoch));
        Assert.Equal(first.Order(StringComparer.Ordinal), second.Order(StringComparer.Ordinal));
        Assert.NotEqual(first, second);
        Assert.Equal(data.TrainTokens - 1, (epoch * 8L) + ((data.TrainTokens - 1) % 8));
    }

    [Fact]
    public void Batches_do_not_depend_on_their_size_or_on_what_was_read_before()
    {
        WriteNumbers("a.txt", 200);
        WriteNumbers("b.txt", 100);
        var choice = new DataChoice { Sources = [Source("a.txt") with { Weight = 2 }, Source("b.txt") with { Weight = 1 }], SequenceLength = 8 };
        using var data = Open(choice);
        var whole = Rows(data.Batch(0, 500));
        Gen.Select(Gen.Int[0, 480], Gen.Int[1, 20]).Sample((first, count) =>
        {
            using var resumed = Open(choice);
            Assert.Equal(whole.GetRange(first, count), Rows(resumed.Batch(first, count)));
        }, iter: 20, threads: 1);
    }

    [Fact]
    public void Held_out_tokens_are_each_a_target_once_and_no_others()
    {
        WriteNumbers("a.txt", 300);
        using var data = Open(Choice("a.txt") with { HeldOut = 0.1 });
        using var otherSeed = Open(Choice("a.txt") with { HeldOut = 0.1 }, seed: 9);
        var heldOut = data.HeldOut(0, data.HeldOutSequences);
        Assert.Equal(data.HeldOutTokens - 1, heldOut.TargetCount);
        Assert.Equal(heldOut.Inputs, otherSeed.HeldOut(0, data.HeldOutSequences).Inputs);
        Assert.NotEqual(data.Fingerprint, otherSeed.Fingerprint);
        Assert.Throws<ArgumentOutOfRangeException>(() => data.HeldOut(data.HeldOutSequences, 1));
    }

    [Fact]
    public void Few_documents_are_split_by_the_tail()
    {
        File.WriteAllText(folder["a.txt"], new string('a', 899) + new string('b', 100));
        using var data = Open(Choice("a.txt") with { HeldOut = 0.1 });
        Assert.Equal((900, 100), (data.TrainTokens, data.HeldOutTokens));
        Assert.DoesNotContain('a', data.HeldOut(0, data.HeldOutSequences).Inputs);
    }

    [Fact]
    public void Tokens_are_made_once_and_again_when_text_or_tokenizer_change()
    {
        WriteNumbers("a.txt", 50);
        using (Open(Choice("a.txt"))) { }
        using (Open(Choice("a.txt") with { SequenceLength = 5 }, seed: 3)) { }
        Assert.Single(Directory.GetFiles(folder["cache"]));
        using (TrainingData.Open(Choice("a.txt"), folder["cache"], new ByteTokenizer(300), ByteTokenizer.EndOfText, 1, cancellation: TestContext.Current.CancellationToken)) { }
        WriteNumbers("a.txt", 51);
        using (Open(Choice("a.txt"))) { }
        Assert.Equal(3, Directory.GetFiles(folder["cache"]).Length);
    }

    [Fact]
    public void Choices_that_cannot_be_are_refused()
    {
        WriteNumbers("a.txt", 30);
        File.WriteAllText(folder["short.txt"], "abc");
        Refused(Choice("a.txt") with { Sources = [] }, "data.sources");
        Refused(Choice("a.txt") with { SequenceLength = 0 }, "data.sequence_length");
        Refused(Choice("a.txt") with { HeldOut = 1 }, "data.held_out");
        Refused(Choice("short.txt"), "tokens are left to train on");
        Refused(Choice("a.txt") with { Sources = [Source("a.txt") with { Weight = 1 }, Source("a.txt")] }, "give it to all or to none");
        Refused(Choice("a.txt") with { Sources = [Source("a.txt") with { Weight = -1 }] }, "above 0");
    }

    [Fact]
    public void Real_text_gives_a_vocabulary_and_comes_back_from_its_batches()
    {
        var choice = new DataChoice { Sources = [new() { Path = RealData.Path("text/tinyshakespeare/input.txt") }], SequenceLength = 64, Shuffle = false };
        var tokenizer = VocabularyTraining.Train(new() { VocabSize = 400 }, choice, folder["tokenizer.json"], cancellation: TestContext.Current.CancellationToken);
        using var data = TrainingData.Open(choice, folder["cache"], tokenizer, endOfText: 0, seed: 1, cancellation: TestContext.Current.CancellationToken);
        var text = File.ReadAllText(choice.Sources[0].Path);
        Assert.Equal(400, tokenizer.VocabSize);
        Assert.StartsWith(tokenizer.Decode(data.Batch(0, 20).Inputs), text);
    }

    void Refused(DataChoice choice, string message) => Assert.Contains(message, Assert.Throws<TernException>(() => Open(choice)).Message);

    DataSource Source(string name) => new() { Path = folder[name] };

    DataChoice Choice(string name) => new() { Sources = [Source(name) with { DocumentSeparator = "\n" }], SequenceLength = 8 };

    TrainingData Open(DataChoice choice, int seed = 1) => TrainingData.Open(choice, folder["cache"], new ByteTokenizer(), ByteTokenizer.EndOfText, seed, cancellation: TestContext.Current.CancellationToken);

    void WriteNumbers(string name, int count) => File.WriteAllLines(folder[name], Enumerable.Range(0, count).Select(number => $"the number {number}"));

    static List<string> Rows(TokenBatch batch) =>
        [.. Enumerable.Range(0, batch.Sequences).Select(row => string.Join(' ', batch.Inputs.Skip(row * batch.Length).Take(batch.Length)) + " > " + batch.Targets[((row + 1) * batch.Length) - 1])];
}
