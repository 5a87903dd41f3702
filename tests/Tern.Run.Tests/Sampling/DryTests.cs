using CsCheck;
using Tern.Models;
using Tern.Run.Sampling;

namespace Tern.Run.Tests.Sampling;

public class DryTests
{
    static readonly Dry Choice = new() { Multiplier = 1, Base = 2, AllowedLength = 2, SequenceBreakers = [] };

    [Fact]
    public void Prolonging_a_repetition_costs_the_multiplier_times_the_base_to_its_excess_length()
    {
        // a b c c b c y a b c: "a b c" was followed by c, "c" by b, "b c" by y.
        var logits = Apply(Choice, SequenceBreakers.None, [0, 1, 2, 2, 1, 2, 3, 0, 1, 2], 5);
        Assert.Equal([0, 0, -2, -1, 0], logits);               // 2^(3-2) for c, nothing for b (1 < 2), 2^(2-2) for y
    }

    [Fact]
    public void Repetitions_equal_those_of_the_quadratic_search() =>
        Gen.Select(Gen.Int[0, 3].Array[0, 80], Gen.Int[-1, 40], Gen.Int[0, 4]).Sample((text, lastN, allowed) =>
        {
            var expected = new float[4];
            if (lastN != 0)
                foreach (var (token, length) in ReferenceChain.LongestRepetitions(text, lastN, text.Length))
                    if (length >= allowed) expected[token] = -(float)Math.Min(Math.Pow(1.25, length - allowed), 1e30);
            var choice = Choice with { Base = 1.25, AllowedLength = allowed, PenaltyLastN = lastN };
            Assert.Equal(expected, Apply(choice, SequenceBreakers.None, text, 4));
        });

    [Fact]
    public void A_repetition_does_not_reach_across_a_breaker() =>
        Gen.Int[0, 3].Array[0, 60].Sample(text =>
        {
            var breakers = new SequenceBreakers([[0]]);
            var since = text.Length - 1 - Array.LastIndexOf(text, 0);
            var expected = new float[4];
            foreach (var (token, length) in ReferenceChain.LongestRepetitions(text, -1, since))
                if (length >= 2 && token != 0) expected[token] = -(float)Math.Min(Math.Pow(2, length - 2), 1e30);
            Assert.Equal(expected, Apply(Choice, breakers, text, 4));
        });

    [Fact]
    public void A_breaker_of_two_tokens_breaks_only_where_both_follow_each_other()
    {
        var breakers = new SequenceBreakers([[4, 5]]);
        Assert.Equal(-2, Apply(Choice, breakers, [1, 2, 4, 3, 9, 1, 2, 4], 10)[3]);
        Assert.Equal(0, Apply(Choice, breakers, [1, 2, 4, 5, 1, 9, 1, 2, 4, 5, 1], 10)[9]);
        Assert.Equal(-1, Apply(Choice, breakers, [1, 2, 4, 5, 1, 6, 9, 1, 2, 4, 5, 1, 6], 10)[9]);
    }

    [Fact]
    public void The_penalty_stays_finite_however_long_the_repetition()
    {
        var text = new int[5000];
        var logits = Apply(Choice with { Base = 1e10 }, SequenceBreakers.None, text, 2);
        Assert.Equal(-1e30f, logits[0]);
        Assert.Equal(0, logits[1]);
    }

    [Fact]
    public void Missing_breakers_are_an_error_that_says_how_to_get_them()
    {
        var options = new SamplingOptions { Dry = new() { Multiplier = 1 } };
        Assert.Contains("SequenceBreakers.From", Assert.Throws<TernException>(() => new Sampler(options, 10)).Message);
        _ = new Sampler(options, 10, breakers: SequenceBreakers.None);
    }

    static float[] Apply(Dry choice, SequenceBreakers breakers, int[] text, int vocabSize)
    {
        var history = new TokenHistory();
        foreach (var token in text) history.Add(token);
        var logits = new float[vocabSize];
        new DryPenalty(choice, breakers).Apply(logits, history);
        return logits;
    }
}
