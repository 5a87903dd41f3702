using Dict = System.Collections.Generic.OrderedDictionary<string, object?>;

namespace Tern.Models.Templates;

delegate bool TemplateTest(object? value, Arguments arguments, Rendering rendering);

/// <summary>What may follow "is".</summary>
static class TemplateTests
{
    static readonly Dictionary<string, TemplateTest> Tests = new(StringComparer.Ordinal)
    {
        ["defined"] = (value, _, _) => value is not Undefined,
        ["undefined"] = (value, _, _) => value is Undefined,
        ["none"] = (value, _, _) => value is null,
        ["boolean"] = (value, _, _) => value is bool,
        ["true"] = (value, _, _) => value is true,
        ["false"] = (value, _, _) => value is false,
        ["integer"] = (value, _, _) => value is long,
        ["float"] = (value, _, _) => value is double,
        ["number"] = (value, _, _) => value is long or double or bool,
        ["string"] = (value, _, _) => value is string,
        ["mapping"] = (value, _, _) => value is Dict,
        ["sequence"] = (value, _, _) => value is List<object?> or Dict or string or Undefined,
        ["iterable"] = (value, _, _) => value is List<object?> or Dict or string or Undefined,
        ["callable"] = (value, _, _) => value is Callable,
        ["odd"] = (value, _, rendering) => Remainder(value, 2, rendering) == 1,
        ["even"] = (value, _, rendering) => Remainder(value, 2, rendering) == 0,
        ["divisibleby"] = (value, arguments, rendering) => Remainder(value, arguments.GetInteger(rendering, 0, "num", 0), rendering) == 0,
        ["lower"] = (value, _, rendering) => PythonValue.Text(value, rendering) is var text && text.Any(char.IsLower) && !text.Any(char.IsUpper),
        ["upper"] = (value, _, rendering) => PythonValue.Text(value, rendering) is var text && text.Any(char.IsUpper) && !text.Any(char.IsLower),
        ["in"] = (value, arguments, rendering) => PythonValue.Contains(arguments.Require(rendering, 0, "seq"), value, rendering),
        ["sameas"] = (value, arguments, rendering) =>
            arguments.Require(rendering, 0, "other") is var other && (ReferenceEquals(value, other)
                || (value?.GetType() == other?.GetType() && value is bool or long or string && Equals(value, other))),
        ["eq"] = (value, arguments, rendering) => PythonValue.AreEqual(value, arguments.Require(rendering, 0, "other"), rendering),
        ["equalto"] = (value, arguments, rendering) => PythonValue.AreEqual(value, arguments.Require(rendering, 0, "other"), rendering),
        ["=="] = (value, arguments, rendering) => PythonValue.AreEqual(value, arguments.Require(rendering, 0, "other"), rendering),
        ["ne"] = (value, arguments, rendering) => !PythonValue.AreEqual(value, arguments.Require(rendering, 0, "other"), rendering),
        ["!="] = (value, arguments, rendering) => !PythonValue.AreEqual(value, arguments.Require(rendering, 0, "other"), rendering),
        ["lt"] = (value, arguments, rendering) => PythonValue.Compare(value, arguments.Require(rendering, 0, "other"), rendering) < 0,
        ["le"] = (value, arguments, rendering) => PythonValue.Compare(value, arguments.Require(rendering, 0, "other"), rendering) <= 0,
        ["gt"] = (value, arguments, rendering) => PythonValue.Compare(value, arguments.Require(rendering, 0, "other"), rendering) > 0,
        ["ge"] = (value, arguments, rendering) => PythonValue.Compare(value, arguments.Require(rendering, 0, "other"), rendering) >= 0,
    };

    public static TemplateTest? Find(string name) => Tests.GetValueOrDefault(name);

    static long Remainder(object? value, long divisor, Rendering rendering)
    {
        if (divisor == 0) throw rendering.Error("division by zero");
        return value is long or bool
            ? Math.Abs(PythonArithmetic.Integer(value) % divisor)
            : throw rendering.Error($"an integer is needed, not {PythonValue.TypeName(value)}");
    }
}
