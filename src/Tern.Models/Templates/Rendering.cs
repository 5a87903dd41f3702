using System.Text;

namespace Tern.Models.Templates;

/// <summary>One run of a template: the output so far, the variables in scope, and what the run has cost.</summary>
sealed class Rendering
{
    readonly TemplateLimits limits;
    readonly Scope root;
    long steps;
    long length;
    int depth;
    StringBuilder output = new();

    public Rendering(TemplateLimits limits, TimeProvider clock)
    {
        this.limits = limits;
        Clock = clock;
        root = new Scope(null);
        foreach (var (name, function) in TemplateGlobals.Functions) root.Variables[name] = function;
        Scope = new Scope(root);
    }

    public TimeProvider Clock { get; }

    public Scope Scope { get; set; }

    public Dictionary<string, object?> Variables => Scope.Variables;

    /// <summary>Where the evaluation is, for messages.</summary>
    public int Line { get; private set; }

    public string Run(Statement[] body)
    {
        RunAll(body);
        return output.ToString();
    }

    public Flow RunAll(Statement[] body)
    {
        foreach (var statement in body)
        {
            Enter(statement.Line);
            var flow = statement.Run(this);
            Leave();
            if (flow != Flow.Next) return flow;
        }
        return Flow.Next;
    }

    /// <summary>Runs a body and gives what it printed instead of printing it.</summary>
    public string Capture(Statement[] body)
    {
        var outer = output;
        output = new StringBuilder();
        RunAll(body);
        var captured = output.ToString();
        output = outer;
        return captured;
    }

    public void Write(string text)
    {
        Charge(text.Length);
        output.Append(text);
    }

    /// <summary>Begins an evaluation; every loop over data calls <see cref="Step"/> as well.</summary>
    public void Enter(int line)
    {
        Line = line;
        Step();
        if (++depth > limits.Depth) throw Error($"evaluations nest deeper than {limits.Depth} levels: the template recurses without end");
    }

    public void Leave() => depth--;

    public void Step()
    {
        if (++steps > limits.Steps) throw Error($"the template takes more than {limits.Steps} steps");
    }

    /// <summary>To be called before that many characters or list elements are made.</summary>
    public void Charge(long made)
    {
        length += made;
        if (length > limits.Length || made > limits.Length) throw Error($"the template makes more than {limits.Length} characters of text");
    }

    public TernException Error(string problem) => TemplateLexer.Error(Line, problem);
}

/// <summary>Variables by name; what an inner scope lacks, the outer one has.</summary>
sealed class Scope(Scope? outer)
{
    public Dictionary<string, object?> Variables { get; } = new(StringComparer.Ordinal);

    public object? Find(string name)
    {
        for (var scope = this; scope is not null; scope = scope.Outer)
            if (scope.Variables.TryGetValue(name, out var value)) return value;
        return new Undefined(name);
    }

    Scope? Outer { get; } = outer;
}

/// <summary>What a name without a value evaluates to: prints nothing, is false, is empty; anything else is an error.</summary>
sealed record Undefined(string Name);

/// <summary>namespace(...): the one kind of object whose attributes "set" may assign.</summary>
sealed class Namespace
{
    public Dictionary<string, object?> Attributes { get; } = new(StringComparer.Ordinal);
}

/// <summary>A function, method or macro.</summary>
delegate object? Callable(Rendering rendering, Arguments arguments);

/// <summary>The arguments of one call, evaluated.</summary>
sealed class Arguments
{
    public List<object?> Positional { get; } = [];

    public Dictionary<string, object?> Named { get; } = new(StringComparer.Ordinal);

    /// <summary>The argument at this place or of this name, or the default.</summary>
    public object? Get(int index, string name, object? otherwise = null) =>
        index < Positional.Count ? Positional[index] : Named.TryGetValue(name, out var value) ? value : otherwise;

    public bool Has(int index, string name) => index < Positional.Count || Named.ContainsKey(name);

    public object? Require(Rendering rendering, int index, string name) =>
        Has(index, name) ? Get(index, name) : throw rendering.Error($"the argument '{name}' is missing");

    public string RequireText(Rendering rendering, int index, string name) => Require(rendering, index, name) is string text
        ? text
        : throw rendering.Error($"the argument '{name}' must be a string, not {PythonValue.TypeName(Get(index, name))}");

    public long GetInteger(Rendering rendering, int index, string name, long otherwise) => Get(index, name) switch
    {
        null => otherwise,
        long value => value,
        bool value => value ? 1 : 0,
        var other => throw rendering.Error($"the argument '{name}' must be an integer, not {PythonValue.TypeName(other)}"),
    };
}
