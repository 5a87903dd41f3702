using System.Diagnostics;
using Tern.Geometry.Diagrams;
using Tern.Geometry.Language;
using Tern.Geometry.Proofs;
using Tern.Geometry.Search;
using Tern.Models;
using Tern.Models.Files;

namespace Tern.Geometry.Benchmark;

/// <summary>What to run.</summary>
/// <param name="Source">The file of problems, for the report.</param>
/// <param name="Folder">Where the results go.</param>
/// <param name="Options">Of each problem; the seed is the first of all seeds.</param>
/// <param name="Seeds">How often each problem is run, with a seed one higher each time.</param>
/// <param name="Resumes">Rows that the folder has are not run again.</param>
public sealed record BenchmarkRequest(string Source, string Folder, SearchOptions Options, int Seeds = 1, bool Resumes = false);

/// <summary>How a benchmark stands.</summary>
/// <param name="Done">Rows, those of before included.</param>
/// <param name="Problem">That is being proved; null: closures are being measured.</param>
/// <param name="Search">How its search stands.</param>
/// <param name="Ended">The row that has just been added.</param>
public sealed record BenchmarkProgress(int Done, int Total, ulong Seed, string? Problem, SearchProgress? Search = null, BenchmarkRow? Ended = null);

/// <summary>Runs many problems, and keeps what was found after each: results.json, the proofs, and at the end a table and a plot.</summary>
public static class BenchmarkRunner
{
    /// <exception cref="TernException">The folder has results and should not be gone on with, or cannot be written.</exception>
    /// <exception cref="OperationCanceledException">What was done is kept.</exception>
    public static BenchmarkReport Run(IReadOnlyList<Problem> problems, BenchmarkRequest request, IProgress<BenchmarkProgress>? progress = null, CancellationToken cancellation = default)
    {
        ProofFolder.Create(request.Folder);
        var report = BenchmarkReport.Read(request.Folder);
        if (report is not null && !request.Resumes) throw new TernException($"{Path.Combine(request.Folder, BenchmarkReport.FileName)}: is there already. Go on with it (--resume), or choose another folder.");
        if (report is not null && report.Source != request.Source) throw new TernException($"{request.Folder}: has results of {report.Source}, not of {request.Source}. Choose another folder.");
        report ??= BenchmarkReport.Of(request.Source);
        var total = problems.Count * request.Seeds;
        try
        {
            if (report.Closures is null || report.Closures.Problems < problems.Count)
            {
                progress?.Report(new(0, total, request.Options.Seed, null));
                report = Kept(report with { Closures = BaseClosures.Measure(problems, request.Options.Seed, cancellation) }, request);
            }
            for (var i = 0; i < total; i++)
            {
                var (problem, options) = (problems[i % problems.Count], request.Options with { Seed = request.Options.Seed + (ulong)(i / problems.Count) });
                var settings = BenchmarkSettings.Of(options, problem.AssertsRemarks);
                if (report.Rows.Any(known => IsSame(known, problem, settings, options.Seed) && HasProofs(known, request.Folder))) continue;
                var done = i;
                progress?.Report(new(done, total, options.Seed, problem.Name));
                var row = Row(problem, options, settings, report, request.Folder, new Forwarded(at => progress?.Report(new(done, total, options.Seed, problem.Name, at))), cancellation);
                report = Kept(report with { Rows = [.. report.Rows.Where(known => !IsSame(known, problem, settings, options.Seed)), row] }, request);
                progress?.Report(new(done + 1, total, options.Seed, problem.Name, null, row));
            }
        }
        finally
        {
            if (report.Rows.Count > 0) BenchmarkSummary.Write(request.Folder, report);
        }
        return report;
    }

    static bool IsSame(BenchmarkRow row, Problem problem, BenchmarkSettings settings, ulong seed) =>
        row.Problem == problem.Name && row.Seed == seed && row.Settings == settings && row.Statement == problem.ToText();

    static bool HasProofs(BenchmarkRow row, string folder) => row.Proofs.All(proof => File.Exists(Path.Combine(folder, proof)));

