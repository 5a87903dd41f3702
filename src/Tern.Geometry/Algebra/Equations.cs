using System.Numerics;
using Fractions;
using Tern.Geometry.Language;

namespace Tern.Geometry.Algebra;

/// <summary>
/// Statements as polynomials in isotropic coordinates, zero where they are true of lines through two places. The line AB has the direction q(AB) = (z_B - z_A) / (w_B - w_A) = e^(2πi d(AB)) with d in units
/// of π, so that angles between lines, modulo π, are quotients of directions, and no sign is lost.
/// </summary>
static class Equations
{
    /// <summary>Null where a statement is no equation of coordinates: sums of lengths, order, and values to be found.</summary>
    public static List<T>? Of<T>(Statement statement, ReadOnlySpan<Isotropic<T>> places, IArithmetic<T> constants) where T : IRingElement<T>
    {
        var p = new Isotropic<T>[statement.Points.Length];
        for (var i = 0; i < p.Length; i++) p[i] = places[statement.Points[i]];
        var value = statement.Value ?? Fraction.Zero;
        return statement.Predicate switch
        {
            Predicate.Collinear => [.. Enumerable.Range(2, p.Length - 2).Select(i => Isotropic<T>.Cross(p[1] - p[0], p[i] - p[0]))],
            Predicate.Concyclic => [.. Enumerable.Range(3, p.Length - 3).Select(i => Concyclic(p[0], p[1], p[2], p[i]))],
            Predicate.Parallel => [Isotropic<T>.Cross(p[1] - p[0], p[3] - p[2])],
            Predicate.Perpendicular => [Isotropic<T>.Dot(p[1] - p[0], p[3] - p[2])],
            Predicate.EqualLengths => [(p[1] - p[0]).SquaredLength - (p[3] - p[2]).SquaredLength],
            Predicate.EqualAngles => [EqualAngles(p)],
            Predicate.EqualRatios => [(p[1] - p[0]).SquaredLength * (p[7] - p[6]).SquaredLength - (p[3] - p[2]).SquaredLength * (p[5] - p[4]).SquaredLength],
            Predicate.Midpoint => [p[0].Z + p[0].Z - p[1].Z - p[2].Z, p[0].W + p[0].W - p[1].W - p[2].W],
            Predicate.CircleCentre => [.. Enumerable.Range(2, p.Length - 2).Select(i => (p[1] - p[0]).SquaredLength - (p[i] - p[0]).SquaredLength)],
            Predicate.Similar => Similar(p, isMirrored: false),
            Predicate.MirroredSimilar => Similar(p, isMirrored: true),
            Predicate.Congruent or Predicate.MirroredCongruent =>
                [.. Similar(p, statement.Predicate == Predicate.MirroredCongruent), (p[1] - p[0]).SquaredLength - (p[4] - p[3]).SquaredLength],
            Predicate.Coincident => [p[0].Z - p[1].Z, p[0].W - p[1].W],
            Predicate.AngleValue => [(p[3] - p[2]).Z * (p[1] - p[0]).W - constants.RootOfUnity(value) * (p[3] - p[2]).W * (p[1] - p[0]).Z],
            Predicate.RatioValue => [Scaled((p[1] - p[0]).SquaredLength, (p[3] - p[2]).SquaredLength, value * value, constants)],
            Predicate.SquaredRatioValue => [Scaled((p[1] - p[0]).SquaredLength, (p[3] - p[2]).SquaredLength, value, constants)],
            Predicate.LengthValue => [Scaled((p[1] - p[0]).SquaredLength, constants.Number(1), value * value, constants)],
            Predicate.SquaredLengthValue => [Scaled((p[1] - p[0]).SquaredLength, constants.Number(1), value, constants)],
            Predicate.AngleSum => AngleSum(statement, p, constants),
            Predicate.LengthProduct => LengthProduct(statement, p, constants),
            Predicate.SquaredLengthSum => [SquaredLengthSum(statement, p, constants)],
            _ => null,
        };
    }

    /// <summary>The same as statements of as few points as there are: triples on a line, four points on a circle, pairs of equal lengths.</summary>
    public static IEnumerable<Statement> Parts(Statement statement)
    {
        var p = statement.Points;
        return statement.Predicate switch
        {
            Predicate.Collinear => p.Skip(2).Select(point => new Statement(Predicate.Collinear, [p[0], p[1], point])),
            Predicate.Concyclic => p.Skip(3).Select(point => new Statement(Predicate.Concyclic, [p[0], p[1], p[2], point])),
            Predicate.CircleCentre => p.Skip(2).Select(point => new Statement(Predicate.EqualLengths, [p[0], p[1], p[0], point])),
            Predicate.Congruent or Predicate.MirroredCongruent =>
            [
                new Statement(Predicate.EqualLengths, [p[0], p[1], p[3], p[4]]),
                new Statement(statement.Predicate == Predicate.Congruent ? Predicate.Similar : Predicate.MirroredSimilar, p),
            ],
            _ => [statement],
        };
    }

