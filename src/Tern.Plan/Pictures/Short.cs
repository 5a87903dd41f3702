using System.Globalization;

namespace Tern.Plan.Pictures;

/// <summary>Numbers on axes and in captions, beside <see cref="Budgets.Quantity.Short"/>.</summary>
static class Short
{
    /// <summary>Three significant digits and an exponent of ten.</summary>
    public static string Power(double value) => value.ToString("0.##e0", CultureInfo.InvariantCulture);

    /// <summary>Up to three digits behind the point, as losses are read.</summary>
    public static string Loss(double nats) => nats.ToString("0.###", CultureInfo.InvariantCulture);
}
