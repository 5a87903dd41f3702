using Tern.Geometry.Diagrams;
using Tern.Geometry.Engine;
using Tern.Geometry.Language;
using Tern.Geometry.Proposals;

namespace Tern.Geometry.Search;

/// <summary>
/// Beam search over what a language model says of auxiliary points (Trinh et al. 2024, doi 10.1038/s41586-023-06747-5): points are tried with a closure for each, and gone on from where the goals do not follow yet.
/// An attempt is a point and, as with the heuristics, those after it: the likeliest ones, as long as the model rather expects another than none.
/// Differs: best first (Meister et al. 2020, arXiv 2007.03909), sets in the order of their probability whatever their size, with at most <see cref="Beam"/> of each size gone on from; proposals are decoded when
/// their turn comes, not 32 of each set at once. A proposal that is no construction, or has no place in the diagram, is passed over and not counted as an attempt.
/// </summary>
sealed class ModelSearch : AuxiliarySearch
{
    /// <summary>Sets of one size that are gone on from, and proposals for one of them at most.</summary>
    const int Beam = 64, Width = 512;

    /// <summary>Attempts that are made before their results count.</summary>
    const int MostAtOnce = 16;

    /// <summary>A set of points, and what the model says next; or a set that was tried, before it is gone on from.</summary>
    sealed record Branch(Closure? Closure, Problem Problem, Diagram Diagram, double LogProbability, int Points, ProposalDecoder? Decoder)
    {
        public Proposal? Next { get; init; }

        public int Taken { get; init; }
    }

    /// <summary>A set with one more point.</summary>
    /// <param name="LogProbability">Of all its points.</param>
    sealed record Step(Problem Problem, Diagram Diagram, Clause Clause, double LogProbability);

    /// <summary>A point to try and, as long as the model rather expects another one than none, those that it says next.</summary>
    sealed class Attempt(Branch from, List<Step> steps)
    {
        public Branch From => from;

        public List<Step> Steps => steps;

        /// <summary>Steps whose closures were computed, in which the goals do not follow.</summary>
        public int Reached { get; set; }

        public int Gain { get; set; }

        public Closure? Solved { get; set; }
    }

    readonly ProposalModel _model;
    readonly PriorityQueue<Branch, (double Improbability, long Order)> _queue = new();
    readonly List<ProposalDecoder> _decoders = [];
    readonly HashSet<string> _tried = [];
    readonly int[] _goneOn;
    long _order;
    int _proposals;

    public ModelSearch(Closure root, SearchOptions options) : base(root, options)
    {
        _model = options.Model!;
        _goneOn = new int[options.MaxPoints + 1];
        Enqueue(new Branch(root, root.Problem, root.Diagram, 0, 0, null));
    }

    public override bool IsSpent => _queue.Count == 0;

    public override int CandidateCount => _proposals;

    public override IEnumerable<Closure> Round(int most, CancellationToken cancellation)
    {
        var attempts = Plan(Math.Min(most, MostAtOnce), cancellation);
        ForAll(attempts, attempt => Try(attempt, cancellation), cancellation);
        foreach (var solved in Solved(attempts.Select(attempt => attempt.Solved))) yield return solved;
        foreach (var attempt in attempts)
        {
            BestGain = Math.Max(BestGain, attempt.Gain);
            foreach (var (i, step) in attempt.Steps.Take(attempt.Reached).Index())
                if (attempt.From.Points + i + 1 is var points && points < Options.MaxPoints) Enqueue(new Branch(null, step.Problem, step.Diagram, step.LogProbability, points, null));
        }
    }

    /// <summary>Equal ones in the order in which they came.</summary>
    void Enqueue(Branch branch) => _queue.Enqueue(branch, (-(branch.LogProbability + (branch.Next?.LogProbability ?? 0)), _order++));

