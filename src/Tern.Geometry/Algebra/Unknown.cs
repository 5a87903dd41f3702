namespace Tern.Geometry.Algebra;

/// <summary>What a variable of the equations stands for.</summary>
enum UnknownKind
{
    /// <summary>x + iy of a point.</summary>
    Z,

    /// <summary>x - iy of a point.</summary>
    W,

    /// <summary>The slope of a chord of the curve on which a point lies.</summary>
    Slope,

    /// <summary>A product of lengths, of either sign, that gives a point's place.</summary>
    Lengths,

    /// <summary>A primitive root of unity, whose powers are constant angles.</summary>
    RootOfUnity,
}

/// <summary>A variable of the equations: something of a point, or the root of unity of the order <paramref name="Index"/>.</summary>
readonly record struct Unknown(UnknownKind Kind, int Index)
{
    public string Name(IReadOnlyList<string> points) => Kind switch
    {
        UnknownKind.Z => $"z_{points[Index]}",
        UnknownKind.W => $"w_{points[Index]}",
        UnknownKind.Slope => $"t_{points[Index]}",
        UnknownKind.Lengths => $"l_{points[Index]}",
        _ => $"e_{Index}",
    };
}
