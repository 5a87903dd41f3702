using System.Collections.Immutable;
using System.Diagnostics;
using System.Numerics;
using Tern.Geometry.Algebra;
using Tern.Geometry.Checking;
using Tern.Geometry.Diagrams;
using Tern.Geometry.Engine;
using Tern.Geometry.Language;
using Tern.Geometry.Proofs;

namespace Tern.Geometry.Search;

/// <summary>How an attempt to prove a problem ended.</summary>
public enum ProofOutcome
{
    /// <summary>All goals are proved, and the checker accepts the proofs.</summary>
    Proved,

    /// <summary>The goals do not follow without auxiliary points, and none were asked for.</summary>
    NotInClosure,

    /// <summary>No proof was found, but Wu's method certifies all goals: they are true, and there is nothing to read.</summary>
    Certified,

    /// <summary>All attempts were made.</summary>
    AttemptsSpent,

    TimeOut,

    Cancelled,
}

/// <summary>What the prover found.</summary>
/// <param name="Problem">With the auxiliary points of the proof; without a proof as it was given.</param>
/// <param name="Diagram">Of that problem.</param>
/// <param name="Proofs">One of each goal, each accepted by the checker; empty where not all goals are proved.</param>
/// <param name="Checks">What the checker said of each.</param>
/// <param name="Attempts">Sets of auxiliary points that were tried.</param>
/// <param name="Closures">Closures that were computed for them.</param>
/// <param name="Rejected">Proofs that the checker did not accept, after which the search went on.</param>
/// <param name="Algebra">What Wu's method says of each goal; empty where it was not asked.</param>
public sealed record ProverResult(Problem Problem, Diagram Diagram, ProofOutcome Outcome, ImmutableArray<Proof> Proofs, ImmutableArray<CheckResult> Checks,
    TimeSpan Elapsed, long Attempts, long Closures, ImmutableArray<(Proof Proof, CheckResult Check)> Rejected, ImmutableArray<WuResult> Algebra)
{
    public bool IsProved => Outcome == ProofOutcome.Proved;

    /// <summary>How many auxiliary points the proof has.</summary>
    public int AuxiliaryPoints => Problem.Clauses.Where(clause => clause.IsAuxiliary).Sum(clause => clause.Points.Length);
}

/// <summary>Proves problems: draws, closes, searches for auxiliary points, leaves out those that the proof does not need, and has the proof checked.</summary>
public static class Prover
{
    /// <summary>That are drawn where the goals follow, but the checker refuses the proof.</summary>
    const int MostDiagrams = 4;

    /// <exception cref="GoalIsFalseException">A goal is false in diagrams, or by exact computation where it looks true in them.</exception>
    /// <exception cref="ArgumentException">Points are to come from a model, and there is none.</exception>
    /// <exception cref="GeometryException">The problem cannot be drawn, has no goal, or has more points than the engine takes.</exception>
    public static ProverResult Prove(Problem problem, SearchOptions? options = null, IProgress<SearchProgress>? progress = null, CancellationToken cancellation = default)
    {
        options ??= SearchOptions.Default;
        if (options.Source is AuxiliarySource.Model or AuxiliarySource.Mixed && options.Model is null) throw new ArgumentException($"Points of {options.Source} need {nameof(SearchOptions)}.{nameof(SearchOptions.Model)}.", nameof(options));
        if (problem.Goals.IsEmpty) throw new GeometryException($"{problem.Name}: there is nothing to prove: add '? goal' at the end of the statement.");
        if (problem.PointNames.Length > Figure.MaxPoints) throw new GeometryException($"{problem.Name}: has {problem.PointNames.Length} points; the engine takes {Figure.MaxPoints} at most.");
        var started = Stopwatch.GetTimestamp();
        var diagram = Diagram.Build(problem, options.Seed);
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        limit.CancelAfter(options.TimeLimit);
        var rejected = ImmutableArray.CreateBuilder<(Proof, CheckResult)>();
        AuxiliarySearch? search = null;
        try
        {
            var root = Closure.Of(problem, diagram, new ClosureOptions { StopsAtGoals = true }, limit.Token);
            for (var drawn = 1; root.IsSolved; drawn++)
            {
                if (Checked(root, rejected) is var (proofs, checks)) return Result(ProofOutcome.Proved, root, proofs, checks);
                if (drawn == MostDiagrams) return Result(ProofOutcome.NotInClosure, root, [], []);
                // In another diagram points may be in another order, and the proof be another one.
                diagram = Diagram.Build(problem, unchecked(options.Seed + (ulong)drawn * 0x9E3779B97F4A7C15));
                root = Closure.Of(problem, diagram, root.Options, limit.Token);
            }
            Refute(root, options, limit.Token);
            if (options.Source == AuxiliarySource.None) return WithoutProof(ProofOutcome.NotInClosure);
            search = AuxiliarySearch.Of(root, options);
            foreach (var solved in search.Run(progress, limit.Token))
            {
                var minimal = Minimal(root, solved, cancellation);
                if (Checked(minimal, rejected) is var (proofs, checks)) return Result(ProofOutcome.Proved, minimal, proofs, checks);
            }
            return WithoutProof(limit.IsCancellationRequested ? ProofOutcome.TimeOut : ProofOutcome.AttemptsSpent);
        }
        catch (OperationCanceledException)
        {
            return WithoutProof(ProofOutcome.TimeOut);
        }
        finally
        {
            search?.Dispose();
        }

        ProverResult Result(ProofOutcome outcome, Closure closure, ImmutableArray<Proof> proofs, ImmutableArray<CheckResult> checks) =>
            new(closure.Problem, closure.Diagram, outcome, proofs, checks, Stopwatch.GetElapsedTime(started), search?.Attempts ?? 0, search?.Closures ?? 0, rejected.ToImmutable(), []);

        ProverResult WithoutProof(ProofOutcome outcome)
        {
            var algebra = Certify(problem, diagram, options, cancellation);
            if (cancellation.IsCancellationRequested) outcome = ProofOutcome.Cancelled;
            else if (!algebra.IsEmpty && algebra.All(result => result.Truth == Truth.True)) outcome = ProofOutcome.Certified;
            return new(problem, diagram, outcome, [], [], Stopwatch.GetElapsedTime(started), search?.Attempts ?? 0, search?.Closures ?? 0, rejected.ToImmutable(), algebra);
        }
    }

