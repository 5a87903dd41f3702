using Tern.Numerics.Kernels;
using Tern.Testing;

namespace Tern.Numerics.Tests.Kernels;

/// <summary>A cache filled with random keys and values, and queries for its last positions.</summary>
sealed unsafe class AttentionCase : IDisposable
{
    readonly GuardedMemory _queries;
    readonly double[,][] _keys, _values;

    public AttentionCase(CacheType type, int heads, int group, int headDim, int length, int tokens, int window, float softCap, int seed)
    {
        (Group, Length, Tokens, Window, SoftCap) = (group, length, tokens, window, softCap);
        var random = new Random(seed);
        Cache = new AttentionCache(heads, headDim, length, type);
        _keys = new double[heads, length][];
        _values = new double[heads, length][];
        for (var head = 0; head < heads; head++)
        {
            for (var position = 0; position < length; position++) Store(head, position, Numbers(random, headDim, 1.5f), Numbers(random, headDim, 1));
        }
        Queries = Numbers(random, tokens * Stride, 2);
        _queries = GuardedMemory.Of<float>(Queries).Freeze();
    }

    void Store(int head, int position, float[] key, float[] value)
    {
        fixed (float* start = key) Cache.StoreKey(head, position, start);
        fixed (float* start = value) Cache.StoreValue(head, position, start);
        _keys[head, position] = CacheRounding.Of(Cache.Type, key);
        _values[head, position] = CacheRounding.Of(Cache.Type, value);
    }

    static float[] Numbers(Random random, int count, float range) => [.. Enumerable.Range(0, count).Select(_ => (2 * random.NextSingle() - 1) * range)];

    public AttentionCache Cache { get; }

    public int Group { get; }

    public int Length { get; }

    public int Tokens { get; }

    public int Window { get; }

    public float SoftCap { get; }

    public float[] Queries { get; }

    public int Stride => Cache.Heads * Group * Cache.HeadDim;

    public float Scale => 1 / MathF.Sqrt(Cache.HeadDim);

    public override string ToString() =>
        $"{Cache.Type}, {Cache.Heads} heads x {Group}, dimension {Cache.HeadDim}, {Tokens} tokens of {Length}, window {Window}, cap {SoftCap}";

    /// <summary>All heads; the tokens in tiles of this many.</summary>
    public float[] Attend(IsaLevel level, int tileTokens) => Run(tileTokens, tile => VectorKernels.For(level).Attend(tile));

    /// <summary>The same, each part of the positions by itself, the last one first.</summary>
    public float[] AttendInParts(IsaLevel level, int tileTokens) => Run(tileTokens, tile =>
    {
        var stride = AttentionTile.PartialFloats(tileTokens * Group, Cache.HeadDim);
        using var partials = new GuardedMemory(tile.Parts * stride * sizeof(float));
        for (var part = tile.Parts - 1; part >= 0; part--) VectorKernels.For(level).AttendPart(tile, part, partials.Floats + part * stride);
        VectorKernels.For(level).MergeParts(tile, partials.Floats, stride);
        partials.Check();
    });

    float[] Run(int tileTokens, Action<AttentionTile> attend)
    {
        using var output = new GuardedMemory((long)Queries.Length * sizeof(float));
        using var scratch = new AttentionScratch(tileTokens * Group, Cache.HeadDim);
        for (var head = 0; head < Cache.Heads; head++)
        {
            for (var token = 0; token < Tokens; token += tileTokens)
            {
                var offset = (long)token * Stride + head * Group * Cache.HeadDim;
                attend(new AttentionTile
                {
                    Cache = Cache,
                    Scratch = scratch,
                    KeyValueHead = head,
                    Group = Group,
                    Tokens = Math.Min(tileTokens, Tokens - token),
                    Position = Length - Tokens + token,
                    Queries = _queries.Floats + offset,
                    Output = output.Floats + offset,
                    Stride = Stride,
                    Scale = Scale,
                    Window = Window,
                    SoftCap = SoftCap,
                });
            }
        }
        output.Check();
        return output.ToFloats();
    }

