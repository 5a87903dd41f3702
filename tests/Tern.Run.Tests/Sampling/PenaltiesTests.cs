using Tern.Run.Sampling;

namespace Tern.Run.Tests.Sampling;

public class PenaltiesTests
{
    [Fact]
    public void Positive_logits_are_divided_and_the_others_multiplied()
    {
        var logits = Apply(new SamplingOptions { RepeatPenalty = 2 }, [3, -3, 0, 5], [0, 1, 2]);
        Assert.Equal([1.5f, -6, 0, 5], logits);
    }

    [Fact]
    public void Frequency_counts_and_presence_does_not()
    {
        var logits = Apply(new SamplingOptions { FrequencyPenalty = 0.5, PresencePenalty = 0.25 }, [1, 1, 1], [0, 0, 0, 1]);
        Assert.Equal([-0.75f, 0.25f, 1], logits);
    }

    [Theory]
    [InlineData(0, new float[] { 1, 1, 1 })]
    [InlineData(1, new float[] { 1, 1, 0 })]
    [InlineData(2, new float[] { 1, 0, 0 })]
    [InlineData(3, new float[] { 1, -1, 0 })]
    [InlineData(4, new float[] { 0, -1, 0 })]
    [InlineData(-1, new float[] { -1, -1, 0 })]
    public void Only_the_last_tokens_count(int window, float[] expected)
    {
        var options = new SamplingOptions { FrequencyPenalty = 1, RepeatLastN = window };
        Assert.Equal(expected, Apply(options, [1, 1, 1], [0, 0, 1, 1, 2]));
    }

    [Fact]
    public void A_banned_token_stays_banned_and_nothing_becomes_NaN()
    {
        var options = new SamplingOptions { RepeatPenalty = 1000, FrequencyPenalty = -1000, PresencePenalty = 1000 };
        float[] logits = [float.NegativeInfinity, float.PositiveInfinity, float.MinValue, float.MaxValue];
        Assert.Equal([float.NegativeInfinity, float.PositiveInfinity, float.MinValue, float.MaxValue / 1000], Apply(options, logits, [0, 1, 2, 3]));
    }

    static float[] Apply(SamplingOptions options, float[] logits, int[] text)
    {
        var (penalties, history) = (new Penalties(options), new TokenHistory());
        foreach (var token in text)
        {
            history.Add(token);
            penalties.Accept(history);
        }
        penalties.Apply(logits);
        return logits;
    }
}
