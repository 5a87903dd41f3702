using Fractions;
using Tern.Geometry.Diagrams;
using Tern.Geometry.Language;

namespace Tern.Geometry.Checking;

/// <summary>What the premises of a step give, in one diagram.</summary>
sealed class StepGeometry
{
    readonly StatementEquations equations;
    readonly Lazy<ExactSystem> directions, logarithms, lengths, squares;

    public StepGeometry(Diagram diagram, IReadOnlyList<Statement> premises)
    {
        (Diagram, Premises, Truth, equations) = (diagram, premises, new(diagram), new(diagram));
        directions = new(() => new(premises.SelectMany(equations.Directions)));
        logarithms = new(() => new(premises.SelectMany(equations.Logarithms)));
        lengths = new(() => new(premises.SelectMany(equations.Lengths)));
        squares = new(() => new(premises.SelectMany(equations.Squares)));
    }

    public Diagram Diagram { get; }

    public IReadOnlyList<Statement> Premises { get; }

    public NumericTruth Truth { get; }

    /// <summary>The conclusion's own equations, one or more, all follow.</summary>
    public bool DirectionsGive(Statement conclusion) => All(directions.Value, equations.Directions(conclusion));

    public bool LogarithmsGive(Statement conclusion) => All(logarithms.Value, equations.Logarithms(conclusion));

    public bool LengthsGive(Statement conclusion) => All(lengths.Value, equations.Lengths(conclusion));

    public bool SquaresGive(Statement conclusion) => All(squares.Value, equations.Squares(conclusion));

    /// <summary>Σ c d(PQ) = value + k. A line that is not in the diagram has no direction.</summary>
    public bool Turn(Fraction value, params (Fraction C, int P, int Q)[] terms) =>
        Array.TrueForAll(terms, term => Truth.Differ(term.P, term.Q)) && NumericTruth.IsWhole(terms.Sum(term => term.C.ToDouble() * Diagram.Direction(term.P, term.Q)) - value.ToDouble())
        && directions.Value.Gives(equations.Turn(value, terms));

    /// <summary>d(AB) = d(CD).</summary>
    public bool SameDirection(int a, int b, int c, int d) => Turn(0, (1, a, b), (-1, c, d));

    /// <summary>d(XA) - d(XB) = d(YA) - d(YB).</summary>
    public bool SameInscribedAngle(int x, int y, int a, int b) => Turn(0, (1, x, a), (-1, x, b), (-1, y, a), (1, y, b));

    /// <summary>|AB| = |CD|, by logarithms.</summary>
    public bool SameLength(int a, int b, int c, int d) => logarithms.Value.Gives(StatementEquations.Logs(1, 1, (1, a, b), (-1, c, d)));

    /// <summary>|AB| = |CD|, by lengths.</summary>
    public bool SameLengthBySums(int a, int b, int c, int d) => lengths.Value.Gives(StatementEquations.Linear(0, (1, a, b), (-1, c, d)));

    /// <summary>|AB| : |CD| = |EF| : |GH|.</summary>
    public bool SameRatio(int a, int b, int c, int d, int e, int f, int g, int h) => logarithms.Value.Gives(StatementEquations.Logs(1, 1, (1, a, b), (-1, c, d), (-1, e, f), (1, g, h)));

    /// <summary>2 d(AB) = d(OA) + d(OB).</summary>
    public bool BaseAngles(int o, int a, int b) => Turn(0, (2, a, b), (-1, o, a), (-1, o, b));

    /// <summary>All these points are on the circle of one premise.</summary>
    public bool OnKnownCircle(params int[] points) => Premises.Any(premise => premise.Predicate switch
    {
        Predicate.Concyclic => Array.TrueForAll(points, premise.Points.Contains),
        Predicate.CircleCentre => Array.TrueForAll(points, premise.Points[1..].Contains),
        _ => false,
    });

    static bool All(ExactSystem system, IEnumerable<Equation> wanted)
    {
        var any = false;
        foreach (var equation in wanted)
        {
            if (!system.Gives(equation)) return false;
            any = true;
        }

        return any;
    }
}
