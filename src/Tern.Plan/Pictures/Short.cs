using System.Globalization;
using System.Text.RegularExpressions;
using Tern.Plan.Budgets;

namespace Tern.Plan.Pictures;

/// <summary>Numbers on axes and in captions, beside <see cref="Quantity.Short"/>.</summary>
static partial class Short
{
    /// <summary><see cref="Quantity.Short"/> of a round number, without the zeros behind its point: 500M, 1B, 1.5T.</summary>
    public static string Tick(double value) => ZerosBehindThePoint().Replace(Quantity.Short(value), "");

    [GeneratedRegex(@"\.0+(?=[KMBT]?$)|(?<=\.\d*[1-9])0+(?=[KMBT]?$)", RegexOptions.CultureInvariant)]
    private static partial Regex ZerosBehindThePoint();

    /// <summary>Three significant digits and an exponent of ten.</summary>
    public static string Power(double value) => value.ToString("0.##e0", CultureInfo.InvariantCulture);

    /// <summary>Up to three digits behind the point, as losses are read.</summary>
    public static string Loss(double nats) => nats.ToString("0.###", CultureInfo.InvariantCulture);
}
