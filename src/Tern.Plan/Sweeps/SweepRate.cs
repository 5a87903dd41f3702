namespace Tern.Plan.Sweeps;

/// <summary>How fast runs go: by the finished runs of the same size, or else by all of them.</summary>
public sealed class SweepRate
{
    readonly Dictionary<string, (double Flop, double Seconds)> _bySize = [];

    /// <summary>Notes a finished run.</summary>
    public void Add(SweepRun run, SweepResult result)
    {
        var (flop, seconds) = _bySize.GetValueOrDefault(run.Size);
        _bySize[run.Size] = (flop + run.ExactFlop * result.Steps / run.Steps, seconds + result.Seconds);
    }

    /// <summary>Seconds that runs take one after the other; null where nothing is known.</summary>
    public double? SecondsOf(IEnumerable<SweepRun> runs)
    {
        var (flop, seconds) = _bySize.Values.Aggregate((Flop: 0.0, Seconds: 0.0), (sum, size) => (sum.Flop + size.Flop, sum.Seconds + size.Seconds));
        if (flop == 0) return null;
        return runs.Sum(run => run.ExactFlop * (_bySize.TryGetValue(run.Size, out var own) ? own.Seconds / own.Flop : seconds / flop));
    }
}
