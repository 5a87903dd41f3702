namespace Tern.Models.Templates;

/// <summary>How a statement ended: whether the loop around it goes on.</summary>
enum Flow
{
    Next,
    Break,
    Continue,
}

abstract class Statement(int line)
{
    public int Line { get; } = line;

    public abstract Flow Run(Rendering rendering);
}

/// <summary>Text outside of tags.</summary>
sealed class TextStatement(int line, string text) : Statement(line)
{
    public override Flow Run(Rendering rendering)
    {
        rendering.Write(text);
        return Flow.Next;
    }
}

/// <summary>{{ value }}</summary>
sealed class PrintStatement(int line, Expression value) : Statement(line)
{
    public override Flow Run(Rendering rendering)
    {
        rendering.Write(PythonValue.Text(value.Evaluate(rendering), rendering));
        return Flow.Next;
    }
}

/// <summary>{% if %} ... {% elif %} ... {% else %}; the condition of else is null.</summary>
sealed class IfStatement(int line, (Expression? Condition, Statement[] Body)[] branches) : Statement(line)
{
    public override Flow Run(Rendering rendering)
    {
        foreach (var (condition, body) in branches)
            if (condition is null || PythonValue.IsTrue(condition.Evaluate(rendering))) return rendering.RunAll(body);
        return Flow.Next;
    }
}

/// <summary>{% for names in items if condition %} ... {% else %} ... {% endfor %}: the body has a scope of its own for each item.</summary>
sealed class ForStatement(int line, string[] names, Expression items, Expression? condition, Statement[] body, Statement[] otherwise)
    : Statement(line)
{
    public override Flow Run(Rendering rendering)
    {
        var outer = rendering.Scope;
        var chosen = new List<object?>();
        foreach (var item in PythonValue.Iterate(items.Evaluate(rendering), rendering))
        {
            rendering.Step();
            if (condition is not null)
            {
                rendering.Scope = new Scope(outer);
                Targets.Assign(names, item, rendering);
                var isChosen = PythonValue.IsTrue(condition.Evaluate(rendering));
                rendering.Scope = outer;
                if (!isChosen) continue;
            }
            chosen.Add(item);
        }
        if (chosen.Count == 0) return rendering.RunAll(otherwise);

        var loop = new LoopState(chosen);
        for (; loop.Index0 < chosen.Count; loop.Index0++)
        {
            rendering.Scope = new Scope(outer);
            rendering.Variables["loop"] = loop;
            Targets.Assign(names, chosen[loop.Index0], rendering);
            var flow = rendering.RunAll(body);
            rendering.Scope = outer;
            if (flow == Flow.Break) break;
        }
        return Flow.Next;
    }
}

/// <summary>The variable "loop" inside a for.</summary>
sealed class LoopState(List<object?> items)
{
    object? changedValue = new Undefined("loop");

    public int Index0 { get; set; }

    public object? Attribute(string name) => name switch
    {
        "index" => Index0 + 1L,
        "index0" => (long)Index0,
        "revindex" => (long)(items.Count - Index0),
        "revindex0" => items.Count - Index0 - 1L,
        "first" => Index0 == 0,
        "last" => Index0 == items.Count - 1,
        "length" => (long)items.Count,
        "previtem" => Index0 > 0 ? items[Index0 - 1] : new Undefined("loop.previtem"),
        "nextitem" => Index0 + 1 < items.Count ? items[Index0 + 1] : new Undefined("loop.nextitem"),
        "cycle" => (Callable)((rendering, arguments) => arguments.Positional.Count == 0
            ? throw rendering.Error("loop.cycle needs arguments")
            : arguments.Positional[Index0 % arguments.Positional.Count]),
        "changed" => (Callable)HasChanged,
        _ => new Undefined("loop." + name),
    };

    object? HasChanged(Rendering rendering, Arguments arguments)
    {
        if (PythonValue.AreEqual(changedValue, arguments.Positional, rendering)) return false;
        changedValue = arguments.Positional;
        return true;
    }
}

/// <summary>{% set names = value %}</summary>
sealed class SetStatement(int line, string[] names, Expression value) : Statement(line)
{
    public override Flow Run(Rendering rendering)
    {
        Targets.Assign(names, value.Evaluate(rendering), rendering);
        return Flow.Next;
    }
}

