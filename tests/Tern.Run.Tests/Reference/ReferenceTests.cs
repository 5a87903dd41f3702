using Tern.Models;
using Tern.Models.Configs;
using Tern.Numerics;
using Tern.Numerics.Kernels;
using Tern.Testing;

namespace Tern.Run.Tests.Reference;

public sealed class ReferenceTests
{
    /// <summary>
    /// float32 rounds each step to 6e-8 of its size; sums of a hundred terms over a few layers, amplified by attention and norms, were
    /// seen to reach 1.4e-6 of the largest logit over all seeds. A missing factor, bias or mask is off by 1e-2 or more.
    /// </summary>
    const double RelativeTolerance = 1e-5;

    public static TheoryData<string> ModelTypes => [.. RandomArchitectures.ModelTypes];

    [Theory]
    [MemberData(nameof(ModelTypes))]
    public void Logits_are_those_of_the_float64_reference(string modelType)
    {
        for (var seed = 0; seed < 6; seed++)
        {
            var random = new Random(seed);
            using var folder = new TemporaryFolder();
            using var model = LanguageModel.Load(TinyModels.Write(folder["model"], RandomArchitectures.Next(modelType, random), seed), new LoadOptions { MaxBatch = 16 });
            var tokens = RandomArchitectures.Tokens(model.Config, 40, random);
            var context = random.Next(2) == 0 ? 40 : 64;
            var expected = new ReferenceDecoder(model.Files).Logits(tokens, context);
            using var sequence = model.CreateSequence(context, CacheType.F32);
            var logits = model.Forward(new BatchItem(sequence, tokens, LogitsOf.All));
            AssertNear(expected, logits, $"seed {seed}: {model.Config}");
        }
    }

    [Fact]
    public void Logits_of_a_published_folder_are_those_of_the_float64_reference()
    {
        using var model = LanguageModel.Load(RealData.Path("weights/llama-2m-fresh"));
        var tokens = RandomArchitectures.Tokens(model.Config, 30, new Random(1));
        using var sequence = model.CreateSequence(64, CacheType.F32);
        AssertNear(new ReferenceDecoder(model.Files).Logits(tokens, 64), model.Forward(new BatchItem(sequence, tokens, LogitsOf.All)), "llama-2m-fresh");
    }

    [Fact]
    public void Logits_of_interleaved_rows_are_those_of_the_float64_reference()
    {
        using var model = LanguageModel.Load(RealData.Path("weights/stories260K/stories260K.bin"));
        Assert.True(model.Config.RopeInterleaved);
        var tokens = RandomArchitectures.Tokens(model.Config, 24, new Random(1));
        using var sequence = model.CreateSequence(64, CacheType.F32);
        AssertNear(new ReferenceDecoder(model.Files).Logits(tokens, 64), model.Forward(new BatchItem(sequence, tokens, LogitsOf.All)), "stories260K");
    }

    [Theory]
    [MemberData(nameof(ModelTypes))]
    public void However_a_text_is_cut_into_passes_the_bits_are_the_same(string modelType)
    {
        var random = new Random(7);
        using var folder = new TemporaryFolder();
        using var model = LanguageModel.Load(TinyModels.Write(folder["model"], RandomArchitectures.Next(modelType, random)), new LoadOptions { MaxBatch = 24 });
        var tokens = RandomArchitectures.Tokens(model.Config, 50, random);
        foreach (var cache in Enum.GetValues<CacheType>())
        {
            var whole = Pieces(model, tokens, cache, () => tokens.Length);
            AssertSame(whole, Pieces(model, tokens, cache, () => 1), "token by token");
            AssertSame(whole, Pieces(model, tokens, cache, () => random.Next(1, 20)), "in uneven parts");
            AssertSame(whole, Beside(model, tokens, cache, random), "beside other sequences");
        }
    }

    [Theory]
    [MemberData(nameof(ModelTypes))]
    public void Every_level_and_thread_count_gives_the_same_bits(string modelType)
    {
        var random = new Random(3);
        using var folder = new TemporaryFolder();
        var path = TinyModels.Write(folder["model"], RandomArchitectures.Next(modelType, random));
        float[][]? expected = null;
        foreach (var level in Isa.Available)
            foreach (var threads in new[] { 1, 2 })
            {
                using var model = LanguageModel.Load(path, new LoadOptions { Level = level, Threads = threads, MaxBatch = 32 });
                var tokens = RandomArchitectures.Tokens(model.Config, 30, new Random(4));
                float[][] logits = [.. Enum.GetValues<CacheType>().SelectMany(cache => Pieces(model, tokens, cache, () => 11))];
                AssertSame(expected ??= logits, logits, $"{level}, {threads} threads");
            }
    }

