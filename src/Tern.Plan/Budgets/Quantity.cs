using System.Globalization;
using Tern.Models;

namespace Tern.Plan.Budgets;

/// <summary>Amounts as people write them: 7B, 1.4T, 1e21, 50000usd, $10k.</summary>
public static class Quantity
{
    static readonly Dictionary<char, double> Suffixes = new() { ['K'] = 1e3, ['M'] = 1e6, ['B'] = 1e9, ['T'] = 1e12 };

    static readonly string[] Money = ["usd", "dollars", "dollar"], Operations = ["flops", "flop"];

    /// <summary>A count above 0, with K, M, B or T for thousands, millions, billions (10^9) and trillions (10^12).</summary>
    /// <param name="text">Of the user.</param>
    /// <param name="what">What is counted, for messages: "--params".</param>
    /// <exception cref="TernException">It is no such number, or has the unit of something else.</exception>
    public static double Count(string text, string what)
    {
        var bare = text.Trim();
        if (IsMoney(bare)) throw new TernException($"{what}: '{text}' is money; a budget in dollars is --budget {bare}.");
        if (WithoutUnit(bare, Operations) is var operations && operations != bare) throw new TernException($"{what}: '{text}' counts operations; those are --flops {operations}.");
        return Positive(Number(bare, text, what), text, what);
    }

    /// <summary>A count of operations: as <see cref="Count"/>, and with their unit where one likes, 1e21flop.</summary>
    public static double Flop(string text, string what) => Count(WithoutUnit(text.Trim(), Operations), what);

    /// <summary>Either dollars or operations: 50000usd, $50k, 1e21flop. A unit is needed.</summary>
    public static (double? Usd, double? Flop) Budget(string text, string what)
    {
        var bare = text.Trim();
        if (IsMoney(bare)) return (Positive(Number(WithoutUnit(bare.TrimStart('$'), Money), text, what), text, what), null);
        if (WithoutUnit(bare, Operations) is var operations && operations != bare) return (null, Positive(Number(operations, text, what), text, what));
        if (Parsed(bare) is not null) throw new TernException($"{what}: '{text}' has no unit; write {bare}usd for dollars, or --flops {bare} for operations.");
        var end = bare.Length;
        while (end > 0 && char.IsLetter(bare[end - 1])) end--;
        _ = Number(bare[..end].TrimEnd(), text, what);
        throw new TernException($"{what}: '{text}': there is no unit '{bare[end..]}' of budgets; write usd for dollars ($50k and 50000usd are the same), or flop for operations.");
    }

    /// <summary>With three digits, and K, M, B or T: 7.26B, 1.40T, 512; powers of ten beyond and below; "no limit" for infinity.</summary>
    public static string Short(double value)
    {
        static string Digits(double shown) => shown.ToString(shown >= 99.95 ? "F0" : shown >= 9.995 ? "F1" : "F2", CultureInfo.InvariantCulture);
        return value switch
        {
            double.PositiveInfinity => "no limit",
            0 => "0",
            >= 1e15 or < 1 => value.ToString("0.00e+0", CultureInfo.InvariantCulture),
            >= 999.5e9 => Digits(value / 1e12) + "T",
            >= 999.5e6 => Digits(value / 1e9) + "B",
            >= 999.5e3 => Digits(value / 1e6) + "M",
            >= 999.5 => Digits(value / 1e3) + "K",
            _ when double.IsInteger(value) => value.ToString(CultureInfo.InvariantCulture),
            _ => Digits(value),
        };
    }

    /// <summary>Three digits, or as many as there are before the point, in days, and below one in hours, minutes or seconds: 22.9 days, 2,128 days, 6.42 minutes.</summary>
    public static string Time(double days)
    {
        const double Hours = 24, Minutes = 60 * Hours, Seconds = 60 * Minutes;
        var (value, unit) = days switch
        {
            >= 1 => (days, "days"),
            >= 1 / Hours => (days * Hours, "hours"),
            >= 1 / Minutes => (days * Minutes, "minutes"),
            _ => (days * Seconds, "seconds"),
        };
        return $"{Significant(value)} {unit}";
    }

    /// <summary>Three digits, or as many as there are before the point: 0.968, 22.9, 2,128.</summary>
    public static string Significant(double value) => value.ToString(value >= 100 ? "N0" : "G3", CultureInfo.InvariantCulture);

    /// <summary>With cents below a hundred: 1.71, 3,927.</summary>
    public static string Dollars(double value) => value.ToString(value < 100 ? "N2" : "N0", CultureInfo.InvariantCulture);

    static bool IsMoney(string text) => text.StartsWith('$') || Money.Any(unit => text.EndsWith(unit, StringComparison.OrdinalIgnoreCase));

    static string WithoutUnit(string text, string[] units) =>
        units.Where(unit => text.EndsWith(unit, StringComparison.OrdinalIgnoreCase)).Select(unit => text[..^unit.Length].TrimEnd()).FirstOrDefault() ?? text;

    static double Number(string bare, string text, string what) =>
        Parsed(bare) ?? throw new TernException($"{what}: '{text}' is not a number; write 7e9, 7B (K, M, B and T are 10^3, 10^6, 10^9 and 10^12).");

    static double? Parsed(string bare)
    {
        var factor = bare.Length > 0 && Suffixes.TryGetValue(char.ToUpperInvariant(bare[^1]), out var times) ? times : 1;
        return double.TryParse(factor == 1 ? bare : bare[..^1], NumberStyles.Float, CultureInfo.InvariantCulture, out var number) ? number * factor : null;
    }

    static double Positive(double number, string text, string what) => number is > 0 and < double.PositiveInfinity
        ? number
        : throw new TernException($"{what}: '{text}' must be above 0 and finite.");
}
