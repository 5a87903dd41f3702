#pragma warning disable xUnit1051 // what is generated here takes milliseconds

using Tern.Models.Configs;
using Tern.Numerics.Kernels;
using Tern.Run.Generation;
using Tern.Run.Sampling;
using Tern.Testing;

namespace Tern.Run.Tests.Generation;

public sealed class ShiftTests : IDisposable
{
    const int Context = 160;

    readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    static readonly LlamaConfig Llama = new()
    {
        VocabSize = 300,
        HiddenSize = 64,
        IntermediateSize = 96,
        NumHiddenLayers = 1,
        NumAttentionHeads = 4,
        NumKeyValueHeads = 2,
        HeadDim = 32,
        MaxPositionEmbeddings = 256,
    };

    static readonly RopeScaling LongRope = new()
    {
        Type = "longrope",
        LongFactor = [.. Enumerable.Range(1, 12).Select(i => 1 + i / 4.0)],
        ShortFactor = [.. Enumerable.Repeat(1.0, 12)],
        OriginalMaxPositionEmbeddings = 64,
        AttentionFactor = 1.25,
    };

    static Phi3Config Phi3 => new()
    {
        VocabSize = Llama.VocabSize,
        HiddenSize = Llama.HiddenSize,
        IntermediateSize = Llama.IntermediateSize,
        NumHiddenLayers = 1,
        NumAttentionHeads = Llama.NumAttentionHeads,
        NumKeyValueHeads = Llama.NumKeyValueHeads,
        HeadDim = Llama.HeadDim,
        MaxPositionEmbeddings = Llama.MaxPositionEmbeddings,
        PartialRotaryFactor = 0.75,
        RopeScaling = LongRope,
    };

    LanguageModel Model(string kind) => kind switch
    {
        "interleaved" => TestModels.Bytes(_folder),
        "halves" => TestModels.Random(_folder, Llama),
        "partial, longrope" => TestModels.Random(_folder, Phi3),
        "yarn" => TestModels.Random(_folder, Llama with { RopeScaling = new RopeScaling { Type = "yarn", Factor = 4, OriginalMaxPositionEmbeddings = 64 } }),
        "dynamic" => TestModels.Random(_folder, Llama with { MaxPositionEmbeddings = 64, RopeScaling = new RopeScaling { Type = "dynamic", Factor = 2 } }),
        _ => throw new ArgumentException(kind),
    };

    public static TheoryData<string, CacheType> Kinds
    {
        get
        {
            var data = new TheoryData<string, CacheType>();
            foreach (var kind in (string[])["interleaved", "halves", "partial, longrope", "yarn", "dynamic"])
                foreach (var type in Enum.GetValues<CacheType>()) data.Add(kind, type);
            return data;
        }
    }

    /// <summary>
    /// With one layer, keys and values of a token depend on the token and its position alone, so a shift is exact but for the rounding: keys
    /// are rounded once more per shift (F32 2^-24, F16 2^-11, BF16 2^-8, Q8_0 1/254 of the largest), and what that moves in the scores reaches the logits
    /// magnified: measured over the kinds below were at most 6e-7, 1.5e-3, 7.1e-3 and 4.7e-2 of the largest logit (attention of random weights is sharp).
    /// </summary>
    [Theory]
    [MemberData(nameof(Kinds))]
    public void Shifting_a_model_of_one_layer_equals_running_the_kept_tokens(string kind, CacheType type)
    {
        using var model = Model(kind);
        var tokens = new Random(3).GetItems(Enumerable.Range(3, 290).ToArray(), 150);
        using var shifted = model.CreateSequence(Context, type);
        model.Forward(shifted, tokens);
        shifted.Shift(keep: 5, discard: 61);
        shifted.Shift(keep: 20, discard: 7);
        int[] kept = [.. tokens[..5], .. tokens[66..81], .. tokens[88..]];
        Assert.Equal(kept, shifted.Tokens);

        using var fresh = model.CreateSequence(Context, type);
        model.Forward(fresh, kept);
        var tolerance = type switch { CacheType.F32 => 1e-5, CacheType.F16 => 4e-3, CacheType.BF16 => 3.2e-2, _ => 8e-2 };
        foreach (var next in (int[])[17, 99, 250])
        {
            var expected = model.Forward(fresh, next).ToArray();
            var actual = model.Forward(shifted, next).ToArray();
            var scale = expected.Max(Math.Abs);
            for (var i = 0; i < expected.Length; i++) Assert.Equal(expected[i], actual[i], tolerance * scale);
        }
    }

