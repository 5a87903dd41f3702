using Fractions;
using Tern.Models;

namespace Tern.Geometry.Language;

/// <summary>From the words of files to statements.</summary>
static class StatementReader
{
    /// <summary>The word of s_angle A B X y: a ray from B, BA turned counter-clockwise by y degrees, so d(BX) - d(AB) = y/180.</summary>
    const string TurnedAngle = "s_angle";

    public static bool IsPredicate(string word) => word == TurnedAngle || LinearEquation.IsWord(word) || Predicates.TryParse(word, out _);

    /// <summary>Null where the word is known.</summary>
    public static string? Unknown(string word)
    {
        if (IsPredicate(word)) return null;
        var near = EditDistance.Nearest(word, Predicates.Known.Concat(LinearEquation.Words));
        return $"there is no predicate '{word}'{(near is null ? "" : $"; did you mean '{near}'?")}";
    }

    /// <exception cref="ArgumentException">What is wrong with the points and numbers.</exception>
    /// <param name="reversedAngles">As AlphaGeometry2 reads aconst and acompute: ∠(AB, CD) = d(AB) - d(CD).</param>
    public static Statement Make(string word, ReadOnlySpan<int> points, ReadOnlySpan<Quantity> quantities, bool reversedAngles = false)
    {
        if (word == TurnedAngle)
        {
            if (points.Length != 3 || quantities.Length != 1) throw new ArgumentException("s_angle: takes 3 points and an angle.");
            return new Statement(Predicate.AngleValue, [points[0], points[1], points[1], points[2]], quantities[0].Angle);
        }
        if (!Predicates.TryParse(word, out var predicate)) throw new ArgumentException(Unknown(word));
        if (reversedAngles && points.Length == 4 && predicate is Predicate.AngleValue or Predicate.FindAngle) points = new[] { points[2], points[3], points[0], points[1] };
        if (predicate.HasCoefficients()) return Sum(predicate, points, quantities);
        Fraction? value = predicate switch
        {
            _ when quantities.Length == 0 => null,
            Predicate.AngleValue when quantities.Length == 1 => quantities[0].Angle,
            Predicate.RatioValue or Predicate.SquaredRatioValue when quantities.Length == 2 && !quantities[1].Number.IsZero => quantities[0].Number / quantities[1].Number,
            _ when quantities.Length == 1 => quantities[0].Number,
            _ => throw new ArgumentException($"{word}: takes one number, not {quantities.Length}."),
        };
        return new Statement(predicate, points.ToArray(), value);
    }

    /// <summary>AlphaGeometry2's angeq: Σ cᵢ d(PᵢQᵢ) + the last number in degrees = 0; distmeq: Π |PᵢQᵢ|^cᵢ times the last = 1; distseq and dist2seq: the sum, plus the last where there is one, = 0.</summary>
    static Statement Sum(Predicate predicate, ReadOnlySpan<int> points, ReadOnlySpan<Quantity> quantities)
    {
        var pairs = points.Length / 2;
        var mayLackConstant = predicate is Predicate.LengthSum or Predicate.SquaredLengthSum;
        if (quantities.Length != pairs + 1 && !(mayLackConstant && quantities.Length == pairs))
            throw new ArgumentException($"{predicate.Keyword()}: takes a coefficient for each of its {pairs} pairs of points and a constant, not {quantities.Length} numbers.");
        var coefficients = new Fraction[pairs];
        for (var i = 0; i < pairs; i++) coefficients[i] = quantities[i].Number;
        var constant = quantities.Length > pairs ? quantities[pairs] : null;
        if (predicate == Predicate.LengthProduct && constant!.Number.IsZero) throw new ArgumentException("distmeq: the constant must be positive.");
        var value = predicate switch
        {
            Predicate.AngleSum => -constant!.Angle,
            Predicate.LengthProduct => 1 / constant!.Number,
            _ => constant is null ? Fraction.Zero : -constant.Number,
        };
        return new Statement(predicate, points.ToArray(), value, coefficients);
    }
}
