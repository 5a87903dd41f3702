using System.Numerics;
using Tern.Geometry.Diagrams;
using Tern.Geometry.Language;
using Tern.Geometry.Proofs;
using Tern.Models;

namespace Tern.Geometry.Checking;

/// <summary>
/// Checks proofs, without the engine: it reads the problem's text anew, measures every statement in the proof's coordinates with formulas of its own, derives every step again from its
/// premises by exact linear algebra and the rules of <see cref="ProofRule"/>, looks whether each step is true in diagrams where its premises alone hold, and repeats all steps in diagrams of the problem that it draws.
/// </summary>
public static class ProofChecker
{
    /// <summary>New diagrams that are drawn at most to find as many as are asked for.</summary>
    const int MostDiagrams = 12;

    /// <param name="proof">The proof.</param>
    /// <param name="asked">The problem that should be proved; null: that of the proof, whatever it is.</param>
    /// <param name="diagrams">In how many new diagrams every step must hold, where they can be drawn with points in the same order.</param>
    public static CheckResult Check(Proof proof, Problem? asked = null, int diagrams = 3)
    {
        Problem problem;
        try
        {
            problem = Reread(proof.Problem, asked ?? proof.Problem);
            if (asked is not null && problem.WithoutAuxiliary().ToText() != asked.WithoutAuxiliary().ToText()) return new("the proof is about another problem.");
        }
        catch (Exception mistake) when (mistake is TernException or ArgumentException)
        {
            return new($"the problem of the proof cannot be read: {mistake.Message}");
        }

        if (MistakeInAuxiliary(problem) is { } auxiliary) return new(auxiliary);
        if (MistakeInCoordinates(problem, proof.Diagram) is { } coordinates) return new(coordinates);
        if (!problem.Goals.Contains(proof.Goal)) return new($"the goal, {problem.TextOf(proof.Goal)}, is not one of the problem's.");
        for (var i = 0; i < proof.Steps.Length; i++)
        {
            if (MistakeInStep(problem, proof, i, proof.Diagram) is { } mistake) return new(mistake, i);
        }

        for (var i = 0; i < proof.Steps.Length; i++)
        {
            if (IsFalseNearby(proof, i)) return new($"{problem.TextOf(proof.Steps[i].Conclusion)} is false in a diagram nearby where its premises hold.", i);
        }

        if (!proof.Steps.Any(step => Answers(step.Conclusion, proof.Goal))) return new($"no step concludes the goal, {problem.TextOf(proof.Goal)}.");
        return Redraw(problem, proof, diagrams);
    }

    /// <summary>As its text says, with the definitions of the problem that is asked: nothing that is in the proof's own objects only.</summary>
    static Problem Reread(Problem problem, Problem asked)
    {
        var read = Problem.Parse(problem.ToText(), problem.Name, asked.Definitions, asked.AssertsRemarks, needsGoal: false);
        if (!read.PointNames.SequenceEqual(problem.PointNames)) throw new GeometryException("its text has other points.");
        return read;
    }

    /// <summary>What is added must be there in every diagram, or nearly every: constructions of new points, with no more equations than the points have coordinates, that ask nothing of the old.</summary>
    static string? MistakeInAuxiliary(Problem problem)
    {
        foreach (var clause in problem.Clauses.Where(clause => clause.IsAuxiliary))
        {
            var text = problem.TextOf(clause);
            var statements = clause.Facts.Concat(clause.Remarks);
            if (clause.Assumptions.Length > 0) return $"the auxiliary clause '{text}' assumes something instead of constructing a point.";
            if (statements.FirstOrDefault(fact => !fact.Points.Any(clause.Points.Contains)) is { } old) return $"the auxiliary clause '{text}' says something of old points only: {problem.TextOf(old)}.";
            if (clause.Constructions.SelectMany(construction => construction.Guards).FirstOrDefault(guard => !guard.IsGuard) is { } condition)
                return $"the auxiliary clause '{text}' needs {problem.TextOf(condition)}, which would have to be proved.";
            if (clause.Facts.Sum(Equations) > 2 * clause.Points.Length) return $"the auxiliary clause '{text}' has more conditions than its points have coordinates.";
        }

        return null;
    }

