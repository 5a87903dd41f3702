using System.Collections.Concurrent;
using System.Collections.Immutable;
using Tern.Geometry.Diagrams;
using Tern.Geometry.Engine;
using Tern.Geometry.Language;
using Tern.Geometry.Proofs;
using Tern.Geometry.Search;

namespace Tern.Geometry.Generation;

/// <summary>
/// Makes theorems: a random figure, all that follows from it, and for some of that a proof, traced back to the clauses that it needs. What the goal's own points are not constructed from
/// is auxiliary (the "dependency difference"). Trinh et al. 2024, doi 10.1038/s41586-023-06747-5, methods.
/// </summary>
public sealed class TheoremGenerator(GeneratorOptions? options = null)
{
    /// <summary>Figures that one round of the threads makes.</summary>
    const int Round = 64;

    /// <summary>Chance that one more point is added to a figure, and that it is constructed from the one before.</summary>
    const double Further = 0.6, FromLast = 0.5;

    readonly GeneratorOptions _options = options ?? GeneratorOptions.Default;
    readonly HashSet<string> _known = [];

    public long Figures { get; private set; }

    /// <summary>Theorems that were there before, but for the names of their points.</summary>
    public long Duplicates { get; private set; }

    /// <summary>Theorems without end, in an order that depends on the seed only.</summary>
    /// <exception cref="OperationCanceledException"/>
    public IEnumerable<Theorem> Generate(CancellationToken cancellation = default)
    {
        var found = new List<Theorem>[Round];
        while (true)
        {
            var first = Figures;
            Parallel.ForEach(Partitioner.Create(0, Round, 1), new ParallelOptions { MaxDegreeOfParallelism = _options.Threads, CancellationToken = cancellation },
                range => found[range.Item1] = FromFigure(first + range.Item1, cancellation));
            Figures += Round;
            foreach (var theorems in found)
                foreach (var theorem in theorems)
                {
                    if (_known.Add(theorem.Problem.ToText())) yield return theorem;
                    else Duplicates++;
                }
        }
    }

    List<Theorem> FromFigure(long number, CancellationToken cancellation)
    {
        var random = new SplitMix64(unchecked((_options.Seed + 1) * 0xD1342543DE82EF95 + (ulong)number));
        random.Next();
        var theorems = new List<Theorem>();
        if (new FigureSampler().Next(random, _options) is not var (problem, diagram)) return theorems;
        var closure = Closure.Of(problem, diagram, null, cancellation);
        AddTheorems(theorems, closure, GoalFinder.Find(closure, diagram.Count, _options.GoalsPerFigure, random), number, cancellation);
        var pool = new CandidatePool(CandidateFinder.Find(closure), isUniform: false);
        for (var i = 0; i < _options.ExtensionsPerFigure; i++) AddExtension(theorems, closure, pool, random, number, cancellation);
        return theorems;
    }

    /// <summary>Adds points to a figure as a search does, until something of the figure's own points follows that did not: theorems whose proofs need them.</summary>
    void AddExtension(List<Theorem> theorems, Closure root, CandidatePool pool, SplitMix64 random, long number, CancellationToken cancellation)
    {
        var closure = root;
        for (var added = 0; added < _options.MaxAuxiliary; added++)
        {
            var candidates = pool;
            if (added > 0)
            {
                if (random.NextDouble() > Further) return;
                if (random.NextDouble() < FromLast) candidates = new CandidatePool(CandidateFinder.Find(closure, closure.Diagram.Count - 1), isUniform: false);
            }
            if (candidates.Draw(random) is not (>= 0 and var drawn)) return;
            var (place, ways) = (candidates.Candidates[drawn].Place, candidates.Candidates[drawn].Ways);
            var count = closure.Diagram.Count;
            if (Enumerable.Range(root.Diagram.Count, count - root.Diagram.Count).Any(i => Math.Abs(closure.Diagram.X[i] - place.X) + Math.Abs(closure.Diagram.Y[i] - place.Y) < 1e-6)) return;
            var problem = closure.Problem.With([Problem.NameOf(count)], [ways.Span[random.Next(ways.Length)].Clause(closure.Problem.Definitions, count)]);
            closure = closure.With(problem, closure.Diagram.WithPoint(place.X, place.Y), null, cancellation);
            if (closure.Knowledge.Facts.Count == root.Knowledge.Facts.Count) continue;
            var goals = GoalFinder.Find(closure, root.Diagram.Count, int.MaxValue, random).Where(goal => !root.Holds(goal)).Take(_options.GoalsPerExtension).ToList();
            if (goals.Count == 0) continue;
            AddTheorems(theorems, closure, goals, number, cancellation);
            return;
        }
    }

