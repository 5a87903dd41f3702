using OxyPlot;
using OxyPlot.Axes;
using OxyPlot.Series;

namespace Tern.Train.Metrics;

/// <summary>A quantity over the steps of a run.</summary>
/// <param name="Title">Of the plot.</param>
/// <param name="Unit">Of the vertical axis.</param>
sealed record TrainingPlot(string Title, string Unit)
{
    const int Width = 900, Height = 320;

    /// <summary>More points than the plot has pixels say nothing and make the page heavy.</summary>
    const int MaxPoints = 1000;

    static readonly OxyColor Ink = OxyColor.FromRgb(0x22, 0x22, 0x22), Grid = OxyColor.FromRgb(0xdd, 0xdd, 0xdd);

    /// <summary>Wide enough for labels in any font: the reader's browser chooses it, so measuring here says little. Alike in all plots of a page.</summary>
    static readonly OxyThickness Margins = new(100, double.NaN, 20, 50);

    /// <summary>Told apart by lightness as well as by hue.</summary>
    static readonly string[] ColorNames = ["blue", "orange"];

    static readonly OxyColor[] Colors = [OxyColor.FromRgb(0x3b, 0x6e, 0xa5), OxyColor.FromRgb(0xc2, 0x41, 0x0c)];

    /// <summary>The curves by name; values that are not finite leave a gap.</summary>
    public required IReadOnlyList<(string Name, IReadOnlyList<DataPoint> Points)> Curves { get; init; }

    public bool IsEmpty => Curves.All(curve => !curve.Points.Any(point => double.IsFinite(point.Y)));

    /// <summary>The title; where there are several curves, it says which is which.</summary>
    string Heading => Curves.Count < 2 ? Title : $"{Title}: {string.Join(", ", Curves.Select((curve, i) => $"{curve.Name} ({ColorNames[i % ColorNames.Length]})"))}";

    /// <summary>An element to stand within HTML.</summary>
    /// <param name="id">Tells its clipping paths from those of other plots of the page.</param>
    public string ToSvg(string id)
    {
        var model = new PlotModel { Title = Heading, PlotMargins = Margins, TitleColor = Ink, TextColor = Ink, PlotAreaBorderColor = Ink, Background = OxyColors.White, DefaultFontSize = 13, TitleFontSize = 15 };
        model.Axes.Add(Axis(AxisPosition.Bottom, "step"));
        model.Axes.Add(Axis(AxisPosition.Left, Unit));
        foreach (var (i, (name, points)) in Curves.Index()) model.Series.Add(Curve(name, points, Colors[i % Colors.Length]));
        return new SvgExporter { Width = Width, Height = Height, IsDocument = false }.ExportToString(model)
            .Replace("id=\"clipPath", $"id=\"{id}-clip", StringComparison.Ordinal)
            .Replace("url(#clipPath", $"url(#{id}-clip", StringComparison.Ordinal);
    }

    /// <summary>Means of neighbours, where there are more than <see cref="MaxPoints"/> points; first and last step stay within the outer means.</summary>
    public static IReadOnlyList<DataPoint> Thin(IReadOnlyList<DataPoint> points)
    {
        if (points.Count <= MaxPoints) return points;
        var size = (points.Count + MaxPoints - 1) / MaxPoints;
        return [.. points.Chunk(size).Select(part => new DataPoint(part.Average(point => point.X), part.Average(point => point.Y)))];
    }

    static LinearAxis Axis(AxisPosition position, string title) => new()
    {
        Position = position,
        Title = title,
        TitleColor = Ink,
        TextColor = Ink,
        TicklineColor = Ink,
        AxislineColor = Ink,
        MajorGridlineStyle = LineStyle.Solid,
        MajorGridlineColor = Grid,
        MinorTickSize = 0,
        MinimumPadding = position == AxisPosition.Bottom ? 0 : 0.05,
        MaximumPadding = position == AxisPosition.Bottom ? 0.01 : 0.05,
        AxisTitleDistance = position == AxisPosition.Left ? 34 : 10,
        UseSuperExponentialFormat = false,
        StringFormat = "G5",
    };

    static LineSeries Curve(string name, IReadOnlyList<DataPoint> points, OxyColor color)
    {
        var curve = new LineSeries { Title = name, Color = color, StrokeThickness = 1.6 };
        if (points.Count < 30) (curve.MarkerType, curve.MarkerFill, curve.MarkerSize) = (MarkerType.Circle, color, 3);
        curve.Points.AddRange(Thin(points));
        return curve;
    }
}
