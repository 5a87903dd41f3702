using System.Globalization;
using System.Text;
using Dict = System.Collections.Generic.OrderedDictionary<string, object?>;

namespace Tern.Models.Templates;

delegate object? TemplateFilter(object? value, Arguments arguments, Rendering rendering);

/// <summary>The filters of Jinja that chat templates use.</summary>
static class TemplateFilters
{
    static readonly Dictionary<string, TemplateFilter> Filters = new(StringComparer.Ordinal)
    {
        ["trim"] = (value, arguments, rendering) => PythonMethods.Strip(Text(value, rendering), arguments.Get(0, "chars") as string, true, true),
        ["upper"] = (value, _, rendering) => Text(value, rendering).ToUpperInvariant(),
        ["lower"] = (value, _, rendering) => Text(value, rendering).ToLowerInvariant(),
        ["capitalize"] = (value, _, rendering) => PythonMethods.Capitalize(Text(value, rendering)),
        ["title"] = (value, _, rendering) => PythonMethods.Title(Text(value, rendering)),
        ["string"] = (value, _, rendering) => Text(value, rendering),
        ["safe"] = (value, _, rendering) => Text(value, rendering),
        ["escape"] = (value, _, rendering) => Escape(Text(value, rendering), rendering),
        ["e"] = (value, _, rendering) => Escape(Text(value, rendering), rendering),
        ["replace"] = (value, arguments, rendering) => PythonMethods.Replace(
            Text(value, rendering),
            Text(arguments.Require(rendering, 0, "old"), rendering),
            Text(arguments.Require(rendering, 1, "new"), rendering),
            arguments.GetInteger(rendering, 2, "count", -1),
            rendering),
        ["indent"] = Indent,
        ["tojson"] = PythonJson.ToJson,
        ["int"] = ToInteger,
        ["float"] = ToFloat,
        ["abs"] = (value, _, rendering) => PythonValue.Compare(value, 0L, rendering) < 0 ? PythonArithmetic.Negate(value, false, rendering) : value,
        ["round"] = Round,
        ["length"] = (value, _, rendering) => (long)PythonValue.Length(value, rendering),
        ["count"] = (value, _, rendering) => (long)PythonValue.Length(value, rendering),
        ["default"] = Default,
        ["d"] = Default,
        ["first"] = (value, _, rendering) => PythonValue.Iterate(value, rendering).FirstOrDefault(new Undefined("the first item")),
        ["last"] = (value, _, rendering) => PythonValue.Iterate(value, rendering).LastOrDefault(new Undefined("the last item")),
        ["list"] = (value, _, rendering) => Items(value, rendering),
        ["items"] = (value, _, rendering) => value is Undefined ? new List<object?>() : PythonMethods.Items(value as Dict
            ?? throw rendering.Error($"items needs a dictionary, not {PythonValue.TypeName(value)}"), rendering),
        ["dictsort"] = DictSort,
        ["sort"] = Sort,
        ["unique"] = Unique,
        ["reverse"] = Reverse,
        ["join"] = Join,
        ["map"] = Map,
        ["select"] = (value, arguments, rendering) => Select(value, arguments, rendering, byAttribute: false, keep: true),
        ["reject"] = (value, arguments, rendering) => Select(value, arguments, rendering, byAttribute: false, keep: false),
        ["selectattr"] = (value, arguments, rendering) => Select(value, arguments, rendering, byAttribute: true, keep: true),
        ["rejectattr"] = (value, arguments, rendering) => Select(value, arguments, rendering, byAttribute: true, keep: false),
        ["sum"] = (value, arguments, rendering) => Items(value, rendering)
            .Select(item => Pick(item, arguments.Get(0, "attribute"), rendering))
            .Aggregate(arguments.Get(1, "start", 0L), (sum, item) => PythonArithmetic.Apply("+", sum, item, rendering)),
        ["min"] = (value, _, rendering) => Extreme(value, -1, rendering),
        ["max"] = (value, _, rendering) => Extreme(value, 1, rendering),
        ["attr"] = (value, arguments, rendering) => PythonValue.Attribute(value, arguments.RequireText(rendering, 0, "name"), rendering),
    };

    public static TemplateFilter? Find(string name) => Filters.GetValueOrDefault(name);

