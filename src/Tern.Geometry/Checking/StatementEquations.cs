using System.Numerics;
using Fractions;
using Tern.Geometry.Diagrams;
using Tern.Geometry.Language;

namespace Tern.Geometry.Checking;

/// <summary>
/// What statements say as linear equations of directions, of logarithms of lengths, of lengths, and of squares of lengths: all that <see cref="Proofs.ProofRule"/> names, or equations that give them.
/// Directions are real numbers in [0, 1) read off the diagram (Chervonyi et al. 2025, arXiv 2502.03544): a statement modulo 1 becomes an equation with a whole number that the diagram fixes,
/// so that rational combinations, halves too, are sound for diagrams like this one.
/// </summary>
sealed class StatementEquations(Diagram diagram)
{
    readonly NumericTruth truth = new(diagram);

    /// <summary>Equations of directions that follow from a statement which holds in the diagram.</summary>
    public IEnumerable<Equation> Directions(Statement statement)
    {
        var p = statement.Points;
        return statement.Predicate switch
        {
            Predicate.Collinear => Lines(p),
            Predicate.Midpoint => Lines(p),
            Predicate.Parallel => [Turn(0, (1, p[0], p[1]), (-1, p[2], p[3]))],
            Predicate.Perpendicular => [Turn(new(1, 2), (1, p[0], p[1]), (-1, p[2], p[3]))],
            Predicate.EqualAngles => [Turn(0, (1, p[0], p[1]), (-1, p[2], p[3]), (-1, p[4], p[5]), (1, p[6], p[7]))],
            Predicate.AngleValue => [Turn(statement.Value!.Value, (1, p[2], p[3]), (-1, p[0], p[1]))],
            Predicate.AngleSum when statement.Coefficients.All(coefficient => coefficient.Denominator.IsOne) =>
                [Turn(statement.Value!.Value, [.. statement.Coefficients.Select((coefficient, i) => (coefficient, p[2 * i], p[(2 * i) + 1]))])],
            Predicate.Similar or Predicate.Congruent => Corners(p, sign: 1),
            Predicate.MirroredSimilar or Predicate.MirroredCongruent => Corners(p, sign: -1),
            Predicate.Concyclic => InscribedAngles(p),
            Predicate.CircleCentre => p.Skip(1).SelectMany((a, i) => p.Skip(i + 2).Where(b => truth.Differ(a, b)).Select(b => BaseAngles(p[0], a, b))),
            Predicate.EqualLengths => Apex(p) is var (apex, a, b) && truth.Differ(a, b) ? [BaseAngles(apex, a, b)] : [],
            Predicate.Coincident => Elsewhere(p).Select(x => Turn(0, (1, p[0], x), (-1, p[1], x))),
            _ => [],
        };
    }

    /// <summary>Equations of logarithms of lengths that follow from a statement.</summary>
    public IEnumerable<Equation> Logarithms(Statement statement)
    {
        var p = statement.Points;
        return statement.Predicate switch
        {
            Predicate.EqualLengths => [Logs(1, 1, (1, p[0], p[1]), (-1, p[2], p[3]))],
            Predicate.EqualRatios => [Logs(1, 1, (1, p[0], p[1]), (-1, p[2], p[3]), (-1, p[4], p[5]), (1, p[6], p[7]))],
            Predicate.CircleCentre => p.Skip(2).Select(point => Logs(1, 1, (1, p[0], p[1]), (-1, p[0], point))),
            Predicate.Midpoint => [Logs(1, 1, (1, p[0], p[1]), (-1, p[0], p[2])), Logs(2, 1, (1, p[1], p[2]), (-1, p[0], p[1]))],
            Predicate.Similar or Predicate.MirroredSimilar => Sides(p).Skip(1).Select(side => Logs(1, 1, (1, p[0], p[1]), (-1, p[3], p[4]), (-1, side.A, side.B), (1, side.C, side.D))),
            Predicate.Congruent or Predicate.MirroredCongruent => Sides(p).Select(side => Logs(1, 1, (1, side.A, side.B), (-1, side.C, side.D))),
            Predicate.RatioValue => [Logs(statement.Value!.Value, 1, (1, p[0], p[1]), (-1, p[2], p[3]))],
            Predicate.SquaredRatioValue => [Logs(statement.Value!.Value, new(1, 2), (1, p[0], p[1]), (-1, p[2], p[3]))],
            Predicate.LengthValue => [Logs(statement.Value!.Value, 1, (1, p[0], p[1]))],
            Predicate.SquaredLengthValue => [Logs(statement.Value!.Value, new(1, 2), (1, p[0], p[1]))],
            Predicate.LengthProduct => [Logs(statement.Value!.Value, 1, [.. statement.Coefficients.Select((coefficient, i) => (coefficient, p[2 * i], p[(2 * i) + 1]))])],
            Predicate.Coincident => Elsewhere(p).Select(x => Logs(1, 1, (1, p[0], x), (-1, p[1], x))),
            _ => [],
        };
    }

