using System.Collections.Immutable;
using System.Globalization;
using System.Text;

namespace Tern.Geometry.Language;

/// <summary>Points, what is known of them, and what is to be proved. In the language of Trinh et al. 2024: <c>a b c = triangle a b c; h = on_tline h b a c, on_tline h c a b ? perp a h b c</c>.</summary>
public sealed class Problem
{
    readonly int[] _clauseOf;

    /// <param name="coordinates">By point: of points whose place is given.</param>
    /// <exception cref="ArgumentException">Points that are not introduced in order, exactly once, before they are used.</exception>
    public Problem(string name, IEnumerable<string> pointNames, IEnumerable<Clause> clauses, IEnumerable<Statement> goals, Definitions? definitions = null,
        IReadOnlyDictionary<int, (double X, double Y)>? coordinates = null, bool assertsRemarks = true)
    {
        (Name, PointNames, Clauses, Goals, AssertsRemarks) = (name, [.. pointNames], [.. clauses], [.. goals], assertsRemarks);
        Definitions = definitions ?? Definitions.BuiltIn;
        Coordinates = coordinates?.ToImmutableDictionary() ?? [];
        _clauseOf = new int[PointNames.Length];
        Array.Fill(_clauseOf, -1);
        var premises = ImmutableArray.CreateBuilder<Statement>();
        for (var i = 0; i < Clauses.Length; i++)
        {
            foreach (var point in Clauses[i].Points)
            {
                if (point >= PointNames.Length || _clauseOf[point] >= 0) throw new ArgumentException($"Clause {i} introduces point {point}, which has no name or is there already.");
                _clauseOf[point] = i;
            }
            foreach (var point in Clauses[i].Constructions.SelectMany(construction => construction.Arguments).Where(argument => argument.Quantity is null))
                if (point.Point >= PointNames.Length || _clauseOf[point.Point] < 0) throw new ArgumentException($"Clause {i} uses point {point.Point} before it is introduced.");
            premises.AddRange(Clauses[i].Facts);
            if (assertsRemarks) premises.AddRange(Clauses[i].Remarks);
        }
        if (Array.IndexOf(_clauseOf, -1) is >= 0 and var missing) throw new ArgumentException($"Point {missing} is not introduced.");
        Premises = premises.ToImmutable();
    }

    public string Name { get; }

    public ImmutableArray<string> PointNames { get; }

    /// <summary>In the order of the text.</summary>
    public ImmutableArray<Clause> Clauses { get; }

    public ImmutableArray<Statement> Goals { get; }

    public Definitions Definitions { get; }

    public ImmutableDictionary<int, (double X, double Y)> Coordinates { get; }

    /// <summary>Whether remarks of constructions, such as the third altitude of an orthocentre, are premises. They follow from the others, so both are sound.</summary>
    public bool AssertsRemarks { get; }

    /// <summary>The facts of all clauses, and their remarks where <see cref="AssertsRemarks"/>.</summary>
    public ImmutableArray<Statement> Premises { get; }

    /// <summary>All coordinates are given: the problem is one of statements, not of constructions (as in the files of AlphaGeometry2).</summary>
    public bool IsPlaced => Coordinates.Count == PointNames.Length;

    /// <summary>The clause that introduces a point.</summary>
    public Clause ClauseOf(int point) => Clauses[_clauseOf[point]];

    /// <exception cref="GeometryException">No point has this name.</exception>
    public int PointNamed(string name) => PointNames.IndexOf(name) is >= 0 and var point ? point : throw new GeometryException($"{Name}: there is no point '{name}'; its points are {string.Join(", ", PointNames)}.");

    /// <param name="text">One statement, on one line.</param>
    /// <param name="name">The problem's name.</param>
    /// <param name="assertsRemarks">See <see cref="AssertsRemarks"/>.</param>
    /// <param name="needsGoal">False: a text without goal is a problem without goals.</param>
    /// <exception cref="GeometryException">A mistake in the text, with its place.</exception>
    public static Problem Parse(string text, string name = "problem", Definitions? definitions = null, bool assertsRemarks = true, bool needsGoal = true) =>
        new ProblemReader(new TokenReader(name, 1, text.TrimEnd('\r', '\n')), definitions ?? Definitions.BuiltIn).Read(name, assertsRemarks, needsGoal);

    /// <summary>A statement of this problem's points, as <see cref="TextOf(Statement)"/> writes it.</summary>
    /// <exception cref="GeometryException">A mistake in the text, with its place.</exception>
    public Statement ParseStatement(string text) => new ProblemReader(new TokenReader(Name, 1, text), Definitions, PointNames, Coordinates).ReadStatementOf(this);

    /// <summary>With auxiliary clauses, in the language: <c>e = on_line e a c, on_line e b d</c>.</summary>
    public Problem With(string clauses) => new ProblemReader(new TokenReader(clauses, 1, clauses), Definitions, PointNames, Coordinates).ReadMore(this);

