namespace Tern.Geometry.Engine;

/// <summary>What the unknowns of linear equations are: one for each pair of points.</summary>
enum EquationSystem
{
    /// <summary>d(AB) in [0, 1). One constant: one, in units of π.</summary>
    Directions,

    /// <summary>log |AB|. Constants are the logarithms of primes.</summary>
    Logs,

    /// <summary>|AB|. One constant: the unit.</summary>
    Lengths,

    /// <summary>|AB|². One constant: the square of the unit.</summary>
    Squares,
}