    /// <summary>Equations of lengths that follow from a statement which holds in the diagram: the order of points on a line is the diagram's.</summary>
    public IEnumerable<Equation> Lengths(Statement statement)
    {
        var p = statement.Points;
        return statement.Predicate switch
        {
            Predicate.Collinear => Parts(p),
            Predicate.EqualLengths => [Linear(0, (1, p[0], p[1]), (-1, p[2], p[3]))],
            Predicate.CircleCentre => p.Skip(2).Select(point => Linear(0, (1, p[0], p[1]), (-1, p[0], point))),
            Predicate.Midpoint => [Linear(0, (1, p[0], p[1]), (-1, p[0], p[2])), Linear(0, (1, p[1], p[2]), (-2, p[0], p[1]))],
            Predicate.Congruent or Predicate.MirroredCongruent => Sides(p).Select(side => Linear(0, (1, side.A, side.B), (-1, side.C, side.D))),
            Predicate.RatioValue => [Linear(0, (1, p[0], p[1]), (-statement.Value!.Value, p[2], p[3]))],
            Predicate.LengthValue => [Linear(statement.Value!.Value, (1, p[0], p[1]))],
            Predicate.LengthSum => [Linear(statement.Value!.Value, [.. statement.Coefficients.Select((coefficient, i) => (coefficient, p[2 * i], p[(2 * i) + 1]))])],
            Predicate.Coincident => Elsewhere(p).Select(x => Linear(0, (1, p[0], x), (-1, p[1], x))),
            _ => [],
        };
    }

    /// <summary>Equations of squares of lengths that follow from a statement.</summary>
    public IEnumerable<Equation> Squares(Statement statement)
    {
        var p = statement.Points;
        return statement.Predicate switch
        {
            // AB ⊥ CD: |AC|² + |BD|² = |AD|² + |BC|².
            Predicate.Perpendicular => [Linear(0, (1, p[0], p[2]), (1, p[1], p[3]), (-1, p[0], p[3]), (-1, p[1], p[2]))],
            Predicate.EqualLengths => [Linear(0, (1, p[0], p[1]), (-1, p[2], p[3]))],
            Predicate.CircleCentre => p.Skip(2).Select(point => Linear(0, (1, p[0], p[1]), (-1, p[0], point))),
            Predicate.Midpoint =>
            [
                Linear(0, (1, p[0], p[1]), (-1, p[0], p[2])), Linear(0, (1, p[1], p[2]), (-4, p[0], p[1])),
                // The median: 2 |XA|² + 2 |XB|² = 4 |XM|² + |AB|².
                .. Elsewhere(p).Select(x => Linear(0, (2, x, p[1]), (2, x, p[2]), (-4, x, p[0]), (-1, p[1], p[2]))),
            ],
            Predicate.Congruent or Predicate.MirroredCongruent => Sides(p).Select(side => Linear(0, (1, side.A, side.B), (-1, side.C, side.D))),
            Predicate.RatioValue => [Linear(0, (1, p[0], p[1]), (-(statement.Value!.Value * statement.Value!.Value), p[2], p[3]))],
            Predicate.SquaredRatioValue => [Linear(0, (1, p[0], p[1]), (-statement.Value!.Value, p[2], p[3]))],
            Predicate.LengthValue => [Linear(statement.Value!.Value * statement.Value!.Value, (1, p[0], p[1]))],
            Predicate.SquaredLengthValue => [Linear(statement.Value!.Value, (1, p[0], p[1]))],
            Predicate.SquaredLengthSum => [Linear(statement.Value!.Value, [.. statement.Coefficients.Select((coefficient, i) => (coefficient, p[2 * i], p[(2 * i) + 1]))])],
            Predicate.Coincident => Elsewhere(p).Select(x => Linear(0, (1, p[0], x), (-1, p[1], x))),
            _ => [],
        };
    }

    /// <summary>Σ c d(PQ) = value + k, with the k of the diagram.</summary>
    public Equation Turn(Fraction value, params (Fraction C, int P, int Q)[] terms)
    {
        var equation = new Equation();
        var sum = -value.ToDouble();
        foreach (var (c, p, q) in terms)
        {
            equation.Add(Unknown.Pair(p, q), c);
            sum += c.ToDouble() * diagram.Direction(Math.Min(p, q), Math.Max(p, q));
        }

        return equation.Add(Unknown.One, -(value + new Fraction((BigInteger)Math.Round(sum))));
    }

    /// <summary>Σ c log |PQ| = power · log value.</summary>
    public static Equation Logs(Fraction value, Fraction power, params (Fraction C, int P, int Q)[] terms)
    {
        var equation = Linear(0, terms);
        foreach (var (number, sign) in ((BigInteger, int)[])[(value.Numerator, -1), (value.Denominator, 1)])
        {
            foreach (var (prime, exponent) in Factors(number)) equation.Add(Unknown.Log(prime), power * sign * exponent);
        }

        return equation;
    }

