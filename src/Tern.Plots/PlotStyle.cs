using OxyPlot;
using OxyPlot.Axes;
using OxyPlot.Legends;

namespace Tern.Plots;

/// <summary>How plots look here: ink, grid, colours, axes, legends.</summary>
public static class PlotStyle
{
    /// <summary>Of text, frames and ticks.</summary>
    public static OxyColor Ink { get; } = OxyColor.FromRgb(0x22, 0x22, 0x22);

    /// <summary>Of grid lines.</summary>
    public static OxyColor Grid { get; } = OxyColor.FromRgb(0xdd, 0xdd, 0xdd);

    /// <summary>Okabe and Ito's colours, which people with any colour vision tell apart, without the yellow.</summary>
    public static IReadOnlyList<OxyColor> Colors { get; } =
    [
        OxyColor.FromRgb(0x00, 0x72, 0xb2), OxyColor.FromRgb(0xd5, 0x5e, 0x00), OxyColor.FromRgb(0x00, 0x9e, 0x73), OxyColor.FromRgb(0xcc, 0x79, 0xa7),
        OxyColor.FromRgb(0x56, 0xb4, 0xe9), OxyColor.FromRgb(0xe6, 0x9f, 0x00), OxyColor.FromRgb(0x00, 0x00, 0x00),
    ];

    /// <summary>A plot without axes and series. The left margin is fixed, because the reader's browser chooses the font: measuring here says little.</summary>
    public static PlotModel Plot(string? title) => new()
    {
        Title = title,
        TitleColor = Ink,
        TextColor = Ink,
        PlotAreaBorderColor = Ink,
        Background = OxyColors.White,
        DefaultFontSize = 13,
        TitleFontSize = 15,
        PlotMargins = new OxyThickness(80, double.NaN, 20, 55),
    };

    /// <summary>In the upper right corner of the plot.</summary>
    public static Legend Legend() => new()
    {
        LegendPosition = LegendPosition.RightTop,
        LegendBackground = OxyColors.White,
        LegendBorder = Grid,
        LegendFontSize = 12,
        LegendTextColor = Ink,
        LegendLineSpacing = 6,
    };

    /// <summary>The label of a series, for the legend: browsers' fonts are wider than the one that the box of the legend is measured by.</summary>
    public static string Widened(string label) => label + new string('\u00a0', 2 + (label.Length / 3));

    /// <summary>The axis at its place, with title (which says the unit) and grid.</summary>
    public static Axis Styled(Axis axis, AxisPosition position, string title)
    {
        (axis.Position, axis.Title, axis.TitleColor, axis.TextColor, axis.TicklineColor) = (position, title, Ink, Ink, Ink);
        (axis.MajorGridlineStyle, axis.MajorGridlineColor, axis.MinorTickSize) = (LineStyle.Solid, Grid, 0);
        (axis.AxisTitleDistance, axis.StringFormat) = (position == AxisPosition.Left ? 24 : 10, "G5");
        return axis;
    }
}
