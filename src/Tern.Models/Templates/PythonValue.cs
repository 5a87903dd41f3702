using System.Collections;
using System.Globalization;
using System.Text;
using System.Text.Json;
using Dict = System.Collections.Generic.OrderedDictionary<string, object?>;

namespace Tern.Models.Templates;

/// <summary>A list that prints with parentheses; what else sets a tuple apart, templates do not see.</summary>
sealed class PythonTuple(IEnumerable<object?> items) : List<object?>(items);

/// <summary>
/// The values of templates and what Python does with them. None is null; then bool, long, double, string, List&lt;object?&gt; (and <see cref="PythonTuple"/>), OrderedDictionary&lt;string, object?&gt;, <see cref="Undefined"/>, <see cref="Namespace"/>, <see cref="LoopState"/>, <see cref="Callable"/>.
/// </summary>
static class PythonValue
{
    const int MaxInputDepth = 100;

    /// <summary>A copy of a .NET value (JSON-like) as a value of templates.</summary>
    /// <exception cref="TernException">A type that JSON does not have, or nesting without end.</exception>
    public static object? From(object? value, int depth = 0)
    {
        if (depth > MaxInputDepth) throw new TernException($"chat template: a variable nests deeper than {MaxInputDepth} levels");
        switch (value)
        {
            case null or bool or long or double or string: return value;
            case int or short or byte or uint or sbyte or ushort: return Convert.ToInt64(value, CultureInfo.InvariantCulture);
            case float or decimal: return Convert.ToDouble(value, CultureInfo.InvariantCulture);
            case JsonElement element: return FromJson(element);
            case IEnumerable<KeyValuePair<string, object?>> entries:
                var dictionary = new Dict(StringComparer.Ordinal);
                foreach (var (key, entry) in entries) dictionary[key] = From(entry, depth + 1);
                return dictionary;
            case IEnumerable items:
                var list = new List<object?>();
                foreach (var item in items) list.Add(From(item, depth + 1));
                return list;
            default: throw new TernException($"chat template: a variable has the type {value.GetType().Name}; give strings, numbers, booleans, lists and dictionaries");
        }
    }

    static object? FromJson(JsonElement element)
    {
        switch (element.ValueKind)
        {
            case JsonValueKind.Null or JsonValueKind.Undefined: return null;
            case JsonValueKind.True: return true;
            case JsonValueKind.False: return false;
            case JsonValueKind.String: return element.GetString();
            case JsonValueKind.Number: return element.TryGetInt64(out var integer) ? integer : element.GetDouble();
            case JsonValueKind.Array: return element.EnumerateArray().Select(FromJson).ToList();
            default:
                var dictionary = new Dict(StringComparer.Ordinal);
                foreach (var property in element.EnumerateObject()) dictionary[property.Name] = FromJson(property.Value);
                return dictionary;
        }
    }

    public static string TypeName(object? value) => value switch
    {
        null => "none",
        bool => "a boolean",
        long => "an integer",
        double => "a float",
        string => "a string",
        List<object?> => "a list",
        Dict => "a dictionary",
        Undefined undefined => $"'{undefined.Name}', which is undefined",
        Callable => "a function",
        _ => "an object",
    };

    public static bool IsTrue(object? value) => value switch
    {
        null or Undefined => false,
        bool truth => truth,
        long number => number != 0,
        double number => number != 0,
        string text => text.Length > 0,
        List<object?> list => list.Count > 0,
        Dict dictionary => dictionary.Count > 0,
        _ => true,
    };

    /// <summary>str(value)</summary>
    public static string Text(object? value, Rendering rendering)
    {
        if (value is string text) return text;
        if (value is Undefined) return "";
        var written = new StringBuilder();
        WriteRepresentation(written, value, rendering);
        return written.ToString();
    }

