using Tern.Numerics.Kernels;

namespace Tern.Numerics.Tests.Kernels;

public sealed unsafe class AttentionCacheTests
{
    public static TheoryData<CacheType> Types => [.. Enum.GetValues<CacheType>()];

    static float[] Numbers(Random random, int count) => [.. Enumerable.Range(0, count).Select(_ => 4 * random.NextSingle() - 2)];

    static void Store(AttentionCache cache, int head, int position, float[] numbers)
    {
        fixed (float* start = numbers)
        {
            cache.StoreKey(head, position, start);
            cache.StoreValue(head, position, start);
        }
    }

    static float[] Key(AttentionCache cache, int head, int position)
    {
        var key = new float[cache.HeadDim];
        fixed (float* start = key) cache.LoadKey(head, position, start);
        return key;
    }

    /// <summary>A query that sees one position only gets its value, exactly.</summary>
    static float[] Value(AttentionCache cache, int head, int position)
    {
        using var scratch = new AttentionScratch(1, cache.HeadDim);
        var query = new float[cache.HeadDim];
        var value = new float[cache.HeadDim];
        fixed (float* queries = query, output = value)
        {
            VectorKernels.For(IsaLevel.Scalar).Attend(new AttentionTile
            {
                Cache = cache,
                Scratch = scratch,
                KeyValueHead = head,
                Group = 1,
                Tokens = 1,
                Position = position,
                Window = 1,
                Queries = queries,
                Output = output,
                Stride = cache.HeadDim,
                Scale = 1,
            });
        }
        return value;
    }

    [Theory]
    [MemberData(nameof(Types))]
    public void Keys_and_values_come_back_as_rounded(CacheType type)
    {
        var random = new Random(31);
        using var cache = new AttentionCache(3, 64, 37, type);
        Assert.Equal(48, cache.Capacity);
        var stored = new Dictionary<(int, int), double[]>();
        foreach (var position in Enumerable.Range(0, cache.Capacity).OrderBy(_ => random.Next()))
        {
            for (var head = 0; head < 3; head++)
            {
                var numbers = Numbers(random, 64);
                Store(cache, head, position, numbers);
                stored[(head, position)] = CacheRounding.Of(type, numbers);
            }
        }
        foreach (var ((head, position), numbers) in stored)
        {
            // Q8_0 multiplies scale and code in float: half an ulp of at most 2.
            Assert.Equal(numbers, Key(cache, head, position).Select(number => (double)number), new Near(1e-7));
            Assert.Equal(numbers, Value(cache, head, position).Select(number => (double)number), new Near(1e-7));
        }
    }

    sealed class Near(double tolerance) : IEqualityComparer<double>
    {
        public bool Equals(double x, double y) => Math.Abs(x - y) <= tolerance * Math.Max(1, Math.Abs(x));

        public int GetHashCode(double value) => 0;
    }

    [Fact]
    public void Q8_0_keeps_zeros_subnormals_and_the_largest_numbers_that_its_scale_can_hold()
    {
        using var cache = new AttentionCache(1, 32, 16, CacheType.Q8_0);
        Store(cache, 0, 0, new float[32]);
        Assert.All(Key(cache, 0, 0), number => Assert.Equal(0, number));
        Store(cache, 0, 1, [.. Enumerable.Repeat(1e-40f, 32)]);
        Assert.All(Key(cache, 0, 1), number => Assert.Equal(0, number));
        Store(cache, 0, 2, [.. Enumerable.Repeat(8e6f, 32)]);
        // Scale 62992.1 rounded to 11 bits: half a step of 32 in 62992, 127 times.
        Assert.All(Key(cache, 0, 2), number => Assert.InRange(number, 8e6f - 16 * 127, 8e6f + 16 * 127));
    }

    [Theory]
    [MemberData(nameof(Types))]
    public void A_moved_value_is_the_value_and_the_others_stay(CacheType type)
    {
        var random = new Random(32);
        using var cache = new AttentionCache(2, 96, 32, type);
        for (var position = 0; position < 32; position++)
            for (var head = 0; head < 2; head++) Store(cache, head, position, Numbers(random, 96));
        var before = Enumerable.Range(0, 32).Select(position => Value(cache, 1, position)).ToArray();
        cache.MoveValue(1, 17, 3);
        for (var position = 0; position < 32; position++) Assert.Equal(before[position == 3 ? 17 : position], Value(cache, 1, position));
    }

    [Theory]
    [MemberData(nameof(Types))]
    public void What_was_saved_is_restored_for_every_count(CacheType type)
    {
        var random = new Random(33);
        using var cache = new AttentionCache(2, 32, 40, type);
        for (var position = 0; position < 40; position++)
            for (var head = 0; head < 2; head++) Store(cache, head, position, Numbers(random, 32));
        foreach (var count in (int[])[0, 1, 15, 16, 17, 40])
        {
            var stream = new MemoryStream();
            cache.Save(stream, count);
            Assert.Equal(cache.SavedBytes(count), stream.Length);
            // Another capacity: the strides of the memory are not those of the stream.
            using var copy = new AttentionCache(2, 32, 100, type);
            stream.Position = 0;
            copy.Restore(stream, count);
            Assert.Equal(stream.Length, stream.Position);
            for (var position = 0; position < count; position++)
            {
                for (var head = 0; head < 2; head++)
                {
                    Assert.Equal(Key(cache, head, position), Key(copy, head, position));
                    Assert.Equal(Value(cache, head, position), Value(copy, head, position));
                }
            }
            if (count > 0) Assert.Throws<EndOfStreamException>(() => copy.Restore(new MemoryStream(stream.ToArray()[..^1]), count));
        }
    }

    [Fact]
    public void Shapes_that_cannot_be_are_refused()
    {
        Assert.Throws<ArgumentException>(() => new AttentionCache(1, 40, 16, CacheType.Q8_0));
        Assert.Throws<ArgumentOutOfRangeException>(() => new AttentionCache(0, 32, 16, CacheType.F32));
        Assert.Throws<ArgumentOutOfRangeException>(() => new AttentionCache(1, 0, 16, CacheType.F32));
        Assert.Throws<ArgumentOutOfRangeException>(() => new AttentionCache(1, 32, 0, CacheType.F32));
        using var cache = new AttentionCache(1, 32, 16, CacheType.F32);
        Assert.Throws<ArgumentOutOfRangeException>(() => cache.Save(Stream.Null, 17));
    }
}