    /// <summary>Σ c x(PQ) = value; x of a point with itself is zero.</summary>
    public static Equation Linear(Fraction value, params (Fraction C, int P, int Q)[] terms)
    {
        var equation = new Equation().Add(Unknown.One, -value);
        foreach (var (c, p, q) in terms)
        {
            if (p != q) equation.Add(Unknown.Pair(p, q), c);
        }

        return equation;
    }

    /// <summary>2 d(AB) = d(OA) + d(OB): the angles at A and B of a triangle with |OA| = |OB|.</summary>
    public Equation BaseAngles(int o, int a, int b) => Turn(0, (2, a, b), (-1, o, a), (-1, o, b));

    /// <summary>Of two segments that share a point: that point and the two others; null: they share none, or all.</summary>
    public static (int Apex, int A, int B)? Apex(IReadOnlyList<int> p) => (p[0], p[1], p[2], p[3]) switch
    {
        var (o, a, q, b) when o == q && a != b => (o, a, b),
        var (o, a, b, q) when o == q && a != b => (o, a, b),
        var (a, o, q, b) when o == q && a != b => (o, a, b),
        var (a, o, b, q) when o == q && a != b => (o, a, b),
        _ => null,
    };

    /// <summary>All other points that are not in the places of these.</summary>
    IEnumerable<int> Elsewhere(IReadOnlyList<int> points) => Enumerable.Range(0, diagram.Count).Where(x => points.All(point => x != point && truth.Differ(x, point)));

    /// <summary>Prime factors with their exponents.</summary>
    /// <exception cref="NotSupportedException">The last factor does not fit an int.</exception>
    static IEnumerable<(int Prime, int Exponent)> Factors(BigInteger number)
    {
        for (var prime = 2; (BigInteger)prime * prime <= number && prime < 1 << 16; prime++)
        {
            var exponent = 0;
            for (; (number % prime).IsZero; number /= prime) exponent++;
            if (exponent > 0) yield return (prime, exponent);
        }

        // What is left need not be prime: then it is one more unknown, of which nothing is known.
        if (number > int.MaxValue) throw new NotSupportedException($"a factor of a ratio, {number}, is too large");
        if (!number.IsOne) yield return ((int)number, 1);
    }

    /// <summary>All lines through two of the points that are in different places are one.</summary>
    IEnumerable<Equation> Lines(IReadOnlyList<int> points)
    {
        var pairs = points.SelectMany((a, i) => points.Skip(i + 1).Where(b => truth.Differ(a, b)).Select(b => (a, b))).ToList();
        return pairs.Skip(1).Select(pair => Turn(0, (1, pairs[0].a, pairs[0].b), (-1, pair.a, pair.b)));
    }

    /// <summary>d(AB) + d(CD) = d(AC) + d(BD) for four points of a circle: with the first two points as chord, so many as give all others.</summary>
    IEnumerable<Equation> InscribedAngles(IReadOnlyList<int> points)
    {
        var places = points.Where((point, i) => points.Take(i).All(before => truth.Differ(before, point))).ToList();
        if (places.Count < 4) yield break;
        var (a, b, c) = (places[0], places[1], places[2]);
        foreach (var (i, p) in places.Index().Skip(2))
        {
            foreach (var q in places.Skip(i + 1)) yield return Turn(0, (1, a, b), (1, p, q), (-1, a, p), (-1, b, q));
            if (p != c) yield return Turn(0, (1, a, c), (1, b, p), (-1, a, p), (-1, b, c));
        }
    }

    IEnumerable<Equation> Corners(IReadOnlyList<int> p, int sign) => Enumerable.Range(0, 3).Select(corner =>
    {
        var (a, b, c) = (corner, (corner + 1) % 3, (corner + 2) % 3);
        return Turn(0, (1, p[a], p[b]), (-1, p[a], p[c]), (-sign, p[3 + a], p[3 + b]), (sign, p[3 + a], p[3 + c]));
    });

    static IEnumerable<(int A, int B, int C, int D)> Sides(IReadOnlyList<int> p) => [(p[0], p[1], p[3], p[4]), (p[1], p[2], p[4], p[5]), (p[0], p[2], p[3], p[5])];

    /// <summary>Along the line, each distance is the sum of its parts.</summary>
    IEnumerable<Equation> Parts(IReadOnlyList<int> points)
    {
        var from = points.MaxBy(point => diagram.Distance(points[0], point));
        var order = points.OrderBy(point => diagram.Distance(from, point)).ToList();
        for (var i = 0; i < order.Count; i++)
        {
            for (var j = i + 2; j < order.Count; j++) yield return Linear(0, (1, order[i], order[j - 1]), (1, order[j - 1], order[j]), (-1, order[i], order[j]));
        }
    }
}
