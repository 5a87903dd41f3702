using System.CommandLine;
using Tern.Models;
using Tern.Plan.Budgets;

namespace Tern.Cli.Flags;

/// <summary>Amounts as people write them: 7B, 1e21, 50000usd.</summary>
static class AmountFlag
{
    public static Flag<string?> Create(string name, string[] aliases, string description, string valueName = "n") => new(name, aliases, description, null, valueName);

    /// <summary>Null where the flag is absent.</summary>
    /// <exception cref="WrongUseException">It is no amount above 0.</exception>
    public static double? Read(ParseResult result, Flag<string?> flag) => result.GetValue(flag) is { } text ? Refusing(() => Quantity.Count(text, flag.Name)) : null;

    /// <summary>As <see cref="Read"/>, of operations.</summary>
    public static double? ReadFlop(ParseResult result, Flag<string?> flag) => result.GetValue(flag) is { } text ? Refusing(() => Quantity.Flop(text, flag.Name)) : null;

    /// <summary>What users mistype is wrong use.</summary>
    public static T Refusing<T>(Func<T> read)
    {
        try
        {
            return read();
        }
        catch (TernException problem)
        {
            throw new WrongUseException(problem.Message);
        }
    }
}
