using System.Text;
using Dict = System.Collections.Generic.OrderedDictionary<string, object?>;

namespace Tern.Models.Templates;

/// <summary>json.dumps of Python, as the tojson of transformers calls it: not ASCII only, no HTML escapes, ", " and ": " between.</summary>
sealed class PythonJson(Rendering rendering, int? indent, bool ensureAscii, bool sortKeys, string itemSeparator, string keySeparator)
{
    readonly StringBuilder written = new();

    public static object? ToJson(object? value, Arguments arguments, Rendering rendering)
    {
        var indent = arguments.Get(0, "indent") is null ? (int?)null : (int)Math.Clamp(arguments.GetInteger(rendering, 0, "indent", 0), 0, 100);
        var separators = arguments.Get(99, "separators") as List<object?>;
        if (separators is not null && (separators.Count != 2 || separators.Any(separator => separator is not string)))
            throw rendering.Error("the separators of tojson are two strings");
        var json = new PythonJson(
            rendering,
            indent,
            PythonValue.IsTrue(arguments.Get(99, "ensure_ascii")),
            PythonValue.IsTrue(arguments.Get(99, "sort_keys")),
            separators?[0] as string ?? (indent is null ? ", " : ","),
            separators?[1] as string ?? ": ");
        json.Write(value, 0);
        return json.written.ToString();
    }

    void Write(object? value, int level)
    {
        rendering.Enter(rendering.Line);
        var before = written.Length;
        switch (value)
        {
            case null: written.Append("null"); break;
            case bool truth: written.Append(truth ? "true" : "false"); break;
            case long number: written.Append(number); break;
            case double number: written.Append(Number(number)); break;
            case string text: WriteString(text); break;
            case List<object?> list: WriteList(list, level); break;
            case Dict dictionary: WriteDictionary(dictionary, level); break;
            default: throw rendering.Error($"tojson cannot write {PythonValue.TypeName(value)}");
        }
        rendering.Charge(written.Length - before);
        rendering.Leave();
    }

    void WriteList(List<object?> list, int level)
    {
        written.Append('[');
        for (var i = 0; i < list.Count; i++)
        {
            if (i > 0) written.Append(itemSeparator);
            NewLine(level + 1);
            Write(list[i], level + 1);
        }
        if (list.Count > 0) NewLine(level);
        written.Append(']');
    }

    void WriteDictionary(Dict dictionary, int level)
    {
        written.Append('{');
        var first = true;
        foreach (var (key, value) in sortKeys ? dictionary.OrderBy(entry => entry.Key, StringComparer.Ordinal) : dictionary.AsEnumerable())
        {
            if (!first) written.Append(itemSeparator);
            first = false;
            NewLine(level + 1);
            WriteString(key);
            written.Append(keySeparator);
            Write(value, level + 1);
        }
        if (!first) NewLine(level);
        written.Append('}');
    }

    void NewLine(int level)
    {
        if (indent is { } width) written.Append('\n').Append(' ', width * level);
    }

    static string Number(double number) =>
        double.IsNaN(number) ? "NaN" : double.IsInfinity(number) ? (number > 0 ? "Infinity" : "-Infinity") : PythonValue.Representation(number);

    void WriteString(string text)
    {
        written.Append('"');
        foreach (var character in text)
        {
            switch (character)
            {
                case '"': written.Append("\\\""); break;
                case '\\': written.Append("\\\\"); break;
                case '\n': written.Append("\\n"); break;
                case '\r': written.Append("\\r"); break;
                case '\t': written.Append("\\t"); break;
                case '\b': written.Append("\\b"); break;
                case '\f': written.Append("\\f"); break;
                default:
                    if (character < ' ' || (ensureAscii && character > '~')) written.Append("\\u").Append(((int)character).ToString("x4"));
                    else written.Append(character);
                    break;
            }
        }
        written.Append('"');
    }
}
