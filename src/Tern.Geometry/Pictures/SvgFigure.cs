using System.Globalization;
using System.Net;
using System.Text;

namespace Tern.Geometry.Pictures;

/// <summary>A scene as SVG. Points, names and lines carry the indices of their points as data, which pages use.</summary>
static class SvgFigure
{
    const string Fonts = "'Latin Modern Roman', 'Times New Roman', 'DejaVu Serif', serif";

    /// <param name="scene">What to draw.</param>
    /// <param name="title">For those who cannot see it.</param>
    /// <param name="document">With the declaration of an SVG file; else an element within a page.</param>
    /// <param name="id">Tells its parts from those of other figures of a page.</param>
    public static string Write(FigureScene scene, string title, bool document, string id)
    {
        var svg = new StringBuilder();
        if (document) svg.Append("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n");
        svg.Append(Text($"<svg xmlns=\"http://www.w3.org/2000/svg\" id=\"{id}\" width=\"{scene.Width}\" height=\"{scene.Height}\" viewBox=\"0 0 {scene.Width} {scene.Height}\" role=\"img\">\n"));
        svg.Append("<title>").Append(WebUtility.HtmlEncode(title)).Append("</title>\n");
        svg.Append(Text($"<defs><clipPath id=\"{id}-view\"><rect width=\"{scene.Width}\" height=\"{scene.Height}\"/></clipPath></defs>\n"));
        if (document) svg.Append("<rect width=\"100%\" height=\"100%\" fill=\"#FFFFFF\"/>\n");
        svg.Append(Text($"<g class=\"drawing\" clip-path=\"url(#{id}-view)\" fill=\"none\" stroke-linecap=\"round\" stroke-linejoin=\"round\" font-family=\"{Fonts}\" font-size=\"{FigureScene.LabelSize}\" font-style=\"italic\" text-anchor=\"middle\">\n"));
        foreach (var item in scene.Items) Append(svg, item);
        return svg.Append("</g>\n</svg>\n").ToString();
    }

    static void Append(StringBuilder svg, SceneItem item)
    {
        switch (item)
        {
            case ScenePath path:
                svg.Append("<polyline").Append(path.Line.Count > 0 ? $" data-line=\"{string.Join(' ', path.Line)}\"" : "").Append(" points=\"").AppendJoin(' ', path.Points.Select(spot => Text($"{spot.X:0.##},{spot.Y:0.##}"))).Append('"').Append(Pen(path.Pen, path.Role));
                break;
            case SceneCircle circle:
                svg.Append(Text($"<circle data-centre=\"{circle.Circle.Centre}\" data-circle=\"{string.Join(' ', circle.Circle.Points)}\" cx=\"{circle.Centre.X:0.##}\" cy=\"{circle.Centre.Y:0.##}\" r=\"{circle.Radius:0.##}\"")).Append(Pen(circle.Pen, circle.Role));
                break;
            case SceneDot dot:
                svg.Append(Text($"<circle class=\"point\" data-point=\"{dot.Point}\" cx=\"{dot.Centre.X:0.##}\" cy=\"{dot.Centre.Y:0.##}\" r=\"{FigureScene.DotRadius}\" fill=\"{(dot.Filled ? FigureColors.Hex(dot.Role) : "#FFFFFF")}\" stroke=\"{FigureColors.Hex(dot.Role)}\" stroke-width=\"1.4\"/>\n"));
                break;
            case SceneLabel label:
                // A third of the letters' height is below the middle of capitals.
                svg.Append(Text($"<text class=\"name\" data-point=\"{label.Point}\" x=\"{label.Centre.X:0.##}\" y=\"{label.Centre.Y + (FigureScene.LabelSize * 0.34):0.##}\" fill=\"{FigureColors.Hex(label.Role)}\">{WebUtility.HtmlEncode(label.Letters)}"));
                if (label.Index.Length > 0) svg.Append(Text($"<tspan dy=\"4\" font-size=\"{FigureScene.IndexSize}\">{label.Index}</tspan>"));
                svg.Append("</text>\n");
                break;
            case SceneWords words:
                svg.Append(Text($"<text class=\"legend\" x=\"{words.Left.X:0.##}\" y=\"{words.Left.Y + (FigureScene.LegendSize * 0.34):0.##}\" font-size=\"{FigureScene.LegendSize}\" font-style=\"normal\" text-anchor=\"start\" fill=\"{FigureColors.Hex(words.Role)}\">{WebUtility.HtmlEncode(words.Text)}</text>\n"));
                break;
            default:
                throw new InvalidOperationException($"{item.GetType().Name} has no drawing");
        }
    }

    static string Pen(ScenePen pen, FigureRole role)
    {
        var look = Text($" class=\"{pen.ToString().ToLowerInvariant()} {role.ToString().ToLowerInvariant()}\" stroke=\"{FigureColors.Hex(role)}\" stroke-width=\"{FigureColors.Width(pen, role)}\"");
        if (FigureColors.Opacity(pen) < 1) look += Text($" stroke-opacity=\"{FigureColors.Opacity(pen)}\"");
        if (FigureColors.Dashes(pen, role) is { } dashes) look += $" stroke-dasharray=\"{string.Join(' ', dashes)}\"";
        return look + "/>\n";
    }

    static string Text(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
