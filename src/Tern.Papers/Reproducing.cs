using System.Globalization;
using System.Runtime.InteropServices;
using Tern.Models;
using Tern.Models.Files;
using Tern.Papers.Results;

namespace Tern.Papers;

/// <summary>What <see cref="Reproducing.Run"/> is asked for.</summary>
/// <param name="Text">UTF-8; models are trained on it: a file, or all .txt files of a folder.</param>
/// <param name="Output">Gets the JSON, the page and the plots; trials are kept in its folder <c>work</c>.</param>
/// <param name="Command">Recorded: what gives this result.</param>
public sealed record ReproductionRequest(ReproductionScale Scale, string Text, string Output, int Seed, string Command);

/// <summary>Runs the experiment of a paper and writes what it found.</summary>
public static class Reproducing
{
    /// <summary>The folder, inside that of the result, of what an interrupted experiment goes on from.</summary>
    public const string WorkFolder = "work";

    /// <param name="paper">Of <see cref="PaperRegistry"/>.</param>
    /// <param name="request">Size, text, where to.</param>
    /// <param name="tell">Told of every trial, in a line.</param>
    /// <param name="cancellation">Finished trials stay.</param>
    /// <exception cref="TernException">The text cannot be read or is too short, a run failed, or the disk refuses.</exception>
    public static Reproduction Run(Paper paper, ReproductionRequest request, Action<string> tell, CancellationToken cancellation)
    {
        if (!Directory.Exists(request.Text))
        {
            DiskFile.Require(request.Text);
        }

        var work = Path.Combine(request.Output, WorkFolder);
        Directory.CreateDirectory(work);
        var outcome = paper.Run(new Experiment(request.Scale, request.Text, work, request.Seed, tell, cancellation));
        RequireFindings(paper, outcome);
        var result = new Reproduction
        {
            Paper = paper.Name,
            Scale = request.Scale,
            Command = request.Command,
            Seed = request.Seed,
            Data = $"{Path.GetFileName(Path.TrimEndingDirectorySeparator(request.Text))}, SHA-256 {Experiment.HashOf(request.Text)}",
            Machine = Machine(),
            Date = DateTime.UtcNow,
            Seconds = outcome.Trials.Sum(trial => trial.Seconds),
            Outcome = outcome,
        };
        ResultFolder.Write(request.Output, paper, result);
        return result;
    }

    static void RequireFindings(Paper paper, Outcome outcome)
    {
        if (!paper.Claims.Select(claim => claim.Key).SequenceEqual(outcome.Findings.Select(finding => finding.Claim)))
        {
            throw new InvalidOperationException($"{paper.Name}: there must be one finding for each claim, in their order.");
        }
    }

    static string Machine()
    {
        const string Info = "/proc/cpuinfo";
        var model = File.Exists(Info) ? File.ReadLines(Info).FirstOrDefault(line => line.StartsWith("model name", StringComparison.Ordinal))?.Split(':')[1].Trim() : null;
        return string.Create(CultureInfo.InvariantCulture, $"{model ?? RuntimeInformation.ProcessArchitecture.ToString()}, {Environment.ProcessorCount} threads, {RuntimeInformation.OSDescription}, {RuntimeInformation.FrameworkDescription}");
    }
}
