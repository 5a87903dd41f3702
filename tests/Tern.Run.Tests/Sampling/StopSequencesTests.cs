using System.Text;
using CsCheck;
using Tern.Models;
using Tern.Run.Sampling;

namespace Tern.Run.Tests.Sampling;

public class StopSequencesTests
{
    [Fact]
    public void Text_up_to_the_stop_string_comes_out_whatever_the_chunks() =>
        // An alphabet of two letters: stop strings overlap themselves and each other, and occur often.
        Gen.Select(Text(0, 40), Text(1, 6).Array[1, 3], Gen.Int[1, 7].Array[40]).Sample((text, stops, sizes) =>
        {
            var (expected, match) = Naive(text, stops);
            var sequences = new StopSequences(stops);
            var output = new StringBuilder();
            for (var (at, i) = (0, 0); at < text.Length; at += sizes[i++])
            {
                output.Append(sequences.Push(text.AsSpan(at, Math.Min(sizes[i], text.Length - at))));
                Assert.StartsWith(output.ToString(), expected, StringComparison.Ordinal);
            }
            output.Append(sequences.Flush());
            Assert.Equal(expected, output.ToString());
            Assert.Equal(match, sequences.Match);
        });

    [Fact]
    public void No_more_is_held_back_than_may_become_a_stop_string() =>
        Gen.Select(Text(0, 40), Text(2, 6).Array[1, 3]).Sample((text, stops) =>
        {
            var sequences = new StopSequences(stops);
            var released = 0;
            for (var end = 1; end <= text.Length; end++)
            {
                released += sequences.Push(text.AsSpan(end - 1, 1)).Length;
                if (sequences.Match is not null) return;
                var longest = Enumerable.Range(0, 7).Last(length => length <= end
                    && stops.Any(stop => length < stop.Length && text[(end - length)..end] == stop[..length]));
                Assert.Equal(end - longest, released);
            }
        });

    [Fact]
    public void The_match_that_ends_first_wins_and_the_longest_of_those()
    {
        var sequences = new StopSequences(["bcd", "c", "abc"]);
        Assert.Equal("x", sequences.Push("xab"));              // "ab" may become "abc"
        Assert.Equal("", sequences.Push("cd"));
        Assert.Equal("abc", sequences.Match);
        Assert.Equal("", sequences.Push("more"));
        Assert.Equal("", sequences.Flush());
    }

    [Fact]
    public void What_was_held_back_comes_out_at_the_end()
    {
        var sequences = new StopSequences(["<|end|>"]);
        Assert.Equal("Hi", sequences.Push("Hi<|"));
        Assert.Equal("<|e ", sequences.Push("e "));
        Assert.Equal("", sequences.Push("<|end|"));
        Assert.Equal("<|end|", sequences.Flush());
        Assert.Null(sequences.Match);
    }

    [Fact]
    public void Without_stop_strings_the_text_passes_through()
    {
        var sequences = new StopSequences([]);
        Assert.Equal("abc", sequences.Push("abc"));
        Assert.Equal("", sequences.Push(""));
        Assert.Equal("", sequences.Flush());
    }

    [Fact]
    public void An_empty_stop_string_is_an_error() =>
        Assert.Contains("empty", Assert.Throws<TernException>(() => new StopSequences(["a", ""])).Message);

    static Gen<string> Text(int shortest, int longest) => Gen.Char["ab"].Array[shortest, longest].Select(letters => new string(letters));

    static (string Text, string? Match) Naive(string text, string[] stops)
    {
        for (var end = 1; end <= text.Length; end++)
        {
            var match = stops.Where(stop => text[..end].EndsWith(stop, StringComparison.Ordinal)).MaxBy(stop => stop.Length);
            if (match is not null) return (text[..(end - match.Length)], match);
        }
        return (text, null);
    }
}
