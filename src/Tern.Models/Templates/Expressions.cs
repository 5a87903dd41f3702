using System.Text;
using Dict = System.Collections.Generic.OrderedDictionary<string, object?>;

namespace Tern.Models.Templates;

/// <summary>A node that has a value.</summary>
abstract class Expression(int line)
{
    public int Line { get; } = line;

    public object? Evaluate(Rendering rendering)
    {
        rendering.Enter(Line);
        var value = Compute(rendering);
        rendering.Leave();
        return value;
    }

    protected abstract object? Compute(Rendering rendering);
}

sealed class Literal(int line, object? value) : Expression(line)
{
    public object? Value => value;

    protected override object? Compute(Rendering rendering) => value;
}

sealed class Variable(int line, string name) : Expression(line)
{
    public string Name => name;

    protected override object? Compute(Rendering rendering) => rendering.Scope.Find(name);
}

sealed class ListLiteral(int line, Expression[] items, bool isTuple = false) : Expression(line)
{
    protected override object? Compute(Rendering rendering)
    {
        rendering.Charge(items.Length);
        var values = items.Select(item => item.Evaluate(rendering));
        return isTuple ? new PythonTuple(values) : values.ToList();
    }
}

sealed class DictLiteral(int line, (Expression Key, Expression Value)[] entries) : Expression(line)
{
    protected override object? Compute(Rendering rendering)
    {
        rendering.Charge(entries.Length);
        var dictionary = new Dict(StringComparer.Ordinal);
        foreach (var (key, value) in entries)
            dictionary[key.Evaluate(rendering) as string ?? throw rendering.Error("the keys of a dictionary must be strings")] = value.Evaluate(rendering);
        return dictionary;
    }
}

sealed class Attribute(int line, Expression target, string name) : Expression(line)
{
    public Expression Target => target;

    public string Name => name;

    protected override object? Compute(Rendering rendering) => PythonValue.Attribute(target.Evaluate(rendering), name, rendering);
}

sealed class Subscript(int line, Expression target, Expression index) : Expression(line)
{
    protected override object? Compute(Rendering rendering) =>
        PythonValue.Item(target.Evaluate(rendering), index.Evaluate(rendering), rendering);
}

sealed class Slice(int line, Expression target, Expression? start, Expression? stop, Expression? step) : Expression(line)
{
    protected override object? Compute(Rendering rendering)
    {
        var value = target.Evaluate(rendering);
        var stride = Bound(step, rendering) ?? 1;
        if (stride == 0) throw rendering.Error("the step of a slice must not be 0");
        var length = PythonValue.Length(value, rendering);
        var indices = Indices(length, Bound(start, rendering), Bound(stop, rendering), stride).ToList();
        rendering.Charge(indices.Count);
        if (value is List<object?> list) return indices.ConvertAll(index => list[index]);
        if (value is not string text) throw rendering.Error($"cannot slice {PythonValue.TypeName(value)}");
        return stride == 1
            ? indices.Count == 0 ? "" : text.Substring(indices[0], indices.Count)
            : new StringBuilder().Append([.. indices.Select(index => text[index])]).ToString();
    }

    static long? Bound(Expression? bound, Rendering rendering) => bound?.Evaluate(rendering) switch
    {
        null => null,
        long value => value,
        var other => throw rendering.Error($"the bounds of a slice must be integers, not {PythonValue.TypeName(other)}"),
    };

    static IEnumerable<int> Indices(int length, long? start, long? stop, long step)
    {
        long Clamp(long index) => Math.Clamp(index < 0 ? index + length : index, step > 0 ? 0 : -1, step > 0 ? length : length - 1L);
        var first = start is { } s ? Clamp(s) : step > 0 ? 0 : length - 1L;
        var end = stop is { } e ? Clamp(e) : step > 0 ? length : -1L;
        for (var index = first; step > 0 ? index < end : index > end; index += Math.Clamp(step, -length - 1L, length + 1L)) yield return (int)index;
    }
}

sealed class Call(int line, Expression function, Expression[] positional, (string Name, Expression Value)[] named) : Expression(line)
{
    protected override object? Compute(Rendering rendering)
    {
        if (function.Evaluate(rendering) is not Callable callable) throw rendering.Error($"{Describe()} is not a function");
        return callable(rendering, Evaluate(rendering, positional, named));
    }

