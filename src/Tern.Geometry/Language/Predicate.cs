namespace Tern.Geometry.Language;

/// <summary>
/// What a <see cref="Statement"/> says. Angles are directed angles between lines, modulo π: ∠(AB, CD) = d(AB) - d(CD), with d the direction of a line (Trinh et al. 2024, Nature 625, 476; Chou, Gao, Zhang 1996).
/// Letters are the points in their order.
/// </summary>
public enum Predicate
{
    /// <summary>coll: all points (3 or more) on a line.</summary>
    Collinear,

    /// <summary>cyclic: all points (4 or more) on a circle.</summary>
    Concyclic,

    /// <summary>para: AB ∥ CD.</summary>
    Parallel,

    /// <summary>perp: AB ⊥ CD.</summary>
    Perpendicular,

    /// <summary>cong: |AB| = |CD|.</summary>
    EqualLengths,

    /// <summary>eqangle: ∠(AB, CD) = ∠(EF, GH).</summary>
    EqualAngles,

    /// <summary>eqratio: |AB| : |CD| = |EF| : |GH|.</summary>
    EqualRatios,

    /// <summary>midp: A is the midpoint of BC.</summary>
    Midpoint,

    /// <summary>circle: A is the centre of the circle through the others (3 or more).</summary>
    CircleCentre,

    /// <summary>simtri: triangles ABC and DEF are similar, with the same orientation.</summary>
    Similar,

    /// <summary>simtri2, simtrir: similar, with opposite orientations.</summary>
    MirroredSimilar,

    /// <summary>contri: triangles ABC and DEF are congruent, with the same orientation.</summary>
    Congruent,

    /// <summary>contri2, contrir: congruent, with opposite orientations.</summary>
    MirroredCongruent,

    /// <summary>overlap: A and B are the same place.</summary>
    Coincident,

    /// <summary>aconst: ∠(CD, AB) = d(CD) - d(AB) is the value, in units of π, modulo 1.</summary>
    AngleValue,

    /// <summary>rconst: |AB| : |CD| is the value.</summary>
    RatioValue,

    /// <summary>r2const: (|AB| : |CD|)² is the value.</summary>
    SquaredRatioValue,

    /// <summary>lconst: |AB| is the value.</summary>
    LengthValue,

    /// <summary>l2const: |AB|² is the value.</summary>
    SquaredLengthValue,

    /// <summary>Σ cᵢ d(PᵢQᵢ) is the value, in units of π, modulo 1.</summary>
    AngleSum,

    /// <summary>Π |PᵢQᵢ|^cᵢ is the value.</summary>
    LengthProduct,

    /// <summary>Σ cᵢ |PᵢQᵢ| is the value.</summary>
    LengthSum,

    /// <summary>Σ cᵢ |PᵢQᵢ|² is the value.</summary>
    SquaredLengthSum,

    /// <summary>acompute, a goal: find d(CD) - d(AB).</summary>
    FindAngle,

    /// <summary>rcompute, a goal: find |AB| : |CD|.</summary>
    FindRatio,

    /// <summary>ncoll, of coordinates only, as all that follow.</summary>
    NotCollinear,

    /// <summary>npara: AB ∦ CD.</summary>
    NotParallel,

    /// <summary>nperp.</summary>
    NotPerpendicular,

    /// <summary>diff: all points are in different places.</summary>
    Distinct,

    /// <summary>sameside a b c x y z: (B - A)·(C - A) and (Y - X)·(Z - X) have the same sign.</summary>
    SameSide,

    /// <summary>sameclock: triangles ABC and DEF are oriented alike.</summary>
    SameOrientation,

    /// <summary>between: A is inside the segment BC.</summary>
    Between,

    /// <summary>obtuse_angle: the angle ABC at B is obtuse.</summary>
    Obtuse,
}
