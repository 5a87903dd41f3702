namespace Tern.Models.Tests;

public sealed class EditDistanceTests
{
    [Theory]
    [InlineData("", "", 0)]
    [InlineData("", "abc", 3)]
    [InlineData("temp", "TEMP", 0)]
    [InlineData("kitten", "sitting", 3)]
    [InlineData("tmep", "temp", 1)]
    [InlineData("tmep", "keep", 2)]
    [InlineData("abcd", "badc", 2)]
    [InlineData("ca", "abc", 3)]             // a swap and an insertion between its letters would make 2, but edit a letter twice
    public void Known_pairs_have_their_distance(string a, string b, int distance)
    {
        Assert.Equal(distance, EditDistance.Between(a, b));
        Assert.Equal(distance, EditDistance.Between(b, a));
    }

    [Theory]
    [InlineData("sed", "seed")]
    [InlineData("tmep", "temp")]
    [InlineData("temperature", null)]        // 7 edits, but 11 letters allow 4
    [InlineData("--tem", "--temp")]
    [InlineData("adamm", "adamw")]
    [InlineData("lerning_rate", "learning_rate")]
    [InlineData("xyz", null)]
    [InlineData("", null)]
    [InlineData("--", null)]
    public void What_was_meant_begins_with_the_word_or_is_an_edit_for_three_letters_away(string word, string? meant)
    {
        string[] known = ["seed", "temp", "--temp", "--threads", "adamw", "learning_rate"];
        Assert.Equal(meant, EditDistance.Nearest(word, known));
    }

    [Fact]
    public void Each_kind_of_single_edit_costs_one_wherever_it_is()
    {
        const string word = "abcdefg";
        for (var at = 0; at < word.Length; at++)
        {
            Assert.Equal(1, EditDistance.Between(word, word.Remove(at, 1)));
            Assert.Equal(1, EditDistance.Between(word, word.Insert(at, "x")));
            Assert.Equal(1, EditDistance.Between(word, word.Remove(at, 1).Insert(at, "x")));
            if (at > 0) Assert.Equal(1, EditDistance.Between(word, word.Remove(at, 1).Insert(at - 1, word.Substring(at, 1))));
        }
    }
}
