using System.Text.RegularExpressions;

namespace Tern.Models.Adapters;

/// <summary>
/// Which modules an adapter is for, as target_modules of PEFT: a list of names, one of which is the module's or its last parts ("q_proj" is that of every layer); or one text, a regular
/// expression that the whole name of a module fits; or the text "all-linear", every matrix between layers, without the output matrix.
/// </summary>
public sealed record TargetModules
{
    public const string AllLinear = "all-linear";

    static readonly TimeSpan Patience = TimeSpan.FromSeconds(1);

    readonly Regex? _pattern;

    /// <summary>Modules by name.</summary>
    public TargetModules(params IReadOnlyList<string> names) => Names = names;

    /// <summary>Modules by a regular expression, or <see cref="AllLinear"/>.</summary>
    /// <exception cref="TernException">The text is no regular expression.</exception>
    public TargetModules(string pattern)
    {
        Pattern = pattern;
        if (pattern == AllLinear) return;
        try
        {
            _pattern = new Regex($@"\A(?:{pattern})\z", RegexOptions.CultureInvariant, Patience);
        }
        catch (ArgumentException problem)
        {
            throw new TernException($"'{pattern}' is no regular expression for the names of modules: {problem.Message}", problem);
        }
    }

    /// <summary>Null where there is a pattern.</summary>
    public IReadOnlyList<string>? Names { get; }

    /// <summary>Null where there are names.</summary>
    public string? Pattern { get; }

    /// <summary>Whether a linear module is among them.</summary>
    /// <param name="module">"model.layers.0.self_attn.q_proj".</param>
    /// <param name="isOutput">The module gives the logits.</param>
    /// <exception cref="TernException">The pattern takes seconds on this name.</exception>
    public bool Contains(string module, bool isOutput)
    {
        if (Names is { } names) return names.Any(name => module == name || module.EndsWith($".{name}", StringComparison.Ordinal));
        if (_pattern is null) return !isOutput;
        try
        {
            return _pattern.IsMatch(module);
        }
        catch (RegexMatchTimeoutException problem)
        {
            throw new TernException($"the regular expression '{Pattern}' takes too long on '{module}'; write a simpler one, or a list of names.", problem);
        }
    }

    public override string ToString() => Pattern ?? string.Join(", ", Names!);
}
