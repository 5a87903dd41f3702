using Tern.Geometry.Language;
using Tern.Geometry.Proofs;

namespace Tern.Geometry.Engine;

/// <summary>One way to conclude a statement.</summary>
/// <param name="Circle">Points that a premise must say are on one circle; zero where the rule asks for none.</param>
readonly record struct Derivation(ProofRule Rule, Condition[] Needs, ulong Circle = 0)
{
    static readonly int[][] Orders = [[0, 1, 2], [0, 2, 1], [1, 0, 2], [1, 2, 0], [2, 0, 1], [2, 1, 0]];

    /// <summary>The ways that a fact's rule may have been used.</summary>
    public static IEnumerable<Derivation> Of(Fact fact, Figure figure)
    {
        var (statement, rule, w) = (fact.Statement, fact.Rule, fact.Witnesses);
        var p = statement.Points;
        switch (rule)
        {
            case ProofRule.Angles: return Linear(statement, rule, EquationSystem.Directions, figure);
            case ProofRule.Ratios: return Linear(statement, rule, EquationSystem.Logs, figure);
            case ProofRule.Lengths: return Linear(statement, rule, EquationSystem.Lengths, figure);
            case ProofRule.Squares: return Linear(statement, rule, EquationSystem.Squares, figure);
            case ProofRule.SimilarByAngles or ProofRule.SimilarBySides or ProofRule.SimilarBySideAngleSide or ProofRule.SimilarBySideSideAngle: return Similar(statement, rule, figure);
            case ProofRule.CentralAngle:
                var x = p[1..].Single(point => point != w[0] && point != w[1]);
                return One(rule, (EquationSystem.Logs, Equations.EqualLogs(figure, p[0], w[0], p[0], w[1])), (EquationSystem.Directions, CircleRules.CentralAngle(figure, p[0], w[0], w[1], x)));
            case ProofRule.TwoChords:
                var bisectors = One(rule, (EquationSystem.Logs, Equations.EqualLogs(figure, p[0], w[0], p[0], w[1])), (EquationSystem.Logs, Equations.EqualLogs(figure, p[0], w[2], p[0], w[3])));
                return from bisector in bisectors from circle in Conditions.Circles([.. p[1..]], figure) select new Derivation(rule, [.. bisector.Needs, .. circle]);
            case ProofRule.EqualBaseAngles: return One(rule, (EquationSystem.Directions, Equations.BaseAngles(figure, w[0], w[1], w[2])));
            case ProofRule.DividedAlike:
                var ratio = LengthRules.Statement(new Division(w[0], w[1], w[2]), new Division(w[3], w[4], w[5]), w[6]);
                return One(rule, (EquationSystem.Directions, Equations.Parallel(figure, w[0], w[1], w[0], w[2])), (EquationSystem.Directions, Equations.Parallel(figure, w[3], w[4], w[3], w[5])),
                    (EquationSystem.Logs, Equations.Of(ratio, EquationSystem.Logs, figure)));
            case ProofRule.EqualArcs: return One(rule, Bits.Of(w), (EquationSystem.Directions, Equations.EqualAngles(figure, w[4], w[0], w[4], w[1], w[5], w[2], w[5], w[3])));
            case ProofRule.EqualChords: return One(rule, Bits.Of(w), (EquationSystem.Logs, Equations.EqualLogs(figure, w[0], w[1], w[2], w[3])));
            case ProofRule.SamePlace: return One(rule, Locus(w[2], w[3]), Locus(w[4], w[5]));
            case ProofRule.Incentre:
                return One(rule, (EquationSystem.Directions, Equations.Bisector(figure, w[0], w[1], w[2], w[3])), (EquationSystem.Directions, Equations.Bisector(figure, w[0], w[2], w[3], w[1])));
            case ProofRule.TouchingCircles:
                return One(rule, Locus(w[2], PlaceRule.Around), Locus(w[3], PlaceRule.Around), (EquationSystem.Directions, Equations.Parallel(figure, w[2], w[4], w[3], w[4])));
            default: return OfStatement(statement, figure).Where(derivation => derivation.Rule == rule);
        }

        (EquationSystem, LinearForm?) Locus(int a, int b) => b switch
        {
            PlaceRule.Line => (EquationSystem.Directions, Equations.Parallel(figure, a, w[0], a, w[1])),
            PlaceRule.Around => (EquationSystem.Logs, Equations.EqualLogs(figure, a, w[0], a, w[1])),
            _ => (EquationSystem.Directions, Equations.EqualAngles(figure, w[0], a, w[0], b, w[1], a, w[1], b)),
        };
    }

    /// <summary>The ways to conclude a statement from equations.</summary>
    public static IEnumerable<Derivation> OfStatement(Statement statement, Figure figure)
    {
        foreach (var conditions in Conditions.Of(statement, figure))
            if (RuleFor(statement.Predicate, conditions) is { } rule) yield return new Derivation(rule, conditions);
    }

    static ProofRule? RuleFor(Predicate predicate, Condition[] conditions) => predicate switch
    {
        Predicate.Collinear => ProofRule.Line,
        Predicate.Concyclic => ProofRule.Circle,
        Predicate.CircleCentre => ProofRule.Centre,
        Predicate.Midpoint => ProofRule.Middle,
        Predicate.Similar or Predicate.MirroredSimilar => conditions[0].System == EquationSystem.Directions ? ProofRule.SimilarByAngles : ProofRule.SimilarBySides,
        Predicate.Congruent or Predicate.MirroredCongruent => ProofRule.CongruentBySide,
        _ => conditions[0].System switch
        {
            EquationSystem.Directions => ProofRule.Angles,
            EquationSystem.Logs => ProofRule.Ratios,
            EquationSystem.Lengths => ProofRule.Lengths,
            _ => ProofRule.Squares,
        },
    };

    static IEnumerable<Derivation> Linear(Statement statement, ProofRule rule, EquationSystem system, Figure figure) => One(rule, (system, Equations.Of(statement, system, figure)));

    static IEnumerable<Derivation> Similar(Statement statement, ProofRule rule, Figure figure)
    {
        var sign = statement.Predicate == Predicate.Similar ? 1 : -1;
        foreach (var order in Orders)
        {
            int[] p = [.. order.Select(i => statement.Points[i]), .. order.Select(i => statement.Points[i + 3])];
            foreach (var derivation in One(rule, TriangleRules.Conditions(figure, p, rule, sign))) yield return derivation;
        }
    }

    static IEnumerable<Derivation> One(ProofRule rule, params ReadOnlySpan<(EquationSystem System, LinearForm? Form)> conditions) => One(rule, 0, conditions);

    static IEnumerable<Derivation> One(ProofRule rule, ulong circle, params ReadOnlySpan<(EquationSystem System, LinearForm? Form)> conditions)
    {
        var all = new Condition[conditions.Length];
        for (var i = 0; i < all.Length; i++)
        {
            if (conditions[i].Form is not { } form) return [];
            all[i] = new Condition(conditions[i].System, form);
        }
        return [new Derivation(rule, all, circle)];
    }
}
