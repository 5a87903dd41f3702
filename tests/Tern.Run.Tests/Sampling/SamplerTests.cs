using Tern.Models;
using Tern.Run.Sampling;

namespace Tern.Run.Tests.Sampling;

public class SamplerTests
{
    static readonly SamplingOptions Off = SamplingChainTests.Off;

    [Fact]
    public void Top_k_of_one_is_greedy()
    {
        var one = new Sampler(Off with { TopK = 1, Temperature = 2 }, 1000);
        var greedy = new Sampler(SamplingOptions.Greedy, 1000);
        for (var seed = 0; seed < 50; seed++)
        {
            var logits = TestLogits.Normal(1000, seed);
            Assert.Equal(Array.IndexOf(logits, logits.Max()), greedy.Sample((float[])logits.Clone()));
            Assert.Equal(Array.IndexOf(logits, logits.Max()), one.Sample((float[])logits.Clone()));
        }
    }

    [Fact]
    public void Sampled_frequencies_pass_a_chi_square_test()
    {
        var logits = TestLogits.Normal(20, 3, width: 1);
        var sampler = new Sampler(Off with { Seed = 12345 }, 20);
        var expected = ReferenceChain.Probabilities(logits, Off, []);
        var counts = new int[20];
        const int draws = 200_000;
        var copy = new float[20];
        for (var i = 0; i < draws; i++)
        {
            logits.CopyTo(copy, 0);
            counts[sampler.Sample(copy)]++;
        }
        var chiSquare = Enumerable.Range(0, 20).Sum(id => Math.Pow(counts[id] - draws * expected[id], 2) / (draws * expected[id]));
        Assert.True(chiSquare < 43.8, $"chi-square {chiSquare:F1}: 19 degrees of freedom exceed 43.8 once in a thousand seeds");
    }

    [Theory]
    [InlineData(0)]
    [InlineData(4)]
    public void Tied_tokens_are_equally_likely_and_the_lowest_ids_stay(int k)
    {
        var probabilities = new float[10];
        new Sampler(Off with { TopK = k }, 10).Probabilities(new float[10], probabilities);
        for (var id = 0; id < 10; id++) Assert.Equal(k == 0 ? 0.1f : id < k ? 0.25f : 0, probabilities[id], 1e-7f);
    }

    [Theory]
    [InlineData(0.5, 2)]
    [InlineData(0.51, 3)]
    [InlineData(0.0, 1)]
    public void Top_p_stops_as_soon_as_the_share_is_reached(double p, int expected)
    {
        var probabilities = new float[4];
        new Sampler(Off with { TopP = p }, 4).Probabilities(new float[4], probabilities);
        Assert.Equal(expected, probabilities.Count(probability => probability > 0));
    }

    [Theory]
    [InlineData(0.5)]
    [InlineData(0.999)]
    public void Top_p_of_a_large_flat_vocabulary_keeps_its_share_lowest_ids_first(double p)
    {
        var probabilities = new float[100_000];
        new Sampler(Off with { TopP = p }, 100_000).Probabilities(new float[100_000], probabilities);
        Assert.Equal((int)Math.Ceiling(p * 100_000), Array.FindLastIndex(probabilities, probability => probability > 0) + 1);
        Assert.Equal((int)Math.Ceiling(p * 100_000), probabilities.Count(probability => probability > 0));
    }

    [Fact]
    public void Zero_and_negative_zero_tie()
    {
        var greedy = new Sampler(SamplingOptions.Greedy, 3);
        Assert.Equal(0, greedy.Sample([-0f, 0f, -1f]));
        Assert.Equal(0, new Sampler(Off with { TopK = 1 }, 3).Sample([-0f, 0f, -1f]));
    }

    [Fact]
    public void The_same_seed_gives_the_same_tokens_and_another_seed_others()
    {
        int[] Run(long seed)
        {
            var sampler = new Sampler(new SamplingOptions { Seed = seed, Temperature = 1.5, TopP = 1, MinP = 0 }, 500);
            var tokens = new int[100];
            for (var i = 0; i < tokens.Length; i++) sampler.Accept(tokens[i] = sampler.Sample(TestLogits.Normal(500, i)));
            return tokens;
        }
        Assert.Equal(Run(7), Run(7));
        Assert.NotEqual(Run(7), Run(8));
    }

    [Fact]
    public void Tokens_of_a_seed_never_change()
    {
        // Pinned from this implementation: a change here breaks the reproducibility that users were promised.
        var sampler = new Sampler(Off with { Seed = 42 }, 1000);
        var tokens = Enumerable.Range(0, 10).Select(_ => sampler.Sample(new float[1000])).ToArray();
        var random = new Xoshiro256(42);
        Assert.Equal(Enumerable.Range(0, 10).Select(_ => (int)(random.NextDouble() * 1000)), tokens);
    }

    [Theory]
    [InlineData(null)]
    [InlineData(-1L)]
    public void A_random_seed_is_reported_and_repeats_the_run(long? seed)
    {
        var options = Off with { Seed = seed };
        var first = new Sampler(options, 1000);
        Assert.True(first.Seed >= 0);
        var second = new Sampler(options with { Seed = first.Seed }, 1000);
        for (var i = 0; i < 20; i++) Assert.Equal(first.Sample(new float[1000]), second.Sample(new float[1000]));
    }

