namespace Tern.Geometry.Pictures;

/// <summary>A point's name as people write it: a1 is A with the index 1, pa is Pa, so that APa is a pair of points.</summary>
/// <param name="Letters">Begins with a capital.</param>
/// <param name="Index">The digits at its end.</param>
readonly record struct DisplayName(string Letters, string Index)
{
    const string Subscripts = "₀₁₂₃₄₅₆₇₈₉";

    public static DisplayName Of(string name)
    {
        var letters = name.TrimEnd("0123456789".ToCharArray());
        // A name of digits alone keeps them.
        return letters.Length == 0 ? new(name, "") : new(char.ToUpperInvariant(letters[0]) + letters[1..], name[letters.Length..]);
    }

    /// <summary>Unicode.</summary>
    public override string ToString() => Letters + string.Concat(Index.Select(digit => Subscripts[digit - '0']));

    /// <summary>Within maths.</summary>
    public string ToLatex() => (Letters.Length == 1 ? Letters : $"\\mathit{{{Letters.Replace("_", "\\_", StringComparison.Ordinal)}}}") + (Index.Length > 0 ? $"_{{{Index}}}" : "");
}
