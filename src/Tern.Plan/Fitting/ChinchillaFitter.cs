using Tern.Plan.Fitting.Minimisation;
using Tern.Plan.Laws;

namespace Tern.Plan.Fitting;

/// <summary>Loss surfaces L(N, D): approach 3, variable projection, and the law of over-training, which is the surface with β = α.</summary>
sealed class ChinchillaFitter(FitOptions options, IReadOnlyList<double> compute) : LawFitter
{
    readonly bool _tied = options.TieExponents || options.Law == LawKind.Overtraining;

    ChinchillaFitOptions Surface => new() { Huber = options.Huber, TieExponents = _tied, Threads = options.Threads };

    public override IReadOnlyList<string> Constants => _tied ? ["A", "B", "E", "alpha"] : ["A", "B", "E", "alpha", "beta"];

    public override IReadOnlyList<string> Derived =>
    [
        .. options.Law == LawKind.Overtraining ? ["eta", "a", "b"] : new[] { "parameters_exponent", "tokens_exponent", "G" },
        .. compute.SelectMany(flop => new[] { $"N*({flop:G4})", $"D*({flop:G4})", $"D*/N*({flop:G4})" }),
    ];

    public override double[] Fit(IReadOnlyList<TrainedModel> runs, CancellationToken cancellationToken) => ConstantsOf(options.Approach == FitApproach.VariableProjection
        ? VariableProjectionFit.Fit(runs, _tied, options.Threads, cancellationToken).Law
        : ChinchillaFit.Fit(runs, Surface, cancellationToken).Law);

    public override double[]? Refit(IReadOnlyList<TrainedModel> runs, double[] from)
    {
        if (!RunsCheck.HaveSpread(runs, Constants.Count)) return null;
        var law = options.Approach == FitApproach.VariableProjection ? VariableProjectionFit.Refit(runs, LawOf(from), _tied).Law : ChinchillaFit.Refit(runs, LawOf(from), Surface).Law;
        return ConstantsOf(law);
    }

    public override double[] Derive(double[] constants)
    {
        var law = LawOf(constants);
        var gadre = _tied ? OverTrainingLaw.Of(law) : null;
        double[] first = options.Law == LawKind.Overtraining ? [gadre!.Eta, gadre.A, gadre.B] : [law.ParametersExponent, law.TokensExponent, law.G];
        return [.. first, .. compute.Select(law.OptimumForFlop).SelectMany(optimum => new[] { optimum.Parameters, optimum.Tokens, optimum.TokensPerParameter })];
    }

    public override double Huber => options.Approach == FitApproach.VariableProjection ? double.PositiveInfinity : options.Huber;

    public override double Predicted(double[] constants, TrainedModel run) => LawOf(constants).Loss(run.Allocation);

    public override double? ConditionNumber(IReadOnlyList<TrainedModel> runs, double[] constants)
    {
        if (options.Approach == FitApproach.VariableProjection) return null;
        var objective = new ChinchillaObjective(runs, options.Huber, _tied);
        return NewtonPolish.ConditionNumber(objective, objective.Point(LawOf(constants)));
    }

    public override IEnumerable<string> Warnings(IReadOnlyList<TrainedModel> runs, double[] constants)
    {
        const double Nothing = 0.01;            // nats: below the scatter of seeds
        var law = LawOf(constants);
        if (law.E < Nothing) yield return $"E is at its bound, 0 (it is {law.E:G3}): the runs do not show where the loss ends. Add larger and longer runs before you extrapolate.";
        if (law.Alpha <= 0 || law.Beta <= 0) yield return "An exponent is not above 0: the runs show no gain from size or from data, and there is no optimum.";
    }

    static ChinchillaLaw LawOf(double[] constants) => new(constants[0], constants[1], constants[2], constants[3], constants[^1]);

    double[] ConstantsOf(ChinchillaLaw law) => _tied ? [law.A, law.B, law.E, law.Alpha] : [law.A, law.B, law.E, law.Alpha, law.Beta];
}
