using System.Globalization;
using System.Numerics;
using System.Text;

namespace Tern.Geometry.Algebra;

/// <summary>
/// A polynomial with integer coefficients in numbered variables: one in its highest variable whose coefficients are polynomials in lower ones, which is the form that division with respect to one
/// variable after the other needs. Never changed once it is made.
/// </summary>
sealed class Polynomial : IRingElement<Polynomial>, IEquatable<Polynomial>
{
    /// <summary>Of constants.</summary>
    public const int NoVariable = -1;

    public static readonly Polynomial Zero = new(BigInteger.Zero);
    public static readonly Polynomial One = new(BigInteger.One);

    readonly BigInteger _number;

    /// <summary>By degree; the last is not zero, and there are at least two.</summary>
    readonly Polynomial[] _coefficients;

    public Polynomial(BigInteger number)
    {
        (_number, _coefficients, Variable) = (number, [], NoVariable);
        Terms = number.IsZero ? 0 : 1;
    }

    Polynomial(int variable, Polynomial[] coefficients)
    {
        (Variable, _coefficients) = (variable, coefficients);
        foreach (var coefficient in coefficients) Terms += coefficient.Terms;
    }

    public int Variable { get; }

    /// <summary>In the highest variable.</summary>
    public int Degree => Math.Max(0, _coefficients.Length - 1);

    public int Terms { get; }

    public bool IsZero => Terms == 0;

    public bool IsConstant => Variable == NoVariable;

    /// <summary>Of a constant.</summary>
    public BigInteger Number => _number;

    /// <summary>Of a power of the highest variable.</summary>
    public Polynomial this[int power] => IsConstant ? power == 0 ? this : Zero : power < _coefficients.Length ? _coefficients[power] : Zero;

    public Polynomial Leading => IsConstant ? this : _coefficients[^1];

    public static Polynomial OfVariable(int variable) => new(variable, [Zero, One]);

    /// <param name="coefficients">By degree, in lower variables.</param>
    public static Polynomial Of(int variable, ReadOnlySpan<Polynomial> coefficients)
    {
        var length = coefficients.Length;
        while (length > 0 && coefficients[length - 1].IsZero) length--;
        return length == 0 ? Zero : length == 1 ? coefficients[0] : new(variable, coefficients[..length].ToArray());
    }

    public static Polynomial operator +(Polynomial a, Polynomial b)
    {
        if (a.IsZero) return b;
        if (b.IsZero) return a;
        if (a.Variable < b.Variable) (a, b) = (b, a);
        if (a.IsConstant) return new(a._number + b._number);
        if (a.Variable > b.Variable)
        {
            var changed = (Polynomial[])a._coefficients.Clone();
            changed[0] += b;
            return new(a.Variable, changed);
        }
        if (a._coefficients.Length < b._coefficients.Length) (a, b) = (b, a);
        var sum = (Polynomial[])a._coefficients.Clone();
        for (var i = 0; i < b._coefficients.Length; i++) sum[i] += b._coefficients[i];
        return Of(a.Variable, sum);
    }

    public static Polynomial operator -(Polynomial a) => a.IsConstant ? new(-a._number) : a.Map(coefficient => -coefficient);

    public static Polynomial operator -(Polynomial a, Polynomial b) => a + -b;

    public static Polynomial operator *(Polynomial a, Polynomial b) => Multiply(a, b, null);

    /// <param name="meter">Counts the products of terms, and ends the work where it is too much.</param>
    public static Polynomial Multiply(Polynomial a, Polynomial b, WorkMeter? meter)
    {
        if (a.IsZero || b.IsZero) return Zero;
        if (a.Variable < b.Variable) (a, b) = (b, a);
        if (a.IsConstant) return new(a._number * b._number);
        if (b.IsConstant && b._number.IsOne) return a;
        if (a.Variable > b.Variable)
        {
            meter?.Count(a.Terms);
            return a.Map(coefficient => Multiply(coefficient, b, meter));
        }
        var product = new Polynomial[a._coefficients.Length + b._coefficients.Length - 1];
        Array.Fill(product, Zero);
        for (var i = 0; i < a._coefficients.Length; i++)
            for (var j = 0; j < b._coefficients.Length; j++)
                product[i + j] += Multiply(a._coefficients[i], b._coefficients[j], meter);
        return new(a.Variable, product);
    }

    public Polynomial Power(int exponent)
    {
        var power = One;
        for (var i = 0; i < exponent; i++) power *= this;
        return power;
    }

    /// <summary>The greatest common divisor of all coefficients.</summary>
    public BigInteger Content()
    {
        if (IsConstant) return BigInteger.Abs(_number);
        var content = BigInteger.Zero;
        foreach (var coefficient in _coefficients)
        {
            if (!coefficient.IsZero) content = BigInteger.GreatestCommonDivisor(content, coefficient.Content());
            if (content.IsOne) break;
        }
        return content;
    }

    /// <summary>Without the common divisor of its coefficients.</summary>
    public Polynomial Primitive() => Content() is { IsZero: false, IsOne: false } content ? DividedBy(content) : this;

    Polynomial DividedBy(BigInteger number) => IsConstant ? new(_number / number) : Map(coefficient => coefficient.DividedBy(number));

