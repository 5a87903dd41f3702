using Tern.Geometry.Engine;

namespace Tern.Geometry.Search;

/// <summary>A closure with some auxiliary points, from which attempts go on.</summary>
/// <param name="Gain">Facts about the problem's own points that the closure of the problem itself did not know.</param>
sealed class SearchState(Closure closure, int points, int gain, Candidate[] path, double likelihood)
{
    Candidate[]? _fresh;

    public Closure Closure => closure;

    /// <summary>How many auxiliary points there are.</summary>
    public int Points => points;

    public int Gain => gain;

    public Candidate[] Path => path;

    /// <summary>How much more often than others it is gone on from.</summary>
    public double Likelihood => likelihood;

    /// <summary>Candidates that are constructed from the last point.</summary>
    public Candidate[] Fresh
    {
        get
        {
            lock (this) return _fresh ??= CandidateFinder.Find(closure, closure.Diagram.Count - 1);
        }
    }
}