    void AddTheorems(List<Theorem> theorems, Closure closure, IEnumerable<Statement> goals, long number, CancellationToken cancellation)
    {
        var problem = closure.Problem;
        var clauses = new Dictionary<Statement, int>();
        foreach (var (i, clause) in problem.Clauses.Index())
            foreach (var fact in clause.Facts.Concat(clause.Remarks)) clauses.TryAdd(fact, i);
        var builder = new ProofBuilder(closure.Knowledge);
        foreach (var goal in goals)
        {
            if (builder.Build(goal) is not { } steps || steps.Count(step => step.Rule != ProofRule.Given) < _options.MinSteps) continue;
            if (Theorem(problem, closure.Diagram, goal, steps, clauses, number, cancellation) is { } theorem) theorems.Add(theorem);
        }
    }

    Theorem? Theorem(Problem problem, Diagram diagram, Statement goal, ImmutableArray<ProofStep> steps, Dictionary<Statement, int> clauseOf, long number, CancellationToken cancellation)
    {
        var own = WithSources(problem, goal.Points);
        var used = new SortedSet<int>(own);
        foreach (var step in steps)
            if (step.Rule == ProofRule.Given) used.UnionWith(WithSources(problem, problem.Clauses[clauseOf[step.Conclusion]].Points));
        used.ExceptWith(own);
        var length = steps.Count(step => step.Rule != ProofRule.Given);
        if (used.Count == 0) return new Theorem(Selected(problem, diagram, goal, own, []).Problem, length, number);
        var (small, places) = Selected(problem, diagram, goal, own, []);
        var without = Closure.Of(small, places, new ClosureOptions { StopsAtGoals = true }, cancellation);
        if (without.IsSolved)
        {
            var proof = without.Prove(small.Goals[0])!;
            length = proof.Steps.Count(step => step.Rule != ProofRule.Given);
            return length < _options.MinSteps ? null : new Theorem(small, length, number);
        }
        // What a search may add is one point at a time.
        if (used.Any(clause => problem.Clauses[clause].Points.Length > 1) || used.Count > _options.MaxAuxiliary) return null;
        return new Theorem(Selected(problem, diagram, goal, own, used).Problem, length, number);
    }

    /// <summary>The clauses of points, and of all that they are constructed from.</summary>
    static SortedSet<int> WithSources(Problem problem, IEnumerable<int> points)
    {
        var (clauses, open) = (new SortedSet<int>(), new Stack<int>(points));
        while (open.TryPop(out var point))
        {
            var clause = problem.ClauseOf(point);
            if (!clauses.Add(problem.Clauses.IndexOf(clause))) continue;
            foreach (var construction in clause.Constructions)
                foreach (var argument in construction.Arguments)
                    if (argument.Quantity is null) open.Push(argument.Point);
        }
        return clauses;
    }

    /// <summary>Some clauses as a problem, and others as auxiliary ones; points are named in their new order.</summary>
    static (Problem Problem, Diagram Diagram) Selected(Problem problem, Diagram diagram, Statement goal, IReadOnlyCollection<int> own, IReadOnlyCollection<int> auxiliary)
    {
        int[] points = [.. own.Concat(auxiliary).SelectMany(clause => problem.Clauses[clause].Points)];
        var newNumber = new int[problem.PointNames.Length];
        Array.Fill(newNumber, -1);
        for (var i = 0; i < points.Length; i++) newNumber[points[i]] = i;
        var clauses = own.Select(clause => problem.Clauses[clause].Renamed(newNumber))
            .Concat(auxiliary.Select(clause => problem.Clauses[clause].Renamed(newNumber)).Select(clause => new Clause(clause.Points, clause.Constructions, isAuxiliary: true)));
        return (new Problem("theorem", points.Select((_, i) => Problem.NameOf(i)), clauses, [goal.Renamed(newNumber)]),
            new Diagram([.. points.Select(point => diagram.X[point])], [.. points.Select(point => diagram.Y[point])], diagram.Unit));
    }
}