    static string Text(object? value, Rendering rendering) => PythonValue.Text(value, rendering);

    static List<object?> Items(object? value, Rendering rendering)
    {
        rendering.Charge(PythonValue.Length(value, rendering));
        return [.. PythonValue.Iterate(value, rendering)];
    }

    static string Escape(string text, Rendering rendering)
    {
        rendering.Charge(5L * text.Length);
        return text.Replace("&", "&amp;").Replace("<", "&lt;").Replace(">", "&gt;").Replace("'", "&#39;").Replace("\"", "&#34;");
    }

    static object? Indent(object? value, Arguments arguments, Rendering rendering)
    {
        var margin = arguments.Get(0, "width") as string ?? new string(' ', (int)Math.Clamp(arguments.GetInteger(rendering, 0, "width", 4), 0, 1000));
        var first = PythonValue.IsTrue(arguments.Get(1, "first"));
        var blank = PythonValue.IsTrue(arguments.Get(2, "blank"));
        var lines = Text(value, rendering).Split('\n');
        rendering.Charge(lines.Sum(line => (long)line.Length + margin.Length + 1));
        var indented = new StringBuilder();
        for (var i = 0; i < lines.Length; i++)
        {
            if (i > 0) indented.Append('\n');
            if (i == 0 ? first : blank || lines[i].Length > 0) indented.Append(margin);
            indented.Append(lines[i]);
        }
        return indented.ToString();
    }

    static object? ToInteger(object? value, Arguments arguments, Rendering rendering) => value switch
    {
        long or bool => PythonArithmetic.Integer(value),
        double number when Math.Abs(number) < 9e18 => (long)number,
        string text when long.TryParse(text.Trim(), NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var integer) => integer,
        string text when double.TryParse(text.Trim(), CultureInfo.InvariantCulture, out var number) && Math.Abs(number) < 9e18 => (long)number,
        _ => arguments.Get(0, "default", 0L),
    };

    static object? ToFloat(object? value, Arguments arguments, Rendering rendering) => value switch
    {
        long or bool or double => PythonArithmetic.Float(value),
        string text when double.TryParse(text.Trim(), CultureInfo.InvariantCulture, out var number) => number,
        _ => arguments.Get(0, "default", 0.0),
    };

    static object? Round(object? value, Arguments arguments, Rendering rendering)
    {
        if (value is not (long or bool or double)) throw rendering.Error($"cannot round {PythonValue.TypeName(value)}");
        var scale = Math.Pow(10, Math.Clamp(arguments.GetInteger(rendering, 0, "precision", 0), -15, 15));
        var scaled = PythonArithmetic.Float(value) * scale;
        return (arguments.Get(1, "method", "common") switch
        {
            "ceil" => Math.Ceiling(scaled),
            "floor" => Math.Floor(scaled),
            _ => Math.Round(scaled),
        }) / scale;
    }

    static object? Default(object? value, Arguments arguments, Rendering rendering)
    {
        var insteadOfFalse = PythonValue.IsTrue(arguments.Get(1, "boolean"));
        return value is Undefined || (insteadOfFalse && !PythonValue.IsTrue(value)) ? arguments.Get(0, "default_value", "") : value;
    }

    static object? DictSort(object? value, Arguments arguments, Rendering rendering)
    {
        if (value is not Dict dictionary) throw rendering.Error($"dictsort needs a dictionary, not {PythonValue.TypeName(value)}");
        var caseSensitive = PythonValue.IsTrue(arguments.Get(0, "case_sensitive"));
        var part = arguments.Get(1, "by") is "value" ? 1 : 0;
        var items = PythonMethods.Items(dictionary, rendering);
        return Sorted(items, item => ((List<object?>)item!)[part], caseSensitive, PythonValue.IsTrue(arguments.Get(2, "reverse")), rendering);
    }

    static object? Sort(object? value, Arguments arguments, Rendering rendering) => Sorted(
        Items(value, rendering),
        item => Pick(item, arguments.Get(2, "attribute"), rendering),
        PythonValue.IsTrue(arguments.Get(1, "case_sensitive")),
        PythonValue.IsTrue(arguments.Get(0, "reverse")),
        rendering);

