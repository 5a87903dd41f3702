using System.Globalization;
using System.Numerics;

namespace Tern.Run.Constraints.Schemas;

/// <summary>A decimal number exactly: Unscaled / 10^Scale.</summary>
readonly record struct ExactDecimal(BigInteger Unscaled, int Scale)
{
    const int MaxDigits = 400;                                   // doubles end at 1e308

    /// <summary>Null if the text is longer than any number in use.</summary>
    public static ExactDecimal? Parse(string json)
    {
        var exponentAt = json.IndexOfAny(['e', 'E']);
        var mantissa = exponentAt < 0 ? json : json[..exponentAt];
        var exponent = 0;
        if (exponentAt >= 0 && !int.TryParse(json.AsSpan(exponentAt + 1), NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out exponent)) return null;
        if (mantissa.Length > MaxDigits || Math.Abs(exponent) > MaxDigits) return null;
        var point = mantissa.IndexOf('.');
        var scale = (point < 0 ? 0 : mantissa.Length - point - 1) - exponent;
        var unscaled = BigInteger.Parse(mantissa.Replace(".", ""), CultureInfo.InvariantCulture);
        if (scale < 0) (unscaled, scale) = (unscaled * BigInteger.Pow(10, -scale), 0);
        return new ExactDecimal(unscaled, scale);
    }

    public int Sign => Unscaled.Sign;

    public ExactDecimal Negated => this with { Unscaled = -Unscaled };

    public int CompareTo(ExactDecimal other)
    {
        var scale = Math.Max(Scale, other.Scale);
        return (Unscaled * BigInteger.Pow(10, scale - Scale)).CompareTo(other.Unscaled * BigInteger.Pow(10, scale - other.Scale));
    }

    public BigInteger Floor()
    {
        var quotient = BigInteger.DivRem(Unscaled, BigInteger.Pow(10, Scale), out var rest);
        return rest.Sign < 0 ? quotient - 1 : quotient;
    }

    public BigInteger Ceiling() => -Negated.Floor();

    /// <summary>The digits before and after the point, the latter without trailing zeros; of a number that is not negative.</summary>
    public (string Whole, string Fraction) Digits()
    {
        var digits = Unscaled.ToString(CultureInfo.InvariantCulture).PadLeft(Scale + 1, '0');
        return (digits[..^Scale], digits[^Scale..].TrimEnd('0'));
    }
}

/// <summary>An end of a range.</summary>
readonly record struct Bound(ExactDecimal Value, bool Inclusive);

/// <summary>
/// The decimal notations, without exponent, of exactly the numbers between two bounds, as GBNF. Digit by digit it matters only whether the
/// digits so far are those of the lower or of the upper bound: as soon as they are not, that bound no longer binds.
/// </summary>
sealed class NumberRange
{
    const string AnyDigits = "[0-9]{1,24}";
    const string Zeros = "\"0\"{1,24}";

    readonly bool isInteger;
    readonly (string Whole, string Fraction) low;
    readonly (string Whole, string Fraction)? high;
    readonly bool lowInclusive;
    readonly bool highInclusive;

    NumberRange(Bound low, Bound? high, bool isInteger)
    {
        this.isInteger = isInteger;
        this.low = low.Value.Digits();
        this.high = high?.Value.Digits();
        lowInclusive = low.Inclusive;
        highInclusive = high?.Inclusive ?? false;
    }

    /// <summary>Null if no number lies between the bounds.</summary>
    public static string? ToGbnf(Bound? low, Bound? high, bool isInteger)
    {
        if (isInteger)
        {
            low = low is { } l ? Whole(l.Inclusive ? l.Value.Ceiling() : l.Value.Floor() + 1) : null;
            high = high is { } h ? Whole(h.Inclusive ? h.Value.Floor() : h.Value.Ceiling() - 1) : null;
        }
        var zero = new Bound(default, Inclusive: true);
        var choices = new List<string?>();
        if (!(high is { } top && (top.Value.Sign < 0 || (top.Value.Sign == 0 && !top.Inclusive))))
            choices.Add(Magnitudes(low is { Value.Sign: >= 0 } ? low.Value : zero, high, isInteger));
        if (low is not { Value.Sign: >= 0 })
        {
            var smallest = high is { Value.Sign: < 0 } ? Negated(high.Value) : isInteger ? Whole(BigInteger.One) : zero with { Inclusive = false };
            Bound? largest = low is null ? null : Negated(low.Value);
            if (Magnitudes(smallest, largest, isInteger) is { } magnitudes) choices.Add($"\"-\" {magnitudes}");
        }
        return Choice(choices);

        static Bound Whole(BigInteger value) => new(new ExactDecimal(value, 0), Inclusive: true);
        static Bound Negated(Bound bound) => bound with { Value = bound.Value.Negated };
    }