    [Fact]
    public void A_fork_continues_as_the_original_would()
    {
        var options = new SamplingOptions
        {
            Seed = 5,
            Temperature = 1.5,
            RepeatPenalty = 1.3,
            Dry = new() { Multiplier = 1, SequenceBreakers = [] },
            LogProbs = 1,
        };
        var sampler = new Sampler(options, 50);
        for (var i = 0; i < 30; i++) sampler.Accept(sampler.Sample(TestLogits.Normal(50, i)));
        var fork = sampler.Fork();
        for (var i = 30; i < 60; i++)
        {
            var token = sampler.Sample(TestLogits.Normal(50, i));
            sampler.Accept(token);
            Assert.Equal(token, fork.Sample(TestLogits.Normal(50, i)));
            fork.Accept(token);
        }
    }

    [Fact]
    public void A_fork_does_not_disturb_the_original()
    {
        var options = Off with { RepeatPenalty = 100, Dry = new() { Multiplier = 5, AllowedLength = 0, SequenceBreakers = [] } };
        var (first, second) = (new Sampler(options, 50), new Sampler(options, 50));
        first.AcceptPrompt([1, 2, 1]);
        second.AcceptPrompt([1, 2, 1]);
        var fork = first.Fork();
        fork.Sample(TestLogits.Normal(50, 1));
        for (var token = 0; token < 50; token++) fork.Accept(token);
        var (expected, actual) = (new float[50], new float[50]);
        second.Probabilities(TestLogits.Normal(50, 2), expected);
        first.Probabilities(TestLogits.Normal(50, 2), actual);
        Assert.Equal(expected, actual);
        Assert.Equal(second.Sample(new float[50]), first.Sample(new float[50]));
    }

    [Fact]
    public void Greedy_under_a_constraint_is_the_best_allowed_token()
    {
        for (var seed = 0; seed < 50; seed++)
        {
            var logits = TestLogits.Normal(100, seed);
            var constraint = new OnlyTokens(3, 50, 98);
            var token = new Sampler(SamplingOptions.Greedy, 100, constraint).Sample((float[])logits.Clone());
            Assert.Equal(new[] { 3, 50, 98 }.MaxBy(id => logits[id]), token);
            Assert.Equal(token == Array.IndexOf(logits, logits.Max()) ? 0 : 1, constraint.Masks);
        }
    }

    [Fact]
    public void A_constraint_gives_the_chain_over_the_allowed_tokens()
    {
        var logits = TestLogits.Normal(300, 4);
        var allowed = Enumerable.Range(0, 300).Where(id => id % 3 == 1).ToArray();
        var masked = logits.Select((logit, id) => id % 3 == 1 ? logit : float.NegativeInfinity).ToArray();
        var options = new SamplingOptions { Seed = 1 };
        var probabilities = new float[300];
        new Sampler(options, 300, new OnlyTokens(allowed)).Probabilities(logits, probabilities);
        var expected = ReferenceChain.Probabilities(masked, options, []);
        for (var id = 0; id < 300; id++) Assert.Equal(expected[id], probabilities[id], 1e-6);
    }

    [Fact]
    public void Accept_moves_the_constraint_and_the_prompt_does_not()
    {
        var constraint = new OnlyTokens(1, 2);
        var sampler = new Sampler(Off, 5, constraint);
        sampler.AcceptPrompt([0, 4]);
        sampler.Accept(2);
        Assert.Equal([2], constraint.Accepted);
        Assert.Throws<InvalidOperationException>(() => sampler.Accept(3));
        Assert.Throws<ArgumentOutOfRangeException>(() => sampler.Accept(5));
        Assert.Throws<ArgumentOutOfRangeException>(() => sampler.AcceptPrompt([-1]));
    }

    [Fact]
    public void Log_probabilities_are_the_log_softmax_of_the_raw_logits()
    {
        var logits = TestLogits.Normal(300, 8);
        var options = Off with { LogProbs = 5, Temperature = 0.2, LogitBias = new Dictionary<int, float> { [7] = 30 } };
        var sampler = new Sampler(options, 300, new OnlyTokens(7, 8));
        Assert.Equal(7, sampler.Sample((float[])logits.Clone()));
        var max = logits.Max();
        var logSumExp = max + Math.Log(logits.Sum(logit => Math.Exp((double)logit - max)));
        var result = sampler.LogProbs!.Value;
        Assert.Equal(7, result.Sampled.Token);
        Assert.Equal(logits[7] - logSumExp, result.Sampled.LogProb, 1e-5);
        var best = Enumerable.Range(0, 300).OrderByDescending(id => logits[id]).Take(5).ToArray();
        Assert.Equal(best, result.Top.ToArray().Select(entry => entry.Token));
        foreach (var entry in result.Top.ToArray()) Assert.Equal(logits[entry.Token] - logSumExp, entry.LogProb, 1e-5);
    }

