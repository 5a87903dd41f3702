using System.Globalization;
using System.Text;
using Tern.Geometry.Proofs;
using Tern.Geometry.Search;

namespace Tern.Cli.Verbs.Prove;

/// <summary>What the prover found, for people.</summary>
static class ProveText
{
    /// <summary>The proofs, what the checker says, and what it took; or how far it came.</summary>
    public static string Of(ProverResult result, SearchOptions options)
    {
        var text = new StringBuilder();
        foreach (var (proof, check) in result.Proofs.Zip(result.Checks)) text.Append(ProofText.Of(proof)).Append(Line($"\nChecked: {check}.\n"));
        if (result.Outcome == ProofOutcome.Certified) text.Append(Certificates(result));
        else if (!result.IsProved) text.Append(Line($"{result.Problem.Name}: not proved: {Reason(result, options)}\n"));
        foreach (var (proof, check) in result.Rejected) text.Append(Line($"A proof of {proof.Problem.TextOf(proof.Goal)} was found that the checker does not accept: {check}.\n"));
        if (result.Outcome != ProofOutcome.Certified)
        {
            foreach (var (goal, algebra) in result.Problem.Goals.Zip(result.Algebra)) text.Append(Line($"Wu's method, of {result.Problem.TextOf(goal)}: {algebra}.\n"));
        }
        return text.Append(result.IsProved ? "Proved" : "Ended").Append(Line($" after {Seconds(result.Elapsed)}: {Effort(result, options)}.\n")).ToString();
    }

    /// <summary>Goals that are true, with what that takes for granted.</summary>
    static string Certificates(ProverResult result)
    {
        var text = new StringBuilder(Line($"{result.Problem.Name}: no proof was found, but the goal{(result.Algebra.Length == 1 ? " is" : "s are")} true by Wu's method.\n"));
        foreach (var (goal, algebra) in result.Problem.Goals.Zip(result.Algebra))
        {
            text.Append(Line($"{result.Problem.TextOf(goal)}: {algebra}.\n"));
            foreach (var condition in algebra.Certificate!.Conditions) text.Append(Line($"  where {condition}\n"));
            foreach (var choice in algebra.Certificate.Choices) text.Append(Line($"  of several places: {choice}\n"));
        }
        return text.ToString();
    }

    /// <summary>"0.42 s".</summary>
    public static string Seconds(TimeSpan time) => Line($"{time.TotalSeconds.ToString(time.TotalSeconds < 10 ? "F2" : "F0", CultureInfo.InvariantCulture)} s");

    static string Effort(ProverResult result, SearchOptions options)
    {
        if (result.Attempts == 0) return result.IsProved || options.Source == AuxiliarySource.None ? "without auxiliary points" : "before any auxiliary point was tried";
        var points = result.AuxiliaryPoints;
        return (result.IsProved ? Line($"{points} auxiliary point{(points == 1 ? "" : "s")}, ") : "")
            + Line($"{result.Attempts:N0} attempt{(result.Attempts == 1 ? "" : "s")} with {result.Closures:N0} closures, seed {options.Seed}");
    }

    static string Reason(ProverResult result, SearchOptions options) => result.Outcome switch
    {
        ProofOutcome.NotInClosure when !result.Rejected.IsEmpty => "the goals follow, but the checker does not accept the proof.",
        ProofOutcome.NotInClosure => "the goals do not follow without auxiliary points, and --aux none allows none.",
        ProofOutcome.AttemptsSpent => options.Attempts == long.MaxValue ? "there is nothing more to try." : "all attempts are spent; --attempts gives more.",
        ProofOutcome.TimeOut => "the time is up; --time gives more.",
        _ => "interrupted.",
    };

    static string Line(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
