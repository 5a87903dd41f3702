using System.Globalization;
using System.Numerics;
using Fractions;

namespace Tern.Geometry.Language;

/// <summary>A number in a problem: <c>30</c>, <c>-2</c>, <c>1.5</c>, <c>3/4</c>, <c>45o</c> (degrees), <c>2pi/3</c>.</summary>
/// <param name="Number">Of degrees or of π where <paramref name="Unit"/> says so.</param>
/// <param name="Text">As it was written.</param>
public sealed record Quantity(Fraction Number, AngleUnit Unit, string Text)
{
    /// <summary>As an angle in units of π. A bare number is one of degrees.</summary>
    public Fraction Angle => Unit == AngleUnit.Pi ? Number : Number / 180;

    public static bool TryParse(string text, out Quantity? quantity)
    {
        quantity = null;
        var (number, unit) = (text, AngleUnit.None);
        if (text.EndsWith('o'))
        {
            (number, unit) = (text[..^1], AngleUnit.Degrees);
        }
        else if (text.IndexOf("pi", StringComparison.Ordinal) is >= 0 and var pi)
        {
            var before = text[..pi];
            (number, unit) = ((before is "" or "-" ? before + "1" : before) + text[(pi + 2)..], AngleUnit.Pi);
        }
        if (!TryParseFraction(number, out var value)) return false;
        quantity = new Quantity(value, unit, text);
        return true;
    }

    static bool TryParseFraction(string text, out Fraction value)
    {
        value = Fraction.Zero;
        var slash = text.IndexOf('/');
        if (!TryParseDecimal(slash < 0 ? text : text[..slash], out value)) return false;
        if (slash < 0) return true;
        if (!TryParseDecimal(text[(slash + 1)..], out var denominator) || denominator.IsZero) return false;
        value /= denominator;
        return true;
    }

    static bool TryParseDecimal(string text, out Fraction value)
    {
        value = Fraction.Zero;
        var point = text.IndexOf('.');
        var digits = point < 0 ? 0 : text.Length - point - 1;
        if (text.Length > 100 || digits > 30 || !BigInteger.TryParse(point < 0 ? text : text.Remove(point, 1), NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var number)) return false;
        value = new Fraction(number, BigInteger.Pow(10, digits));
        return true;
    }
}

/// <summary>What a <see cref="Quantity"/> counts.</summary>
public enum AngleUnit
{
    None,
    Degrees,
    Pi,
}
