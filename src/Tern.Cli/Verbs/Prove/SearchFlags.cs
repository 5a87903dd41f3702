using System.CommandLine;
using Tern.Cli.Flags;
using Tern.Geometry.Algebra;
using Tern.Geometry.Proposals;
using Tern.Geometry.Search;
using Tern.Models;

namespace Tern.Cli.Verbs.Prove;

/// <summary>How a proof is searched for.</summary>
sealed class SearchFlags
{
    /// <summary>Seconds; the timer takes no more.</summary>
    const double LongestTime = 4e6;

    static readonly (string Name, AuxiliarySource Source)[] Sources =
        [("heuristic", AuxiliarySource.Heuristic), ("uniform", AuxiliarySource.Uniform),
        ("model", AuxiliarySource.Model), ("mixed", AuxiliarySource.Mixed), ("none", AuxiliarySource.None)];

    readonly Flag<double> _time = new("--time", ["-T"], "Seconds for a problem", SearchOptions.Default.TimeLimit.TotalSeconds, "s");
    readonly Flag<string> _aux = new("--aux", [], "Auxiliary points: heuristic (where lines and circles meet), uniform (the same places, all alike), model (what a language model proposes), mixed (model and heuristics in turns), none", "heuristic", "source");
    readonly Flag<string?> _model = new("--model", ["-m"], $"The language model of --aux model and mixed: a folder that tern train wrote (default: models/{ShippedModel.OfProposals})", null, "folder", fromEnvironment: false);
    readonly Flag<int> _threads = new("--threads", ["-t"], "Threads (default: one per core)", SearchOptions.Default.Threads, "n");
    readonly Flag<long> _seed = new("--seed", [], "Of diagrams and choices; the same seed makes the same attempts with any number of threads", 0, "n");
    readonly Flag<long?> _attempts = new("--attempts", [], "Sets of auxiliary points to try at most (default: as many as the time allows)", null, "n");
    readonly Flag<int> _maxPoints = new("--max-points", [], "Auxiliary points of an attempt at most", SearchOptions.Default.MaxPoints, "n");
    readonly Flag<double> _memory = new("--memory", [], "GB beyond which states that attempts could go on from are forgotten", SearchOptions.Default.MemoryLimit / (double)(1L << 30), "GB");

    readonly Option<bool> _wu = new("--wu") { Description = "Where no proof is found, try to certify the goals by Wu's method: algebra, nothing to read" };

    public void AddTo(Command command)
    {
        foreach (var option in (Option[])[_time, _aux, _model, _threads, _seed, _attempts, _maxPoints, _memory, _wu]) command.Add(option);
    }

    /// <exception cref="WrongUseException">A value that is none.</exception>
    /// <exception cref="TernException">The language model cannot be read, or is none of theorems.</exception>
    public SearchOptions Read(ParseResult result)
    {
        var (time, memory, attempts, seed) = (result.GetValue(_time), result.GetValue(_memory), result.GetValue(_attempts), result.GetValue(_seed));
        if (!(time > 0 && time <= LongestTime)) throw new WrongUseException($"--time: {time} is no time; it must be above 0 and at most {LongestTime:N0} seconds");
        if (!(memory > 0 && memory < 1 << 20)) throw new WrongUseException($"--memory: {memory} must be above 0");
        if (attempts < 0) throw new WrongUseException($"--attempts: {attempts} is too small; it must be 0 or more");
        if (seed < 0) throw new WrongUseException($"--seed: {seed} is too small; it must be 0 or more");
        var source = Source(result.GetValue(_aux)!);
        return new SearchOptions
        {
            Source = source,
            Model = Model(result, source),
            TimeLimit = TimeSpan.FromSeconds(time),
            Threads = Checked.Within(result.GetValue(_threads), 1, 1024, _threads.Name),
            Seed = (ulong)seed,
            Attempts = attempts ?? long.MaxValue,
            MaxPoints = Checked.Within(result.GetValue(_maxPoints), 1, 32, _maxPoints.Name),
            Algebra = result.GetValue(_wu) ? WuLimits.Default : null,
            MemoryLimit = (long)(memory * (1L << 30)),
        };
    }

    ProposalModel? Model(ParseResult result, AuxiliarySource source)
    {
        var said = result.GetValue(_model);
        if (source is not (AuxiliarySource.Model or AuxiliarySource.Mixed)) return said is null ? null : throw new WrongUseException("--model: only --aux model and --aux mixed ask a language model");
        return ProposalModel.Load(said ?? ShippedModel.Find(ShippedModel.OfProposals) ?? throw new WrongUseException($"--aux: needs a language model, and models/{ShippedModel.OfProposals} did not come with this copy; name one with --model"));
    }

    static AuxiliarySource Source(string said)
    {
        foreach (var (name, source) in Sources)
            if (name == said) return source;
        var near = EditDistance.Nearest(said, Sources.Select(source => source.Name));
        throw new WrongUseException($"--aux: there is no '{said}'{(near is null ? "." : $"; did you mean '{near}'?")} Known are {string.Join(", ", Sources.Select(source => source.Name))}");
    }
}
