using Tern.Numerics;
using Tern.Numerics.Kernels;
using Tern.Testing;

namespace Tern.Run.Tests;

/// <summary>
/// Trained models against numbers from an independent float64 forward pass (NumPy) and against the published output of llama2.c.
/// </summary>
public class GoldenModelsTests
{
    const string Stories = "weights/stories260K/stories260K.bin";
    const string Babyllama = "weights/babyllama-105/model5000.bin";

    public static TheoryData<IsaLevel> Levels => [.. Isa.Available];

    static LanguageModel Load(string path, IsaLevel level, int threads = 2) =>
        LanguageModel.Load(RealData.Path(path), new LoadOptions { Level = level, Threads = threads });

    [Theory]
    [MemberData(nameof(Levels))]
    public void Stories260K_gives_the_logits_of_the_float64_reference(IsaLevel level)
    {
        using var model = Load(Stories, level);
        using var sequence = model.CreateSequence(cacheType: CacheType.F32);
        var ids = model.Tokenizer.Encode("Once upon a time");
        Assert.Equal([1, 403, 407, 261, 378], ids);
        var logits = model.Forward(sequence, ids);
        AssertNear(logits, [(432, 17.7994f), (383, 14.2813f), (322, 9.7097f), (353, 9.5873f), (323, 9.1342f)]);
        Assert.Equal(-2256.8525, Sum(logits), 0.05);
        Assert.Equal(17.8311, LogSumExp(logits), 1e-3);
    }

    [Theory]
    [MemberData(nameof(Levels))]
    public void Babyllama_gives_the_logits_of_the_float64_reference(IsaLevel level)
    {
        using var model = Load(Babyllama, level);
        using var sequence = model.CreateSequence(cacheType: CacheType.F32);
        var ids = model.Tokenizer.Encode("Once upon a time");
        Assert.Equal([1, 3, 34, 9, 22, 4, 3, 18, 20, 7, 9, 3, 5, 3, 6, 10, 16, 4], ids);
        var logits = model.Forward(sequence, ids);
        AssertNear(logits, [(25, 10.0346f), (3, 6.1894f), (19, 3.1794f), (36, 2.5249f), (60, 1.8332f)]);
        Assert.Equal(-365.7279, Sum(logits), 0.05);
        Assert.Equal(10.0585, LogSumExp(logits), 1e-3);
    }

    [Fact]
    public void Stories260K_continues_greedily_as_llama2c_does()
    {
        using var model = Load(Stories, Isa.Current);
        using var sequence = model.CreateSequence();
        int[] expected =
        [
            1, 403, 407, 261, 378, 432, 383, 286, 261, 376, 298, 315, 421, 395, 317, 426, 338, 401, 396, 267,
            337, 410, 408, 419, 292, 411, 322, 265, 282, 295, 433, 426, 385, 328, 432, 358, 394, 261, 370, 432,
        ];
        var token = expected[0];
        foreach (var next in expected.Skip(1))
        {
            token = ArgMax(model.Forward(sequence, token));
            Assert.Equal(next, token);
        }
    }

    [Fact]
    public void Every_level_and_thread_count_gives_the_same_bits()
    {
        float[]? reference = null;
        foreach (var level in Isa.Available)
            foreach (var threads in new[] { 1, 2, 3 })
            {
                using var model = Load(Stories, level, threads);
                using var sequence = model.CreateSequence();
                var logits = model.Forward(sequence, model.Tokenizer.Encode("Lily and Tom went to the park. They saw a big dog")).ToArray();
                reference ??= logits;
                Assert.Equal(reference, logits);
            }
    }

    [Fact]
    public void Prefill_and_decode_give_the_same_bits()
    {
        using var model = Load(Stories, Isa.Current);
        var ids = model.Tokenizer.Encode("One day, a little boy named Tim found a shiny red ball in the garden and took it home.");
        using var whole = model.CreateSequence();
        var prefill = model.Forward(whole, ids).ToArray();
        using var steps = model.CreateSequence();
        float[] last = [];
        foreach (var id in ids) last = model.Forward(steps, id).ToArray();
        Assert.Equal(prefill, last);
    }

    [Fact]
    public void Sequences_in_one_batch_do_not_touch_each_other()
    {
        using var model = Load(Stories, Isa.Current);
        string[] texts = ["Once upon a time", "The cat sat on", "Tom", "She loved to play outside in the park with her friends and"];
        var alone = texts.Select(text =>
        {
            using var sequence = model.CreateSequence();
            return model.Forward(sequence, model.Tokenizer.Encode(text)).ToArray();
        }).ToArray();

        var sequences = texts.Select(_ => model.CreateSequence()).ToArray();
        var logits = model.Forward([.. texts.Select((text, i) => new BatchItem(sequences[i], model.Tokenizer.Encode(text)))]);
        Assert.Equal(texts.Length, logits.Rows);
        for (var i = 0; i < texts.Length; i++) Assert.Equal(alone[i], logits[i].ToArray());
        foreach (var sequence in sequences) sequence.Dispose();
    }

    [Fact]
    public void Decoding_allocates_nothing()
    {
        using var model = Load(Stories, Isa.Current);
        using var sequence = model.CreateSequence();
        for (var i = 0; i < 3; i++) model.Forward(sequence, 300 + i);
        var before = GC.GetAllocatedBytesForCurrentThread();
        for (var i = 0; i < 100; i++) model.Forward(sequence, 310 + i);
        Assert.Equal(0, GC.GetAllocatedBytesForCurrentThread() - before);
    }

    static void AssertNear(ReadOnlySpan<float> logits, (int Id, float Value)[] expected)
    {
        foreach (var (id, value) in expected) Assert.Equal(value, logits[id], 1e-3f);
    }

    static double Sum(ReadOnlySpan<float> logits)
    {
        var sum = 0.0;
        foreach (var logit in logits) sum += logit;
        return sum;
    }

    static double LogSumExp(ReadOnlySpan<float> logits)
    {
        var sum = 0.0;
        foreach (var logit in logits) sum += Math.Exp(logit);
        return Math.Log(sum);
    }

    static int ArgMax(ReadOnlySpan<float> logits)
    {
        var best = 0;
        for (var i = 1; i < logits.Length; i++)
            if (logits[i] > logits[best]) best = i;
        return best;
    }
}
