using System.Globalization;
using System.Text.Json;
using System.Text.RegularExpressions;

namespace Tern.Train.Recipes;

/// <summary>Numbers and truth values as recipes spell them: 10_000_000 and 1e6 are whole numbers, too.</summary>
static partial class RecipeScalars
{
    public static bool IsNull(string text) => text is "" or "~" or "null" or "Null" or "NULL";

    public static bool? Truth(string text) => text switch
    {
        "true" or "True" or "TRUE" => true,
        "false" or "False" or "FALSE" => false,
        _ => null,
    };

    /// <summary>"power_qr" of <c>PowerQr</c>.</summary>
    public static string WordOf(Enum value) => JsonNamingPolicy.SnakeCaseLower.ConvertName(value.ToString());

    /// <summary>Null where the text is not a whole number or does not fit.</summary>
    public static long? Whole(string text)
    {
        if (!Spelling().IsMatch(text)) return null;
        var digits = text.Replace("_", "", StringComparison.Ordinal);
        if (long.TryParse(digits, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var whole)) return whole;
        return decimal.TryParse(digits, NumberStyles.Float, CultureInfo.InvariantCulture, out var number)
            && decimal.IsInteger(number) && number is >= long.MinValue and <= long.MaxValue
            ? (long)number
            : null;
    }

    /// <summary>Null where the text is not a finite number.</summary>
    public static double? Real(string text) =>
        Spelling().IsMatch(text)
        && double.TryParse(text.Replace("_", "", StringComparison.Ordinal), NumberStyles.Float, CultureInfo.InvariantCulture, out var number)
        && double.IsFinite(number)
            ? number
            : null;

    /// <summary>Underscores stand only between digits.</summary>
    [GeneratedRegex(@"^[-+]?(\d+(_\d+)*(\.\d*)?|\.\d+)([eE][-+]?\d+)?\z", RegexOptions.CultureInvariant)]
    private static partial Regex Spelling();
}