    /// <summary>Null where the divisor leaves a remainder.</summary>
    public Polynomial? DividedBy(Polynomial divisor)
    {
        if (IsZero) return this;
        if (divisor.Variable > Variable) return null;
        if (divisor.IsConstant && IsConstant) return BigInteger.Remainder(_number, divisor._number).IsZero ? new(_number / divisor._number) : null;
        var quotient = new Polynomial[_coefficients.Length];
        Array.Fill(quotient, Zero);
        if (divisor.Variable < Variable)
        {
            for (var i = quotient.Length - 1; i >= 0; i--)
            {
                if (_coefficients[i].DividedBy(divisor) is not { } part) return null;
                quotient[i] = part;
            }
            return Of(Variable, quotient);
        }
        var rest = this;
        while (!rest.IsZero)
        {
            if (rest.Variable != Variable || rest.Degree < divisor.Degree || rest.Leading.DividedBy(divisor.Leading) is not { } part) return null;
            var power = rest.Degree - divisor.Degree;
            quotient[power] = part;
            rest -= divisor.Shifted(power) * part;
        }
        return Of(Variable, quotient);
    }

    /// <summary>Times a power of its highest variable.</summary>
    public Polynomial Shifted(int power)
    {
        if (power == 0) return this;
        var shifted = new Polynomial[_coefficients.Length + power];
        Array.Fill(shifted, Zero, 0, power);
        _coefficients.CopyTo(shifted, power);
        return new(Variable, shifted);
    }

    /// <summary>A greatest common divisor by Euclid's algorithm with primitive remainders; meant for short polynomials.</summary>
    public static Polynomial GreatestCommonDivisor(Polynomial a, Polynomial b)
    {
        if (a.IsZero) return b;
        if (b.IsZero) return a;
        if (a.IsConstant && b.IsConstant) return new(BigInteger.GreatestCommonDivisor(a._number, b._number));
        if (a.Variable < b.Variable) (a, b) = (b, a);
        var content = a.CoefficientDivisor();
        if (a.Variable > b.Variable) return GreatestCommonDivisor(content, b);
        var common = GreatestCommonDivisor(content, b.CoefficientDivisor());
        (a, b) = (a.DividedBy(content)!, b.DividedBy(b.CoefficientDivisor())!);
        var variable = a.Variable;
        while (true)
        {
            if (a.Degree < b.Degree) (a, b) = (b, a);
            var rest = a.PseudoRemainder(b);
            if (rest.IsZero) return b * common;
            if (rest.Variable < variable) return common;
            (a, b) = (b, rest.DividedBy(rest.CoefficientDivisor())!);
        }
    }

    /// <summary>Of the coefficients of its highest variable.</summary>
    Polynomial CoefficientDivisor()
    {
        var divisor = Zero;
        foreach (var coefficient in _coefficients) divisor = GreatestCommonDivisor(divisor, coefficient);
        return divisor;
    }

    /// <summary>r with I^k·this = q·divisor + r, of a lower degree than the divisor in the divisor's highest variable, which must be this one's; I is the divisor's leading coefficient.</summary>
    public Polynomial PseudoRemainder(Polynomial divisor)
    {
        var rest = this;
        while (rest.Variable == divisor.Variable && rest.Degree >= divisor.Degree)
        {
            var power = rest.Degree - divisor.Degree;
            rest = Of(rest.Variable, rest._coefficients.AsSpan(0, rest.Degree)) * divisor.Leading
                - Of(divisor.Variable, divisor._coefficients.AsSpan(0, divisor.Degree)).TimesPower(divisor.Variable, power) * rest.Leading;
        }
        return rest;
    }

    /// <summary>Times a power of a variable that is not below its highest one.</summary>
    Polynomial TimesPower(int variable, int power)
    {
        if (power == 0 || IsZero) return this;
        if (Variable == variable) return Shifted(power);
        var coefficients = new Polynomial[power + 1];
        Array.Fill(coefficients, Zero);
        coefficients[power] = this;
        return new(variable, coefficients);
    }

    Polynomial Map(Func<Polynomial, Polynomial> change)
    {
        var changed = new Polynomial[_coefficients.Length];
        for (var i = 0; i < changed.Length; i++) changed[i] = change(_coefficients[i]);
        return new(Variable, changed);
    }

    public bool Equals(Polynomial? other) =>
        other is not null && (ReferenceEquals(this, other) || Variable == other.Variable && Terms == other.Terms && _number == other._number && _coefficients.AsSpan().SequenceEqual(other._coefficients));

    public override bool Equals(object? obj) => Equals(obj as Polynomial);

    public override int GetHashCode() => HashCode.Combine(Variable, Terms, _number, IsConstant ? 0 : Leading.GetHashCode());

    /// <param name="names">Of the variables.</param>
    public string ToString(IReadOnlyList<string> names)
    {
        if (IsConstant) return _number.ToString(CultureInfo.InvariantCulture);
        var text = new StringBuilder();
        for (var power = Degree; power >= 0; power--)
        {
            var coefficient = _coefficients[power];
            if (coefficient.IsZero) continue;
            var factor = coefficient.ToString(names);
            var term = power == 0 ? factor
                : (factor is "1" or "-1" ? factor[..^1] : coefficient.Terms > 1 ? $"({factor})·" : $"{factor}·") + names[Variable] + (power == 1 ? "" : $"^{power}");
            if (text.Length == 0) text.Append(term);
            else if (term[0] == '-') text.Append(" - ").Append(term, 1, term.Length - 1);
            else text.Append(" + ").Append(term);
        }
        return text.ToString();
    }
}
