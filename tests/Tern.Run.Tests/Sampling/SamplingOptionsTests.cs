using Tern.Models;
using Tern.Run.Sampling;

namespace Tern.Run.Tests.Sampling;

public class SamplingOptionsTests
{
    public static TheoryData<string, SamplingOptions> Bad => new()
    {
        { "Temperature", new() { Temperature = double.NaN } },
        { "Temperature", new() { Temperature = double.PositiveInfinity } },
        { "TopP", new() { TopP = -0.1 } },
        { "TopP", new() { TopP = 1.1 } },
        { "TopP", new() { TopP = double.NaN } },
        { "MinP", new() { MinP = 2 } },
        { "TypicalP", new() { TypicalP = 0 } },
        { "TopNSigma", new() { TopNSigma = double.NaN } },
        { "RepeatPenalty", new() { RepeatPenalty = 0 } },
        { "RepeatLastN", new() { RepeatLastN = -2 } },
        { "FrequencyPenalty", new() { FrequencyPenalty = double.NaN } },
        { "PresencePenalty", new() { PresencePenalty = 1e9 } },
        { "Seed", new() { Seed = -2 } },
        { "LogProbs", new() { LogProbs = -1 } },
        { "LogProbs", new() { LogProbs = 101 } },
        { "LogitBias", new() { LogitBias = new Dictionary<int, float> { [100] = 1 } } },
        { "LogitBias[3]", new() { LogitBias = new Dictionary<int, float> { [3] = float.NaN } } },
        { "LogitBias[3]", new() { LogitBias = new Dictionary<int, float> { [3] = float.PositiveInfinity } } },
        { "Dry.Multiplier", new() { Dry = new() { Multiplier = -1 } } },
        { "Dry.Base", new() { Dry = new() { Base = 0.5 } } },
        { "Dry.AllowedLength", new() { Dry = new() { AllowedLength = -1 } } },
        { "Dry.PenaltyLastN", new() { Dry = new() { PenaltyLastN = -2 } } },
        { "Xtc.Probability", new() { Xtc = new() { Probability = 1.5 } } },
        { "Xtc.Threshold", new() { Xtc = new() { Threshold = -1 } } },
        { "DynaTemp.Range", new() { DynaTemp = new() { Range = -1 } } },
        { "DynaTemp.Exponent", new() { DynaTemp = new() { Exponent = 0 } } },
        { "Mirostat.Version", new() { Mirostat = new() { Version = 1 } } },
        { "Mirostat.Tau", new() { Mirostat = new() { Tau = 0 } } },
        { "Mirostat.Eta", new() { Mirostat = new() { Eta = double.NaN } } },
    };

    [Theory]
    [MemberData(nameof(Bad), DisableDiscoveryEnumeration = true)]
    public void An_option_out_of_range_is_an_error_that_names_it(string name, SamplingOptions options)
    {
        var error = Assert.Throws<TernException>(() => options.Validate(100));
        Assert.StartsWith($"Sampling option {name} is ", error.Message);
        Assert.Throws<TernException>(() => new Sampler(options, 100));
    }

    [Fact]
    public void The_defaults_are_those_of_llama_cpp()
    {
        var options = new SamplingOptions();
        options.Validate(1);
        Assert.Equal((0.8, 40, 0.95, 0.05, 1.0), (options.Temperature, options.TopK, options.TopP, options.MinP, options.TypicalP));
        Assert.Equal((1.0, 64, 0.0, 0.0), (options.RepeatPenalty, options.RepeatLastN, options.FrequencyPenalty, options.PresencePenalty));
        Assert.Equal((0.0, 1.75, 2, -1), (options.Dry.Multiplier, options.Dry.Base, options.Dry.AllowedLength, options.Dry.PenaltyLastN));
        Assert.Equal(["\n", ":", "\"", "*"], options.Dry.SequenceBreakers);
        Assert.Equal((0.0, 0.1), (options.Xtc.Probability, options.Xtc.Threshold));
        Assert.Equal((0, 5.0, 0.1), (options.Mirostat.Version, options.Mirostat.Tau, options.Mirostat.Eta));
        Assert.Equal((0.0, 1.0), (options.DynaTemp.Range, options.DynaTemp.Exponent));
    }
}