    static void WriteRepresentation(StringBuilder written, object? value, Rendering rendering)
    {
        rendering.Enter(rendering.Line);
        var before = written.Length;
        switch (value)
        {
            case null: written.Append("None"); break;
            case bool truth: written.Append(truth ? "True" : "False"); break;
            case long number: written.Append(number); break;
            case double number: written.Append(Representation(number)); break;
            case string text: WriteQuoted(written, text); break;
            case Undefined: written.Append("Undefined"); break;
            case List<object?> list:
                written.Append(list is PythonTuple ? '(' : '[');
                for (var i = 0; i < list.Count; i++)
                {
                    if (i > 0) written.Append(", ");
                    WriteRepresentation(written, list[i], rendering);
                }
                written.Append(list is not PythonTuple ? "]" : list.Count == 1 ? ",)" : ")");
                break;
            case Dict dictionary:
                written.Append('{');
                foreach (var (key, entry) in dictionary)
                {
                    if (written[^1] != '{' || written.Length - 1 != before) written.Append(", ");
                    WriteQuoted(written, key);
                    written.Append(": ");
                    WriteRepresentation(written, entry, rendering);
                }
                written.Append('}');
                break;
            default: throw rendering.Error($"cannot print {TypeName(value)}");
        }
        rendering.Charge(written.Length - before);
        rendering.Leave();
    }

    static void WriteQuoted(StringBuilder written, string text)
    {
        var quote = text.Contains('\'') && !text.Contains('"') ? '"' : '\'';
        written.Append(quote);
        foreach (var character in text)
        {
            if (character == quote || character == '\\') written.Append('\\').Append(character);
            else if (character == '\n') written.Append("\\n");
            else if (character == '\r') written.Append("\\r");
            else if (character == '\t') written.Append("\\t");
            else if (character < ' ' || character == '\x7f') written.Append("\\x").Append(((int)character).ToString("x2"));
            else written.Append(character);
        }
        written.Append(quote);
    }

    /// <summary>repr of a float: the shortest digits that read back, exponents from 1e16 and below 1e-4.</summary>
    public static string Representation(double number)
    {
        if (double.IsNaN(number)) return "nan";
        if (double.IsInfinity(number)) return number > 0 ? "inf" : "-inf";
        if (number == 0) return double.IsNegative(number) ? "-0.0" : "0.0";

        // .NET's shortest digits, laid out anew: digits d1 d2 ... times 10^(point - number of digits).
        var shortest = Math.Abs(number).ToString("R", CultureInfo.InvariantCulture).Split('E');
        var whole = shortest[0].Split('.');
        var point = whole[0].Length + (shortest.Length > 1 ? int.Parse(shortest[1], CultureInfo.InvariantCulture) : 0);
        var digits = string.Concat(whole);
        point -= digits.Length - digits.TrimStart('0').Length;
        digits = digits.Trim('0');
        var sign = number < 0 ? "-" : "";
        if (point is <= -4 or > 16)
        {
            var exponent = Math.Abs(point - 1).ToString("00", CultureInfo.InvariantCulture);
            return $"{sign}{digits[0]}{(digits.Length > 1 ? "." : "")}{digits[1..]}e{(point > 0 ? '+' : '-')}{exponent}";
        }
        if (point <= 0) return $"{sign}0.{new string('0', -point)}{digits}";
        return digits.Length > point
            ? $"{sign}{digits[..point]}.{digits[point..]}"
            : $"{sign}{digits.PadRight(point, '0')}.0";
    }

    public static bool AreEqual(object? left, object? right, Rendering rendering)
    {
        rendering.Enter(rendering.Line);
        var equal = (left, right) switch
        {
            (null, null) or (Undefined, Undefined) => true,
            (string a, string b) => a == b,
            (List<object?> a, List<object?> b) => a.Count == b.Count && a.Zip(b).All(pair => AreEqual(pair.First, pair.Second, rendering)),
            (Dict a, Dict b) => a.Count == b.Count
                && a.All(entry => b.TryGetValue(entry.Key, out var other) && AreEqual(entry.Value, other, rendering)),
            (bool or long or double, bool or long or double) => PythonArithmetic.CompareNumbers(left, right) == 0,
            _ => ReferenceEquals(left, right),
        };
        rendering.Leave();
        return equal;
    }