    /// <summary>Of coordinates, as many as the statement is.</summary>
    static int Equations(Statement statement) => statement.Predicate switch
    {
        Predicate.Collinear or Predicate.CircleCentre => statement.Points.Length - 2,
        Predicate.Concyclic => statement.Points.Length - 3,
        Predicate.Midpoint or Predicate.Coincident or Predicate.Similar or Predicate.MirroredSimilar => 2,
        Predicate.Congruent or Predicate.MirroredCongruent => 3,
        _ => statement.IsGuard ? 0 : 1,
    };

    static string? MistakeInCoordinates(Problem problem, Diagram diagram)
    {
        if (diagram.Count != problem.PointNames.Length) return $"the problem has {problem.PointNames.Length} points, and the diagram {diagram.Count}.";
        if (!diagram.X.Concat(diagram.Y).All(double.IsFinite)) return "a coordinate is not a number.";
        if (problem.IsPlaced && !IsAsPlaced(problem, diagram)) return "the coordinates are not those of the problem, moved, turned or scaled.";
        var truth = new NumericTruth(diagram);
        var guards = problem.Clauses.SelectMany(clause => clause.Constructions).SelectMany(construction => construction.Guards);
        return problem.Premises.Concat(guards).FirstOrDefault(premise => !truth.Holds(premise)) is { } wrong ? $"in the proof's coordinates, the problem's own {problem.TextOf(wrong)} is false." : null;
    }

    /// <summary>w = s z + t, of complex numbers: the order of the problem's points is a part of it. Given coordinates may be rounded.</summary>
    static bool IsAsPlaced(Problem problem, Diagram diagram)
    {
        const double rounded = 1e-3;
        Complex[] given = [.. Enumerable.Range(0, diagram.Count).Select(point => new Complex(problem.Coordinates[point].X, problem.Coordinates[point].Y))];
        Complex[] drawn = [.. Enumerable.Range(0, diagram.Count).Select(point => new Complex(diagram.X[point], diagram.Y[point]))];
        var far = Enumerable.Range(0, diagram.Count).MaxBy(point => Complex.Abs(given[point] - given[0]));
        var scale = (drawn[far] - drawn[0]) / (given[far] - given[0]);
        return Enumerable.Range(0, diagram.Count).All(point => Complex.Abs(drawn[point] - drawn[0] - (scale * (given[point] - given[0]))) <= rounded * Complex.Abs(drawn[far] - drawn[0]));
    }

    static string? MistakeInStep(Problem problem, Proof proof, int index, Diagram diagram)
    {
        var step = proof.Steps[index];
        if (step.Conclusion.Points.Any(point => point >= problem.PointNames.Length)) return "it is about a point that the problem does not have.";
        var conclusion = problem.TextOf(step.Conclusion);
        foreach (var premise in step.Premises)
        {
            if (premise < 0 || premise >= index) return $"its premise {premise + 1} does not come before it.";
        }

        if (!new NumericTruth(diagram).Holds(step.Conclusion)) return $"{conclusion} is false in the coordinates.";
        if (step.Rule == ProofRule.Given)
        {
            if (step.Premises.Length > 0) return "what is given needs no premises.";
            return problem.Premises.Contains(step.Conclusion) ? null : $"{conclusion} is not given.";
        }

        return Follows(proof, index, diagram) ? null : $"{conclusion} does not follow from its premises by the rule {step.Rule}.";
    }

    static bool IsFalseNearby(Proof proof, int index)
    {
        var step = proof.Steps[index];
        return step.Rule != ProofRule.Given && NearbyDiagrams.Refute(proof.Diagram, step.Rule, [.. step.Premises.Select(premise => proof.Steps[premise].Conclusion)], step.Conclusion, (ulong)index + 1);
    }

