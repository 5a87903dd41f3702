using Tern.Models;

namespace Tern.Geometry.Language;

/// <summary>A mistake in a problem, or a problem that cannot be drawn.</summary>
public class GeometryException : TernException
{
    public GeometryException(string message) : base(message) { }

    /// <summary>A mistake at a place of a text; the message shows the line with a caret below.</summary>
    public GeometryException(string message, SourcePlace place) : base($"{place.Source}({place.Line},{place.Column}): {message}\n  {place.Text}\n  {new string(' ', place.Column - 1)}^") => Place = place;

    public SourcePlace? Place { get; }
}

/// <summary>A place in a text; line and column count from one.</summary>
/// <param name="Source">The name of the file, or of what stands for one.</param>
/// <param name="Text">The line itself.</param>
public sealed record SourcePlace(string Source, int Line, int Column, string Text);
