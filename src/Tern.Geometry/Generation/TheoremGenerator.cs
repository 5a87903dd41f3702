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

    /// <summary>The theorem's problem and, where <see cref="GeneratorOptions.Orders"/> asks for them, the same with its clauses in other orders.</summary>
    public IEnumerable<Problem> InOrders(Theorem theorem) => theorem.InOrders(_options.Orders, new SplitMix64(unchecked(_options.Seed * 0x9E3779B97F4A7C15 + (ulong)theorem.Figure)));

    List<Theorem> FromFigure(long number, CancellationToken cancellation)
    {
        var random = new SplitMix64(unchecked((_options.Seed + 1) * 0xD1342543DE82EF95 + (ulong)number));
        random.Next();
        var theorems = new List<Theorem>();
        if (new FigureSampler().Next(random, _options) is not var (problem, diagram)) return theorems;
        var closure = Closure.Of(problem, diagram, null, cancellation);
        if (!_options.OnlyAuxiliary)
        {
            AddTheorems(theorems, closure, null, GoalFinder.Find(closure, diagram.Count, random), _options.GoalsPerFigure, number, cancellation);
            return theorems;
        }
        var pool = Pool(closure, 0);
        for (var i = 0; i < _options.ExtensionsPerFigure; i++) AddExtension(theorems, closure, pool, random, number, cancellation);
        return theorems;
    }

    /// <summary>Adds points to a figure as a search does, but many at once, and some that are constructed from those: what then follows of the figure's own points and did not before are theorems whose proofs need some of them.</summary>
    void AddExtension(List<Theorem> theorems, Closure root, CandidatePool pool, SplitMix64 random, long number, CancellationToken cancellation)
    {
        var closure = Extended(root, pool, random, cancellation);
        closure = Extended(closure, Pool(closure, root.Diagram.Count), random, cancellation);
        if (!SaysMore(closure, root)) return;
        var goals = GoalFinder.Find(closure, root.Diagram.Count, random).Where(goal => !root.Holds(goal));
        AddTheorems(theorems, closure, root, goals, _options.GoalsPerExtension, number, cancellation);
    }

    /// <summary>Places with something to say, that are constructed from a point of this number or a later one.</summary>
    static CandidatePool Pool(Closure closure, int firstNew) => new([.. CandidateFinder.Find(closure, firstNew).Where(candidate => candidate.Score >= 1)], isUniform: false);

    Closure Extended(Closure closure, CandidatePool pool, SplitMix64 random, CancellationToken cancellation)
    {
        var (diagram, clauses) = (closure.Diagram, new List<Clause>());
        for (var i = 0; i < _options.PointsPerExtension && diagram.Count < Figure.MaxPoints; i++)
        {
            if (pool.Draw(random) is not (>= 0 and var drawn)) break;
            var candidate = pool.Candidates[drawn];
            if (IsThere(diagram, closure.Diagram.Count, candidate.Place)) continue;
            clauses.Add(candidate.Ways.Span[random.Next(candidate.Ways.Length)].Clause(closure.Problem.Definitions, diagram.Count));
            diagram = diagram.WithPoint(candidate.Place.X, candidate.Place.Y);
        }
        var names = Enumerable.Range(closure.Diagram.Count, clauses.Count).Select(Problem.NameOf);
        return clauses.Count == 0 ? closure : closure.With(closure.Problem.With(names, clauses), diagram, null, cancellation);
    }

    static bool IsThere(Diagram diagram, int firstNew, Vector place) =>
        Enumerable.Range(firstNew, diagram.Count - firstNew).Any(i => Math.Abs(diagram.X[i] - place.X) + Math.Abs(diagram.Y[i] - place.Y) < 1e-6);

    /// <summary>Some equation of the root's own points follows only with the others.</summary>
    static bool SaysMore(Closure closure, Closure root)
    {
        var points = (1UL << root.Diagram.Count) - 1;
        return closure.Knowledge.Facts.Skip(root.Knowledge.Facts.Count).Any(fact => (Bits.Of(fact.Statement.Points.AsSpan()) & ~points) == 0);
    }

    /// <param name="theorems">To which they are added.</param>
    /// <param name="closure">In which the goals follow.</param>
    /// <param name="root">In which they do not; null: not known.</param>
    /// <param name="goals">In the order in which they are tried.</param>
    /// <param name="most">So many are added at most.</param>
    /// <param name="number">Of the figure.</param>
    /// <param name="cancellation">Ends it.</param>
    void AddTheorems(List<Theorem> theorems, Closure closure, Closure? root, IEnumerable<Statement> goals, int most, long number, CancellationToken cancellation)
    {
        var (problem, full) = (closure.Problem, theorems.Count + most);
        var clauses = new Dictionary<Statement, int>();
        foreach (var (i, clause) in problem.Clauses.Index())
            foreach (var fact in clause.Facts.Concat(clause.Remarks)) clauses.TryAdd(fact, i);
        var builder = new ProofBuilder(closure.Knowledge);
        foreach (var goal in goals)
        {
            if (theorems.Count == full) return;
            if (builder.Build(goal) is not { } steps || Length(steps) < _options.MinSteps) continue;
            if (Theorem(closure, root is not null, goal, steps, clauses, number, cancellation) is { } theorem) theorems.Add(theorem);
        }
    }

    static int Length(ImmutableArray<ProofStep> steps) => steps.Count(step => step.Rule != ProofRule.Given);

    Theorem? Theorem(Closure closure, bool needsMore, Statement goal, ImmutableArray<ProofStep> steps, Dictionary<Statement, int> clauseOf, long number, CancellationToken cancellation)
    {
        var (problem, diagram) = (closure.Problem, closure.Diagram);
        var own = WithSources(problem, goal.Points);
        var used = new SortedSet<int>(own);
        foreach (var step in steps)
            if (step.Rule == ProofRule.Given) used.UnionWith(WithSources(problem, problem.Clauses[clauseOf[step.Conclusion]].Points));
        used.ExceptWith(own);
        var length = Length(steps);
        if (used.Count > 0 && !needsMore && LengthWith([]) is { } without) (length, used) = (without, []);
        // What a search may add is one point at a time.
        if (used.Any(clause => problem.Clauses[clause].Points.Length > 1)) return null;
        foreach (var clause in used.Reverse().ToArray())
        {
            if (used.Count == 1) break;
            var fewer = used.Where(other => other != clause).ToArray();
            if (fewer.Any(other => WithSources(problem, problem.Clauses[other].Points).Contains(clause)) || LengthWith(fewer) is not { } shorter) continue;
            used.Remove(clause);
            length = shorter;
        }
        return used.Count > _options.MaxAuxiliary || length < _options.MinSteps ? null : new Theorem(Selected(problem, diagram, goal, own, used).Problem, length, number);

        // Of a proof with these auxiliary clauses alone, if there is one.
        int? LengthWith(IReadOnlyCollection<int> auxiliary)
        {
            var (selected, places) = Selected(problem, diagram, goal, own, auxiliary);
            var small = Closure.Of(selected, places, new ClosureOptions { StopsAtGoals = true }, cancellation);
            return small.IsSolved ? Length(small.Prove(selected.Goals[0])!.Steps) : null;
        }
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
