namespace Tern.Plan.Budgets;

/// <summary>A type in which devices multiply, by its name in a device table.</summary>
public static class NumberFormat
{
    /// <summary>Bits of each, widest first.</summary>
    static readonly (string Name, int Bits)[] Known = [("fp32", 32), ("tf32", 19), ("bf16", 16), ("fp16", 16), ("fp8", 8), ("int8", 8), ("fp4", 4), ("int4", 4)];

    /// <summary>All names.</summary>
    public static IEnumerable<string> Names => Known.Select(format => format.Name);

    /// <summary>Bits of a number; null: unknown.</summary>
    public static int? BitsOf(string name) => Known.Where(format => format.Name == name).Select(format => (int?)format.Bits).FirstOrDefault();

    /// <summary>It has no exponent, and so no use for gradients.</summary>
    public static bool IsInteger(string name) => name.StartsWith("int", StringComparison.Ordinal);
}
