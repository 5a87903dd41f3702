using Tern.Numerics.Formats;
using Tern.Numerics.Kernels;
using Tern.Testing;

namespace Tern.Numerics.Tests.Kernels;

/// <summary>A cache filled with random keys and values, and queries for its last positions.</summary>
sealed unsafe class AttentionCase : IDisposable
{
    readonly GuardedMemory _queries;
    readonly double[,][] _keys, _values;

    public AttentionCase(CacheType type, int heads, int group, int headDim, int length, int tokens, int window, float softCap, int seed, float range = 1)
    {
        (Group, Length, Tokens, Window, SoftCap) = (group, length, tokens, window, softCap);
        var random = new Random(seed);
        Cache = new AttentionCache(heads, headDim, length, type);
        _keys = new double[heads, length][];
        _values = new double[heads, length][];
        for (var head = 0; head < heads; head++)
        {
            for (var position = 0; position < length; position++) Store(head, position, Numbers(random, headDim, 1.5f * range), Numbers(random, headDim, range));
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

    /// <summary>Fills what is behind the last position with NaN.</summary>
    public void Poison()
    {
        var nan = Enumerable.Repeat(float.NaN, Cache.HeadDim).ToArray();
        fixed (float* numbers = nan)
            for (var head = 0; head < Cache.Heads; head++)
                for (var position = Length; position < Cache.Capacity; position++)
                {
                    Cache.StoreKey(head, position, numbers);
                    Cache.StoreValue(head, position, numbers);
                }
    }

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
            var (keys, values) = (Of(_keys, head), Of(_values, head));
            for (var token = 0; token < Tokens; token++)
            {
                for (var member = 0; member < Group; member++)
                {
                    var offset = token * Stride + (head * Group + member) * dim;
                    double[] query = [.. Queries.AsSpan(offset, dim).ToArray().Select(number => (double)number * Scale)];
                    var (expected, bound, _) = Definition(keys, values, query, Length - Tokens + token);
                    for (var i = 0; i < dim; i++)
                    {
                        if (!(Math.Abs(output[offset + i] - expected[i]) <= bound))
                            Assert.Fail($"{this}, {what}: token {token}, head {head}/{member}, number {i}: {output[offset + i]:g9}, not {expected[i]:g9} +- {bound:g3}");
                    }
                }
            }
        }
    }

    /// <summary>
    /// BF16 tiles round queries (times scale, and log2 e where no cap comes first), keys and values to 8 bits, and the definition is of those.
    /// Weights are rounded too, each by at most 2^-8 of itself, independently and evenly distributed: the error of sum(w v) / sum(w) has the standard
    /// deviation 2^-8 / sqrt(3) * sqrt(sum (w v)^2) / sum(w), and six of them are allowed. For 500 keys that is less than one of them weighs.
    /// float32 errs as in <see cref="AssertIsTheDefinition"/>, and the polynomial for 2^x by 2.6e-6.
    /// </summary>
    public void AssertIsTheRoundedDefinition(float[] output, string what)
    {
        const float LogTwoOfE = 1.44269504f;
        var dim = Cache.HeadDim;
        var scale = SoftCap > 0 ? Scale : Scale * LogTwoOfE;
        for (var head = 0; head < Cache.Heads; head++)
        {
            var keys = Rounded(_keys, head);
            var values = Rounded(_values, head);
            var largest = values.Max(row => row.Max(Math.Abs));
            for (var token = 0; token < Tokens; token++)
            {
                for (var member = 0; member < Group; member++)
                {
                    var offset = token * Stride + (head * Group + member) * dim;
                    double[] query = [.. Queries.AsSpan(offset, dim).ToArray().Select(number => CacheRounding.BFloat16(number * scale) / (double)scale * Scale)];
                    var (expected, bound, deviations) = Definition(keys, values, query, Length - Tokens + token);
                    for (var i = 0; i < dim; i++)
                    {
                        var allowed = 6 / Math.Sqrt(3) / (1 << 8) * deviations[i] + bound + 6e-6 * largest;
                        if (!(Math.Abs(output[offset + i] - expected[i]) <= allowed))
                            Assert.Fail($"{this}, {what}: token {token}, head {head}/{member}, number {i}: {output[offset + i]:g9}, not {expected[i]:g9} +- {allowed:g3}");
                    }
                }
            }
        }
    }

    double[][] Of(double[,][] numbers, int head) => [.. Enumerable.Range(0, Length).Select(position => numbers[head, position])];

    double[][] Rounded(double[,][] numbers, int head) =>
        [.. Of(numbers, head).Select(row => row.Select(number => (double)CacheRounding.BFloat16(number)).ToArray())];

    (double[] Expected, double Bound, double[] Deviations) Definition(double[][] keys, double[][] values, double[] query, int position)
    {
        var first = Window > 0 ? Math.Max(0, position - Window + 1) : 0;
        var scores = new double[position + 1];
        double largestSize = 0, largestValue = 0;
        for (var key = first; key <= position; key++)
        {
            double sum = 0, size = 0;
            for (var i = 0; i < query.Length; i++)
            {
                sum += query[i] * keys[key][i];
                size += Math.Abs(query[i] * keys[key][i]);
            }
            scores[key] = SoftCap > 0 ? SoftCap * Math.Tanh(sum / SoftCap) : sum;
            largestSize = Math.Max(largestSize, size);
            largestValue = Math.Max(largestValue, values[key].Max(Math.Abs));
        }
        var max = scores[first..].Max();
        var total = 0.0;
        double[] expected = new double[query.Length], deviations = new double[query.Length];
        for (var key = first; key <= position; key++)
        {
            var weight = Math.Exp(scores[key] - max);
            total += weight;
            for (var i = 0; i < query.Length; i++)
            {
                expected[i] += weight * values[key][i];
                deviations[i] += weight * weight * values[key][i] * values[key][i];
            }
        }
        for (var i = 0; i < query.Length; i++) (expected[i], deviations[i]) = (expected[i] / total, Math.Sqrt(deviations[i]) / total);
        var operations = query.Length * largestSize + 8 * SoftCap + 8 + scores.Length / 16.0;
        return (expected, operations * largestValue / (1 << 24), deviations);
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
        CacheType.BF16 => [.. numbers.Select(number => (double)BFloat16(number))],
        _ => [.. numbers.Chunk(32).SelectMany(Quantized)],
    };

    public static float BFloat16(double number) => BF16.ToSingle(BF16.FromSingle((float)number));

    static IEnumerable<double> Quantized(float[] group)
    {
        var scale = (float)(Half)(group.Max(MathF.Abs) / 127);
        return group.Select(number => scale > 0 ? scale * Math.Clamp((double)MathF.Round(number * (1 / scale)), -127, 127) : 0);
    }
}
