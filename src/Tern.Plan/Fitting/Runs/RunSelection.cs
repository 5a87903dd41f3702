using Tern.Models;
using Tern.Plan.Laws;

namespace Tern.Plan.Fitting.Runs;

/// <summary>Which rows of a table a law is about. The table of a sweep holds runs of several grids, tuning of learning rates, rounded models and steps to targets.</summary>
static class RunSelection
{
    /// <summary>Chooses.</summary>
    /// <param name="law">What is fitted.</param>
    /// <param name="all">Rows of the table, with runs that diverged.</param>
    /// <param name="parts">Parts of a sweep; empty: all.</param>
    /// <param name="path">Of the table, for messages.</param>
    /// <returns>The rows, and in words what was left out and why.</returns>
    /// <exception cref="TernException">The table has no such part, or no row that the law is about.</exception>
    public static (IReadOnlyList<TrainedModel> Runs, IReadOnlyList<string> Notes) For(LawKind law, IReadOnlyList<TrainedModel> all, IReadOnlyList<string> parts, string path)
    {
        var notes = new List<string>();
        var runs = OfParts(all, parts, path, notes);
        runs = Without(runs, run => run.Diverged, "that diverged", notes);
        switch (law)
        {
            case LawKind.CriticalBatch:
                if (runs.Any(run => run.Target is not null)) runs = Without(runs, run => run.Target is null, "about no target", notes);
                runs = WithEnoughBatches(Efficient(Without(FewestSteps(runs, notes), IsReduced, "in few bits", notes)), notes);
                break;
            case LawKind.Precision:
                runs = BestRates(Without(runs, run => run.Target is not null, "about steps to a target", notes), notes);
                break;
            default:
                runs = Without(runs, run => run.Target is not null, "about steps to a target", notes);
                runs = Without(runs, run => run.PostTrainingBits is not null, "of rounded models", notes);
                runs = BestRates(Without(runs, IsReduced, "of training in few bits", notes), notes);
                break;
        }
        if (runs.Count == 0) throw new TernException($"{path}: no row is left for this law: {string.Join(' ', notes)}");
        var mixed = runs.SelectMany(run => run.Parts).Distinct().ToList();
        if (parts.Count == 0 && mixed.Count > 1) notes.Add($"Parts {string.Join(", ", mixed)} are fitted together; --parts chooses some.");
        return (runs, notes);
    }

    static IReadOnlyList<TrainedModel> OfParts(IReadOnlyList<TrainedModel> all, IReadOnlyList<string> parts, string path, List<string> notes)
    {
        if (parts.Count == 0) return all;
        var known = all.SelectMany(run => run.Parts).Distinct().ToList();
        foreach (var part in parts.Except(known))
            throw new TernException(known.Count == 0
                ? $"{path}: has no parts (column 'part'): leave --parts away."
                : $"{path}: has no part '{part}'{(EditDistance.Nearest(part, known) is { } near ? $"; did you mean '{near}'?" : ".")} It has {string.Join(", ", known)}.");
        notes.Add($"Part {string.Join(", ", parts)} of {string.Join(", ", known)}.");
        return [.. all.Where(run => run.Parts.Intersect(parts).Any())];
    }

    static IReadOnlyList<TrainedModel> Without(IReadOnlyList<TrainedModel> runs, Func<TrainedModel, bool> isDropped, string what, List<string> notes)
    {
        var kept = runs.Where(run => !isDropped(run)).ToList();
        var dropped = runs.Count - kept.Count;
        if (dropped > 0) notes.Add($"{dropped} {(dropped == 1 ? "row" : "rows")} {what} {(dropped == 1 ? "was" : "were")} left out.");
        return kept;
    }

    static bool IsReduced(TrainedModel run) =>
        run.BitsOrFull is var bits && (bits.Weights < TrainedModel.FullPrecision || bits.Activations < TrainedModel.FullPrecision || bits.KeyValues < TrainedModel.FullPrecision);

    /// <summary>Of runs that differ only in the learning rate the one with the lowest loss, with the numbers of bits that it was rounded to.</summary>
    static IReadOnlyList<TrainedModel> BestRates(IReadOnlyList<TrainedModel> runs, List<string> notes)
    {
        if (runs.All(run => run.LearningRate is null)) return runs;
        var best = runs.Where(run => run.PostTrainingBits is null).GroupBy(AllButRate).ToDictionary(group => group.Key, group => group.MinBy(run => run.Loss)!.LearningRate);
        return Without(runs, run => best.TryGetValue(AllButRate(run), out var rate) && run.LearningRate != rate, "of learning rates that came to a higher loss", notes);
    }

    static (Allocation, TrainingBits, double?, int?) AllButRate(TrainedModel run) => (run.Allocation, run.BitsOrFull, run.BatchTokens, run.Seed);

    /// <summary>Of runs of one model, target, batch and seed the one with the fewest steps: learning rates are tuned for each batch.</summary>
    static IReadOnlyList<TrainedModel> FewestSteps(IReadOnlyList<TrainedModel> runs, List<string> notes)
    {
        if (runs.All(run => run.LearningRate is null)) return runs;
        var best = runs.GroupBy(run => (run.Allocation.Parameters, run.Loss, run.BitsOrFull, run.BatchTokens, run.Seed)).Select(group => group.MinBy(run => run.Steps ?? double.PositiveInfinity)!).ToHashSet(ReferenceEqualityComparer.Instance);
        return Without(runs, run => !best.Contains(run), "of learning rates that took more steps", notes);
    }

    /// <summary>Models and targets with too few batches for a curve are left out where others have enough.</summary>
    static IReadOnlyList<TrainedModel> WithEnoughBatches(IReadOnlyList<TrainedModel> runs, List<string> notes)
    {
        const int Fewest = 3;
        var curves = runs.GroupBy(run => (run.Allocation, run.Loss)).ToList();
        var enough = curves.Where(curve => curve.Where(run => run.Steps is not null).Select(run => run.BatchTokens).Distinct().Count() >= Fewest).Select(curve => curve.Key).ToHashSet();
        return enough.Count is 0 || enough.Count == curves.Count ? runs : Without(runs, run => !enough.Contains((run.Allocation, run.Loss)), $"of models and targets with fewer than {Fewest} batch sizes", notes);
    }

    /// <summary>Where the table counts tokens until the target, they differ with the batch: the data of a model and target is what its smallest batch took.</summary>
    static IReadOnlyList<TrainedModel> Efficient(IReadOnlyList<TrainedModel> runs)
    {
        const double Rounding = 0.01;
        var counted = runs.All(run => run.Steps is null || Math.Abs((run.Steps.Value * run.BatchTokens!.Value / run.Allocation.Tokens) - 1) < Rounding);
        if (!counted) return runs;
        return [.. runs.GroupBy(run => (run.Allocation.Parameters, run.Loss)).SelectMany(group =>
        {
            var smallest = group.Where(run => run.Steps is not null).MinBy(run => run.BatchTokens)?.Allocation.Tokens ?? double.NaN;
            return group.Select(run => run with { Allocation = run.Allocation with { Tokens = smallest } });
        })];
    }
}
