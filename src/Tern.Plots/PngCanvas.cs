using OxyPlot;
using OxyPlot.SkiaSharp;
using SkiaSharp;
using Tern.Models;

namespace Tern.Plots;

/// <summary>Plots as pixels, without shaping of text: Latin and Greek need none, and its library is one more native one.</summary>
static class PngCanvas
{
    /// <summary>Pixels to a plot unit, for screens of today and print.</summary>
    const float Scale = 2;

    /// <summary>The first that is there is taken: fonts that come with Windows, macOS and Linux.</summary>
    static readonly string[] Fonts = ["Segoe UI", "Helvetica Neue", "Arial", "Liberation Sans", "Noto Sans", "DejaVu Sans"];

    /// <summary>A font of this machine, one without serifs where there is one.</summary>
    /// <exception cref="TernException">It has none.</exception>
    public static string Font()
    {
        var families = SKFontManager.Default.FontFamilies.Where(HasDigits).ToList();
        return Fonts.FirstOrDefault(families.Contains) ?? families.FirstOrDefault()
            ?? throw new TernException("PNG pictures need a font, and this machine has none. Install one (on Debian: fonts-dejavu-core), or use the SVG pictures, which take the fonts of who reads them.");
    }

    /// <summary>A machine without fonts still lists a family, whose letters are all missing; others hold symbols only.</summary>
    static bool HasDigits(string family)
    {
        using var face = SKFontManager.Default.MatchFamily(family);
        return face is not null && face.ContainsGlyph('0');
    }

    /// <summary>A whole PNG file.</summary>
    public static byte[] Draw(IPlotModel plot, int width, int height)
    {
        using var bitmap = new SKBitmap((int)(width * Scale), (int)(height * Scale));
        using (var canvas = new SKCanvas(bitmap))
        using (var context = new SkiaRenderContext { RenderTarget = RenderTarget.PixelGraphic, SkCanvas = canvas, UseTextShaping = false, DpiScale = Scale })
        {
            canvas.Clear(SKColors.White);
            plot.Update(updateData: true);
            plot.Render(context, new OxyRect(0, 0, width, height));
        }

        using var png = bitmap.Encode(SKEncodedImageFormat.Png, quality: 100);
        return png.ToArray();
    }
}