    /// <summary>
    /// Weights are relative to their maximum, so an error e of a score becomes a relative error e of a weight. A score is headDim
    /// fused operations on the products of a query and a key (sum of magnitudes S): headDim / 2^24 * S, and with a cap 8 / 2^24 * cap more.
    /// exp, the two running sums and the rescaling per block of 64 add 8 + positions / 16 half ulps. All of it on numbers no larger than
    /// the largest value.
    /// </summary>
    public void AssertIsTheDefinition(float[] output, string what)
    {
        var dim = Cache.HeadDim;
        for (var head = 0; head < Cache.Heads; head++)
        {
            for (var token = 0; token < Tokens; token++)
            {
                for (var member = 0; member < Group; member++)
                {
                    var offset = token * Stride + (head * Group + member) * dim;
                    var (expected, bound) = Definition(head, Queries.AsSpan(offset, dim), Length - Tokens + token);
                    for (var i = 0; i < dim; i++)
                    {
                        if (!(Math.Abs(output[offset + i] - expected[i]) <= bound))
                            Assert.Fail($"{this}, {what}: token {token}, head {head}/{member}, number {i}: {output[offset + i]:g9}, not {expected[i]:g9} +- {bound:g3}");
                    }
                }
            }
        }
    }

    (double[] Expected, double Bound) Definition(int head, ReadOnlySpan<float> query, int position)
    {
        var first = Window > 0 ? Math.Max(0, position - Window + 1) : 0;
        var scores = new double[position + 1];
        double largestSize = 0, largestValue = 0;
        for (var key = first; key <= position; key++)
        {
            double sum = 0, size = 0;
            for (var i = 0; i < query.Length; i++)
            {
                sum += query[i] * _keys[head, key][i] * Scale;
                size += Math.Abs(query[i] * _keys[head, key][i] * Scale);
            }
            scores[key] = SoftCap > 0 ? SoftCap * Math.Tanh(sum / SoftCap) : sum;
            largestSize = Math.Max(largestSize, size);
            largestValue = Math.Max(largestValue, _values[head, key].Max(Math.Abs));
        }
        var max = scores[first..].Max();
        var total = 0.0;
        var expected = new double[query.Length];
        for (var key = first; key <= position; key++)
        {
            var weight = Math.Exp(scores[key] - max);
            total += weight;
            for (var i = 0; i < query.Length; i++) expected[i] += weight * _values[head, key][i];
        }
        for (var i = 0; i < query.Length; i++) expected[i] /= total;
        var operations = query.Length * largestSize + 8 * SoftCap + 8 + scores.Length / 16.0;
        return (expected, operations * largestValue / (1 << 24));
    }

    public void Dispose()
    {
        Cache.Dispose();
        _queries.Dispose();
    }
}

/// <summary>What a cache makes of numbers.</summary>
static class CacheRounding
{
    /// <summary>Q8_0: for 32 numbers, scale = max |x| / 127 rounded to half precision, code = x / scale rounded to even, within +-127.</summary>
    public static double[] Of(CacheType type, float[] numbers) => type switch
    {
        CacheType.F32 => [.. numbers.Select(number => (double)number)],
        CacheType.F16 => [.. numbers.Select(number => (double)(Half)number)],
        CacheType.BF16 => [.. numbers.Select(number => (double)TopBits(number))],
        _ => [.. numbers.Chunk(32).SelectMany(Quantized)],
    };

    /// <summary>The nearest number of 8 significant bits, by Dekker's splitting, which never looks at bits.</summary>
    static float TopBits(float number)
    {
        var spread = number * ((1 << 16) + 1);
        return spread - (spread - number);
    }

    static IEnumerable<double> Quantized(float[] group)
    {
        var scale = (float)(Half)(group.Max(MathF.Abs) / 127);
        return group.Select(number => scale > 0 ? scale * Math.Clamp((double)MathF.Round(number * (1 / scale)), -127, 127) : 0);
    }
}
