namespace Tern.Geometry.Proofs;

/// <summary>
/// Why a step of a proof follows from its premises. The list is closed; a checker needs only this page and the coordinates of the proof.
/// </summary>
/// <remarks>
/// <para>Every statement of a proof holds in the proof's coordinates (to 1e-6), and every pair of points that a statement or an equation names is in two places there.
/// Conditions below on order, orientation and size are read off the coordinates; they are strict, so that they do not hang on rounding.</para>
/// <para>A statement stands for linear equations over the rationals in four systems of unknowns, one unknown for each unordered pair of points:</para>
/// <para><b>Directions</b> d(AB) in [0, 1), in units of π. Σ c d = v modulo 1 is read as Σ c d = v + k, with the integer k that the coordinates give: an equation between numbers, not between residues.</para>
/// <list type="bullet">
/// <item>Parallel d(AB) = d(CD); Perpendicular d(AB) = d(CD) + 1/2; EqualAngles d(AB) - d(CD) = d(EF) - d(GH); AngleValue d(CD) - d(AB) = v; AngleSum Σ c d = v.</item>
/// <item>Collinear, Midpoint: the directions of all pairs of its points are equal.</item>
/// <item>Concyclic: d(AB) + d(CD) = d(AC) + d(BD) for any four of its points in any order.</item>
/// <item>EqualLengths of two sides AB, AC that share a point (B and C in two places): 2 d(BC) = d(AB) + d(AC). CircleCentre O: the same of OA, OB for any two of its points.</item>
/// <item>Similar, Congruent ABC DEF: d(AB) - d(DE) = d(BC) - d(EF) = d(CA) - d(FD). MirroredSimilar, MirroredCongruent: the same with + instead of -.</item>
/// <item>Coincident A, B: d(AX) = d(BX) for every other point X that is elsewhere.</item>
/// </list>
/// <para><b>Log-lengths</b> log |AB|, and the logarithms of primes, which are independent of each other and of all else.</para>
/// <list type="bullet">
/// <item>EqualLengths, EqualRatios, RatioValue, SquaredRatioValue, LengthValue, SquaredLengthValue, LengthProduct: their logarithm.</item>
/// <item>Midpoint A of BC: |AB| = |AC|, |BC| = 2 |AB|. CircleCentre O: |OA| = |OB| for any two of its points.</item>
/// <item>Similar, MirroredSimilar: |AB| : |DE| = |BC| : |EF| = |CA| : |FD|. Congruent, MirroredCongruent: the three pairs are equal.</item>
/// <item>Coincident A, B: |AX| = |BX| for every other point X that is elsewhere.</item>
/// </list>
/// <para><b>Lengths</b> |AB|, and the number one.</para>
/// <list type="bullet">
/// <item>EqualLengths |AB| = |CD|; RatioValue |AB| = v |CD|; LengthValue |AB| = v; LengthSum.</item>
/// <item>Collinear, Midpoint: |AB| + |BC| = |AC| for any three of its points, B between A and C in the coordinates; Midpoint also |AB| = |AC|.</item>
/// <item>CircleCentre, Congruent, MirroredCongruent, Coincident: as among the log-lengths.</item>
/// </list>
/// <para><b>Squares</b> |AB|², and the number one. |AA|² is zero.</para>
/// <list type="bullet">
/// <item>EqualLengths |AB|² = |CD|²; RatioValue |AB|² = v² |CD|²; SquaredRatioValue |AB|² = v |CD|²; LengthValue |AB|² = v²; SquaredLengthValue |AB|² = v; SquaredLengthSum.</item>
/// <item>Perpendicular AB CD: |AC|² + |BD|² = |AD|² + |BC|².</item>
/// <item>Midpoint M of AB: |AB|² = 4 |MA|² = 4 |MB|², and 2 |XA|² + 2 |XB|² = 4 |XM|² + |AB|² for every other point X.</item>
/// <item>CircleCentre, Congruent, MirroredCongruent, Coincident: as among the log-lengths.</item>
/// </list>
/// <para>"The directions give" an equation, or "the logs", "the lengths", "the squares": it is a linear combination, with rational coefficients, of the equations of that system for which the premises stand.
/// A rule does not care for the order or the number of its premises beyond that.</para>
/// </remarks>
public enum ProofRule
{
    /// <summary>The statement is one that the problem gives: a fact or a remark of a construction, or an assumption. No premises.</summary>
    Given,

    /// <summary>Parallel, Perpendicular, EqualAngles, AngleValue or AngleSum: the directions give the equation that the conclusion stands for.</summary>
    Angles,

    /// <summary>EqualLengths, EqualRatios, RatioValue, SquaredRatioValue, LengthValue, SquaredLengthValue or LengthProduct: the logs give the conclusion's equation of log-lengths.</summary>
    Ratios,

    /// <summary>EqualLengths, RatioValue, LengthValue or LengthSum: the lengths give the conclusion's equation of lengths.</summary>
    Lengths,

    /// <summary>EqualLengths, RatioValue, SquaredRatioValue, LengthValue, SquaredLengthValue, SquaredLengthSum or Perpendicular: the squares give the conclusion's equation of squares.</summary>
    Squares,

    /// <summary>Collinear: for some point A of it, the directions give d(AX) = d(AY) for any two others.</summary>
    Line,

    /// <summary>Concyclic: for some two points A, B of it, not on a line with any other, the directions give d(XA) - d(XB) = d(YA) - d(YB) for any two others X, Y (the converse of the inscribed angles).</summary>
    Circle,