    static List<object?> Sorted(List<object?> items, Func<object?, object?> key, bool caseSensitive, bool reverse, Rendering rendering)
    {
        object? Key(object? item) => key(item) is string text && !caseSensitive ? text.ToLowerInvariant() : key(item);
        var comparer = Comparer<object?>.Create((x, y) =>
        {
            rendering.Step();
            return PythonValue.Compare(x, y, rendering);
        });
        try
        {
            return [.. reverse ? items.OrderByDescending(Key, comparer) : items.OrderBy(Key, comparer)];
        }
        catch (InvalidOperationException failure) when (failure.InnerException is TernException inner)
        {
            throw inner;
        }
    }

    static object? Unique(object? value, Arguments arguments, Rendering rendering)
    {
        var unique = new List<object?>();
        foreach (var item in Items(value, rendering))
            if (!PythonValue.Contains(unique, item, rendering)) unique.Add(item);
        return unique;
    }

    static object? Reverse(object? value, Arguments arguments, Rendering rendering)
    {
        var items = Items(value, rendering);
        items.Reverse();
        return value is string ? string.Concat(items) : items;
    }

    static object? Join(object? value, Arguments arguments, Rendering rendering)
    {
        var separator = Text(arguments.Get(0, "d", ""), rendering);
        var attribute = arguments.Get(1, "attribute");
        var joined = new StringBuilder();
        var first = true;
        foreach (var item in PythonValue.Iterate(value, rendering))
        {
            if (!first) joined.Append(separator);
            first = false;
            var text = Text(Pick(item, attribute, rendering), rendering);
            rendering.Charge((long)separator.Length + text.Length);
            joined.Append(text);
        }
        return joined.ToString();
    }

    static object? Map(object? value, Arguments arguments, Rendering rendering)
    {
        var items = Items(value, rendering);
        if (arguments.Named.TryGetValue("attribute", out var attribute))
        {
            var otherwise = arguments.Named.GetValueOrDefault("default");
            return items.ConvertAll(item => Pick(item, attribute, rendering) is var picked && picked is Undefined && otherwise is not null ? otherwise : picked);
        }
        var name = arguments.RequireText(rendering, 0, "filter");
        var filter = Find(name) ?? throw rendering.Error($"there is no filter '{name}'");
        var rest = WithoutFirst(arguments, 1);
        return items.ConvertAll(item =>
        {
            rendering.Step();
            return filter(item, rest, rendering);
        });
    }

    /// <summary>select(test, ...), selectattr(attribute, test, ...): without a test, the truth of the value.</summary>
    static object? Select(object? value, Arguments arguments, Rendering rendering, bool byAttribute, bool keep)
    {
        var attribute = byAttribute ? arguments.Require(rendering, 0, "attribute") : null;
        var testAt = byAttribute ? 1 : 0;
        TemplateTest test = (tested, _, _) => PythonValue.IsTrue(tested);
        if (arguments.Positional.Count > testAt)
        {
            var name = arguments.RequireText(rendering, testAt, "test");
            test = TemplateTests.Find(name) ?? throw rendering.Error($"there is no test '{name}'");
        }
        var rest = WithoutFirst(arguments, testAt + 1);
        return Items(value, rendering).FindAll(item =>
        {
            rendering.Step();
            return test(Pick(item, attribute, rendering), rest, rendering) == keep;
        });
    }

    static object? Extreme(object? value, int sign, Rendering rendering)
    {
        var items = Items(value, rendering);
        return items.Count == 0
            ? new Undefined("the extreme of nothing")
            : items.Aggregate((best, item) => PythonValue.Compare(item, best, rendering) * sign > 0 ? item : best);
    }

    /// <summary>item, or item.a.b for the attribute "a.b".</summary>
    static object? Pick(object? item, object? attribute, Rendering rendering) => attribute switch
    {
        null => item,
        string path => path.Split('.').Aggregate(item, (value, name) => PythonValue.Item(value, name, rendering)),
        _ => PythonValue.Item(item, attribute, rendering),
    };

    static Arguments WithoutFirst(Arguments arguments, int count)
    {
        var rest = new Arguments();
        rest.Positional.AddRange(arguments.Positional.Skip(count));
        foreach (var (name, value) in arguments.Named) rest.Named[name] = value;
        return rest;
    }
}
