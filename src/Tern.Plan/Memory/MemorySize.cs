using System.Globalization;
using Tern.Models;

namespace Tern.Plan.Memory;

/// <summary>Bytes, as people write them: GB are 10^9 bytes, GiB 2^30.</summary>
public readonly record struct MemorySize(long Bytes)
{
    static readonly (string Unit, double Bytes)[] Units =
    [
        ("B", 1), ("kB", 1e3), ("MB", 1e6), ("GB", 1e9), ("TB", 1e12),
        ("KiB", 1L << 10), ("MiB", 1L << 20), ("GiB", 1L << 30), ("TiB", 1L << 40),
    ];

    /// <summary>What this process may take of the machine's main memory.</summary>
    public static MemorySize OfThisMachine => new(GC.GetGCMemoryInfo().TotalAvailableMemoryBytes);

    /// <summary>"24GB", "22.5 GiB"; case does not matter.</summary>
    /// <exception cref="TernException">Not a positive number with one of these units.</exception>
    public static MemorySize Parse(string text)
    {
        var trimmed = text.Trim();
        var end = trimmed.Length;
        while (end > 0 && char.IsAsciiLetter(trimmed[end - 1])) end--;
        var (number, unit) = (trimmed[..end].Trim(), trimmed[end..]);
        var bytes = Units.FirstOrDefault(known => known.Unit.Equals(unit, StringComparison.OrdinalIgnoreCase)).Bytes;
        if (bytes == 0)
            throw new TernException($"'{text}' has no unit of memory; write GB (10^9 bytes) or GiB (2^30), as in 24GB or 22.5GiB; known are {string.Join(", ", Units.Select(known => known.Unit))}.");
        if (!double.TryParse(number, NumberStyles.AllowDecimalPoint | NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var count) || !(count > 0))
            throw new TernException($"'{text}' is not an amount of memory: it must be a number above 0 with a unit, as in 24GB.");
        return count * bytes < 1e18 ? new((long)(count * bytes)) : throw new TernException($"'{text}' is more memory than any machine has.");
    }

    /// <summary>In both units: "24.00 GB (22.35 GiB)", or MB and MiB below a GB.</summary>
    public override string ToString() => Math.Abs(Bytes) >= 1e9
        ? string.Create(CultureInfo.InvariantCulture, $"{Bytes / 1e9:F2} GB ({Bytes / (double)(1L << 30):F2} GiB)")
        : string.Create(CultureInfo.InvariantCulture, $"{Bytes / 1e6:F2} MB ({Bytes / (double)(1L << 20):F2} MiB)");
}
