using Tern.Geometry.Diagrams;
using Tern.Geometry.Engine;

namespace Tern.Geometry.Search;

/// <summary>
/// Points where lines and circles meet. First every candidate with further incidences once, by falling score; then sets of points, each point drawn from the problem's
/// candidates or from those that the last point brings, with a closure after every point (after HAGeo, arXiv 2512.00097).
/// Differs: sets go on from the states that brought most facts about the problem's own points, and kinds of candidates that brought some are drawn more often.
/// What attempts teach counts from the next round on.
/// </summary>
sealed class HeuristicSearch : AuxiliarySearch
{
    const int MostStates = 64;

    /// <summary>Shares of attempts: the next single point in order, or a set that goes on from a state that brought something.</summary>
    const double Singles = 0.15, FromState = 0.5;

    /// <summary>Chance that a set gets one more point, and that this point is constructed from the one before.</summary>
    const double Further = 0.65, FromLast = 0.5;

    readonly CandidatePool _pool;
    readonly List<(int Candidate, int Way)> _singles = [];
    readonly KindStatistics _kinds = new();
    readonly List<SearchState> _states = [];
    readonly HashSet<string> _known = [];
    int _nextSingle, _firstSingles;

    public HeuristicSearch(Closure root, SearchOptions options) : base(root, options)
    {
        _pool = new CandidatePool([.. CandidateFinder.Find(root, triples: true).OrderByDescending(candidate => candidate.Score)], IsUniform);
        OrderSingles();
    }

    public override bool IsSpent => false;

    public override int CandidateCount => _pool.Candidates.Length;

    bool IsUniform => Options.Source == AuxiliarySource.Uniform;

    void OrderSingles()
    {
        if (IsUniform)
        {
            _singles.AddRange(_pool.Candidates.Select((_, i) => (i, 0)));
            return;
        }
        var scored = Enumerable.Range(0, _pool.Candidates.Length).Where(i => _pool.Candidates[i].Score >= 1).ToArray();
        for (var way = 0; scored.Any(i => way < _pool.Candidates[i].Ways.Length); way++)
            foreach (var i in scored)
                if (way < _pool.Candidates[i].Ways.Length) _singles.Add((i, way));
        _firstSingles = scored.Length;
        _singles.AddRange(_pool.Candidates.Select((candidate, i) => (candidate, i)).Where(entry => entry.candidate.Score < 1).Select(entry => (entry.i, 0)));
    }

    public override IEnumerable<Closure> Round(int most, CancellationToken cancellation)
    {
        var attempts = Plan(most);
        ForAll(attempts, attempt => Try(attempt, cancellation), cancellation);
        foreach (var solved in Solved(attempts.Select(attempt => attempt.Solved))) yield return solved;
        Learn(attempts);
    }

    /// <summary>One set of points to try.</summary>
    sealed class Attempt(SearchState? from, int single, int way, ulong seed)
    {
        public SearchState? From => from;

        /// <summary>A candidate of the pool that is to be tried alone; -1: a set of points.</summary>
        public int Single => single;

        public int Way => way;

        public ulong Seed => seed;

        public Closure? Solved { get; set; }

        /// <summary>What was reached, point by point.</summary>
        public List<SearchState> Reached { get; } = [];
    }

    List<Attempt> Plan(int count)
    {
        var attempts = new List<Attempt>(count);
        for (var i = 0; i < count; i++)
        {
            var random = new SplitMix64(unchecked(Options.Seed * 0x9E3779B97F4A7C15 + (ulong)(Attempts + i)));
            random.Next();
            var isSingle = _nextSingle < (IsUniform ? 0 : _firstSingles) || (_nextSingle < _singles.Count && random.NextDouble() < Singles && !IsUniform);
            if (isSingle)
            {
                var (candidate, way) = _singles[_nextSingle++];
                attempts.Add(new Attempt(null, candidate, way, random.Next()));
                continue;
            }
            attempts.Add(new Attempt(DrawState(random), -1, 0, random.Next()));
        }
        return attempts;
    }

