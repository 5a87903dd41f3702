using Tern.Geometry.Diagrams;

namespace Tern.Geometry.Search;

/// <summary>
/// Candidates to draw from at random. A candidate's weight grows with its score, with what its kind has brought so far in this problem (a bandit that draws in
/// proportion to its estimates) and with what it has brought itself.
/// </summary>
sealed class CandidatePool
{
    /// <summary>What a candidate without further incidence counts, and how weights grow with scores (as in HAGeo).</summary>
    const double Base = 0.1, Power = 1.5;

    readonly bool _isUniform;
    readonly double[] _gains;
    double[] _sums;

    public CandidatePool(Candidate[] candidates, bool isUniform)
    {
        (Candidates, _isUniform, _gains) = (candidates, isUniform, new double[candidates.Length]);
        _sums = Sums(null);
    }

    public Candidate[] Candidates { get; }

    public void Learn(int candidate, int gain) => _gains[candidate] = Math.Max(_gains[candidate], Math.Min(gain, 20));

    public void Reweigh(KindStatistics kinds) => _sums = Sums(kinds);

    double[] Sums(KindStatistics? kinds)
    {
        var sums = new double[Candidates.Length];
        var sum = 0.0;
        for (var i = 0; i < sums.Length; i++)
        {
            sum += _isUniform ? 1 : Weight(Candidates[i], kinds) * (1 + _gains[i]);
            sums[i] = sum;
        }
        return sums;
    }

    public static double Weight(in Candidate candidate, KindStatistics? kinds) => Math.Pow(candidate.Score + Base, Power) * (kinds?.Estimate(candidate.Kind) ?? 1);

    /// <summary>The number of a candidate; -1 where there are none.</summary>
    public int Draw(SplitMix64 random) => Draw(_sums, random);

    public static int Draw(double[] sums, SplitMix64 random)
    {
        if (sums.Length == 0) return -1;
        var place = Array.BinarySearch(sums, random.NextDouble() * sums[^1]);
        return Math.Min(place < 0 ? ~place : place, sums.Length - 1);
    }
}

/// <summary>By kind of candidate: how often one was tried, and how often it brought something.</summary>
sealed class KindStatistics
{
    readonly double[] _tried = new double[Enum.GetValues<CandidateKind>().Length], _helped = new double[Enum.GetValues<CandidateKind>().Length];

    public void Count(CandidateKind kind, bool helped)
    {
        _tried[(int)kind]++;
        if (helped) _helped[(int)kind]++;
    }

    /// <summary>Near one where nothing is known, between a fifth and five.</summary>
    public double Estimate(CandidateKind kind)
    {
        var (tried, helped) = (_tried.Sum(), _helped.Sum());
        var mean = (helped + 1) / (tried + 4);
        return Math.Clamp((_helped[(int)kind] + 4 * mean) / (_tried[(int)kind] + 4) / mean, 0.2, 5);
    }
}