    [Theory]
    [InlineData(CacheType.F16, 0.003)]                           // 11 bits of each key and value: 5e-4 seen
    [InlineData(CacheType.BF16, 0.024)]                          // 8 bits, an eighth of the precision of F16: 6.4e-3 seen
    [InlineData(CacheType.Q8_0, 0.06)]                           // 1/254 of the largest number of 32: 1.4e-2 seen
    public void Smaller_caches_stay_near_the_float64_reference(CacheType cache, double tolerance)
    {
        using var folder = new TemporaryFolder();
        using var model = LanguageModel.Load(TinyModels.Write(folder["model"], TinyModels.Qwen3));   // headDim 32
        var tokens = RandomArchitectures.Tokens(model.Config, 40, new Random(1));
        using var sequence = model.CreateSequence(64, cache);
        Assert.Equal(cache, sequence.CacheType);
        AssertNear(new ReferenceDecoder(model.Files).Logits(tokens, 64), model.Forward(new BatchItem(sequence, tokens, LogitsOf.All)), $"{cache}", tolerance);
    }

    /// <summary>Logits [tokens][vocabSize] of a text that is given in parts.</summary>
    static float[][] Pieces(LanguageModel model, int[] tokens, CacheType cache, Func<int> next)
    {
        using var sequence = model.CreateSequence(64, cache);
        var rows = new List<float[]>();
        while (sequence.Length < tokens.Length)
        {
            var part = tokens.AsMemory(sequence.Length, Math.Min(next(), tokens.Length - sequence.Length));
            var logits = model.Forward(new BatchItem(sequence, part, LogitsOf.All));
            for (var row = 0; row < logits.Rows; row++) rows.Add(logits[row].ToArray());
        }
        return [.. rows];
    }

    /// <summary>The same while two others of other lengths run in the same passes, sometimes without new tokens.</summary>
    static float[][] Beside(LanguageModel model, int[] tokens, CacheType cache, Random random)
    {
        using var sequence = model.CreateSequence(64, cache);
        using var before = model.CreateSequence(200, cache);
        using var after = model.CreateSequence(130, CacheType.F32);
        var rows = new List<float[]>();
        while (sequence.Length < tokens.Length)
        {
            var part = tokens.AsMemory(sequence.Length, Math.Min(random.Next(1, 15), tokens.Length - sequence.Length));
            var skipped = random.Next(2);
            var logits = model.Forward(
                new BatchItem(before, RandomArchitectures.Tokens(model.Config, random.Next(0, 9), random), skipped == 0 ? LogitsOf.None : LogitsOf.Last),
                new BatchItem(sequence, part, LogitsOf.All),
                new BatchItem(after, RandomArchitectures.Tokens(model.Config, random.Next(1, 3), random), LogitsOf.Last));
            var first = logits.Rows - part.Length - 1;
            for (var row = 0; row < part.Length; row++) rows.Add(logits[first + row].ToArray());
        }
        return [.. rows];
    }

    static void AssertSame(float[][] expected, float[][] actual, string what)
    {
        Assert.Equal(expected.Length, actual.Length);
        for (var t = 0; t < expected.Length; t++) Assert.True(expected[t].AsSpan().SequenceEqual(actual[t]), $"{what}: position {t} differs");
    }

    static void AssertNear(double[][] expected, Logits actual, string what, double tolerance = RelativeTolerance)
    {
        Assert.Equal(expected.Length, actual.Rows);
        var largest = expected.Max(row => row.Max(Math.Abs));
        var worst = 0.0;
        for (var t = 0; t < expected.Length; t++)
            for (var i = 0; i < actual.VocabSize; i++) worst = Math.Max(worst, Math.Abs(expected[t][i] - actual[t][i]) / largest);
        Assert.True(worst < tolerance, $"off by {worst:e2} of the largest logit: {what}");
    }
}
