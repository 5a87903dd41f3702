using Tern.Geometry.Diagrams;
using Tern.Geometry.Engine;
using Tern.Geometry.Language;

namespace Tern.Geometry.Generation;

/// <summary>Statements that a closure implies, of the kinds that problems ask for.</summary>
static class GoalFinder
{
    /// <summary>In random order, none twice, none that is given.</summary>
    /// <param name="points">The goals are about the first so many points.</param>
    public static List<Statement> Find(Closure closure, int points, SplitMix64 random)
    {
        var within = (1UL << points) - 1;
        var knowledge = closure.Knowledge;
        var goals = new HashSet<Statement>();
        foreach (var line in knowledge.Lines) AddSubsets(goals, Predicate.Collinear, line & within, 3, random);
        foreach (var circle in knowledge.Circles) AddSubsets(goals, Predicate.Concyclic, circle & within, 4, random);
        AddPairs(goals, knowledge, points, random);
        AddAngles(goals, knowledge, points, random);
        goals.ExceptWith(closure.Problem.Premises);
        var found = goals.ToList();
        for (var i = found.Count - 1; i > 0; i--)
        {
            var j = random.Next(i + 1);
            (found[i], found[j]) = (found[j], found[i]);
        }
        return found;
    }

    static void AddSubsets(HashSet<Statement> goals, Predicate predicate, ulong set, int size, SplitMix64 random)
    {
        if (set.Count() < size) return;
        for (var draws = 0; draws < 2; draws++)
        {
            var points = Bits.ToArray(set);
            for (var i = 0; i < size; i++)
            {
                var j = i + random.Next(points.Length - i);
                (points[i], points[j]) = (points[j], points[i]);
            }
            goals.Add(new Statement(predicate, points[..size]));
        }
    }

    /// <summary>Equal lengths, parallels and right angles: pairs whose normal forms are equal, or differ by a right angle.</summary>
    static void AddPairs(HashSet<Statement> goals, Knowledge knowledge, int points, SplitMix64 random)
    {
        var figure = knowledge.Figure;
        var (lengths, directions) = (new Dictionary<ulong, List<int>>(), new Dictionary<ulong, List<int>>());
        for (var pair = 0; pair < Figure.PairCount(points); pair++)
        {
            if (figure.Lengths[pair] == 0) continue;
            Group(lengths, knowledge.Logs.Fingerprint(pair)).Add(pair);
            Group(directions, knowledge.Directions.Fingerprints[pair]).Add(pair);
        }
        foreach (var group in lengths.Values) AddSome(group, Predicate.EqualLengths);
        foreach (var group in directions.Values)
        {
            AddSome(group, Predicate.Parallel);
            AddSome(group, Predicate.Perpendicular);
        }

        void AddSome(List<int> group, Predicate predicate)
        {
            for (var draws = 0; draws < Math.Min(3, group.Count * (group.Count - 1) / 2); draws++)
            {
                var (one, other) = (group[random.Next(group.Count)], group[random.Next(group.Count)]);
                if (one == other) continue;
                var ((a, b), (c, d)) = (Figure.Ends(one), Figure.Ends(other));
                // Lines that share a point are one line, or at right angles.
                if (predicate == Predicate.Parallel && (knowledge.OnOneLine(Bits.Of(a, b, c, d)) || Bits.Of(a, b, c, d).Count() < 4)) continue;
                var statement = new Statement(predicate, [a, b, c, d]);
                var system = predicate == Predicate.EqualLengths ? EquationSystem.Logs : EquationSystem.Directions;
                if (Equations.Of(statement, system, figure) is { } form && knowledge[system].Implies(form)) goals.Add(statement);
            }
        }
    }

    /// <summary>Equal angles at two corners.</summary>
    static void AddAngles(HashSet<Statement> goals, Knowledge knowledge, int points, SplitMix64 random)
    {
        var figure = knowledge.Figure;
        var angles = new Dictionary<ulong, List<(int Corner, int A, int B)>>();
        var directions = knowledge.Directions.Fingerprints;
        for (var x = 0; x < points; x++)
            for (var a = 0; a < points; a++)
                for (var b = a + 1; b < points; b++)
                {
                    if (!figure.AreDistinct(x, a) || !figure.AreDistinct(x, b)) continue;
                    var angle = Fingerprint.Subtract(directions[Figure.Pair(x, a)], directions[Figure.Pair(x, b)]);
                    if (angle == 0) continue;
                    Group(angles, angle).Add((x, a, b));
                }
        foreach (var group in angles.Values)
        {
            if (group.Count < 2 || random.NextDouble() > 0.3) continue;
            var (one, other) = (group[random.Next(group.Count)], group[random.Next(group.Count)]);
            if (one.Corner == other.Corner) continue;
            var statement = new Statement(Predicate.EqualAngles, [one.Corner, one.A, one.Corner, one.B, other.Corner, other.A, other.Corner, other.B]);
            if (Equations.Of(statement, EquationSystem.Directions, figure) is { } form && knowledge.Directions.Implies(form)) goals.Add(statement);
        }
    }

    static List<T> Group<T>(Dictionary<ulong, List<T>> groups, ulong key)
    {
        if (!groups.TryGetValue(key, out var group)) groups[key] = group = [];
        return group;
    }
}