    public static int Compare(object? left, object? right, Rendering rendering)
    {
        switch (left, right)
        {
            case (string a, string b): return string.CompareOrdinal(a, b);
            case (bool or long or double, bool or long or double): return PythonArithmetic.CompareNumbers(left, right);
            case (List<object?> a, List<object?> b):
                rendering.Enter(rendering.Line);
                var order = 0;
                for (var i = 0; order == 0 && i < Math.Min(a.Count, b.Count); i++)
                    order = AreEqual(a[i], b[i], rendering) ? 0 : Compare(a[i], b[i], rendering);
                rendering.Leave();
                return order != 0 ? order : a.Count.CompareTo(b.Count);
            default: throw rendering.Error($"cannot compare {TypeName(left)} with {TypeName(right)}");
        }
    }

    public static bool Contains(object? container, object? value, Rendering rendering) => container switch
    {
        string text => value is string part
            ? text.Contains(part, StringComparison.Ordinal)
            : throw rendering.Error($"only a string can be in a string, not {TypeName(value)}"),
        List<object?> list => list.Any(item => AreEqual(item, value, rendering)),
        Dict dictionary => value is string key && dictionary.ContainsKey(key),
        Undefined => false,
        _ => throw rendering.Error($"nothing can be in {TypeName(container)}"),
    };

    public static int Length(object? value, Rendering rendering) => value switch
    {
        string text => text.Length,
        List<object?> list => list.Count,
        Dict dictionary => dictionary.Count,
        Undefined => 0,
        _ => throw rendering.Error($"{TypeName(value)} has no length"),
    };

    /// <summary>The elements of a list, keys of a dictionary, characters of a string (by code point).</summary>
    public static IEnumerable<object?> Iterate(object? value, Rendering rendering) => value switch
    {
        List<object?> list => list.ToArray(),                    // a copy: the body may append
        Dict dictionary => dictionary.Keys.ToArray(),
        string text => text.EnumerateRunes().Select(object? (rune) => rune.ToString()),
        Undefined => [],
        _ => throw rendering.Error($"cannot iterate over {TypeName(value)}"),
    };

    /// <summary>target.name: methods win over the keys of a dictionary, as in Jinja.</summary>
    public static object? Attribute(object? target, string name, Rendering rendering)
    {
        switch (target)
        {
            case Undefined undefined: throw rendering.Error($"'{undefined.Name}' is undefined, so it has no '{name}'");
            case Namespace space: return space.Attributes.TryGetValue(name, out var attribute) ? attribute : new Undefined(name);
            case LoopState loop: return loop.Attribute(name);
        }
        if (PythonMethods.Find(target, name) is { } method) return method;
        return target is Dict dictionary && dictionary.TryGetValue(name, out var value) ? value : new Undefined(name);
    }

    /// <summary>target[index]: keys win over methods.</summary>
    public static object? Item(object? target, object? index, Rendering rendering)
    {
        switch (target, index)
        {
            case (Undefined undefined, _): throw rendering.Error($"'{undefined.Name}' is undefined, so it has no items");
            case (Dict dictionary, string key) when dictionary.TryGetValue(key, out var value): return value;
            case (List<object?> list, long position):
                if (position < 0) position += list.Count;
                return position >= 0 && position < list.Count ? list[(int)position] : new Undefined($"item {index}");
            case (string text, long position):
                if (position < 0) position += text.Length;
                return position >= 0 && position < text.Length ? text[(int)position].ToString() : new Undefined($"item {index}");
            case (_, string name): return Attribute(target, name, rendering);
            default: return new Undefined("the item");
        }
    }
}