    [Theory]
    [InlineData(CacheType.F16)]
    [InlineData(CacheType.Q8_0)]
    public async Task A_shift_gives_the_same_bits_on_any_number_of_threads_while_another_text_runs(CacheType type)
    {
        var tokens = new Random(3).GetItems(Enumerable.Range(3, 290).ToArray(), 150);
        float[]? expected = null;
        for (var threads = 1; threads <= 4; threads++)
        {
            using var model = TestModels.Random(_folder, Llama with { NumHiddenLayers = 3 }, new LoadOptions { Threads = threads });
            using var shifted = model.CreateSequence(Context, type);
            using var other = model.CreateSequence(Context, type);
            model.Forward(shifted, tokens);
            var running = Task.Run(() => { foreach (var token in tokens) model.Forward(other, [token], new float[Llama.VocabSize]); });
            for (var i = 0; i < 20; i++) shifted.Shift(keep: 5, discard: 3);
            await running;
            var logits = model.Forward(shifted, 17).ToArray();
            Assert.Equal(expected ??= logits, logits);
        }
    }

    [Fact]
    public void Keys_that_are_not_turned_would_be_noticed()
    {
        // The same tokens at other positions: how far the logits move when the rotation is wrong.
        using var model = Model("halves");
        var tokens = new Random(3).GetItems(Enumerable.Range(3, 290).ToArray(), 100);
        using var one = model.CreateSequence(Context, CacheType.F32);
        using var other = model.CreateSequence(Context, CacheType.F32);
        model.Forward(one, tokens);
        model.Forward(other, [.. tokens[50..], .. tokens[..50]]);
        float[] a = model.Forward(one, 17).ToArray(), b = model.Forward(other, 17).ToArray();
        Assert.True(a.Zip(b, (x, y) => Math.Abs(x - y)).Max() > 0.1 * a.Max(Math.Abs));
    }

    [Fact]
    public void What_was_shifted_is_not_taken_for_a_computed_prefix()
    {
        using var model = TestModels.Gutenberg();
        using var sequence = model.CreateSequence(64);
        int[] tokens = [.. Enumerable.Range(300, 40)];
        model.Forward(sequence, tokens);
        sequence.Shift(4, 10);
        int[] kept = [.. tokens[..4], .. tokens[14..]];
        Assert.Equal(4, sequence.CommonPrefix(kept));
        sequence.Save(_folder["shifted"]);
        using var restored = model.CreateSequence(64);
        restored.Restore(_folder["shifted"]);
        Assert.Equal(4, restored.CommonPrefix(kept));
        Assert.Equal(model.Forward(sequence, 500).ToArray(), model.Forward(restored, 500).ToArray());

        sequence.Truncate(3);
        model.Forward(sequence, kept.AsSpan(3));
        Assert.Equal(kept.Length, sequence.CommonPrefix(kept));
        sequence.Shift(10, kept.Length - 10);                   // nothing is left to move
        Assert.Equal(10, sequence.CommonPrefix(kept));
        model.Forward(sequence, kept.AsSpan(10));
        Assert.Equal(kept.Length, sequence.CommonPrefix(kept));
    }

    [Fact]
    public void A_shift_outside_of_the_sequence_is_refused()
    {
        using var model = TestModels.Gutenberg();
        using var sequence = model.CreateSequence(64);
        model.Forward(sequence, 300, 301, 302);
        Assert.Throws<ArgumentOutOfRangeException>(() => sequence.Shift(2, 2));
        Assert.Throws<ArgumentOutOfRangeException>(() => sequence.Shift(-1, 1));
        Assert.Throws<ArgumentOutOfRangeException>(() => sequence.Shift(int.MaxValue, int.MaxValue));
        sequence.Shift(1, 0);
        Assert.Equal([300, 301, 302], sequence.Tokens);
    }

    [Fact]
    public void A_story_of_three_contexts_stays_a_story()
    {
        using var model = TestModels.Stories();
        using var sequence = model.CreateSequence(128);
        var options = new GenerationOptions { MaxTokens = 3 * 128, IgnoreEos = true, Sampling = new SamplingOptions { Seed = 1 } };
        var story = new TextGenerator(model, sequence).Generate("Once upon a time", options);
        story.ReadToEnd();
        Assert.Equal(FinishReason.Length, story.Result!.Finish);
        Assert.Equal(3 * 128, story.Tokens.Count);
        Assert.True(story.Result.Shifts >= 4);

        // The end of it, read afresh: real stories cost this model about 1.5 nats a token, text of wrongly rotated keys above 3.
        using var fresh = model.CreateSequence(256, CacheType.F32);
        int[] last = [1, .. story.Tokens.TakeLast(120)];
        var logits = model.Forward(new BatchItem(fresh, last, LogitsOf.All));
        var loss = 0.0;
        for (var i = 0; i + 1 < last.Length; i++)
        {
            var row = logits[i];
            loss += Softmax.LogSumExp(row, Softmax.Max(row)) - row[last[i + 1]];
        }
        Assert.InRange(loss / (last.Length - 1), 0.3, 2.2);
    }
}