    static BenchmarkReport Kept(BenchmarkReport report, BenchmarkRequest request)
    {
        using var process = Process.GetCurrentProcess();
        report = report with { PeakMemory = Math.Max(report.PeakMemory, process.PeakWorkingSet64) };
        report.Write(request.Folder);
        return report;
    }

    static BenchmarkRow Row(Problem problem, SearchOptions options, BenchmarkSettings settings, BenchmarkReport report, string folder, IProgress<SearchProgress> progress, CancellationToken cancellation)
    {
        var started = Stopwatch.GetTimestamp();
        try
        {
            var result = Prover.Prove(problem, options, progress, cancellation);
            // A problem that was interrupted has no row, so that it is run again.
            if (result.Outcome == ProofOutcome.Cancelled) throw new OperationCanceledException(cancellation);
            return Unproved(Outcome(result.Outcome)) with
            {
                Seconds = result.Elapsed.TotalSeconds,
                Attempts = result.Attempts,
                Closures = result.Closures,
                Auxiliary = [.. result.Problem.Clauses.Where(clause => clause.IsAuxiliary).Select(result.Problem.TextOf)],
                AuxiliaryPoints = result.AuxiliaryPoints,
                Steps = result.Proofs.Sum(proof => proof.Steps.Length),
                Checks = [.. result.Checks.Select(check => check.ToString())],
                Rejected = result.Rejected.Length,
                Message = result.Algebra.IsEmpty ? null : string.Join("; ", result.Algebra),
                Proofs = WriteProofs(result, options, report, folder),
            };
        }
        catch (GoalIsFalseException mistake)
        {
            return Unproved(BenchmarkOutcome.GoalIsFalse) with { Message = mistake.Message };
        }
        catch (GeometryException mistake)
        {
            return Unproved(BenchmarkOutcome.NotDrawn) with { Message = mistake.Message };
        }
        catch (Exception mistake) when (mistake is not OperationCanceledException and not TernException)
        {
            // One problem must not end a run of many hours.
            return Unproved(BenchmarkOutcome.Failed) with { Message = $"{mistake.GetType().Name}: {mistake.Message}" };
        }

        BenchmarkRow Unproved(BenchmarkOutcome outcome) => new()
        {
            Problem = problem.Name,
            Statement = problem.ToText(),
            Settings = settings,
            Seed = options.Seed,
            Outcome = outcome,
            Seconds = Stopwatch.GetElapsedTime(started).TotalSeconds,
        };
    }

    static BenchmarkOutcome Outcome(ProofOutcome outcome) => outcome switch
    {
        ProofOutcome.Proved => BenchmarkOutcome.Proved,
        ProofOutcome.Certified => BenchmarkOutcome.Certified,
        ProofOutcome.NotInClosure => BenchmarkOutcome.NotInClosure,
        ProofOutcome.AttemptsSpent => BenchmarkOutcome.AttemptsSpent,
        _ => BenchmarkOutcome.TimeOut,
    };

    /// <summary>Under names that no other row's proofs have.</summary>
    static List<string> WriteProofs(ProverResult result, SearchOptions options, BenchmarkReport report, string folder)
    {
        var written = new List<string>();
        if (result.Proofs.IsEmpty) return written;
        ProofFolder.Create(Path.Combine(folder, "proofs"));
        var taken = report.Rows.SelectMany(row => row.Proofs).ToHashSet();
        foreach (var proof in result.Proofs)
        {
            var name = $"proofs/{ProofFolder.NameOf(result.Problem)}-{options.Source.ToString().ToLowerInvariant()}-{options.Seed}";
            var file = name + ".json";
            for (var i = 2; !taken.Add(file); i++) file = $"{name}-{i}.json";
            AtomicFile.WriteText(Path.Combine(folder, file), ProofJson.Of(proof));
            written.Add(file);
        }
        return written;
    }

    sealed class Forwarded(Action<SearchProgress> listener) : IProgress<SearchProgress>
    {
        public void Report(SearchProgress value) => listener(value);
    }
}
