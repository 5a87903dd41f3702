using Tern.Numerics.Kernels;

namespace Tern.Numerics.Tests.Kernels;

/// <summary>The attention kernel against softmax(q k / sqrt(d)) v in double, on the numbers that the cache holds.</summary>
public sealed unsafe class AttentionTests
{
    public static TheoryData<CacheType> Types => [.. Enum.GetValues<CacheType>()];

    static readonly int[] HeadDims = [8, 16, 32, 40, 64, 80, 96, 128, 160, 192, 256];
    static readonly int[] Lengths = [1, 2, 15, 16, 17, 31, 33, 63, 64, 65, 79, 80, 127, 128, 129, 150];

    [Theory]
    [MemberData(nameof(Types))]
    public void Every_rung_is_within_rounding_of_the_definition_and_has_the_bits_of_the_others(CacheType type)
    {
        var random = new Random(21);
        for (var i = 0; i < 88; i++)
        {
            var headDim = HeadDims[i % HeadDims.Length];
            if (type == CacheType.Q8_0 && headDim % 32 != 0) continue;
            var length = Lengths[random.Next(Lengths.Length)];
            var tokens = random.Next(3) switch { 0 => 1, 1 => length, _ => 1 + random.Next(length) };
            if (tokens * headDim > 4000) tokens = 1 + 4000 / headDim / 2;
            var window = random.Next(3) switch { 0 => 1 + random.Next(length + 3), 1 => 16, _ => 0 };
            using var item = new AttentionCase(type, 1 + random.Next(2), 1 + i % 9, headDim, length, Math.Min(tokens, length), window, random.Next(2) * 20f, seed: i);
            float[]? lowest = null;
            foreach (var level in Isa.Available)
            {
                var output = item.Attend(level, tileTokens: 1 + random.Next(8));
                if (lowest is null) item.AssertIsTheDefinition(output, level.ToString());
                AssertSameBits(lowest ??= output, output, $"{item}, {level}");
            }
        }
    }

    [Theory]
    [MemberData(nameof(Types))]
    public void Every_position_across_the_blocks_of_16_and_64_is_right(CacheType type)
    {
        foreach (var window in (int[])[0, 1, 17, 64, 65])
        {
            using var item = new AttentionCase(type, 1, 2, 32, 140, 140, window, 0, seed: 22);
            foreach (var level in Isa.Available)
            {
                var together = item.Attend(level, 8);
                item.AssertIsTheDefinition(together, level.ToString());
                // Decoding one token at a time gives the bits of the prompt.
                AssertSameBits(together, item.Attend(level, 1), $"{item}, {level}, one at a time");
                AssertSameBits(together, item.Attend(level, 7), $"{item}, {level}, seven at a time");
            }
        }
    }

    /// <summary>Whole texts, texts that end with a part, one before and behind it, and windows that begin at and beside its beginning.</summary>
    [Theory]
    [MemberData(nameof(Types))]
    public void Long_texts_are_right_and_have_the_same_bits_in_parts_in_tiles_and_on_every_rung(CacheType type)
    {
        (int Length, int Window)[] shapes = [(1023, 0), (1024, 0), (1025, 0), (1026, 3), (2048, 1024), (2049, 1024), (2050, 1026), (2500, 0), (2500, 1), (2500, 1477)];
        foreach (var (length, window) in shapes)
        {
            using var item = new AttentionCase(type, 1, 3, length % 2 == 0 ? 32 : 64, length, 5, window, window == 0 ? 0 : 10, seed: length);
            float[]? lowest = null;
            foreach (var level in Isa.Available)
            {
                var together = item.Attend(level, 5);
                if (lowest is null) item.AssertIsTheDefinition(together, level.ToString());
                AssertSameBits(lowest ??= together, together, $"{item}, {level}");
                AssertSameBits(together, item.Attend(level, 1), $"{item}, {level}, one at a time");
                AssertSameBits(together, item.AttendInParts(level, 5), $"{item}, {level}, in parts");
                AssertSameBits(together, item.AttendInParts(level, 2), $"{item}, {level}, two at a time in parts");
            }
        }
    }