    /// <summary>CircleCentre O: the logs give |OX| = |OY| for any two of the circle's points.</summary>
    Centre,

    /// <summary>
    /// CircleCentre O: for some two points A, B of the circle, the logs give |OA| = |OB|, and the directions give d(XB) - d(XA) = d(OB) - d(AB) + 1/2 for every other point X
    /// (the converse of the angle between tangent and chord, whose tangent at B is perpendicular to OB). X, A, B are not on a line.
    /// </summary>
    CentralAngle,

    /// <summary>
    /// CircleCentre O: for some points A, B, C, D of the circle the logs give |OA| = |OB| and |OC| = |OD|, AB and CD are not parallel in the coordinates (C or D may be A or B), and
    /// for some two points E, F of the circle the directions give d(XE) - d(XF) = d(YE) - d(YF) for any two other points X, Y of it: O is on two perpendicular bisectors of chords.
    /// </summary>
    TwoChords,

    /// <summary>Midpoint A of BC: the directions give d(AB) = d(AC), the logs or the lengths give |AB| = |AC|, and A is between B and C.</summary>
    Middle,

    /// <summary>Similar or MirroredSimilar ABC DEF: the directions give all of its equations of directions. A, B, C are not on a line, D, E, F neither.</summary>
    SimilarByAngles,

    /// <summary>Similar or MirroredSimilar ABC DEF: the logs give all of its equations of log-lengths. Not on a line, as above; ABC and DEF are oriented as the conclusion says.</summary>
    SimilarBySides,

    /// <summary>
    /// Similar or MirroredSimilar: ABC DEF in one of the orders of its corners such that the logs give |AB| : |DE| = |AC| : |DF| and the directions give
    /// d(AB) - d(DE) = d(AC) - d(DF), for MirroredSimilar d(AB) + d(DE) = d(AC) + d(DF). Not on a line; oriented as the conclusion says.
    /// </summary>
    SimilarBySideAngleSide,

    /// <summary>
    /// Similar or MirroredSimilar: ABC DEF in one of the orders of its corners such that the logs give |AB| : |DE| = |BC| : |EF|, the directions give
    /// the equation of the angles at A and D as in <see cref="SimilarBySideAngleSide"/>, and |BC| > |AB| (to be strict, |BC|² > (1 + 1e-6) |AB|²), the same of EF and DE. Not on a line; oriented as the conclusion says.
    /// </summary>
    SimilarBySideSideAngle,

    /// <summary>Congruent or MirroredCongruent ABC DEF: the directions give all of its equations of directions, or the logs all of the similar triangles' equations of log-lengths; and the logs give |AB| = |DE|, |BC| = |EF| or |CA| = |FD|. Not on a line; oriented as the conclusion says.</summary>
    CongruentBySide,

    /// <summary>EqualLengths AB, AC: the directions give 2 d(BC) = d(AB) + d(AC). A, B, C are not on a line.</summary>
    EqualBaseAngles,

    /// <summary>
    /// EqualRatios |AB| : |BC| = |DE| : |EF| (in some order of sides): the directions give that A, B, C are on a line and D, E, F on one (two of the three lines through two of them have one direction), the logs give one of
    /// |AB| : |AC| = |DE| : |DF|, |AB| : |BC| = |DE| : |EF| or |AC| : |BC| = |DF| : |EF|, and the three points are in the same order in the coordinates: of A, B, C the same one is between as of D, E, F.
    /// The conclusion is any of these three ratios.
    /// </summary>
    DividedAlike,

    /// <summary>
    /// EqualLengths AB, CD: some X other than A, B and some Y other than C, D are on a circle with A, B, C, D by the premises (a premise Concyclic or CircleCentre has all of these points on its circle), and
    /// the directions give d(XB) - d(XA) = d(YD) - d(YC), or the same with C and D exchanged.
    /// </summary>
    EqualArcs,

    /// <summary>
    /// EqualAngles d(XA) - d(XB) = d(YC) - d(YD): A, B, C, D, X, Y are on one circle as in <see cref="EqualArcs"/>, and the logs give |AB| = |CD|.
    /// That the conclusion holds in the coordinates, and not the one with C and D exchanged, picks the sign. Where both hold the rule does not apply: the angles are right there, and the true one of the two need not be this one,
    /// so that right angles would follow from the coordinates alone.
    /// </summary>
    EqualChords,

    /// <summary>
    /// Coincident P, Q: two of these, with points A, B elsewhere. The line through A: the directions give d(AP) = d(AQ). The circle around A: the logs give |AP| = |AQ|.
    /// The circle through A and B: the directions give d(PA) - d(PB) = d(QA) - d(QB), and P, A, B are not on a line. The tangents of the two at P are not parallel in the coordinates (a line is its own tangent).
    /// </summary>
    SamePlace,

    /// <summary>
    /// Coincident P, Q: for some points A, B in two places, the logs give |AP| = |AQ| and |BP| = |BQ|, and the directions give d(AP) = d(BP) or d(AQ) = d(BQ):
    /// two circles that share a point of the line through their centres touch there, and share no other.
    /// </summary>
    TouchingCircles,

    /// <summary>
    /// EqualAngles d(CA) - d(CI) = d(CI) - d(CB): the directions give d(AB) - d(AI) = d(AI) - d(AC) and d(BA) - d(BI) = d(BI) - d(BC). A, B, C are not on a line.
    /// A point on bisectors of two angles of a triangle, inner or outer ones, is on one of the third.
    /// </summary>
    Incentre,
}
