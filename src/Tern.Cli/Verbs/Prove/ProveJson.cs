using Tern.Geometry.Diagrams;
using Tern.Geometry.Language;
using Tern.Geometry.Proofs;
using Tern.Geometry.Search;

namespace Tern.Cli.Verbs.Prove;

/// <summary>What --json prints of a problem.</summary>
static class ProveJson
{
    public static object Of(ProverResult result) => new
    {
        problem = result.Problem.Name,
        outcome = result.Outcome.ToString(),
        statement = result.Problem.ToText(),
        seconds = Math.Round(result.Elapsed.TotalSeconds, 4),
        result.Attempts,
        result.Closures,
        auxiliary = result.Problem.Clauses.Where(clause => clause.IsAuxiliary).Select(result.Problem.TextOf),
        proofs = result.Proofs.Zip(result.Checks, (proof, check) => new
        {
            goal = proof.Problem.TextOf(proof.Goal),
            steps = proof.Steps.Select(step => new { rule = step.Rule.ToString(), conclusion = proof.Problem.TextOf(step.Conclusion), step.Premises }),
            text = ProofText.Of(proof),
            check = Check(check),
        }),
        algebra = result.Algebra.Select(algebra => new { truth = algebra.Truth.ToString(), algebra.Reason, algebra.Certificate }),
        rejected = result.Rejected.Select(rejected => new { goal = rejected.Proof.Problem.TextOf(rejected.Proof.Goal), check = Check(rejected.Check) }),
    };

    /// <summary>A problem that was not tried, and why.</summary>
    public static object Of(Problem problem, GeometryException mistake) => new
    {
        problem = problem.Name,
        outcome = mistake is GoalIsFalseException ? "GoalIsFalse" : "NotDrawn",
        statement = problem.ToText(),
        message = mistake.Message,
    };

    public static object Check(Geometry.Checking.CheckResult check) => new { right = check.IsRight, check.Agreeing, other_order = check.OtherOrder, says = check.ToString() };
}
