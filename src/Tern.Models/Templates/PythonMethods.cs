using System.Text;
using Dict = System.Collections.Generic.OrderedDictionary<string, object?>;

namespace Tern.Models.Templates;

/// <summary>The methods of Python's str, dict and list that chat templates call.</summary>
static class PythonMethods
{
    /// <summary>The bound method, or null where the type has none of this name.</summary>
    public static Callable? Find(object? target, string name) => target switch
    {
        string text => OfString(text, name),
        Dict dictionary => OfDict(dictionary, name),
        List<object?> list => OfList(list, name),
        _ => null,
    };

    static Callable? OfString(string text, string name) => name switch
    {
        "strip" => (_, arguments) => Strip(text, arguments.Get(0, "chars") as string, true, true),
        "lstrip" => (_, arguments) => Strip(text, arguments.Get(0, "chars") as string, true, false),
        "rstrip" => (_, arguments) => Strip(text, arguments.Get(0, "chars") as string, false, true),
        "startswith" => (rendering, arguments) => AnyOf(arguments, rendering, part => text.StartsWith(part, StringComparison.Ordinal)),
        "endswith" => (rendering, arguments) => AnyOf(arguments, rendering, part => text.EndsWith(part, StringComparison.Ordinal)),
        "removeprefix" => (rendering, arguments) => arguments.RequireText(rendering, 0, "prefix") is var prefix
            && text.StartsWith(prefix, StringComparison.Ordinal) ? text[prefix.Length..] : text,
        "removesuffix" => (rendering, arguments) => arguments.RequireText(rendering, 0, "suffix") is var suffix
            && text.EndsWith(suffix, StringComparison.Ordinal) ? text[..^suffix.Length] : text,
        "split" => (rendering, arguments) => Split(text, arguments, false, rendering),
        "rsplit" => (rendering, arguments) => Split(text, arguments, true, rendering),
        "splitlines" => (rendering, _) => SplitLines(text, rendering),
        "replace" => (rendering, arguments) => Replace(
            text,
            arguments.RequireText(rendering, 0, "old"),
            arguments.RequireText(rendering, 1, "new"),
            arguments.GetInteger(rendering, 2, "count", -1),
            rendering),
        "join" => (rendering, arguments) => Join(text, arguments.Require(rendering, 0, "iterable"), rendering),
        "upper" => (_, _) => text.ToUpperInvariant(),
        "lower" => (_, _) => text.ToLowerInvariant(),
        "capitalize" => (_, _) => Capitalize(text),
        "title" => (_, _) => Title(text),
        "find" => (rendering, arguments) => (long)text.IndexOf(arguments.RequireText(rendering, 0, "sub"), StringComparison.Ordinal),
        "rfind" => (rendering, arguments) => (long)text.LastIndexOf(arguments.RequireText(rendering, 0, "sub"), StringComparison.Ordinal),
        "count" => (rendering, arguments) => arguments.RequireText(rendering, 0, "sub") is { Length: > 0 } part
            ? (long)text.AsSpan().Count(part)
            : text.Length + 1L,
        "isdigit" => (_, _) => text.Length > 0 && text.All(char.IsDigit),
        "isalpha" => (_, _) => text.Length > 0 && text.All(char.IsLetter),
        "isalnum" => (_, _) => text.Length > 0 && text.All(char.IsLetterOrDigit),
        "isspace" => (_, _) => text.Length > 0 && text.All(char.IsWhiteSpace),
        "isupper" => (_, _) => text.Any(char.IsUpper) && !text.Any(char.IsLower),
        "islower" => (_, _) => text.Any(char.IsLower) && !text.Any(char.IsUpper),
        _ => null,
    };

    static Callable? OfDict(Dict dictionary, string name) => name switch
    {
        "get" => (rendering, arguments) => arguments.Require(rendering, 0, "key") is string key && dictionary.TryGetValue(key, out var value)
            ? value
            : arguments.Get(1, "default"),
        "items" => (rendering, _) => Items(dictionary, rendering),
        "keys" => (rendering, _) => Charged(dictionary.Keys.ToList<object?>(), rendering),
        "values" => (rendering, _) => Charged(dictionary.Values.ToList(), rendering),
        "copy" => (rendering, _) =>
        {
            rendering.Charge(dictionary.Count);
            return new Dict(dictionary, StringComparer.Ordinal);
        }
        ,
        "update" => (rendering, arguments) =>
        {
            if (arguments.Get(0, "other") is Dict other)
                foreach (var (key, value) in new Dict(other, StringComparer.Ordinal)) dictionary[key] = value;
            foreach (var (key, value) in arguments.Named) dictionary[key] = value;
            rendering.Charge(dictionary.Count);
            return null;
        }
        ,
        "pop" => (rendering, arguments) =>
        {
            if (arguments.Require(rendering, 0, "key") is string key && dictionary.Remove(key, out var value)) return value;
            return arguments.Has(1, "default") ? arguments.Get(1, "default") : throw rendering.Error("pop: the dictionary has no such key");
        }
        ,
        _ => null,
    };

