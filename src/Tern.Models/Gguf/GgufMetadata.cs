using System.Collections;
using System.Diagnostics.CodeAnalysis;
using System.Globalization;

namespace Tern.Models.Gguf;

/// <summary>
/// The key-values of a GGUF file, in file order. Scalars are boxed (byte, sbyte, ushort, short, uint, int, float, bool, string,
/// ulong, long, double), arrays are typed (<c>string[]</c>, <c>float[]</c>, <c>int[]</c>, ...), nested arrays are <c>object[]</c>.
/// The getters read any integer type as long as the value fits.
/// </summary>
[SuppressMessage("Naming", "CA1710", Justification = "The specification calls it metadata.")]
public sealed class GgufMetadata : IReadOnlyDictionary<string, object>
{
    readonly string path;
    readonly OrderedDictionary<string, object> values;
    readonly IReadOnlyDictionary<string, byte[][]> rawStrings;

    internal GgufMetadata(string path, OrderedDictionary<string, object> values, IReadOnlyDictionary<string, byte[][]> rawStrings)
    {
        this.path = path;
        this.values = values;
        this.rawStrings = rawStrings;
    }

    /// <summary>
    /// The bytes of the strings under <paramref name="key"/> (one for a scalar) where at least one of them is not valid UTF-8, so
    /// that the text form (with U+FFFD) does not tell them apart; null where the text form is exact.
    /// </summary>
    public IReadOnlyList<byte[]>? RawStrings(string key) => rawStrings.GetValueOrDefault(key);

    /// <exception cref="ModelFormatException">The key is missing or not a string.</exception>
    public string String(string key) => StringOrNull(key) ?? throw Missing(key);

    /// <exception cref="ModelFormatException">The value is not a string.</exception>
    public string? StringOrNull(string key) => Read<string>(key, "a string");

    /// <exception cref="ModelFormatException">The key is missing or not an integer of 32 bits.</exception>
    public int Int32(string key) => Int32OrNull(key) ?? throw Missing(key);

    /// <exception cref="ModelFormatException">The value is not an integer of 32 bits.</exception>
    public int? Int32OrNull(string key)
    {
        if (!values.TryGetValue(key, out var value)) return null;
        return ToInt64(value) switch
        {
            null => throw Wrong(key, value, "an integer"),
            < int.MinValue or > int.MaxValue => throw new ModelFormatException(path, $"the metadata key '{key}' is {value}, which is out of range"),
            var integer => (int)integer,
        };
    }

    /// <summary>Any number as a double; one of 32 bits gives the double of the same decimal digits (1e-5, not 9.99999974e-6).</summary>
    /// <exception cref="ModelFormatException">The value is not a number.</exception>
    public double? NumberOrNull(string key)
    {
        if (!values.TryGetValue(key, out var value)) return null;
        return value switch
        {
            float single => float.IsFinite(single) ? double.Parse(single.ToString("R", CultureInfo.InvariantCulture), CultureInfo.InvariantCulture) : single,
            double number => number,
            ulong integer => integer,
            _ => ToInt64(value) ?? throw Wrong(key, value, "a number"),
        };
    }

    /// <exception cref="ModelFormatException">The value is not a bool.</exception>
    public bool? BoolOrNull(string key)
    {
        if (!values.TryGetValue(key, out var value)) return null;
        return value is bool flag ? flag : throw Wrong(key, value, "a bool");
    }

    /// <exception cref="ModelFormatException">The value is not an array of strings.</exception>
    public string[]? StringsOrNull(string key) => Read<string[]>(key, "an array of strings");

    /// <summary>An array of floats of 32 bits.</summary>
    /// <exception cref="ModelFormatException">The value is not such an array.</exception>
    public float[]? SinglesOrNull(string key) => Read<float[]>(key, "an array of 32-bit floats");

    /// <summary>An array of any integer type, or a single integer as an array of one.</summary>
    /// <exception cref="ModelFormatException">The value is not such an array, or an element does not fit into 32 bits.</exception>
    public int[]? Int32sOrNull(string key)
    {
        if (!values.TryGetValue(key, out var value)) return null;
        if (value is not Array array || value is bool[]) return [Int32(key)];
        var integers = new int[array.Length];
        for (var i = 0; i < integers.Length; i++)
        {
            integers[i] = ToInt64(array.GetValue(i)!) is >= int.MinValue and <= int.MaxValue and var integer
                ? (int)integer
                : throw Wrong(key, value, "an array of 32-bit integers");
        }

        return integers;
    }

    /// <summary>An array of bools.</summary>
    /// <exception cref="ModelFormatException">The value is not such an array.</exception>
    public bool[]? BoolsOrNull(string key) => Read<bool[]>(key, "an array of bools");

    T? Read<T>(string key, string expected) where T : class
    {
        if (!values.TryGetValue(key, out var value)) return null;
        return value as T ?? throw Wrong(key, value, expected);
    }

    static long? ToInt64(object value) => value switch
    {
        byte integer => integer,
        sbyte integer => integer,
        ushort integer => integer,
        short integer => integer,
        uint integer => integer,
        int integer => integer,
        long integer => integer,
        ulong integer => integer <= long.MaxValue ? (long)integer : long.MaxValue,
        _ => null,
    };

    ModelFormatException Missing(string key) => new(path, $"the metadata key '{key}' is missing; convert the model again with a current converter");

    ModelFormatException Wrong(string key, object value, string expected) =>
        new(path, $"the metadata key '{key}' is of type {value.GetType().Name}, expected {expected}");

    public object this[string key] => values.TryGetValue(key, out var value) ? value : throw Missing(key);

    public IEnumerable<string> Keys => values.Keys;

    public IEnumerable<object> Values => values.Values;

    public int Count => values.Count;

    public bool ContainsKey(string key) => values.ContainsKey(key);

    public bool TryGetValue(string key, [MaybeNullWhen(false)] out object value) => values.TryGetValue(key, out value);

    public IEnumerator<KeyValuePair<string, object>> GetEnumerator() => values.GetEnumerator();

    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();
}
