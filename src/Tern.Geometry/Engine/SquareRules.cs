using System.Runtime.InteropServices;
using Fractions;
using Tern.Geometry.Language;
using Tern.Geometry.Proofs;

namespace Tern.Geometry.Engine;

/// <summary>Pythagoras and medians: what right angles and midpoints say of squares of lengths, and the other way round.</summary>
sealed class SquareRules(Knowledge knowledge)
{
    readonly Dictionary<ulong, int> _first = [];
    readonly List<RightAngle> _open = [.. OpenAngles(knowledge)];
    readonly List<Division> _midpoints = [.. knowledge.Lookalikes.Midpoints];

    sealed record RightAngle(Statement Statement, LinearForm Direction, LinearForm Squares);

    static IEnumerable<RightAngle> OpenAngles(Knowledge knowledge)
    {
        foreach (var (one, other) in knowledge.Lookalikes.RightAngles)
        {
            var ((a, b), (c, d)) = (Figure.Ends(one), Figure.Ends(other));
            var statement = new Statement(Predicate.Perpendicular, [a, b, c, d]);
            if (Equations.Of(statement, EquationSystem.Directions, knowledge.Figure) is { } direction && Equations.Of(statement, EquationSystem.Squares, knowledge.Figure) is { } squares)
                yield return new RightAngle(statement, direction, squares);
        }
    }

    public void Apply()
    {
        _open.RemoveAll(Apply);
        _midpoints.RemoveAll(ApplyMedians);
        FromSquares();
    }

    /// <summary>True where the angle is known to be right now, in both systems.</summary>
    bool Apply(RightAngle angle)
    {
        if (knowledge.Directions.Implies(angle.Direction))
        {
            if (!knowledge.Squares.SeemsImplied(angle.Squares)) knowledge.Add(EquationSystem.Squares, angle.Squares, knowledge.Learn(angle.Statement, ProofRule.Angles));
            return true;
        }
        if (!knowledge.Squares.Implies(angle.Squares)) return false;
        knowledge.Add(EquationSystem.Directions, angle.Direction, knowledge.Learn(angle.Statement, ProofRule.Squares));
        return true;
    }

    /// <summary>2 |XA|² + 2 |XC|² = 4 |XB|² + |AC|² for every X, of the midpoint B of AC.</summary>
    bool ApplyMedians(Division midpoint)
    {
        var (a, b, c) = midpoint;
        var figure = knowledge.Figure;
        if (!knowledge.OnOneLine(Bits.Of(a, b, c)) || Equations.EqualLogs(figure, b, a, b, c) is not { } halves || !knowledge.Logs.Implies(halves)) return false;
        var fact = knowledge.Learn(new Statement(Predicate.Midpoint, [b, a, c]), ProofRule.Middle);
        knowledge.Add(EquationSystem.Squares, Equations.Squares(figure, Rational.Zero, Equations.Segment(a, c), Equations.Segment(a, b, -4)), fact);
        for (var x = 0; x < figure.Count; x++)
            if (figure.AreDistinct(x, a) && figure.AreDistinct(x, b) && figure.AreDistinct(x, c)) knowledge.Add(EquationSystem.Squares, Equations.Median(figure, x, a, b, c), fact);
        return true;
    }

    /// <summary>Squares of lengths that are multiples of each other.</summary>
    void FromSquares()
    {
        _first.Clear();
        for (var pair = 0; pair < knowledge.Figure.Lengths.Length; pair++)
        {
            if (knowledge.Figure.Lengths[pair] == 0) continue;
            var form = knowledge.Squares.NormalForm(pair);
            if (form.IsZero) continue;
            ref var first = ref CollectionsMarshal.GetValueRefOrAddDefault(_first, form.ScaleFreeFingerprint, out var isThere);
            if (!isThere) first = pair;
            else Compare(pair, first, (form.Lead / knowledge.Squares.NormalForm(first).Lead).ToFraction());
        }
    }

    void Compare(int pair, int other, Fraction ratio)
    {
        var ((a, b), (c, d)) = (Figure.Ends(pair), Figure.Ends(other));
        var statement = ratio == Fraction.One ? new Statement(Predicate.EqualLengths, [a, b, c, d]) : new Statement(Predicate.SquaredRatioValue, [a, b, c, d], ratio);
        if (Equations.Of(statement, EquationSystem.Logs, knowledge.Figure) is not { } form || knowledge.Logs.SeemsImplied(form)) return;
        if (Equations.Of(statement, EquationSystem.Squares, knowledge.Figure) is { } known && knowledge.Squares.Implies(known))
            knowledge.Add(EquationSystem.Logs, form, knowledge.Learn(statement, ProofRule.Squares));
    }
}