    [Fact]
    public void Without_the_option_there_are_no_log_probabilities()
    {
        var sampler = new Sampler(Off, 3);
        sampler.Sample(new float[3]);
        Assert.Null(sampler.LogProbs);
    }

    [Fact]
    public void A_NaN_logit_is_an_error_wherever_it_is()
    {
        for (var vocabSize = 1; vocabSize < 40; vocabSize++)
            for (var token = 0; token < vocabSize; token++)
            {
                var logits = TestLogits.Normal(vocabSize, 1);
                logits[token] = float.NaN;
                var error = Assert.Throws<TernException>(() => new Sampler(SamplingOptions.Greedy, vocabSize).Sample(logits));
                Assert.Contains($"token {token} ", error.Message);
            }
    }

    [Theory]
    [InlineData(0.0)]
    [InlineData(1.0)]
    public void All_negative_infinity_is_an_error(double temperature)
    {
        var options = Off with { Temperature = temperature };
        var error = Assert.Throws<TernException>(() => new Sampler(options, 20).Sample(Filled(20, float.NegativeInfinity)));
        Assert.Contains("negative infinity", error.Message);
        error = Assert.Throws<TernException>(() => new Sampler(options, 20, new OnlyTokens()).Sample(new float[20]));
        Assert.Contains("constraint", error.Message);
        var bans = Enumerable.Range(0, 20).ToDictionary(id => id, _ => float.NegativeInfinity);
        error = Assert.Throws<TernException>(() => new Sampler(options with { LogitBias = bans }, 20).Sample(new float[20]));
        Assert.Contains("LogitBias", error.Message);
    }

    [Fact]
    public void Positive_infinity_takes_the_whole_probability()
    {
        var logits = TestLogits.Normal(100, 1);
        logits[30] = logits[70] = float.PositiveInfinity;
        var options = new SamplingOptions { Seed = 1, RepeatPenalty = 2, LogProbs = 3, Dry = new() { Multiplier = 9, SequenceBreakers = [] } };
        var sampler = new Sampler(options, 100);
        sampler.AcceptPrompt([30, 30, 30, 30]);
        var probabilities = new float[100];
        sampler.Probabilities((float[])logits.Clone(), probabilities);
        Assert.Equal(0.5f, probabilities[30]);
        Assert.Equal(0.5f, probabilities[70]);
        Assert.Contains(sampler.Sample(logits), new[] { 30, 70 });
        Assert.Equal(Math.Log(0.5), sampler.LogProbs!.Value.Sampled.LogProb, 1e-6);
        Assert.Equal(2, sampler.LogProbs.Value.Top.Length);
    }

    [Theory]
    [InlineData(float.MaxValue, 1e-30)]
    [InlineData(float.MaxValue, 1e30)]
    [InlineData(float.Epsilon, 1e-300)]
    [InlineData(1e30f, 0.8)]
    public void Extreme_logits_and_temperatures_give_a_distribution(float scale, double temperature)
    {
        float[] logits = [scale, -scale, 0, scale / 2, float.NegativeInfinity, scale];
        var probabilities = new float[6];
        new Sampler(Off with { Temperature = temperature, TypicalP = 0.99, TopP = 0.99, MinP = 0.01 }, 6).Probabilities(logits, probabilities);
        Assert.Equal(1, probabilities.Sum(), 1e-5f);
        Assert.Equal(0, probabilities[4]);
        Assert.Equal(probabilities[0], probabilities[5]);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(40)]
    public void A_vocabulary_of_256k_needs_no_allocation_per_token(int k)
    {
        const int vocabSize = 256 * 1024;
        var options = new SamplingOptions
        {
            Seed = 1,
            TopK = k,
            TypicalP = 0.99,
            RepeatPenalty = 1.1,
            FrequencyPenalty = 0.1,
            LogProbs = 5,
            Dry = new() { Multiplier = 0.8, SequenceBreakers = [] },
            Xtc = new() { Probability = 0.5 },
            DynaTemp = new() { Range = 0.1 },
            LogitBias = new Dictionary<int, float> { [5] = 1 },
        };
        var sampler = new Sampler(options, vocabSize);
        var logits = TestLogits.Normal(vocabSize, 1);
        var copy = new float[vocabSize];
        long Step(int times)
        {
            var before = GC.GetAllocatedBytesForCurrentThread();
            for (var i = 0; i < times; i++)
            {
                logits.CopyTo(copy, 0);
                sampler.Accept(sampler.Sample(copy));
            }
            return GC.GetAllocatedBytesForCurrentThread() - before;
        }
        Step(70);                                              // fills the penalty window
        Assert.Equal(0, Step(20));
    }

    [Fact]
    public void A_wrong_number_of_logits_is_an_error()
    {
        var sampler = new Sampler(Off, 10);
        Assert.Throws<ArgumentException>(() => sampler.Sample(new float[9]));
        Assert.Throws<ArgumentException>(() => sampler.Probabilities(new float[10], new float[9]));
        Assert.Throws<ArgumentOutOfRangeException>(() => new Sampler(Off, 0));
    }

    static float[] Filled(int count, float value)
    {
        var result = new float[count];
        Array.Fill(result, value);
        return result;
    }
}
