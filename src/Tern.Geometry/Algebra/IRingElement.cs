using System.Numerics;

namespace Tern.Geometry.Algebra;

/// <summary>What coordinates are made of: residues modulo a prime where a statement is tried, polynomials where it is proved.</summary>
interface IRingElement<T> : IAdditionOperators<T, T, T>, ISubtractionOperators<T, T, T>, IMultiplyOperators<T, T, T>, IUnaryNegationOperators<T, T>
    where T : IRingElement<T>
{
    bool IsZero { get; }
}
