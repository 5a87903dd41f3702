using System.Text;
using Dict = System.Collections.Generic.OrderedDictionary<string, object?>;

namespace Tern.Models.Templates;

/// <summary>The functions that every template finds: those of Jinja that chat templates use, and the two of transformers.</summary>
static class TemplateGlobals
{
    public static IReadOnlyDictionary<string, Callable> Functions { get; } = new Dictionary<string, Callable>
    {
        ["raise_exception"] = (rendering, arguments) =>
            throw new TernException($"the chat template refuses these messages: {PythonValue.Text(arguments.Get(0, "message"), rendering)} (line {rendering.Line})"),
        ["strftime_now"] = (rendering, arguments) => FormatTime(arguments.RequireText(rendering, 0, "format"), rendering),
        ["namespace"] = MakeNamespace,
        ["dict"] = (rendering, arguments) =>
        {
            var dictionary = new Dict(StringComparer.Ordinal);
            if (arguments.Positional is [Dict copied, ..])
                foreach (var (key, value) in copied) dictionary[key] = value;
            foreach (var (key, value) in arguments.Named) dictionary[key] = value;
            rendering.Charge(dictionary.Count);
            return dictionary;
        },
        ["range"] = Range,
    };

    static object? MakeNamespace(Rendering rendering, Arguments arguments)
    {
        var space = new Namespace();
        if (arguments.Positional is [Dict initial, ..])
            foreach (var (key, value) in initial) space.Attributes[key] = value;
        foreach (var (key, value) in arguments.Named) space.Attributes[key] = value;
        return space;
    }

    static object? Range(Rendering rendering, Arguments arguments)
    {
        if (arguments.Positional.Count is 0 or > 3) throw rendering.Error("range takes one to three arguments");
        var single = arguments.Positional.Count == 1;
        var start = single ? 0 : arguments.GetInteger(rendering, 0, "start", 0);
        var stop = arguments.GetInteger(rendering, single ? 0 : 1, "stop", 0);
        var step = arguments.GetInteger(rendering, 2, "step", 1);
        if (step == 0) throw rendering.Error("the step of range must not be 0");
        var range = new List<object?>();
        for (Int128 value = start; step > 0 ? value < stop : value > stop; value += step)
        {
            rendering.Step();
            range.Add((long)value);
        }
        return range;
    }

    /// <summary>The local time in strftime's notation.</summary>
    static string FormatTime(string format, Rendering rendering)
    {
        var now = rendering.Clock.GetLocalNow();
        var text = new StringBuilder();
        for (var i = 0; i < format.Length; i++)
        {
            if (format[i] != '%' || i + 1 == format.Length)
            {
                text.Append(format[i]);
                continue;
            }
            var directive = format[++i];
            var withoutZero = directive == '-' && i + 1 < format.Length;
            if (withoutZero) directive = format[++i];
            var formatted = Directive(directive, now) ?? throw rendering.Error($"strftime_now does not know '%{directive}'");
            text.Append(withoutZero && formatted.Length > 1 ? formatted.TrimStart('0') is { Length: > 0 } trimmed ? trimmed : "0" : formatted);
        }
        return text.ToString();
    }

    static string? Directive(char directive, DateTimeOffset now) => directive switch
    {
        'Y' => now.ToString("yyyy"),
        'y' => now.ToString("yy"),
        'm' => now.ToString("MM"),
        'd' => now.ToString("dd"),
        'e' => now.Day.ToString().PadLeft(2),
        'B' => now.ToString("MMMM"),
        'b' or 'h' => now.ToString("MMM"),
        'A' => now.ToString("dddd"),
        'a' => now.ToString("ddd"),
        'H' => now.ToString("HH"),
        'I' => now.ToString("hh"),
        'M' => now.ToString("mm"),
        'S' => now.ToString("ss"),
        'p' => now.Hour < 12 ? "AM" : "PM",
        'j' => now.DayOfYear.ToString("000"),
        'F' => now.ToString("yyyy-MM-dd"),
        'T' => now.ToString("HH:mm:ss"),
        'z' => now.ToString("zzz").Replace(":", ""),
        'Z' => now.Offset == TimeSpan.Zero ? "UTC" : now.ToString("zzz"),
        '%' => "%",
        _ => null,
    };
}
