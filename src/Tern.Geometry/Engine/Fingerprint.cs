namespace Tern.Geometry.Engine;

/// <summary>Numbers modulo the prime 2⁶¹ - 1. A linear form's fingerprint is the sum of its coefficients times a fixed word of each variable: equal forms have equal ones, different forms have different ones but for one in 2⁶¹.</summary>
static class Fingerprint
{
    public const ulong Prime = (1UL << 61) - 1;

    static readonly ulong[] Inverses = [.. Enumerable.Range(0, 256).Select(number => number == 0 ? 0 : Power((ulong)number, Prime - 2))];

    public static ulong Add(ulong a, ulong b)
    {
        var sum = a + b;
        return sum >= Prime ? sum - Prime : sum;
    }

    public static ulong Subtract(ulong a, ulong b) => a >= b ? a - b : a + Prime - b;

    public static ulong Multiply(ulong a, ulong b)
    {
        var high = Math.BigMul(a, b, out var low);
        var sum = (low & Prime) + ((low >> 61) | (high << 3));
        return sum >= Prime ? sum - Prime : sum;
    }

    public static ulong Invert(ulong a) => a < 256 ? Inverses[a] : Power(a, Prime - 2);

    static ulong Power(ulong number, ulong exponent)
    {
        var result = 1UL;
        for (; exponent > 0; exponent >>= 1)
        {
            if ((exponent & 1) != 0) result = Multiply(result, number);
            number = Multiply(number, number);
        }
        return result;
    }

    public static ulong Of(Rational number)
    {
        if (number.IsLarge)
        {
            var fraction = number.ToFraction();
            var residue = fraction.Numerator % Prime;
            return Multiply((ulong)(residue.Sign < 0 ? residue + Prime : residue), Invert((ulong)(fraction.Denominator % Prime)));
        }
        var size = (ulong)Math.Abs(number.Numerator) % Prime;
        if (number.Numerator < 0 && size != 0) size = Prime - size;
        return number.Denominator == 1 ? size : Multiply(size, Invert((ulong)number.Denominator % Prime));
    }

    /// <summary>The word of a variable: the same in every run.</summary>
    public static ulong Word(int variable)
    {
        var bits = (ulong)variable * 0x9E3779B97F4A7C15 + 0x632BE59BD9B4E019;
        bits = (bits ^ (bits >> 30)) * 0xBF58476D1CE4E5B9;
        bits = (bits ^ (bits >> 27)) * 0x94D049BB133111EB;
        return (bits ^ (bits >> 31)) % Prime;
    }
}
