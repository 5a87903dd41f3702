namespace Tern.Geometry.Algebra;

/// <summary>What a certificate may cost.</summary>
public sealed record WuLimits
{
    public static readonly WuLimits Default = new();

    /// <summary>Of one polynomial.</summary>
    public int Terms { get; init; } = 200_000;

    public TimeSpan Time { get; init; } = TimeSpan.FromSeconds(10);
}
