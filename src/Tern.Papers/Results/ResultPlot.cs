using OxyPlot;
using OxyPlot.Axes;
using OxyPlot.Legends;
using OxyPlot.Series;
using Tern.Plots;

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

    /// <summary>The vertical axis is logarithmic.</summary>
    public bool LogY { get; init; }

    /// <summary>Curves that rise need the corner at the top right: the legend goes below it.</summary>
    public bool Rises { get; init; }

    /// <summary>A whole SVG file.</summary>
    public string ToSvg()
    {
        var model = PlotStyle.Plot(Title);
        var legend = PlotStyle.Legend();
        if (Rises) legend.LegendPosition = LegendPosition.RightBottom;
        model.Legends.Add(legend);
        model.Axes.Add(PlotStyle.Styled(LogX ? new LogarithmicAxis() : new LinearAxis(), AxisPosition.Bottom, XAxis));
        model.Axes.Add(PlotStyle.Styled(LogY ? new LogarithmicAxis() : new LinearAxis(), AxisPosition.Left, YAxis));
        foreach (var (i, curve) in Curves.Index())
        {
            model.Series.Add(Series(curve, curve.Color ?? i));
        }

        return new SvgExporter { Width = Width, Height = Height, IsDocument = true }.ExportToString(model);
    }

    static LineSeries Series(PlotCurve curve, int color)
    {
        var series = new LineSeries { Title = PlotStyle.Widened(curve.Name), Color = PlotStyle.Colors[color % PlotStyle.Colors.Count], StrokeThickness = 1.8 };
        series.LineStyle = curve.Style switch
        {
            CurveStyle.Points => LineStyle.None,
            CurveStyle.Dashed => LineStyle.Dash,
            _ => color < PlotStyle.Colors.Count ? LineStyle.Solid : LineStyle.Dash,
        };
        if (curve.Style == CurveStyle.Points || (curve.Style == CurveStyle.Marked && curve.Points.Count < 30))
        {
            (series.MarkerType, series.MarkerFill, series.MarkerSize) = (MarkerType.Circle, series.Color, curve.Style == CurveStyle.Points ? 4 : 3);
        }

        series.Points.AddRange(curve.Points.Select(point => new DataPoint(point.X, point.Y)));
        return series;
    }
}

/// <summary>A curve of a plot.</summary>
public sealed record PlotCurve(string Name, IReadOnlyList<CurvePoint> Points)
{
    public CurveStyle Style { get; init; }

    /// <summary>Which of the colours of <see cref="PlotStyle"/>; null: by its place among the curves. Curves that belong together have the same.</summary>
    public int? Color { get; init; }
}

/// <summary>How a curve is drawn.</summary>
public enum CurveStyle
{
    /// <summary>A line; where points are few, with a mark on each.</summary>
    Marked,

    /// <summary>Marks without a line: what was measured.</summary>
    Points,

    /// <summary>A line: what a law says.</summary>
    Line,

    /// <summary>A dashed line.</summary>
    Dashed,
}