    SearchState? DrawState(SplitMix64 random)
    {
        if (_states.Count == 0 || IsUniform || random.NextDouble() > FromState) return null;
        var sums = new double[_states.Count];
        var sum = 0.0;
        for (var i = 0; i < sums.Length; i++) sums[i] = sum += _states[i].Likelihood;
        return _states[CandidatePool.Draw(sums, random)];
    }

    void Try(Attempt attempt, CancellationToken cancellation)
    {
        var random = new SplitMix64(attempt.Seed);
        if (attempt.Single >= 0)
        {
            Extend(attempt, null, _pool.Candidates[attempt.Single], attempt.Way, cancellation);
            return;
        }
        var state = attempt.From;
        do
        {
            if (Choose(state, random) is not { } candidate) return;
            if (Extend(attempt, state, candidate, random.Next(candidate.Ways.Length), cancellation) is not { } next) return;
            state = next;
        }
        while (state.Points < Options.MaxPoints && random.NextDouble() < Further);
    }

    Candidate? Choose(SearchState? state, SplitMix64 random)
    {
        for (var tries = 0; tries < 8; tries++)
        {
            var candidate = Draw(state, random);
            if (candidate is { } drawn && (state is null || drawn.Kind == CandidateKind.DoublePoint || !IsThere(state, drawn.Place))) return drawn;
        }
        return null;
    }

    Candidate? Draw(SearchState? state, SplitMix64 random)
    {
        if (state is null || random.NextDouble() > FromLast) return _pool.Draw(random) is >= 0 and var number ? _pool.Candidates[number] : null;
        var fresh = state.Fresh;
        var sums = new double[fresh.Length];
        var sum = 0.0;
        for (var i = 0; i < sums.Length; i++) sums[i] = sum += IsUniform ? 1 : CandidatePool.Weight(fresh[i], _kinds);
        return CandidatePool.Draw(sums, random) is >= 0 and var drawn ? fresh[drawn] : null;
    }

    static bool IsThere(SearchState state, Vector place)
    {
        var diagram = state.Closure.Diagram;
        for (var i = 0; i < diagram.Count; i++)
            if (Math.Abs(diagram.X[i] - place.X) < 1e-6 && Math.Abs(diagram.Y[i] - place.Y) < 1e-6) return true;
        return false;
    }

    SearchState? Extend(Attempt attempt, SearchState? state, Candidate candidate, int way, CancellationToken cancellation)
    {
        var from = state?.Closure ?? Root;
        if (from.Diagram.Count >= Figure.MaxPoints) return null;
        var clause = candidate.Ways.Span[way].Clause(from.Problem.Definitions, from.Diagram.Count);
        var closure = Extended(from, clause, from.Diagram.WithPoint(candidate.Place.X, candidate.Place.Y), cancellation);
        if (closure.IsSolved)
        {
            attempt.Solved = closure;
            return null;
        }
        var gain = Gain(closure);
        var points = (state?.Points ?? 0) + 1;
        var next = new SearchState(closure, points, gain, [.. state?.Path ?? [], candidate], Math.Sqrt(gain) / points);
        attempt.Reached.Add(next);
        return next;
    }

    void Learn(List<Attempt> attempts)
    {
        foreach (var attempt in attempts)
        {
            var before = attempt.From?.Gain ?? 0;
            foreach (var state in attempt.Reached)
            {
                _kinds.Count(state.Path[^1].Kind, state.Gain > before);
                if (attempt.Single >= 0) _pool.Learn(attempt.Single, state.Gain);
                if (state.Gain > before && state.Points < Options.MaxPoints && _known.Add(Places(state))) _states.Add(state);
                before = Math.Max(before, state.Gain);
                BestGain = Math.Max(BestGain, state.Gain);
            }
        }
        if (IsUniform) _states.Clear();
        _states.Sort((one, other) => other.Likelihood.CompareTo(one.Likelihood));
        var most = GC.GetTotalMemory(false) > Options.MemoryLimit ? MostStates / 8 : MostStates;
        if (_states.Count > most) _states.RemoveRange(most, _states.Count - most);
        _pool.Reweigh(_kinds);
    }

    /// <summary>The same for the same set of places, in whatever order.</summary>
    static string Places(SearchState state) => string.Join(';', state.Path.Select(candidate => $"{candidate.Place.X:F6},{candidate.Place.Y:F6}").Order(StringComparer.Ordinal));
}
