using System.Globalization;
using System.Text.RegularExpressions;
using OxyPlot;
using OxyPlot.Axes;
using OxyPlot.Legends;
using OxyPlot.Series;
using Tern.Models;
using Tern.Models.Files;

namespace Tern.Plots;

/// <summary>A plot as SVG, as PNG, and as an element of a page. Axes come first, then curves, marks and bands in the order of drawing.</summary>
public sealed partial class Picture
{
    /// <summary>In plot units, which are pixels of an SVG at its own size.</summary>
    const int Width = 900, Height = 460;

    /// <summary>Alike on every system that a browser runs on, near enough.</summary>
    const string BrowserFonts = "system-ui, Segoe UI, Helvetica, Arial, sans-serif";

    readonly PlotModel plot;
    readonly List<LegendEntry> legend = [];

    public Picture(string name, string title, string caption)
    {
        (Name, Title, Caption) = (name, title, caption);
        plot = PlotStyle.Plot(title);
        var box = PlotStyle.Legend();
        (box.LegendPlacement, box.LegendBorderThickness, box.LegendMargin) = (LegendPlacement.Outside, 0, 4);
        plot.Legends.Add(box);
    }

    /// <summary>Of the file, without ending.</summary>
    public string Name { get; }

    /// <summary>Above the plot.</summary>
    public string Title { get; }

    /// <summary>What is to be seen, in a sentence or two; below the plot, and for those who cannot see it.</summary>
    public string Caption { get; }

    /// <summary>What the colours and strokes mean, for a legend outside of the SVG.</summary>
    public IReadOnlyList<LegendEntry> Legend => legend;

    /// <summary>A whole SVG file.</summary>
    public string ToSvg()
    {
        Prepare(BrowserFonts, legendInside: true);
        return WithViewBox(new SvgExporter { Width = Width, Height = Height, IsDocument = true }.ExportToString(plot), Width, Height);
    }

    /// <summary>An element to stand within HTML, without title and legend. Its ink is the page's: the CSS variables <c>--ink</c>, <c>--grid</c> and <c>--paper</c>.</summary>
    /// <param name="id">Tells its clipping paths from those of other plots of the page.</param>
    /// <param name="width">Pixels at which text has its full size.</param>
    /// <param name="height">Pixels.</param>
    public string ToSvgElement(string id, int width, int height)
    {
        Prepare(BrowserFonts, legendInside: false);
        (plot.Title, plot.PlotMargins) = (null, new OxyThickness(64, 8, 14, 52));
        var svg = new SvgExporter { Width = width, Height = height, IsDocument = false }.ExportToString(plot)
            .Replace("id=\"clipPath", $"id=\"{id}-clip", StringComparison.Ordinal)
            .Replace("url(#clipPath", $"url(#{id}-clip", StringComparison.Ordinal)
            .Replace(Rgb(PlotStyle.Ink), "var(--ink)", StringComparison.Ordinal)
            .Replace(Rgb(OxyColors.Black), "var(--ink)", StringComparison.Ordinal)
            .Replace(Rgb(PlotStyle.Grid), "var(--grid)", StringComparison.Ordinal)
            .Replace(Rgb(OxyColors.White), "var(--paper)", StringComparison.Ordinal);
        return WithViewBox(PresentationColor().Replace(svg, "style=\"$1:$2\""), width, height);
    }

    /// <summary>A PNG file of two pixels to a plot unit.</summary>
    /// <exception cref="TernException">The machine has no font.</exception>
    public byte[] ToPng()
    {
        Prepare(PngCanvas.Font(), legendInside: true);
        return PngCanvas.Draw(plot, Width, Height);
    }

    /// <summary>Writes Name.svg.</summary>
    /// <returns>Its path.</returns>
    /// <exception cref="TernException">It cannot be written.</exception>
    public string WriteSvg(string folder)
    {
        var path = Path.Combine(folder, Name + ".svg");
        AtomicFile.WriteText(path, ToSvg());
        return path;
    }

    /// <summary>Writes Name.png.</summary>
    /// <returns>Its path.</returns>
    /// <exception cref="TernException">It cannot be written, or the machine has no font.</exception>
    public string WritePng(string folder)
    {
        var (path, pixels) = (Path.Combine(folder, Name + ".png"), ToPng());
        AtomicFile.Write(path, file => file.Write(pixels));
        return path;
    }

    public void AddAxis(Axis axis, AxisPosition position, string title, Func<double, string>? label = null)
    {
        PlotStyle.Styled(axis, position, title);
        if (label is not null) axis.LabelFormatter = label;
        (axis.MinimumPadding, axis.MaximumPadding) = (axis is LogarithmicAxis ? 0.02 : 0.05, axis is LogarithmicAxis ? 0.02 : 0.05);
        if (position == AxisPosition.Left) axis.IntervalLength = 45;
        plot.Axes.Add(axis);
    }