/// <summary>{% set name.attribute = value %}, of a namespace.</summary>
sealed class SetAttributeStatement(int line, string name, string attribute, Expression value) : Statement(line)
{
    public override Flow Run(Rendering rendering)
    {
        if (rendering.Scope.Find(name) is not Namespace target)
            throw rendering.Error($"'{name}' is no namespace: only the attributes of namespace(...) can be set");
        target.Attributes[attribute] = value.Evaluate(rendering);
        return Flow.Next;
    }
}

/// <summary>{% set name | filters %} ... {% endset %}; {% filter %} ... {% endfilter %} where there is no name.</summary>
sealed class CaptureStatement(int line, string? name, Filter[] filters, Statement[] body) : Statement(line)
{
    public override Flow Run(Rendering rendering)
    {
        object? captured = rendering.Capture(body);
        foreach (var filter in filters) captured = filter.Apply(captured, rendering);
        if (name is null) rendering.Write(PythonValue.Text(captured, rendering));
        else rendering.Variables[name] = captured;
        return Flow.Next;
    }
}

/// <summary>{% generation %} and {% with %}: the body in a scope of its own.</summary>
sealed class ScopeStatement(int line, (string Name, Expression Value)[] variables, Statement[] body) : Statement(line)
{
    public override Flow Run(Rendering rendering)
    {
        var outer = rendering.Scope;
        var inner = new Scope(outer);
        foreach (var (name, value) in variables) inner.Variables[name] = value.Evaluate(rendering);
        rendering.Scope = inner;
        var flow = rendering.RunAll(body);
        rendering.Scope = outer;
        return flow;
    }
}

/// <summary>{% macro name(parameters) %}: a function whose value is what its body prints.</summary>
sealed class MacroStatement(int line, string name, (string Name, Expression? Default)[] parameters, Statement[] body) : Statement(line)
{
    public override Flow Run(Rendering rendering)
    {
        rendering.Variables[name] = Bind(rendering.Scope);
        return Flow.Next;
    }

    public Callable Bind(Scope definition) => (rendering, arguments) =>
    {
        if (arguments.Positional.Count > parameters.Length)
            throw rendering.Error($"the macro '{name}' takes {parameters.Length} arguments, not {arguments.Positional.Count}");
        foreach (var given in arguments.Named.Keys)
            if (given != "caller" && !parameters.Any(parameter => parameter.Name == given))
                throw rendering.Error($"the macro '{name}' has no parameter '{given}'");

        var outer = rendering.Scope;
        rendering.Scope = new Scope(definition);
        if (arguments.Named.TryGetValue("caller", out var caller)) rendering.Variables["caller"] = caller;
        for (var i = 0; i < parameters.Length; i++)
        {
            var (parameter, otherwise) = parameters[i];
            rendering.Variables[parameter] = arguments.Has(i, parameter)
                ? arguments.Get(i, parameter)
                : otherwise is null ? new Undefined(parameter) : otherwise.Evaluate(rendering);
        }
        var text = rendering.Capture(body);
        rendering.Scope = outer;
        return text;
    };
}

/// <summary>{% call macro(...) %} ... {% endcall %}</summary>
sealed class CallStatement(int line, Call call, (string Name, Expression? Default)[] parameters, Statement[] body) : Statement(line)
{
    public override Flow Run(Rendering rendering)
    {
        var caller = new MacroStatement(Line, "caller", parameters, body).Bind(rendering.Scope);
        rendering.Write(PythonValue.Text(call.EvaluateWithCaller(rendering, caller), rendering));
        return Flow.Next;
    }
}

/// <summary>{% break %}, {% continue %}</summary>
sealed class LoopControlStatement(int line, Flow flow) : Statement(line)
{
    public override Flow Run(Rendering rendering) => flow;
}

/// <summary>{% do value %}: evaluated for its effect.</summary>
sealed class DoStatement(int line, Expression value) : Statement(line)
{
    public override Flow Run(Rendering rendering)
    {
        value.Evaluate(rendering);
        return Flow.Next;
    }
}

static class Targets
{
    /// <summary>a = value, or a, b = value with one element for each name.</summary>
    public static void Assign(string[] names, object? value, Rendering rendering)
    {
        if (names.Length == 1)
        {
            rendering.Variables[names[0]] = value;
            return;
        }
        var items = PythonValue.Iterate(value, rendering).ToList();
        if (items.Count != names.Length) throw rendering.Error($"{names.Length} names for {items.Count} values");
        for (var i = 0; i < names.Length; i++) rendering.Variables[names[i]] = items[i];
    }
}