    /// <summary>The cross-ratio is real.</summary>
    static T Concyclic<T>(Isotropic<T> a, Isotropic<T> b, Isotropic<T> c, Isotropic<T> d) where T : IRingElement<T> =>
        (a - c).Z * (b - d).Z * (b - c).W * (a - d).W - (a - c).W * (b - d).W * (b - c).Z * (a - d).Z;

    static T EqualAngles<T>(Isotropic<T>[] p) where T : IRingElement<T>
    {
        var (ab, cd, ef, gh) = (p[1] - p[0], p[3] - p[2], p[5] - p[4], p[7] - p[6]);
        return ab.Z * gh.Z * cd.W * ef.W - ab.W * gh.W * cd.Z * ef.Z;
    }

    static List<T> Similar<T>(Isotropic<T>[] p, bool isMirrored) where T : IRingElement<T>
    {
        var (de, df) = (p[4] - p[3], p[5] - p[3]);
        var difference = (p[1] - p[0]) * (isMirrored ? df.Conjugate : df) - (p[2] - p[0]) * (isMirrored ? de.Conjugate : de);
        return [difference.Z, difference.W];
    }

    /// <summary>a - ratio·b without denominator.</summary>
    static T Scaled<T>(T a, T b, Fraction ratio, IArithmetic<T> constants) where T : IRingElement<T> => a * constants.Number(ratio.Denominator) - b * constants.Number(ratio.Numerator);

    static List<T>? AngleSum<T>(Statement statement, Isotropic<T>[] p, IArithmetic<T> constants) where T : IRingElement<T>
    {
        // Multiplying an angle loses which part of the turn it was: only whole coefficients are equations.
        if (statement.Coefficients.Any(coefficient => coefficient.Denominator != 1 || BigInteger.Abs(coefficient.Numerator) > 64)) return null;
        var (left, right) = (constants.Number(1), constants.RootOfUnity(statement.Value!.Value));
        for (var i = 0; i < statement.Coefficients.Length; i++)
        {
            var direction = p[2 * i + 1] - p[2 * i];
            var count = (int)statement.Coefficients[i].Numerator;
            for (var k = 0; k < Math.Abs(count); k++) (left, right) = (left * (count > 0 ? direction.Z : direction.W), right * (count > 0 ? direction.W : direction.Z));
        }
        return [left - right];
    }

    /// <summary>Lengths are positive, so equal squares, and equal powers, are equal.</summary>
    static List<T>? LengthProduct<T>(Statement statement, Isotropic<T>[] p, IArithmetic<T> constants) where T : IRingElement<T>
    {
        var common = statement.Coefficients.Aggregate(BigInteger.One, (product, coefficient) => product * coefficient.Denominator / BigInteger.GreatestCommonDivisor(product, coefficient.Denominator));
        if (common > 16 || statement.Coefficients.Any(coefficient => BigInteger.Abs(coefficient.Numerator) * common / coefficient.Denominator > 64)) return null;
        var value = statement.Value!.Value;
        var (left, right) = (constants.Number(BigInteger.Pow(value.Denominator, 2 * (int)common)), constants.Number(BigInteger.Pow(value.Numerator, 2 * (int)common)));
        for (var i = 0; i < statement.Coefficients.Length; i++)
        {
            var square = (p[2 * i + 1] - p[2 * i]).SquaredLength;
            var count = (int)(statement.Coefficients[i] * common).Numerator;
            for (var k = 0; k < Math.Abs(count); k++) (left, right) = count > 0 ? (left * square, right) : (left, right * square);
        }
        return [left - right];
    }

    static T SquaredLengthSum<T>(Statement statement, Isotropic<T>[] p, IArithmetic<T> constants) where T : IRingElement<T>
    {
        var common = statement.Coefficients.Append(statement.Value!.Value).Aggregate(BigInteger.One, (product, number) => product * number.Denominator / BigInteger.GreatestCommonDivisor(product, number.Denominator));
        var sum = constants.Number(-(statement.Value.Value * common).Numerator);
        for (var i = 0; i < statement.Coefficients.Length; i++) sum += (p[2 * i + 1] - p[2 * i]).SquaredLength * constants.Number((statement.Coefficients[i] * common).Numerator);
        return sum;
    }
}
