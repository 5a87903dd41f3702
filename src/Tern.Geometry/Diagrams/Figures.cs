namespace Tern.Geometry.Diagrams;

/// <summary>Free figures at random: their corners around the origin, of size about one, then turned, mirrored, scaled and moved.</summary>
static class Figures
{
    /// <param name="centre">Around which the figure is moved, by up to <paramref name="size"/>.</param>
    /// <param name="size">What one becomes, before the random scale in [0.5, 2].</param>
    /// <param name="places">[outputs of the kind]</param>
    public static void Fill(SketchKind kind, SplitMix64 random, Vector centre, double size, Span<Vector> places)
    {
        if (kind == SketchKind.FreePoint)
        {
            places[0] = centre + new Vector(random.NextDouble(-1, 1), random.NextDouble(-1, 1)) * size;
            return;
        }
        Shape(kind, random, places);
        var middle = default(Vector);
        foreach (var place in places) middle += place;
        middle /= places.Length;
        var turn = Vector.AtAngle(random.NextDouble(0, 2 * Math.PI)) * (random.NextDouble(0.5, 2) * size);
        var shift = centre + new Vector(random.NextDouble(-1, 1), random.NextDouble(-1, 1)) * size;
        var mirrors = random.NextDouble() < 0.5;
        foreach (ref var place in places)
        {
            var moved = place - middle;
            place = shift + turn * (mirrors ? moved.Mirrored : moved);
        }
    }

    static void Shape(SketchKind kind, SplitMix64 random, Span<Vector> p)
    {
        var (first, second) = (random.NextDouble(0.5, 2), random.NextDouble(0.5, 2));
        p[0] = default;
        switch (kind)
        {
            case SketchKind.Segment: p[1] = new Vector(1, 0); break;
            case SketchKind.SegmentAndInside: (p[0], p[1], p[2]) = (new Vector(random.NextDouble(0.15, 0.85), 0), default, new Vector(1, 0)); break;
            case SketchKind.Triangle: (p[1], p[2]) = (new Vector(1, 0), Vector.AtAngle(random.NextDouble(0.2, 0.8) * Math.PI) * first); break;
            case SketchKind.AcuteTriangle: AcuteTriangle(random, p); break;
            case SketchKind.IsoscelesTriangle: (p[0], p[1], p[2]) = (new Vector(0, first), new Vector(-second / 2, 0), new Vector(second / 2, 0)); break;
            case SketchKind.RightTriangle: (p[1], p[2]) = (new Vector(first, 0), new Vector(0, second)); break;
            case SketchKind.RightIsosceles: (p[1], p[2]) = (new Vector(1, 0), new Vector(0, 1)); break;
            case SketchKind.EquilateralTriangle: (p[1], p[2]) = (new Vector(1, 0), new Vector(0.5, Math.Sqrt(0.75))); break;
            case SketchKind.OneToTwoTriangle: (p[1], p[2]) = (new Vector(1, 0), Vector.AtAngle(random.NextDouble(0.2, 0.8) * Math.PI) * 2); break;
            case SketchKind.Quadrangle: Diagonals(random, second, p); break;
            case SketchKind.EqualDiagonalsQuadrangle: Diagonals(random, 1, p); break;
            case SketchKind.Trapezoid: Trapezoid(random.NextDouble(-0.5, 0.5), first, second, p); break;
            case SketchKind.RightTrapezoid: Trapezoid(0, first, second, p); break;
            case SketchKind.EqualLegsTrapezoid: Trapezoid((1 - first) / 2, first, second, p); break;
            case SketchKind.EqualSidesQuadrangle:
                p[1] = new Vector(1, 0);
                p[2] = p[1] + Vector.AtAngle(random.NextDouble(1, 2) * Math.PI / 3) * first;
                p[3] = Vector.AtAngle(random.NextDouble(1, 2) * Math.PI / 3) * first;
                break;
            case SketchKind.Rectangle: (p[1], p[2], p[3]) = (new Vector(1, 0), new Vector(1, first), new Vector(0, first)); break;
            case SketchKind.Square: (p[1], p[2], p[3]) = (new Vector(1, 0), new Vector(1, 1), new Vector(0, 1)); break;
            case SketchKind.Pentagon: Pentagon(random, p); break;
            default: throw new ArgumentOutOfRangeException(nameof(kind), kind, null);
        }
    }

    /// <summary>All angles below 81 degrees.</summary>
    static void AcuteTriangle(SplitMix64 random, Span<Vector> p)
    {
        var alpha = random.NextDouble(0.2, 0.45) * Math.PI;
        var beta = random.NextDouble(0.55 - alpha / Math.PI, 0.45) * Math.PI;
        p[1] = new Vector(1, 0);
        p[2] = Vector.AtAngle(alpha) * (Math.Sin(beta) / Math.Sin(alpha + beta));
    }

    /// <summary>ac of length one and bd of the given length cross inside both.</summary>
    static void Diagonals(SplitMix64 random, double length, Span<Vector> p)
    {
        var cross = new Vector(random.NextDouble(0.3, 0.7), 0);
        var direction = Vector.AtAngle(random.NextDouble(0.3, 0.7) * Math.PI) * length;
        var share = random.NextDouble(0.3, 0.7);
        p[2] = new Vector(1, 0);
        p[1] = cross - direction * share;
        p[3] = cross + direction * (1 - share);
    }

    /// <summary>ab of length one, and dc above it.</summary>
    static void Trapezoid(double left, double top, double height, Span<Vector> p)
    {
        p[1] = new Vector(1, 0);
        p[2] = new Vector(left + top, height);
        p[3] = new Vector(left, height);
    }

    /// <summary>On a circle, each step about its share of what is left.</summary>
    static void Pentagon(SplitMix64 random, Span<Vector> p)
    {
        var angle = 0.0;
        for (var i = 0; i < 5; i++)
        {
            p[i] = Vector.AtAngle(angle);
            angle += (2 * Math.PI - angle) / (5 - i) * random.NextDouble(0.5, 1.5);
        }
    }
}
