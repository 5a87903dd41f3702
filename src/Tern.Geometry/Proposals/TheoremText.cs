using System.Collections.Frozen;
using System.Globalization;
using System.Text;
using Tern.Geometry.Language;

namespace Tern.Geometry.Proposals;

/// <summary>
/// Problems as a language model reads them, after Trinh et al. 2024: points in order, each with what is given of it, numbered; then the goal; then, for training, the auxiliary points in the same form.
/// <c>{S} a : ; b : ; c : ; d : T a b c d 00 T a c b d 01 ? T a d b c {F1} x00 e : C a c e 02 C b d e 03 ;</c>
/// </summary>
public static class TheoremText
{
    public const string Start = "{S}", Proof = "{F1}", Auxiliary = "x00", Goal = "?", Colon = ":", End = ";";

    /// <summary>The letters of predicates; others are written as in problem files.</summary>
    internal static readonly FrozenDictionary<Predicate, string> Letters = new Dictionary<Predicate, string>
    {
        [Predicate.Collinear] = "C",
        [Predicate.EqualLengths] = "D",
        [Predicate.Concyclic] = "O",
        [Predicate.EqualAngles] = "^",
        [Predicate.EqualRatios] = "/",
        [Predicate.Midpoint] = "M",
        [Predicate.Parallel] = "P",
        [Predicate.Perpendicular] = "T",
        [Predicate.CircleCentre] = "I",
    }.ToFrozenDictionary();

    /// <summary>The problem without its auxiliary points: what the model continues.</summary>
    public static string OfProblem(Problem problem)
    {
        var text = new StringBuilder(Start);
        Write(text, problem, withAuxiliary: false);
        return text.ToString();
    }

    /// <summary>With its auxiliary points behind the goal: what the model learns.</summary>
    public static string OfTheorem(Problem problem)
    {
        var text = new StringBuilder(Start);
        Write(text, problem, withAuxiliary: true);
        return text.ToString();
    }

    static void Write(StringBuilder text, Problem problem, bool withAuxiliary)
    {
        var names = Enumerable.Range(0, problem.PointNames.Length).Select(Problem.NameOf).ToArray();
        var number = 0;
        var isFirst = true;
        foreach (var point in Enumerable.Range(0, names.Length).Where(point => !problem.ClauseOf(point).IsAuxiliary))
        {
            text.Append(isFirst ? " " : " " + End + " ").Append($"{names[point]} {Colon}");
            isFirst = false;
            WriteFacts(text, problem, point, names, ref number);
        }
        foreach (var goal in problem.Goals) text.Append($" {Goal} {TextOf(goal, names)}");
        if (!withAuxiliary) return;
        text.Append(' ').Append(Proof);
        foreach (var point in Enumerable.Range(0, names.Length).Where(point => problem.ClauseOf(point).IsAuxiliary))
        {
            text.Append($" {Auxiliary} {names[point]} {Colon}");
            WriteFacts(text, problem, point, names, ref number);
            text.Append($" {End}");
        }
    }

    /// <summary>What the point's clause says of it and no later point, in the order of its words.</summary>
    static void WriteFacts(StringBuilder text, Problem problem, int point, string[] names, ref int number)
    {
        var facts = problem.ClauseOf(point).Facts.Where(fact => !fact.IsGuard && fact.Points.Max() == point).Select(fact => TextOf(fact, names)).Distinct().Order(StringComparer.Ordinal);
        foreach (var fact in facts) text.Append(' ').Append(fact).Append(CultureInfo.InvariantCulture, $" {number++:D2}");
    }

    static string TextOf(Statement statement, string[] names)
    {
        var canonical = statement.Canonical();
        var words = canonical.ToString(names).Split(' ');
        if (Letters.TryGetValue(canonical.Predicate, out var letter)) words[0] = letter;
        return string.Join(' ', words);
    }
}
