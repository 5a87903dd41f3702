using SkiaSharp;
using Tern.Models;

namespace Tern.Geometry.Pictures;

/// <summary>A scene as pixels.</summary>
static class PngFigure
{
    /// <summary>Pixels of the file to a pixel of the scene, for screens of today and print.</summary>
    const float Scale = 2;

    /// <summary>The first that is there is taken: fonts that come with Windows, macOS and Linux.</summary>
    static readonly string[] Fonts = ["Times New Roman", "Times", "Liberation Serif", "Noto Serif", "DejaVu Serif"];

    /// <exception cref="TernException">The machine has no font for the names.</exception>
    public static byte[] Write(FigureScene scene)
    {
        using var face = Face(SKFontStyle.Italic);
        using var upright = Face(SKFontStyle.Normal);
        using var bitmap = new SKBitmap((int)(scene.Width * Scale), (int)(scene.Height * Scale));
        using (var canvas = new SKCanvas(bitmap))
        {
            canvas.Clear(SKColors.White);
            canvas.Scale(Scale);
            foreach (var item in scene.Items) Draw(canvas, item, item is SceneWords ? upright : face);
        }

        using var png = bitmap.Encode(SKEncodedImageFormat.Png, quality: 100);
        return png.ToArray();
    }

    static SKTypeface Face(SKFontStyle style)
    {
        // A machine without fonts still lists a family, whose letters are all missing.
        var faces = Fonts.Concat(SKFontManager.Default.FontFamilies).Select(family => SKFontManager.Default.MatchFamily(family, style));
        return faces.FirstOrDefault(face => face is not null && face.ContainsGlyph('A') && face.ContainsGlyph('0'))
            ?? throw new TernException("PNG pictures need a font, and this machine has none. Install one (on Debian: fonts-dejavu-core), or use the SVG picture, which takes the fonts of who reads it.");
    }

    static void Draw(SKCanvas canvas, SceneItem item, SKTypeface face)
    {
        switch (item)
        {
            case ScenePath path:
                using (var pen = Pen(path.Pen, path.Role))
                using (var line = new SKPath())
                {
                    line.AddPoly([.. path.Points.Select(Point)], close: false);
                    canvas.DrawPath(line, pen);
                }

                break;
            case SceneCircle circle:
                using (var pen = Pen(circle.Pen, circle.Role)) canvas.DrawCircle(Point(circle.Centre), (float)circle.Radius, pen);
                break;
            case SceneDot dot:
                using (var fill = new SKPaint { IsAntialias = true, Color = dot.Filled ? Color(dot.Role) : SKColors.White })
                using (var rim = new SKPaint { IsAntialias = true, Style = SKPaintStyle.Stroke, StrokeWidth = 1.4f, Color = Color(dot.Role) })
                {
                    canvas.DrawCircle(Point(dot.Centre), (float)FigureScene.DotRadius, fill);
                    canvas.DrawCircle(Point(dot.Centre), (float)FigureScene.DotRadius, rim);
                }

                break;
            case SceneLabel label: DrawName(canvas, label, face); break;
            case SceneWords words:
                using (var letters = new SKPaint { IsAntialias = true, Typeface = face, TextSize = (float)FigureScene.LegendSize, Color = Color(words.Role) })
                    canvas.DrawText(words.Text, (float)words.Left.X, (float)(words.Left.Y + (FigureScene.LegendSize * 0.34)), letters);
                break;
            default: throw new InvalidOperationException($"{item.GetType().Name} has no drawing");
        }
    }

    static void DrawName(SKCanvas canvas, SceneLabel label, SKTypeface face)
    {
        using var letters = new SKPaint { IsAntialias = true, Typeface = face, TextSize = (float)FigureScene.LabelSize, Color = Color(label.Role) };
        using var index = new SKPaint { IsAntialias = true, Typeface = face, TextSize = (float)FigureScene.IndexSize, Color = Color(label.Role) };
        var wide = letters.MeasureText(label.Letters);
        var left = (float)label.Centre.X - ((wide + index.MeasureText(label.Index)) / 2);
        var baseline = (float)(label.Centre.Y + (FigureScene.LabelSize * 0.34));
        canvas.DrawText(label.Letters, left, baseline, letters);
        if (label.Index.Length > 0) canvas.DrawText(label.Index, left + wide, baseline + 4, index);
    }

    static SKPaint Pen(ScenePen pen, FigureRole role) => new()
    {
        IsAntialias = true,
        Style = SKPaintStyle.Stroke,
        StrokeCap = SKStrokeCap.Round,
        StrokeJoin = SKStrokeJoin.Round,
        StrokeWidth = (float)FigureColors.Width(pen, role),
        Color = Color(role).WithAlpha((byte)(255 * FigureColors.Opacity(pen))),
        PathEffect = FigureColors.Dashes(pen, role) is { } dashes ? SKPathEffect.CreateDash(dashes, 0) : null,
    };

    static SKColor Color(FigureRole role)
    {
        var (r, g, b) = FigureColors.Of(role);
        return new(r, g, b);
    }

    static SKPoint Point(Spot spot) => new((float)spot.X, (float)spot.Y);
}
