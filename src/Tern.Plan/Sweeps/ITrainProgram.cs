namespace Tern.Plan.Sweeps;

/// <summary>Runs recipes.</summary>
public interface ITrainProgram
{
    /// <summary>Runs a recipe to its end, or until it is asked to stop, which ends in a checkpoint.</summary>
    TrainEnd Run(TrainOrder order, CancellationToken cancellationToken);
}

/// <summary>What is to be run.</summary>
/// <param name="Recipe">The file.</param>
/// <param name="Log">Where the program's messages go, behind what is there.</param>
/// <param name="Resume">Goes on from the newest checkpoint.</param>
/// <param name="SingleThread">Others run beside it.</param>
public sealed record TrainOrder(string Recipe, string Log, bool Resume, bool SingleThread);

/// <summary>How a program ended.</summary>
/// <param name="ExitCode">0: it worked; 130: it was asked to stop.</param>
/// <param name="Output">On stdout: one JSON object.</param>
/// <param name="LastMessage">The last line on stderr.</param>
public sealed record TrainEnd(int ExitCode, string Output, string LastMessage);
