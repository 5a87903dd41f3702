using Tern.Models;
using Tern.Testing;
using Tern.Train.Data;
using Tern.Train.Recipes;

namespace Tern.Train.Tests.Data;

public sealed class VocabularyTrainingTests : IDisposable
{
    readonly TemporaryFolder _folder = new();

    public VocabularyTrainingTests() => File.WriteAllText(_folder["text.txt"], string.Concat(Enumerable.Repeat("the sea was calm and a ship came home\n", 50)));

    public void Dispose() => _folder.Dispose();

    DataChoice Data(string file = "text.txt") => new() { Sources = [new DataSource { Path = _folder[file], DocumentSeparator = "\n" }], SequenceLength = 8, HeldOut = 0.1 };

    string Refused(TrainedBpe choice, DataChoice data, string target = "tokenizer.json")
    {
        var problem = Assert.Throws<TernException>(() => VocabularyTraining.Train(choice, data, _folder[target], cancellation: TestContext.Current.CancellationToken));
        Assert.False(File.Exists(_folder["tokenizer.json"]));
        return problem.Message;
    }

    [Fact]
    public void A_vocabulary_that_the_text_does_not_fill_is_told_with_the_size_that_it_does()
    {
        var told = Refused(new() { VocabSize = 5000 }, Data());
        Assert.Matches(@"^the text gives a vocabulary of 2\d\d entries only; choose tokenizer\.vocab_size 2\d\d or add text\.$", told);
        var size = int.Parse(told.Split(' ')[6], System.Globalization.CultureInfo.InvariantCulture);
        Assert.Equal(size, VocabularyTraining.Train(new() { VocabSize = size }, Data(), _folder["tokenizer.json"], cancellation: TestContext.Current.CancellationToken).VocabSize);
    }

    [Fact]
    public void Special_tokens_that_are_none_empty_or_repeated_are_refused()
    {
        Assert.Contains("tokenizer.special_tokens is empty", Refused(new() { VocabSize = 270, SpecialTokens = [] }, Data()));
        Assert.Contains("a special token is empty", Refused(new() { VocabSize = 270, SpecialTokens = [""] }, Data()));
        Assert.Contains("'<s>' is listed twice", Refused(new() { VocabSize = 270, SpecialTokens = ["<s>", "<s>"] }, Data()));
        Assert.Contains("at least 257 entries", Refused(new() { VocabSize = 256 }, Data()));
    }

    [Fact]
    public void Text_that_is_missing_or_empty_is_named()
    {
        Assert.Equal($"{_folder["no.txt"]}: there is no such file.", Refused(new() { VocabSize = 270 }, Data("no.txt")));
        File.WriteAllText(_folder["blank.txt"], "\n\n\n");
        Assert.Equal($"{_folder["blank.txt"]}: there is no text in it.", Refused(new() { VocabSize = 270 }, Data("blank.txt")));
    }

    [Fact]
    public void A_folder_that_is_not_there_is_told() => Assert.Contains($"{_folder["no/tokenizer.json"]}: ", Refused(new() { VocabSize = 270 }, Data(), "no/tokenizer.json"));

    [Fact]
    public void A_cancelled_training_writes_nothing()
    {
        Assert.Throws<OperationCanceledException>(() => VocabularyTraining.Train(new() { VocabSize = 270 }, Data(), _folder["tokenizer.json"], cancellation: new CancellationToken(true)));
        Assert.False(File.Exists(_folder["tokenizer.json"]));
    }
}