    /// <summary>A curve; points that are not finite leave a gap.</summary>
    /// <param name="label">In the legend; null: not listed.</param>
    public void AddCurve(string? label, IEnumerable<DataPoint> points, OxyColor color, LineStyle style = LineStyle.Solid, double thickness = 1.8)
    {
        var series = new LineSeries { Title = label is null ? null : InLegend(label), Color = color, LineStyle = style, Dashes = Dashes(style), StrokeThickness = thickness, RenderInLegend = label is not null };
        series.Points.AddRange(points);
        plot.Series.Add(series);
        if (label is not null) legend.Add(new(label, color, style, MarkerType.None));
    }

    /// <summary>The box of this legend cuts off what is wider than measured, which the widest fonts of browsers are by a quarter.</summary>
    static string InLegend(string label) => PlotStyle.Widened(label) + new string('\u00a0', 2 + (label.Length / 4));

    /// <summary>Strokes and gaps that are still told apart where a browser draws thin lines.</summary>
    static double[]? Dashes(LineStyle style) => style switch { LineStyle.Dash => [6, 4], LineStyle.Dot => [2, 3], _ => null };

    /// <summary>Marks of points, above all curves that were added before.</summary>
    public void AddMarks(string? label, IEnumerable<DataPoint> points, OxyColor color, MarkerType type = MarkerType.Circle, double size = 5)
    {
        var stroked = type is MarkerType.Cross or MarkerType.Plus or MarkerType.Star;
        var series = new LineSeries
        {
            Title = label is null ? null : InLegend(label),
            Color = OxyColors.Transparent,
            LineStyle = LineStyle.None,
            RenderInLegend = label is not null,
            MarkerType = type,
            MarkerFill = color,
            MarkerSize = size,
            MarkerStroke = stroked ? color : OxyColors.White,
            MarkerStrokeThickness = stroked ? 2 : 1,
        };
        series.Points.AddRange(points);
        plot.Series.Add(series);
        if (label is not null) legend.Add(new(label, color, LineStyle.None, type));
    }

    /// <summary>The area between two curves.</summary>
    public void AddBand(string label, IEnumerable<DataPoint> lower, IEnumerable<DataPoint> upper, OxyColor color)
    {
        var series = new AreaSeries { Title = InLegend(label), Color = OxyColors.Transparent, Color2 = OxyColors.Transparent, Fill = OxyColor.FromAColor(60, color), StrokeThickness = 0 };
        series.Points.AddRange(lower);
        series.Points2.AddRange(upper);
        plot.Series.Add(series);
        legend.Add(new(label, OxyColor.FromAColor(90, color), LineStyle.Solid, MarkerType.Square));
    }

    /// <summary>Words at a point of the plot, on paper.</summary>
    public void AddText(DataPoint at, string text, HorizontalAlignment horizontal = HorizontalAlignment.Center, VerticalAlignment vertical = VerticalAlignment.Middle) => plot.Annotations.Add(new OxyPlot.Annotations.TextAnnotation
    {
        Text = text,
        TextPosition = at,
        TextColor = PlotStyle.Ink,
        Background = OxyColors.White,
        StrokeThickness = 0,
        FontSize = 11,
        Padding = new OxyThickness(2, 0, 2, 0),
        TextHorizontalAlignment = horizontal,
        TextVerticalAlignment = vertical,
    });

    void Prepare(string font, bool legendInside)
    {
        (plot.Title, plot.DefaultFont, plot.IsLegendVisible) = (Title, font, legendInside);
        plot.PlotMargins = new OxyThickness(80, double.NaN, 20, 55);
    }

    static string Rgb(OxyColor color) => string.Create(CultureInfo.InvariantCulture, $"rgb({color.R},{color.G},{color.B})");

    /// <summary>So that the picture grows and shrinks with the page.</summary>
    static string WithViewBox(string svg, int width, int height)
    {
        var size = string.Create(CultureInfo.InvariantCulture, $"<svg width=\"{width}\" height=\"{height}\"");
        return svg.Replace(size, size + string.Create(CultureInfo.InvariantCulture, $" viewBox=\"0 0 {width} {height}\""), StringComparison.Ordinal);
    }

    /// <summary>Variables are read in styles only, not in attributes.</summary>
    [GeneratedRegex("(fill|stroke)=\"(var\\(--[a-z]+\\))\"")]
    private static partial Regex PresentationColor();
}

/// <summary>A line of a legend: a stroke, or a mark where there is one.</summary>
public readonly record struct LegendEntry(string Label, OxyColor Color, LineStyle Style, MarkerType Marker);
