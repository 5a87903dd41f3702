using System.Text;

namespace Tern.Models.Templates;

/// <summary>Python's arithmetic operators. Integers are 64-bit: what overflows is an error.</summary>
static class PythonArithmetic
{
    public static int CompareNumbers(object? left, object? right)
    {
        if (left is not double && right is not double) return Integer(left).CompareTo(Integer(right));
        return Float(left).CompareTo(Float(right));
    }

    public static object? Negate(object? value, bool isPlus, Rendering rendering) => value switch
    {
        double number => isPlus ? number : -number,
        long or bool => (object)(isPlus ? Integer(value) : Checked(rendering, () => checked(-Integer(value)))),
        _ => throw rendering.Error($"cannot negate {PythonValue.TypeName(value)}"),
    };

    public static object? Apply(string op, object? left, object? right, Rendering rendering)
    {
        if (op == "~") return Concatenate(PythonValue.Text(left, rendering), PythonValue.Text(right, rendering), rendering);
        switch (op, left, right)
        {
            case ("+", string a, string b): return Concatenate(a, b, rendering);
            case ("+", List<object?> a, List<object?> b):
                rendering.Charge((long)a.Count + b.Count);
                return a is PythonTuple ? new PythonTuple([.. a, .. b]) : (List<object?>)[.. a, .. b];
            case ("*", string text, long times): return Repeat(text, times, rendering);
            case ("*", long times, string text): return Repeat(text, times, rendering);
            case ("*", List<object?> list, long times):
                rendering.Charge(Size(list.Count, times, rendering));
                return Enumerable.Range(0, (int)Math.Max(times, 0)).SelectMany(_ => list).ToList();
            case (_, long or bool, long or bool): return Integers(op, Integer(left), Integer(right), rendering);
            case (_, long or bool or double, long or bool or double): return Floats(op, Float(left), Float(right), rendering);
            default:
                throw rendering.Error($"cannot apply '{op}' to {PythonValue.TypeName(left)} and {PythonValue.TypeName(right)}");
        }
    }

    static object Integers(string op, long a, long b, Rendering rendering)
    {
        if (b == 0 && op is ("/" or "//" or "%")) throw rendering.Error("division by zero");
        return op switch
        {
            "+" => Checked(rendering, () => checked(a + b)),
            "-" => Checked(rendering, () => checked(a - b)),
            "*" => Checked(rendering, () => checked(a * b)),
            "/" => (double)a / b,
            "//" => Checked(rendering, () => checked(a / b) - (a % b != 0 && a < 0 != b < 0 ? 1 : 0)),
            "%" => b is 1 or -1 ? 0L : (a % b + b) % b,
            _ => b < 0 ? Math.Pow(a, b) : Power(a, b, rendering),
        };
    }

    static object Floats(string op, double a, double b, Rendering rendering)
    {
        if (b == 0 && op is ("/" or "//" or "%")) throw rendering.Error("division by zero");
        return op switch
        {
            "+" => a + b,
            "-" => a - b,
            "*" => a * b,
            "/" => a / b,
            "//" => Math.Floor(a / b),
            "%" => a - b * Math.Floor(a / b),
            _ => Math.Pow(a, b),
        };
    }

    static object Power(long a, long b, Rendering rendering)
    {
        if (a is 0 or 1) return b == 0 ? 1L : a;
        if (a == -1) return b % 2 == 0 ? 1L : -1L;
        if (b > 63) throw rendering.Error("the integer is too large");
        long power = 1;
        for (var i = 0; i < b; i++)
        {
            var factor = power;
            power = Checked(rendering, () => checked(factor * a));
        }
        return power;
    }

    static long Checked(Rendering rendering, Func<long> compute)
    {
        try
        {
            return compute();
        }
        catch (OverflowException)
        {
            throw rendering.Error("the integer is too large");
        }
    }

    static string Concatenate(string left, string right, Rendering rendering)
    {
        rendering.Charge((long)left.Length + right.Length);
        return left + right;
    }

    static string Repeat(string text, long times, Rendering rendering)
    {
        rendering.Charge(Size(text.Length, times, rendering));
        return new StringBuilder().Insert(0, text, (int)Math.Max(times, 0)).ToString();
    }

    /// <summary>The size of a repetition; one that does not fit an int is over every limit.</summary>
    static long Size(int length, long times, Rendering rendering)
    {
        if (times > int.MaxValue) throw rendering.Error("the repetition is too long");
        return Math.Max(times, 0) * Math.Max(length, 1);
    }

    public static long Integer(object? value) => value is bool truth ? (truth ? 1 : 0) : (long)value!;

    public static double Float(object? value) => value is double number ? number : Integer(value);
}