    /// <summary>Zeros; numbers whose Q8_0 scale is rounded to zero, or subnormal; scores of some hundreds, where few keys weigh anything.</summary>
    [Theory]
    [MemberData(nameof(Types))]
    public void Keys_and_values_of_any_size_are_right(CacheType type)
    {
        foreach (var range in (float[])[0, 1e-7f, 1e-4f, 30])
        {
            using var item = new AttentionCase(type, 1, 8, 64, 600, 3, 0, 0, seed: 28, range);
            foreach (var level in Isa.Available) item.AssertIsTheDefinition(item.Attend(level, 3), $"{level}, numbers up to {range}");
            using var tile = new AttentionCase(type, 1, 8, 64, 600, 20, 0, 0, seed: 29, range);
            var output = tile.Attend(Isa.Best, 20);
            if (range == 0) Assert.All(output, number => Assert.Equal(0, number));
            else if (BFloat16AttentionTests.Available && type != CacheType.F32) tile.AssertIsTheRoundedDefinition(output, $"numbers up to {range}");
            else tile.AssertIsTheDefinition(output, $"numbers up to {range}");
        }
    }

    [Theory]
    [MemberData(nameof(Types))]
    public void Numbers_behind_the_last_position_do_not_matter(CacheType type)
    {
        foreach (var level in Isa.Available)
        {
            using var item = new AttentionCase(type, 1, 4, 64, 70, 1, 0, 0, seed: 24);
            var before = item.Attend(level, 1);
            item.Poison();
            AssertSameBits(before, item.Attend(level, 1), $"{type}, {level}");
        }
    }

    [Fact]
    public void Scores_far_apart_do_not_overflow()
    {
        // The largest score comes last, then first: the running maximum is raised late, or never.
        foreach (var rising in (bool[])[true, false])
        {
            using var cache = new AttentionCache(1, 16, 130, CacheType.F32);
            using var scratch = new AttentionScratch(1, 16);
            var key = new float[16];
            var value = new float[16];
            for (var position = 0; position < 130; position++)
            {
                key[0] = (rising ? position : 130 - position) * 1000;
                value[3] = position;
                fixed (float* k = key, v = value)
                {
                    cache.StoreKey(0, position, k);
                    cache.StoreValue(0, position, v);
                }
            }
            var query = new float[16];
            query[0] = 1;
            var output = new float[16];
            foreach (var level in Isa.Available)
            {
                fixed (float* q = query, o = output)
                {
                    VectorKernels.For(level).Attend(new AttentionTile
                    {
                        Cache = cache,
                        Scratch = scratch,
                        KeyValueHead = 0,
                        Group = 1,
                        Tokens = 1,
                        Position = 129,
                        Queries = q,
                        Output = o,
                        Stride = 16,
                        Scale = 1,
                    });
                }
                Assert.Equal(rising ? 129 : 0, output[3]);
                Assert.Equal(0, output[0]);
            }
        }
    }

    [Fact]
    public void More_queries_than_the_scratch_memory_holds_are_refused()
    {
        using var item = new AttentionCase(CacheType.F32, 1, 4, 16, 8, 8, 0, 0, seed: 25);
        using var scratch = new AttentionScratch(8, 16);
        foreach (var level in Isa.Available)
        {
            Assert.Throws<ArgumentException>(() => VectorKernels.For(level).Attend(new AttentionTile
            {
                Cache = item.Cache,
                Scratch = scratch,
                KeyValueHead = 0,
                Group = 4,
                Tokens = 3,
                Position = 0,
                Queries = null,
                Output = null,
                Stride = 64,
                Scale = 1,
            }));
        }
    }

    internal static void AssertSameBits(float[] expected, float[] actual, string what)
    {
        for (var i = 0; i < expected.Length; i++)
        {
            if (BitConverter.SingleToInt32Bits(expected[i]) != BitConverter.SingleToInt32Bits(actual[i]))
                Assert.Fail($"{what}: number {i} is {actual[i]:g9}, not {expected[i]:g9}");
        }
    }
}
