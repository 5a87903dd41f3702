using Tern.Geometry.Engine;

namespace Tern.Geometry.Search;

/// <summary>What the language model proposes and what the heuristics do, in turns: rounds of four attempts first, then of more and more. When the model has no more to say, the heuristics go on alone.</summary>
sealed class MixedSearch(Closure root, SearchOptions options) : AuxiliarySearch(root, options)
{
    const int FirstRound = 4;

    readonly AuxiliarySearch[] _searches = [new ModelSearch(root, options), new HeuristicSearch(root, options)];
    int _turn;

    public override long Attempts => _searches.Sum(search => search.Attempts);

    public override long Closures => _searches.Sum(search => search.Closures);

    public override int CandidateCount => _searches.Sum(search => search.CandidateCount);

    public override int BestGain => _searches.Max(search => search.BestGain);

    public override bool IsSpent => _searches.All(search => search.IsSpent);

    public override IEnumerable<Closure> Round(int most, CancellationToken cancellation)
    {
        var length = _turn / _searches.Length < 8 ? Math.Min(most, FirstRound << _turn / _searches.Length) : most;
        var search = _searches[_turn++ % _searches.Length];
        return search.IsSpent ? [] : search.Round(length, cancellation);
    }

    public override void Dispose()
    {
        foreach (var search in _searches) search.Dispose();
        base.Dispose();
    }
}