    List<Attempt> Plan(int most, CancellationToken cancellation)
    {
        var attempts = new List<Attempt>();
        while (attempts.Count < most && !cancellation.IsCancellationRequested && _queue.TryDequeue(out var branch, out _))
        {
            if (branch.Decoder is null)
            {
                if (_goneOn[branch.Points]++ < Beam) Open(branch, cancellation);
                continue;
            }
            if (Attempted(branch, branch.Next!) is { } attempt) attempts.Add(attempt);
            Advance(branch);
        }
        return attempts;
    }

    /// <summary>Asks the model to go on from a set of points. Its closure, which was forgotten when it was tried, is made anew: few sets are gone on from.</summary>
    void Open(Branch branch, CancellationToken cancellation)
    {
        if (branch.Problem.PointNames.Length >= Figure.MaxPoints || _model.Decode(branch.Problem) is not { } decoder) return;
        _decoders.Add(decoder);
        try
        {
            var closure = branch.Closure ?? Root.With(branch.Problem, branch.Diagram, Root.Options with { StopsAtGoals = true }, cancellation);
            Advance(branch with { Closure = closure, Decoder = decoder });
        }
        catch (OperationCanceledException) { }
    }

    void Advance(Branch branch)
    {
        if (branch.Taken >= Width || branch.Decoder!.Next() is not { } next) return;
        _proposals++;
        Enqueue(branch with { Next = next, Taken = branch.Taken + 1 });
    }

    /// <summary>Null where the set was tried before, or has no place in the diagram.</summary>
    Attempt? Attempted(Branch from, Proposal proposal)
    {
        if (StepTo(from.Problem, from.Diagram, from.LogProbability, proposal) is not { } first) return null;
        var steps = new List<Step> { first };
        while (from.Points + steps.Count < Options.MaxPoints && Expected(steps[^1].Problem) is { } next && StepTo(steps[^1].Problem, steps[^1].Diagram, steps[^1].LogProbability, next) is { } step) steps.Add(step);
        return new Attempt(from, steps);
    }

    Step? StepTo(Problem before, Diagram diagram, double logProbability, Proposal proposal)
    {
        var problem = Extended(before, proposal.Clause);
        if (problem.PointNames.Length > Figure.MaxPoints || !_tried.Add(KeyOf(problem))) return null;
        // The place depends on the set alone: what is free in it, or on which side it lies, is the same whatever was tried before.
        var random = new SplitMix64(unchecked(Options.Seed * 0x9E3779B97F4A7C15 + (ulong)problem.PointNames.Length));
        return diagram.TryExtend(problem, random) is { } extended ? new Step(problem, extended, proposal.Clause, logProbability + proposal.LogProbability) : null;
    }

    /// <summary>The likeliest next point; null where the model rather expects none.</summary>
    Proposal? Expected(Problem problem)
    {
        using var decoder = _model.Decode(problem);
        return decoder?.ExpectsPoint == true ? decoder.Next() : null;
    }

    void Try(Attempt attempt, CancellationToken cancellation)
    {
        var closure = attempt.From.Closure!;
        foreach (var step in attempt.Steps)
        {
            closure = Extended(closure, step.Clause, step.Diagram, cancellation);
            if (closure.IsSolved)
            {
                attempt.Solved = closure;
                return;
            }
            attempt.Reached++;
            attempt.Gain = Math.Max(attempt.Gain, Gain(closure));
        }
    }

    /// <summary>The same for the same constructions in whatever order, where none is of another's point.</summary>
    static string KeyOf(Problem problem) => string.Join(';', problem.Clauses.Where(clause => clause.IsAuxiliary).Select(clause => ConstructionsOf(clause)).Order(StringComparer.Ordinal));

    static string ConstructionsOf(Clause clause) => string.Join(',', clause.Constructions.Select(construction =>
        $"{construction.Definition.Name} {string.Join(' ', construction.Arguments.Select(argument => clause.Points.Contains(argument.Point) ? "new" : argument.ToString()))}").Order(StringComparer.Ordinal));

    public override void Dispose()
    {
        foreach (var decoder in _decoders) decoder.Dispose();
        base.Dispose();
    }
}