    static string? Magnitudes(Bound low, Bound? high, bool isInteger)
    {
        if (high is { } top && low.Value.CompareTo(top.Value) is var order && (order > 0 || (order == 0 && !(low.Inclusive && top.Inclusive)))) return null;
        return new NumberRange(low, high, isInteger).Magnitudes();
    }

    /// <summary>One choice for each number of digits before the point; those between the bounds' own share one.</summary>
    string? Magnitudes()
    {
        var shortest = low.Whole.Length;
        var longest = high?.Whole.Length;
        var choices = new List<string?> { Digits(0, shortest, atLow: true, atHigh: longest == shortest) };
        if (longest is null) choices.Add($"[1-9] [0-9]{{{shortest},{shortest + 24}}}{FreeFraction(" ")}");
        else if (longest - shortest > 1) choices.Add($"[1-9] [0-9]{{{shortest},{longest - 2}}}{FreeFraction(" ")}");
        if (longest > shortest) choices.Add(Digits(0, longest.Value, atLow: false, atHigh: true));
        return Choice(choices);
    }

    /// <summary>What may follow the first <paramref name="at"/> of <paramref name="length"/> digits before the point; null if nothing can.</summary>
    string? Digits(int at, int length, bool atLow, bool atHigh)
    {
        if (at == length) return isInteger ? "" : Fraction(0, atLow, atHigh);
        if (!atLow && !atHigh) return $"[0-9]{{{length - at}}}{FreeFraction(" ")}";
        var from = atLow ? low.Whole[at] : at == 0 && length > 1 ? '1' : '0';
        var to = atHigh ? high!.Value.Whole[at] : '9';
        return Branch(from, to, atLow, atHigh, (stillLow, stillHigh) => Digits(at + 1, length, stillLow, stillHigh));
    }

    /// <summary>What may follow the first <paramref name="at"/> digits after the point, the point itself included if there are none.</summary>
    string? Fraction(int at, bool atLow, bool atHigh)
    {
        if (!atLow && !atHigh) return at == 0 ? FreeFraction("") : "[0-9]{0,24}";
        var lowEnded = at >= low.Fraction.Length;
        var highEnded = atHigh && at >= high!.Value.Fraction.Length;
        var canEnd = (!atLow || (lowEnded && lowInclusive)) && (!highEnded || highInclusive);

        string? more;
        if (highEnded) more = canEnd ? Zeros : null;             // equal to the upper bound: only zeros keep it so
        else if (atLow && lowEnded && !atHigh) more = lowInclusive ? AnyDigits : "\"0\"{0,24} [1-9] [0-9]{0,24}";
        else
        {
            var from = atLow && !lowEnded ? low.Fraction[at] : '0';
            var to = atHigh ? high!.Value.Fraction[at] : '9';
            more = Branch(from, to, atLow, atHigh, (stillLow, stillHigh) => Fraction(at + 1, stillLow, stillHigh));
        }
        if (more is null) return canEnd ? "" : null;
        if (at == 0) more = $"\".\" {more}";
        return canEnd ? $"({more})?" : more;
    }

    static string? Branch(char from, char to, bool atLow, bool atHigh, Func<bool, bool, string?> rest)
    {
        var choices = new List<string?>();
        if (from == to) Add(from, from, rest(atLow, atHigh));
        else if (from < to)
        {
            if (atLow) Add(from, from, rest(true, false));
            var first = atLow ? (char)(from + 1) : from;
            var last = atHigh ? (char)(to - 1) : to;
            if (first <= last) Add(first, last, rest(false, false));
            if (atHigh) Add(to, to, rest(false, true));
        }
        return Choice(choices);

        void Add(char first, char last, string? tail)
        {
            if (tail is null) return;
            choices.Add((first == last ? $"\"{first}\"" : $"[{first}-{last}]") + (tail.Length > 0 ? $" {tail}" : ""));
        }
    }

    string FreeFraction(string before) => isInteger ? "" : $"{before}(\".\" {AnyDigits})?";

    static string? Choice(List<string?> choices)
    {
        var possible = choices.OfType<string>().ToArray();
        return possible.Length switch { 0 => null, 1 => possible[0], _ => $"({string.Join(" | ", possible)})" };
    }
}