    static bool Follows(Proof proof, int index, Diagram diagram)
    {
        var step = proof.Steps[index];
        try
        {
            return RuleChecks.Follows(step.Rule, new StepGeometry(diagram, [.. step.Premises.Select(premise => proof.Steps[premise].Conclusion)]), step.Conclusion);
        }
        catch (NotSupportedException)
        {
            return false;
        }
    }

    /// <summary>The value that a question asks for, or the statement itself.</summary>
    static bool Answers(Statement conclusion, Statement goal) => goal.Predicate switch
    {
        Predicate.FindAngle => conclusion.Predicate == Predicate.AngleValue && conclusion == new Statement(Predicate.AngleValue, goal.Points, conclusion.Value),
        Predicate.FindRatio => conclusion.Predicate == Predicate.RatioValue && conclusion == new Statement(Predicate.RatioValue, goal.Points, conclusion.Value),
        _ => conclusion == goal,
    };

    /// <summary>Repeats all steps in new diagrams. A step that fails there by its rule needs the order of points of the proof's own; one that its rule allows and that is false shows a wrong rule.</summary>
    static CheckResult Redraw(Problem problem, Proof proof, int wanted)
    {
        var (agreeing, otherOrder) = (0, 0);
        if (problem.IsPlaced) return new(null);
        for (var seed = 1ul; seed <= MostDiagrams && agreeing < wanted; seed++)
        {
            if (Draw(problem, proof.Diagram, seed) is not { } diagram || MistakeInCoordinates(problem, diagram) is not null) continue;
            var truth = new NumericTruth(diagram);
            var wrong = Enumerable.Range(0, proof.Steps.Length).FirstOrDefault(i => MistakeInStep(problem, proof, i, diagram) is not null, -1);
            if (wrong < 0) agreeing++;
            else if (proof.Steps[wrong].Rule != ProofRule.Given && !truth.Holds(proof.Steps[wrong].Conclusion) && Follows(proof, wrong, diagram))
                return new($"{problem.TextOf(proof.Steps[wrong].Conclusion)} is false in another diagram where its premises hold.", wrong);
            else otherOrder++;
        }

        return new(null, null, agreeing, otherOrder);
    }

    /// <summary>The problem's own points anew, then the auxiliary ones clause by clause: where one is in the place of another point in the proof's diagram, it must be here.</summary>
    internal static Diagram? Draw(Problem problem, Diagram own, ulong seed)
    {
        const int tries = 30;
        var options = DiagramOptions.Default with { NeedsGoals = false, Attempts = 200 };
        try
        {
            var first = problem.Clauses.TakeWhile(clause => !clause.IsAuxiliary).Count();
            if (problem.Clauses.Skip(first).Any(clause => !clause.IsAuxiliary)) return Diagram.Build(problem, seed, options);
            var random = new SplitMix64(seed);
            var withoutGoals = problem.WithGoals([]);
            var diagram = Diagram.Build(withoutGoals.Without([.. problem.Clauses.Skip(first)]), random, options);
            for (var next = first + 1; next <= problem.Clauses.Length; next++)
            {
                var extended = withoutGoals.Without([.. problem.Clauses.Skip(next)]);
                var before = diagram;
                diagram = Enumerable.Range(0, tries).Select(_ => before.TryExtend(extended, random, options with { TooClose = 0, TooFar = 1e3, AllowsCoincidentPoints = true }, 1))
                    .FirstOrDefault(drawn => drawn is not null && HasCoincidencesOf(drawn, own));
                if (diagram is null) return null;
            }

            return diagram;
        }
        catch (GeometryException)
        {
            return null;
        }
    }

    static bool HasCoincidencesOf(Diagram diagram, Diagram own)
    {
        var (here, there) = (new NumericTruth(diagram), new NumericTruth(own));
        for (var i = 1; i < diagram.Count; i++)
            for (var j = 0; j < i; j++)
                if (here.Differ(i, j) != there.Differ(i, j)) return false;
        return true;
    }
}
