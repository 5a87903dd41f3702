using OxyPlot;
using OxyPlot.Axes;
using OxyPlot.Series;
using Tern.Plan.Pictures;

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

    /// <summary>A whole SVG file.</summary>
    public string ToSvg()
    {
        var model = PlotStyle.Plot(Title);
        model.Legends.Add(PlotStyle.Legend());
        model.Axes.Add(PlotStyle.Styled(LogX ? new LogarithmicAxis() : new LinearAxis(), AxisPosition.Bottom, XAxis));
        model.Axes.Add(PlotStyle.Styled(new LinearAxis(), AxisPosition.Left, YAxis));
        foreach (var (i, curve) in Curves.Index())
        {
            var series = new LineSeries { Title = PlotStyle.Widened(curve.Name), Color = PlotStyle.Colors[i % PlotStyle.Colors.Count], StrokeThickness = 1.8, LineStyle = i < PlotStyle.Colors.Count ? LineStyle.Solid : LineStyle.Dash };
            if (curve.Points.Count < 30)
            {
                (series.MarkerType, series.MarkerFill, series.MarkerSize) = (MarkerType.Circle, series.Color, 3);
            }

            series.Points.AddRange(curve.Points.Select(point => new DataPoint(point.X, point.Y)));
            model.Series.Add(series);
        }

        return new SvgExporter { Width = Width, Height = Height, IsDocument = true }.ExportToString(model);
    }
}

/// <summary>A curve of a plot.</summary>
public sealed record PlotCurve(string Name, IReadOnlyList<CurvePoint> Points);
