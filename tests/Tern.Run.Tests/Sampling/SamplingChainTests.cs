using Tern.Run.Sampling;

namespace Tern.Run.Tests.Sampling;

public class SamplingChainTests
{
    /// <summary>Every step off: the draw is from the softmax of the logits.</summary>
    internal static readonly SamplingOptions Off = new() { Temperature = 1, TopK = 0, TopP = 1, MinP = 0, Seed = 1 };

    public static TheoryData<string> Names => [.. Choices.Keys];

    static readonly Dictionary<string, SamplingOptions> Choices = new()
    {
        ["off"] = Off,
        ["defaults"] = new() { Seed = 1 },
        ["temperature"] = Off with { Temperature = 0.3 },
        ["hot"] = Off with { Temperature = 3.5 },
        ["top-k"] = Off with { TopK = 7 },
        ["top-k of most"] = Off with { TopK = 5000 },
        ["top-p"] = Off with { TopP = 0.9 },
        ["small top-p"] = Off with { TopP = 0.01 },
        ["min-p"] = Off with { MinP = 0.1 },
        ["typical-p"] = Off with { TypicalP = 0.4 },
        ["top-n-sigma"] = Off with { TopNSigma = 1.5 },
        ["dynamic temperature"] = Off with { DynaTemp = new() { Range = 0.5, Exponent = 1.3 } },
        ["bias"] = Off with { LogitBias = new Dictionary<int, float> { [3] = 4, [5] = float.NegativeInfinity, [6] = -2.5f } },
        ["penalties"] = Off with { RepeatPenalty = 1.3, RepeatLastN = 20, FrequencyPenalty = 0.2, PresencePenalty = 0.4 },
        ["penalties over all"] = Off with { RepeatPenalty = 1.1, RepeatLastN = -1, FrequencyPenalty = -0.1 },
        ["dry"] = Off with { Dry = new() { Multiplier = 0.8, SequenceBreakers = [] } },
        ["dry, short window"] = Off with { Dry = new() { Multiplier = 0.8, AllowedLength = 1, PenaltyLastN = 12, SequenceBreakers = [] } },
        ["all"] = new()
        {
            Temperature = 0.9,
            TopK = 60,
            TopP = 0.97,
            MinP = 0.01,
            TypicalP = 0.98,
            TopNSigma = 4,
            RepeatPenalty = 1.2,
            FrequencyPenalty = 0.1,
            PresencePenalty = 0.2,
            Dry = new() { Multiplier = 0.5, SequenceBreakers = [] },
            DynaTemp = new() { Range = 0.3 },
            LogitBias = new Dictionary<int, float> { [1] = 1.5f },
            Seed = 1,
        },
        ["all but top-k"] = new()
        {
            Temperature = 1.2,
            TopK = 0,
            TopP = 0.95,
            MinP = 0.002,
            TypicalP = 0.97,
            RepeatPenalty = 1.2,
            RepeatLastN = -1,
            Seed = 1,
        },
    };

    [Theory]
    [MemberData(nameof(Names))]
    public void The_chain_equals_its_definition_in_float64(string name)
    {
        var options = Choices[name];
        var seed = 0;
        foreach (var vocabSize in new[] { 1, 2, 9, 100, 1000, 9000 })
            foreach (var width in new[] { 0.3, 3.0 })
            {
                var logits = TestLogits.Normal(Math.Max(vocabSize, 7), ++seed, width);
                var history = Text(logits.Length, seed);
                Compare(logits, options, history);
            }
    }

    [Fact]
    public void Xtc_that_always_acts_equals_its_definition_in_float64()
    {
        var options = Off with { TopK = 50, Xtc = new() { Probability = 1, Threshold = 0.05 } };
        for (var seed = 1; seed <= 50; seed++)
            Compare(TestLogits.Normal(200, seed), options, [], xtcActs: true);
    }

    static void Compare(float[] logits, SamplingOptions options, int[] history, bool xtcActs = false)
    {
        var expected = ReferenceChain.Probabilities(logits, options, history, xtcActs);
        var sampler = new Sampler(options, logits.Length);
        sampler.AcceptPrompt(history);
        var actual = new float[logits.Length];
        sampler.Probabilities((float[])logits.Clone(), actual);
        for (var id = 0; id < actual.Length; id++)
        {
            Assert.Equal(expected[id] > 0, actual[id] > 0);    // the same tokens are kept
            // float32 logits of size 10 carry 1e-6, which the exponential turns into a relative error of the same size
            Assert.Equal(expected[id], actual[id], 1e-5 * expected[id] + 1e-12);
        }
    }

    /// <summary>Text with repetitions: short phrases over and over.</summary>
    static int[] Text(int vocabSize, int seed)
    {
        var random = new Random(seed);
        var phrases = Enumerable.Range(0, 4).Select(_ => Enumerable.Range(0, 5).Select(_ => random.Next(Math.Min(vocabSize, 12))).ToArray()).ToArray();
        return Enumerable.Range(0, 12).SelectMany(_ => phrases[random.Next(4)].Take(random.Next(1, 6))).ToArray();
    }
}
