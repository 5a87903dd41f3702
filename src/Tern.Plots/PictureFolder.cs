using Tern.Models;

namespace Tern.Plots;

/// <summary>A folder of pictures.</summary>
public static class PictureFolder
{
    /// <summary>Writes pictures into a folder, which is made where there is none: first those as SVG, which always succeed, then those as PNG.</summary>
    /// <returns>The files.</returns>
    /// <exception cref="TernException">They cannot be written, or the machine has no font for the PNG.</exception>
    public static IReadOnlyList<string> Write(string folder, IReadOnlyList<Picture> pictures)
    {
        try
        {
            Directory.CreateDirectory(folder);
        }
        catch (Exception problem) when (problem is IOException or UnauthorizedAccessException or ArgumentException)
        {
            throw new TernException($"{folder}: the folder for the pictures cannot be made: {problem.Message}");
        }

        return [.. pictures.Select(picture => picture.WriteSvg(folder)), .. pictures.Select(picture => picture.WritePng(folder))];
    }
}
