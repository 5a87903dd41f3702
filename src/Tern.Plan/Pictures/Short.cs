using System.Globalization;

namespace Tern.Plan.Pictures;

/// <summary>Large quantities as people write them: 7B parameters, 1.4T tokens, 5.76e23 operations.</summary>
static class Short
{
    /// <summary>Three significant digits and K, M, B (1e9), T; beyond those an exponent.</summary>
    public static string Count(double value) => Math.Abs(value) switch
    {
        0 => "0",
        < 1 or >= 1e16 => Power(value),
        < 999.5 => Digits(value, ""),
        < 999.5e3 => Digits(value / 1e3, "K"),
        < 999.5e6 => Digits(value / 1e6, "M"),
        < 999.5e9 => Digits(value / 1e9, "B"),
        _ => Digits(value / 1e12, "T"),
    };

    /// <summary>Three significant digits and an exponent of ten.</summary>
    public static string Power(double value) => value.ToString("0.##e0", CultureInfo.InvariantCulture);

    /// <summary>Up to three digits behind the point, as losses are read.</summary>
    public static string Loss(double nats) => nats.ToString("0.###", CultureInfo.InvariantCulture);

    static string Digits(double value, string unit) => ((decimal)value).ToString("G3", CultureInfo.InvariantCulture) is var text && text.Contains('E') ? value.ToString("F0", CultureInfo.InvariantCulture) + unit : text + unit;
}
