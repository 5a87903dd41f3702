using OxyPlot;
using OxyPlot.Axes;
using OxyPlot.Legends;
using OxyPlot.Series;

namespace Tern.Papers.Results;

/// <summary>Curves over one axis.</summary>
/// <param name="Name">Of the file, without ending.</param>
/// <param name="Title">Above the plot.</param>
/// <param name="XAxis">What the horizontal axis shows, with its unit.</param>
/// <param name="YAxis">What the vertical axis shows, with its unit.</param>
/// <param name="Curves">By name.</param>
public sealed record ResultPlot(string Name, string Title, string XAxis, string YAxis, IReadOnlyList<PlotCurve> Curves)
{
    const int Width = 860, Height = 460;

    /// <summary>The horizontal axis is logarithmic.</summary>
    public bool LogX { get; init; }

    static readonly OxyColor Ink = OxyColor.FromRgb(0x22, 0x22, 0x22), Grid = OxyColor.FromRgb(0xdd, 0xdd, 0xdd);

    /// <summary>Okabe and Ito's colours, which people with any colour vision tell apart, without the yellow.</summary>
    static readonly OxyColor[] Colors =
    [
        OxyColor.FromRgb(0x00, 0x72, 0xb2), OxyColor.FromRgb(0xd5, 0x5e, 0x00), OxyColor.FromRgb(0x00, 0x9e, 0x73), OxyColor.FromRgb(0xcc, 0x79, 0xa7),
        OxyColor.FromRgb(0x56, 0xb4, 0xe9), OxyColor.FromRgb(0xe6, 0x9f, 0x00), OxyColor.FromRgb(0x00, 0x00, 0x00),
    ];

    /// <summary>A whole SVG file.</summary>
    public string ToSvg()
    {
        var model = new PlotModel { Title = Title, TitleColor = Ink, TextColor = Ink, PlotAreaBorderColor = Ink, Background = OxyColors.White, DefaultFontSize = 13, TitleFontSize = 15, PlotMargins = new OxyThickness(80, double.NaN, 20, 55) };
        model.Legends.Add(new Legend { LegendPosition = LegendPosition.RightTop, LegendBackground = OxyColors.White, LegendBorder = Grid, LegendFontSize = 12, LegendTextColor = Ink, LegendLineSpacing = 6 });
        model.Axes.Add(Styled(LogX ? new LogarithmicAxis() : new LinearAxis(), AxisPosition.Bottom, XAxis));
        model.Axes.Add(Styled(new LinearAxis(), AxisPosition.Left, YAxis));
        foreach (var (i, curve) in Curves.Index())
        {
            var series = new LineSeries { Title = Widened(curve.Name), Color = Colors[i % Colors.Length], StrokeThickness = 1.8, LineStyle = i < Colors.Length ? LineStyle.Solid : LineStyle.Dash };
            if (curve.Points.Count < 30)
            {
                (series.MarkerType, series.MarkerFill, series.MarkerSize) = (MarkerType.Circle, series.Color, 3);
            }

            series.Points.AddRange(curve.Points.Select(point => new DataPoint(point.X, point.Y)));
            model.Series.Add(series);
        }

        return new SvgExporter { Width = Width, Height = Height, IsDocument = true }.ExportToString(model);
    }

    /// <summary>Browsers' fonts are wider than the one that the box of the legend is measured by.</summary>
    static string Widened(string label) => label + new string('\u00a0', 2 + (label.Length / 3));

    static Axis Styled(Axis axis, AxisPosition position, string title)
    {
        (axis.Position, axis.Title, axis.TitleColor, axis.TextColor, axis.TicklineColor) = (position, title, Ink, Ink, Ink);
        (axis.MajorGridlineStyle, axis.MajorGridlineColor, axis.MinorTickSize) = (LineStyle.Solid, Grid, 0);
        (axis.AxisTitleDistance, axis.StringFormat) = (position == AxisPosition.Left ? 24 : 10, "G5");
        return axis;
    }
}

/// <summary>A curve of a plot.</summary>
public sealed record PlotCurve(string Name, IReadOnlyList<CurvePoint> Points);
