using Tern.Models;
using Tern.Models.Files;

namespace Tern.Geometry.Pictures;

/// <summary>A drawing of a problem, as SVG, as PNG, and as an element of a page.</summary>
public sealed class Figure
{
    readonly FigureScene scene;
    readonly Lazy<FigureScene> whole;

    /// <param name="title">What it shows, for those who cannot see it.</param>
    /// <param name="content">What it shows.</param>
    public Figure(string title, FigureContent content) =>
        (Title, Content, scene, whole) = (title, content, FigureScene.Of(content), new(() => FigureScene.Of(content, legend: true)));

    public string Title { get; }

    public FigureContent Content { get; }

    /// <summary>Places of the points in the SVG, in pixels.</summary>
    internal IEnumerable<Spot> Pixels => scene.Items.OfType<SceneDot>().OrderBy(dot => dot.Point).Select(dot => dot.Centre);

    internal double PixelsPerLength => scene.PixelsPerLength;

    /// <summary>A whole SVG file, with a legend.</summary>
    public string ToSvg() => SvgFigure.Write(whole.Value, Title, document: true, id: "figure");

    /// <summary>An element to stand within HTML, without legend.</summary>
    public string ToSvgElement(string id) => SvgFigure.Write(scene, Title, document: false, id);

    /// <summary>A PNG file, with a legend, of two pixels to a pixel of the SVG.</summary>
    /// <exception cref="TernException">The machine has no font.</exception>
    public byte[] ToPng() => PngFigure.Write(whole.Value);

    /// <summary>Writes a file, PNG where the path ends so, else SVG.</summary>
    /// <exception cref="TernException">It cannot be written, or the machine has no font for the PNG.</exception>
    public void Write(string path)
    {
        if (path.EndsWith(".png", StringComparison.OrdinalIgnoreCase))
        {
            var pixels = ToPng();
            AtomicFile.Write(path, file => file.Write(pixels));
        }
        else
        {
            AtomicFile.WriteText(path, ToSvg());
        }
    }
}
