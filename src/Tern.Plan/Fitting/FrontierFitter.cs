using Tern.Models;

namespace Tern.Plan.Fitting;

/// <summary>Approaches 1 and 2: power laws of the optimum without a loss surface.</summary>
sealed class FrontierFitter(FitOptions options, IReadOnlyList<double> compute) : LawFitter
{
    public override IReadOnlyList<string> Constants => ["parameters_prefactor", "parameters_exponent", "tokens_prefactor", "tokens_exponent"];

    public override IReadOnlyList<string> Derived => [.. compute.SelectMany(flop => new[] { $"N*({flop:G4})", $"D*({flop:G4})", $"D*/N*({flop:G4})" })];

    public override double Huber => double.PositiveInfinity;

    public override bool Predicts => false;

    public override double[] Fit(IReadOnlyList<TrainedModel> runs, CancellationToken cancellationToken)
    {
        var frontier = FrontierOf(runs);
        return [frontier.Parameters.Prefactor, frontier.Parameters.Exponent, frontier.Tokens.Prefactor, frontier.Tokens.Exponent];
    }

    public override double[]? Refit(IReadOnlyList<TrainedModel> runs, double[] from)
    {
        try
        {
            return Fit(runs, default);
        }
        catch (TernException)
        {
            return null;                        // the draw left out a side of a parabola, or a curve
        }
    }

    /// <summary>Of parabolas runs; of envelopes whole curves, as points of one curve err together.</summary>
    public override IReadOnlyList<TrainedModel>? Resample(IReadOnlyList<TrainedModel> runs, Random random)
    {
        if (options.Approach == FitApproach.IsoFlop) return base.Resample(runs, random);
        var curves = runs.GroupBy(run => (run.Name, run.Allocation.Parameters, run.Seed)).Select(group => group.ToList()).ToList();
        return [.. Enumerable.Range(0, curves.Count).SelectMany(i => curves[random.Next(curves.Count)].Select(run => run with { Name = $"{run.Name} {i}" }))];
    }

    public override double[] Derive(double[] constants) => [.. compute.SelectMany(flop =>
    {
        var (parameters, tokens) = (new PowerLaw(constants[0], constants[1]).At(flop), new PowerLaw(constants[2], constants[3]).At(flop));
        return new[] { parameters, tokens, tokens / parameters };
    })];

    public override double Predicted(double[] constants, TrainedModel run) => throw new NotSupportedException("Approaches 1 and 2 predict no loss.");

    public override IEnumerable<string> Warnings(IReadOnlyList<TrainedModel> runs, double[] constants)
    {
        foreach (var reason in FrontierOf(runs).Rejected) yield return $"Left out: {reason}.";
        if (options.Approach == FitApproach.IsoFlop) yield return "Vertices of parabolas are biased where loss rises faster on one side: N* is off by some percent even without noise. --approach vpnls has no such bias.";
    }

    Frontier FrontierOf(IReadOnlyList<TrainedModel> runs) => options.Approach == FitApproach.Envelope ? EnvelopeFit.Fit(runs) : IsoFlopFit.Fit(runs);
}
