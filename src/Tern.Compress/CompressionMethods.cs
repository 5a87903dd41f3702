using Tern.Models;

namespace Tern.Compress;

/// <summary>The registry: every method by name. A new method is one more line in <see cref="All"/>.</summary>
public static class CompressionMethods
{
    public static IReadOnlyList<CompressionMethod> All { get; } =
    [
        .. GgufQuantization.All,
        new RoundToNearestQuantization { Bits = 8, GroupSize = null },
        new RoundToNearestQuantization { Bits = 4, GroupSize = 32 },
    ];

    /// <summary>Finds a method; case does not matter.</summary>
    /// <exception cref="TernException">There is none of this name; the message lists them.</exception>
    public static CompressionMethod Parse(string name) => All.FirstOrDefault(method => method.Name.Equals(name, StringComparison.OrdinalIgnoreCase))
        ?? throw new TernException($"There is no compression method '{name}'; there are {string.Join(", ", All.Select(method => method.Name))}.");
}