    /// <summary>Tests the goals modulo primes. Of points that have coordinates, these may be what makes a goal true.</summary>
    static void Refute(Closure root, SearchOptions options, CancellationToken cancellation)
    {
        if (root.Problem.IsPlaced) return;
        var oracle = WuOracle.Of(root.Problem, root.Diagram, options.Seed, cancellation: cancellation);
        foreach (var goal in root.Problem.Goals)
            if (oracle.Test(goal, cancellation).Truth == Truth.False) throw new GoalIsFalseException(root.Problem, goal, root.Diagram);
    }

    static ImmutableArray<WuResult> Certify(Problem problem, Diagram diagram, SearchOptions options, CancellationToken cancellation)
    {
        if (options.Algebra is not { } limits) return [];
        try
        {
            return [.. problem.Goals.Select(goal => WuProver.Certify(problem, goal, limits, options.Seed, diagram, cancellation))];
        }
        catch (OperationCanceledException)
        {
            return [];
        }
    }

    /// <summary>Proofs of all goals; null where one is not accepted.</summary>
    static (ImmutableArray<Proof> Proofs, ImmutableArray<CheckResult> Checks)? Checked(Closure closure, ImmutableArray<(Proof, CheckResult)>.Builder rejected)
    {
        var (proofs, checks) = (ImmutableArray.CreateBuilder<Proof>(), ImmutableArray.CreateBuilder<CheckResult>());
        foreach (var goal in closure.Problem.Goals)
        {
            if (closure.Prove(goal) is not { } proof) return null;
            var check = ProofChecker.Check(proof, closure.Problem);
            if (!check.IsRight)
            {
                rejected.Add((proof, check));
                return null;
            }
            proofs.Add(proof);
            checks.Add(check);
        }
        return (proofs.ToImmutable(), checks.ToImmutable());
    }

    /// <summary>The fewest of the auxiliary clauses from which the goals still follow.</summary>
    static Closure Minimal(Closure root, Closure solved, CancellationToken cancellation)
    {
        var added = solved.Problem.Clauses[root.Problem.Clauses.Length..];
        var needs = added.Select(clause => added.Index().Where(other => Uses(clause, other.Item)).Aggregate(0u, (mask, other) => mask | 1u << other.Index)).ToArray();
        var subsets = Enumerable.Range(1, (1 << added.Length) - 2).Select(mask => (uint)mask)
            .Where(mask => Enumerable.Range(0, added.Length).All(i => (mask >> i & 1) == 0 || (needs[i] & ~mask) == 0)).OrderBy(BitOperations.PopCount);
        foreach (var subset in subsets)
        {
            var closure = With(root, solved, [.. added.Where((_, i) => (subset >> i & 1) == 0)], cancellation);
            if (closure.IsSolved) return closure;
        }
        return solved;
    }

    static bool Uses(Clause clause, Clause other) => clause.Constructions.Any(construction => construction.Arguments.Any(argument => argument.Quantity is null && other.Points.Contains(argument.Point) && !clause.Points.Contains(argument.Point)));

    static Closure With(Closure root, Closure solved, Clause[] dropped, CancellationToken cancellation)
    {
        int[] kept = [.. Enumerable.Range(0, solved.Diagram.Count).Where(point => !dropped.Any(clause => clause.Points.Contains(point)))];
        var diagram = new Diagram([.. kept.Select(point => solved.Diagram.X[point])], [.. kept.Select(point => solved.Diagram.Y[point])], solved.Diagram.Unit, solved.Diagram.FalseGoals);
        return root.With(solved.Problem.Without(dropped), diagram, new ClosureOptions { StopsAtGoals = true }, cancellation);
    }
}
