using System.CommandLine;
using System.CommandLine.Parsing;
using System.Globalization;

namespace Tern.Cli.Flags;

/// <summary>
/// An option with a value. It may also come from the environment: --top-k from TERN_TOP_K; the command line wins. Values that
/// cannot be read are refused with what was expected.
/// </summary>
/// <typeparam name="T">string, int, long, double, or one of these as a nullable (absent unless given).</typeparam>
sealed class Flag<T> : Option<T>
{
    public Flag(string name, string[] aliases, string description, T defaultValue, string valueName, bool fromEnvironment = true) : base(name, aliases)
    {
        Description = description;
        HelpName = valueName;
        Arity = ArgumentArity.ExactlyOne;
        CustomParser = result => Read(result, result.Tokens[0].Value, name);
        var variable = VariableOf(name);
        if (fromEnvironment && Environment.GetEnvironmentVariable(variable) is { Length: > 0 } text)
        {
            DefaultValueFactory = result => Read(result, text, variable)!;
            // Options without a value on the command line are not validated by the parser.
            Validators.Add(result =>
            {
                if (result.Implicit && !TryRead(text, out _)) result.AddError(Problem(variable, text));
            });
        }
        else if (defaultValue is not null)
        {
            DefaultValueFactory = _ => defaultValue;
        }
    }

    static string VariableOf(string name) => "TERN_" + name.TrimStart('-').Replace('-', '_').ToUpperInvariant();

    static T? Read(ArgumentResult result, string text, string source)
    {
        if (TryRead(text, out var value)) return value;
        result.AddError(Problem(source, text));
        return default;
    }

    static string Problem(string source, string text)
    {
        var expected = Underlying == typeof(double) ? "a number" : "a whole number";
        return $"{source}: '{text}' is not {expected}";
    }

    static Type Underlying => Nullable.GetUnderlyingType(typeof(T)) ?? typeof(T);

    static bool TryRead(string text, out T? value)
    {
        object? read = null;
        if (Underlying == typeof(string)) read = text;
        else if (Underlying == typeof(int) && int.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var number)) read = number;
        else if (Underlying == typeof(long) && long.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var large)) read = large;
        else if (Underlying == typeof(double) && double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out var real)) read = real;
        value = read is null ? default : (T)read;
        return read is not null;
    }
}
