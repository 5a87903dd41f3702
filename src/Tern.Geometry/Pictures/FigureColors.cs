namespace Tern.Geometry.Pictures;

/// <summary>Colours that are told apart by people who confuse red and green, too (Okabe and Ito 2008), and how pens use them.</summary>
static class FigureColors
{
    public static (byte R, byte G, byte B) Of(FigureRole role) => role switch
    {
        FigureRole.Auxiliary => (0xC2, 0x55, 0x00),
        FigureRole.Goal => (0x00, 0x66, 0xA8),
        _ => (0x22, 0x22, 0x22),
    };

    public static string Hex(FigureRole role)
    {
        var (r, g, b) = Of(role);
        return $"#{r:X2}{g:X2}{b:X2}";
    }

    /// <summary>Pixels.</summary>
    public static double Width(ScenePen pen, FigureRole role) => pen switch
    {
        ScenePen.Glow => 8,
        ScenePen.Mark => 1.1,
        _ => role == FigureRole.Goal ? 2 : 1.3,
    };

    public static double Opacity(ScenePen pen) => pen == ScenePen.Glow ? 0.22 : 1;

    /// <summary>Strokes and gaps in pixels; null: none.</summary>
    public static float[]? Dashes(ScenePen pen, FigureRole role) => pen == ScenePen.Line && role == FigureRole.Auxiliary ? [6, 4] : null;
}
