using Tern.Models;
using Tern.Numerics.Formats;

namespace Tern.Cli.Flags;

/// <summary>Names of weight formats on the command line.</summary>
static class WeightType
{
    /// <summary>Null for null.</summary>
    /// <exception cref="WrongUseException">There is no such format.</exception>
    public static TensorType? Parse(string? name, string flag)
    {
        if (name is null) return null;
        var known = WeightFormats.All.Select(format => format.Name.ToLowerInvariant()).ToList();
        if (WeightFormats.TryParse(name, out var type) && WeightFormats.All.Any(format => format.Type == type)) return type;
        var near = EditDistance.Nearest(name, known);
        throw new WrongUseException($"{flag}: there is no weight type '{name}'{(near is null ? "." : $"; did you mean '{near}'?")} Known are {string.Join(", ", known)}");
    }
}
