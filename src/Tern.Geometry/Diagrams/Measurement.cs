using System.Globalization;
using Tern.Geometry.Language;

namespace Tern.Geometry.Diagrams;

/// <summary>The numbers of a diagram that a statement compares, for people.</summary>
static class Measurement
{
    public static string Of(Statement statement, Diagram? diagram, IReadOnlyList<string> names)
    {
        if (diagram is null) return "its sides differ";
        var p = statement.Points;
        return statement.Predicate switch
        {
            Predicate.Parallel or Predicate.Perpendicular => $"∠({Line(2)}, {Line(0)}) = {Degrees(Angle(2, 0))}",
            Predicate.EqualAngles => $"∠({Line(0)}, {Line(2)}) = {Degrees(Angle(0, 2))}, ∠({Line(4)}, {Line(6)}) = {Degrees(Angle(4, 6))}",
            Predicate.AngleValue or Predicate.FindAngle => $"∠({Line(2)}, {Line(0)}) = {Degrees(Angle(2, 0))}",
            Predicate.EqualLengths => $"|{Line(0)}| = {Text(Length(0))}, |{Line(2)}| = {Text(Length(2))}",
            Predicate.EqualRatios => $"|{Line(0)}| : |{Line(2)}| = {Text(Length(0) / Length(2))}, |{Line(4)}| : |{Line(6)}| = {Text(Length(4) / Length(6))}",
            Predicate.RatioValue or Predicate.SquaredRatioValue or Predicate.FindRatio => $"|{Line(0)}| : |{Line(2)}| = {Text(Length(0) / Length(2))}",
            Predicate.LengthValue or Predicate.SquaredLengthValue => $"|{Line(0)}| = {Text(Length(0))}",
            Predicate.Coincident => $"{names[p[0]]} and {names[p[1]]} are {Text(Length(0))} apart",
            _ => $"its relative error is {Text(statement.Error(diagram))}",
        };

        string Line(int i) => names[p[i]] + names[p[i + 1]];
        double Length(int i) => diagram.Distance(p[i], p[i + 1]) / diagram.Unit;
        double Angle(int i, int j) => diagram.Direction(p[i], p[i + 1]) - diagram.Direction(p[j], p[j + 1]);
        static string Degrees(double angle) => Text(180 * (angle - Math.Floor(angle))) + "°";
        static string Text(double number) => number.ToString("G6", CultureInfo.InvariantCulture);
    }
}