    static Callable? OfList(List<object?> list, string name) => name switch
    {
        "append" => (rendering, arguments) =>
        {
            rendering.Charge(1);
            list.Add(arguments.Require(rendering, 0, "object"));
            return null;
        }
        ,
        "extend" => (rendering, arguments) =>
        {
            var items = PythonValue.Iterate(arguments.Require(rendering, 0, "iterable"), rendering).ToList();
            rendering.Charge(items.Count);
            list.AddRange(items);
            return null;
        }
        ,
        "insert" => (rendering, arguments) =>
        {
            rendering.Charge(1);
            var index = arguments.GetInteger(rendering, 0, "index", 0);
            list.Insert((int)Math.Clamp(index < 0 ? index + list.Count : index, 0, list.Count), arguments.Require(rendering, 1, "object"));
            return null;
        }
        ,
        "pop" => (rendering, arguments) =>
        {
            var index = arguments.GetInteger(rendering, 0, "index", -1);
            if (index < 0) index += list.Count;
            if (index < 0 || index >= list.Count) throw rendering.Error("pop: the list has no such item");
            var value = list[(int)index];
            list.RemoveAt((int)index);
            return value;
        }
        ,
        "index" => (rendering, arguments) =>
        {
            var index = list.FindIndex(item => PythonValue.AreEqual(item, arguments.Require(rendering, 0, "value"), rendering));
            return index < 0 ? throw rendering.Error("index: the value is not in the list") : (long)index;
        }
        ,
        "count" => (rendering, arguments) => (long)list.Count(item => PythonValue.AreEqual(item, arguments.Require(rendering, 0, "value"), rendering)),
        "copy" => (rendering, _) => Charged([.. list], rendering),
        _ => null,
    };

    public static List<object?> Items(Dict dictionary, Rendering rendering) =>
        Charged([.. dictionary.Select(object? (entry) => new PythonTuple([entry.Key, entry.Value]))], rendering);

    static List<object?> Charged(List<object?> made, Rendering rendering)
    {
        rendering.Charge(made.Count);
        return made;
    }

    static bool AnyOf(Arguments arguments, Rendering rendering, Func<string, bool> matches) =>
        arguments.Require(rendering, 0, "prefix") is List<object?> several
            ? several.OfType<string>().Any(matches)
            : matches(arguments.RequireText(rendering, 0, "prefix"));

    public static string Strip(string text, string? characters, bool atStart, bool atEnd)
    {
        bool IsStripped(char character) => characters is null ? char.IsWhiteSpace(character) : characters.Contains(character);
        var start = 0;
        var end = text.Length;
        if (atStart)
            while (start < end && IsStripped(text[start])) start++;
        if (atEnd)
            while (end > start && IsStripped(text[end - 1])) end--;
        return text[start..end];
    }

    public static string Capitalize(string text) =>
        text.Length == 0 ? "" : char.ToUpperInvariant(text[0]) + text[1..].ToLowerInvariant();

    public static string Title(string text)
    {
        var title = new StringBuilder(text.Length);
        foreach (var character in text)
        {
            var inWord = title.Length > 0 && char.IsLetter(title[^1]);
            title.Append(inWord ? char.ToLowerInvariant(character) : char.ToUpperInvariant(character));
        }
        return title.ToString();
    }

    /// <summary>str.replace; a negative count replaces all.</summary>
    public static string Replace(string text, string old, string replacement, long count, Rendering rendering)
    {
        if (old.Length == 0) throw rendering.Error("replace needs a text to look for, not the empty string");
        var replaced = new StringBuilder();
        var start = 0;
        for (; count != 0; count--)
        {
            var found = text.IndexOf(old, start, StringComparison.Ordinal);
            if (found < 0) break;
            rendering.Charge(found - start + replacement.Length);
            replaced.Append(text, start, found - start).Append(replacement);
            start = found + old.Length;
        }
        return replaced.Append(text, start, text.Length - start).ToString();
    }

    static string Join(string separator, object? items, Rendering rendering)
    {
        var joined = new StringBuilder();
        var first = true;
        foreach (var item in PythonValue.Iterate(items, rendering))
        {
            if (item is not string text) throw rendering.Error($"join needs strings, not {PythonValue.TypeName(item)}");
            rendering.Charge((long)separator.Length + text.Length);
            if (!first) joined.Append(separator);
            first = false;
            joined.Append(text);
        }
        return joined.ToString();
    }

    static List<object?> Split(string text, Arguments arguments, bool fromRight, Rendering rendering)
    {
        rendering.Charge(text.Length);
        var most = arguments.GetInteger(rendering, 1, "maxsplit", -1);
        var limit = most < 0 ? int.MaxValue : (int)Math.Min(most, int.MaxValue - 1) + 1;
        if (arguments.Get(0, "sep") is null)
        {
            var words = text.Split((char[]?)null, limit, StringSplitOptions.RemoveEmptyEntries);
            if (words.Length > 0 && words.Length == limit) words[^1] = words[^1].Trim();
            return [.. words];
        }
        var separator = arguments.RequireText(rendering, 0, "sep");
        if (separator.Length == 0) throw rendering.Error("split needs a separator that is not empty");
        if (!fromRight) return [.. text.Split(separator, limit)];
        var parts = text.Split(separator).ToList();
        if (parts.Count <= limit) return [.. parts];
        var joined = string.Join(separator, parts.Take(parts.Count - limit + 1));
        return [joined, .. parts.Skip(parts.Count - limit + 1)];
    }

    static List<object?> SplitLines(string text, Rendering rendering)
    {
        rendering.Charge(text.Length);
        var lines = text.ReplaceLineEndings("\n").Split('\n').ToList<object?>();
        if (lines[^1] is "") lines.RemoveAt(lines.Count - 1);
        return lines;
    }
}
