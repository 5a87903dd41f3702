using System.Diagnostics;
using Tern.Geometry.Diagrams;
using Tern.Geometry.Engine;
using Tern.Geometry.Language;

namespace Tern.Geometry.Search;

/// <summary>
/// Looks for auxiliary points with which the goals follow, a round of attempts at a time. Which attempts a round makes depends on those of the rounds before only, so that the same ones are made with
/// any number of threads.
/// </summary>
abstract class AuxiliarySearch(Closure root, SearchOptions options) : IDisposable
{
    const int MostOfRound = 64;

    readonly int _rootFacts = root.Knowledge.Facts.Count;
    long _closures;

    /// <summary>The closure of the problem itself.</summary>
    protected Closure Root => root;

    protected SearchOptions Options => options;

    /// <summary>Sets of points that were tried.</summary>
    public virtual long Attempts { get; protected set; }

    /// <summary>Closures that were computed for them.</summary>
    public virtual long Closures => Interlocked.Read(ref _closures);

    /// <summary>Points to choose the first one from, as far as they are known.</summary>
    public abstract int CandidateCount { get; }

    /// <summary>The most facts about the problem's own points that an attempt has brought.</summary>
    public virtual int BestGain { get; protected set; }

    /// <summary>There is nothing more to try.</summary>
    public abstract bool IsSpent { get; }

    public static AuxiliarySearch Of(Closure root, SearchOptions options) => options.Source switch
    {
        AuxiliarySource.Model => new ModelSearch(root, options),
        AuxiliarySource.Mixed => new MixedSearch(root, options),
        _ => new HeuristicSearch(root, options),
    };

    /// <summary>Closures in which all goals hold, one after the other, until the time or the attempts are up.</summary>
    public IEnumerable<Closure> Run(IProgress<SearchProgress>? progress, CancellationToken cancellation)
    {
        var started = Stopwatch.GetTimestamp();
        while (Attempts < options.Attempts && !IsSpent && !cancellation.IsCancellationRequested)
        {
            foreach (var solved in Round((int)Math.Min(MostOfRound, options.Attempts - Attempts), cancellation)) yield return solved;
            progress?.Report(new SearchProgress(Stopwatch.GetElapsedTime(started), Attempts, Closures, CandidateCount, BestGain));
        }
    }

    /// <summary>Makes attempts. While a closure is looked at, <see cref="Attempts"/> counts those up to the one that found it.</summary>
    public abstract IEnumerable<Closure> Round(int most, CancellationToken cancellation);

    public virtual void Dispose() => GC.SuppressFinalize(this);

    /// <summary>Runs them on all threads; when cancelled, some of them.</summary>
    protected void ForAll<T>(IEnumerable<T> attempts, Action<T> attempt, CancellationToken cancellation)
    {
        try
        {
            Parallel.ForEach(attempts, new ParallelOptions { MaxDegreeOfParallelism = options.Threads, CancellationToken = cancellation }, attempt);
        }
        catch (Exception exception) when (exception is OperationCanceledException || (exception as AggregateException)?.InnerExceptions.All(inner => inner is OperationCanceledException) == true) { }
    }

    /// <summary>Those of a round's closures in which all goals hold; counts its attempts.</summary>
    /// <param name="round">One for each attempt, in their order; null where the goals do not hold.</param>
    protected IEnumerable<Closure> Solved(IEnumerable<Closure?> round)
    {
        foreach (var closure in round)
        {
            Attempts++;
            if (closure is not null) yield return closure;
        }
    }

    /// <param name="from">A closure that has no such point.</param>
    /// <param name="clause">The point.</param>
    /// <param name="diagram">With the point.</param>
    /// <param name="cancellation">Ends it.</param>
    protected Closure Extended(Closure from, Clause clause, Diagram diagram, CancellationToken cancellation)
    {
        var closure = from.With(Extended(from.Problem, clause), diagram, root.Options with { StopsAtGoals = true }, cancellation);
        Interlocked.Increment(ref _closures);
        return closure;
    }

    /// <summary>With one more point, under a name that the problem does not have.</summary>
    protected static Problem Extended(Problem problem, Clause clause)
    {
        for (var i = problem.PointNames.Length; ; i++)
            if (!problem.PointNames.Contains(Problem.NameOf(i))) return problem.With([Problem.NameOf(i)], [clause]);
    }

    /// <summary>Facts about the problem's own points that its own closure does not have.</summary>
    protected int Gain(Closure closure)
    {
        var gain = 0;
        for (var i = _rootFacts; i < closure.Knowledge.Facts.Count; i++)
        {
            var isOld = true;
            foreach (var point in closure.Knowledge.Facts[i].Statement.Points) isOld &= point < root.Diagram.Count;
            if (isOld) gain++;
        }
        return gain;
    }
}