    /// <summary>With auxiliary clauses, whose new points take the next numbers and have these names.</summary>
    public Problem With(IEnumerable<string> names, IEnumerable<Clause> clauses) =>
        new(Name, PointNames.Concat(names), Clauses.Concat(clauses), Goals, Definitions, Coordinates, AssertsRemarks);

    /// <summary>Without some clauses; the points behind theirs move to lower numbers.</summary>
    /// <exception cref="ArgumentException">Another clause or a goal needs their points.</exception>
    public Problem Without(IReadOnlyCollection<Clause> dropped)
    {
        var kept = Clauses.Where(clause => !dropped.Contains(clause)).ToArray();
        var newNumber = new int[PointNames.Length];
        Array.Fill(newNumber, -1);
        var points = Enumerable.Range(0, PointNames.Length).Where(point => !dropped.Contains(ClauseOf(point))).ToArray();
        for (var i = 0; i < points.Length; i++) newNumber[points[i]] = i;
        return new Problem(Name, points.Select(point => PointNames[point]), kept.Select(clause => clause.Renamed(newNumber)), Goals.Select(goal => goal.Renamed(newNumber)), Definitions,
            points.Where(Coordinates.ContainsKey).ToDictionary(point => newNumber[point], point => Coordinates[point]), AssertsRemarks);
    }

    /// <summary>As it was before points were added to help the proof.</summary>
    public Problem WithoutAuxiliary() => Without([.. Clauses.Where(clause => clause.IsAuxiliary)]);

    /// <summary>With the clauses in another order, and the points numbered and named in that order. Coordinates are left out.</summary>
    /// <exception cref="ArgumentException">A point would be used before it is introduced.</exception>
    public Problem WithClausesIn(IReadOnlyList<int> order)
    {
        var newNumber = new int[PointNames.Length];
        foreach (var (i, point) in order.SelectMany(clause => Clauses[clause].Points).Index()) newNumber[point] = i;
        return new(Name, Enumerable.Range(0, PointNames.Length).Select(NameOf), order.Select(clause => Clauses[clause].Renamed(newNumber)), Goals.Select(goal => goal.Renamed(newNumber)), Definitions, null, AssertsRemarks);
    }

    public Problem WithGoals(IEnumerable<Statement> goals) => new(Name, PointNames, Clauses, goals, Definitions, Coordinates, AssertsRemarks);

    public Problem WithRemarks(bool asserted) => new(Name, PointNames, Clauses, Goals, Definitions, Coordinates, asserted);

    /// <summary>The points renamed in their order: a, b, ... z, a1, b1, ...</summary>
    public Problem Translated() => new(Name, Enumerable.Range(0, PointNames.Length).Select(NameOf), Clauses, Goals, Definitions, Coordinates, AssertsRemarks);

    /// <summary>a, b, ... z, a1, b1, ...</summary>
    public static string NameOf(int point) => (char)('a' + point % 26) + (point < 26 ? "" : (point / 26).ToString(CultureInfo.InvariantCulture));

    /// <summary>The statement in the language, on one line. <see cref="Parse"/> reads it back.</summary>
    public string ToText()
    {
        var text = new StringBuilder();
        for (var i = 0; i < Clauses.Length; i++)
        {
            if (i > 0) text.Append(Clauses[i].IsAuxiliary && !Clauses[i - 1].IsAuxiliary ? " | " : "; ");
            WriteClause(text, Clauses[i]);
        }
        for (var i = 0; i < Goals.Length; i++) text.Append(i == 0 ? " ? " : "; ").Append(TextOf(Goals[i]));
        return text.ToString();
    }

    /// <summary>One clause in the language.</summary>
    public string TextOf(Clause clause)
    {
        var text = new StringBuilder();
        WriteClause(text, clause);
        return text.ToString();
    }

    /// <summary>A statement in the language: with AlphaGeometry2's sign of constant angles where all points are placed.</summary>
    public string TextOf(Statement statement)
    {
        if (IsPlaced && statement.Predicate is Predicate.AngleValue or Predicate.FindAngle)
            statement = new Statement(statement.Predicate, [statement.Points[2], statement.Points[3], statement.Points[0], statement.Points[1]], statement.Value);
        return statement.ToString(PointNames);
    }

    public override string ToString() => $"{Name}: {ToText()}";

    void WriteClause(StringBuilder text, Clause clause)
    {
        foreach (var point in clause.Points)
        {
            text.Append(PointNames[point]);
            if (Coordinates.TryGetValue(point, out var place)) text.Append('@').Append(place.X.ToString("R")).Append('_').Append(place.Y.ToString("R"));
            text.Append(' ');
        }
        text.Append('=');
        var separator = " ";
        foreach (var construction in clause.Constructions)
        {
            text.Append(separator);
            construction.Write(text, PointNames);
            separator = ", ";
        }
        foreach (var assumption in clause.Assumptions)
        {
            text.Append(separator).Append(TextOf(assumption));
            separator = ", ";
        }
    }
}
