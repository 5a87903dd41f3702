namespace Tern.Geometry.Algebra;

/// <summary>What a variable of the equations stands for.</summary>
enum UnknownKind
{
    /// <summary>x + iy of a point.</summary>
    Z,

    /// <summary>x - iy of a point.</summary>
    W,

    /// <summary>The distance of two points, of either sign.</summary>
    Length,

    /// <summary>Where a point is on its line.</summary>
    Parameter,

    /// <summary>A primitive root of unity, whose powers are constant angles.</summary>
    RootOfUnity,
}

/// <summary>A variable of the equations: a coordinate of <paramref name="First"/>, the distance of two points, or the root of unity of the order <paramref name="First"/>.</summary>
readonly record struct Unknown(UnknownKind Kind, int First, int Second = -1)
{
    public string Name(IReadOnlyList<string> points) => Kind switch
    {
        UnknownKind.Z => $"z_{points[First]}",
        UnknownKind.W => $"w_{points[First]}",
        UnknownKind.Length => $"l_{points[First]}_{points[Second]}",
        UnknownKind.Parameter => $"t_{points[First]}",
        _ => $"u_{First}",
    };
}