    /// <summary>{% call %}: the macro finds the body as caller().</summary>
    public object? EvaluateWithCaller(Rendering rendering, Callable caller)
    {
        if (function.Evaluate(rendering) is not Callable callable) throw rendering.Error($"{Describe()} is not a macro");
        var arguments = Evaluate(rendering, positional, named);
        arguments.Named["caller"] = caller;
        return callable(rendering, arguments);
    }

    internal static Arguments Evaluate(Rendering rendering, Expression[] positional, (string Name, Expression Value)[] named)
    {
        var arguments = new Arguments();
        foreach (var argument in positional) arguments.Positional.Add(argument.Evaluate(rendering));
        foreach (var (name, value) in named) arguments.Named[name] = value.Evaluate(rendering);
        return arguments;
    }

    string Describe() => function switch
    {
        Variable variable => $"'{variable.Name}'",
        Attribute attribute => $"'{attribute.Name}'",
        _ => "the value",
    };
}

/// <summary>value | name(arguments)</summary>
sealed class Filter(int line, Expression? target, TemplateFilter filter, Expression[] positional, (string Name, Expression Value)[] named)
    : Expression(line)
{
    protected override object? Compute(Rendering rendering) => Apply(target!.Evaluate(rendering), rendering);

    /// <summary>The filter on a value that is not its target ({% filter %}, block set).</summary>
    public object? Apply(object? value, Rendering rendering) => filter(value, Call.Evaluate(rendering, positional, named), rendering);
}

/// <summary>value is [not] name(arguments)</summary>
sealed class Test(int line, Expression target, TemplateTest test, Expression[] arguments, bool negated) : Expression(line)
{
    protected override object? Compute(Rendering rendering) =>
        test(target.Evaluate(rendering), Call.Evaluate(rendering, arguments, []), rendering) != negated;
}

sealed class Conditional(int line, Expression condition, Expression then, Expression? otherwise) : Expression(line)
{
    protected override object? Compute(Rendering rendering) =>
        PythonValue.IsTrue(condition.Evaluate(rendering)) ? then.Evaluate(rendering)
        : otherwise is null ? new Undefined("the value of an if without else") : otherwise.Evaluate(rendering);
}

/// <summary>and, or: the deciding operand itself, as in Python.</summary>
sealed class Logical(int line, bool isAnd, Expression left, Expression right) : Expression(line)
{
    protected override object? Compute(Rendering rendering)
    {
        var value = left.Evaluate(rendering);
        return PythonValue.IsTrue(value) == isAnd ? right.Evaluate(rendering) : value;
    }
}

sealed class Not(int line, Expression operand) : Expression(line)
{
    protected override object? Compute(Rendering rendering) => !PythonValue.IsTrue(operand.Evaluate(rendering));
}

sealed class Negate(int line, Expression operand, bool isPlus) : Expression(line)
{
    protected override object? Compute(Rendering rendering) =>
        PythonArithmetic.Negate(operand.Evaluate(rendering), isPlus, rendering);
}

sealed class Binary(int line, string op, Expression left, Expression right) : Expression(line)
{
    protected override object? Compute(Rendering rendering) =>
        PythonArithmetic.Apply(op, left.Evaluate(rendering), right.Evaluate(rendering), rendering);
}

/// <summary>a &lt; b &lt; c, in, not in: true when every link holds; evaluated from the left, each operand once.</summary>
sealed class Comparison(int line, Expression first, (string Operator, Expression Operand)[] links) : Expression(line)
{
    protected override object? Compute(Rendering rendering)
    {
        var left = first.Evaluate(rendering);
        foreach (var (op, operand) in links)
        {
            var right = operand.Evaluate(rendering);
            if (!Holds(op, left, right, rendering)) return false;
            left = right;
        }
        return true;
    }

    static bool Holds(string op, object? left, object? right, Rendering rendering) => op switch
    {
        "==" => PythonValue.AreEqual(left, right, rendering),
        "!=" => !PythonValue.AreEqual(left, right, rendering),
        "in" => PythonValue.Contains(right, left, rendering),
        "not in" => !PythonValue.Contains(right, left, rendering),
        "<" => PythonValue.Compare(left, right, rendering) < 0,
        "<=" => PythonValue.Compare(left, right, rendering) <= 0,
        ">" => PythonValue.Compare(left, right, rendering) > 0,
        _ => PythonValue.Compare(left, right, rendering) >= 0,
    };
}
