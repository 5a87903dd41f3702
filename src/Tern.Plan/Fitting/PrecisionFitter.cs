using Tern.Models;
using Tern.Plan.Fitting.Minimisation;
using Tern.Plan.Laws;

namespace Tern.Plan.Fitting;

/// <summary>
/// The law of precision: first the loss of training in few bits, by Huber's loss of log loss, then what rounding after training adds, by weighted least squares. Kumar et al. 2024, arXiv 2411.04330, section 4 and appendix. Differs: the
/// paper fits the unified form jointly; here the second stage takes N_eff of the first, as most rows of a table were never rounded.
/// </summary>
sealed class PrecisionFitter : LawFitter
{
    /// <summary>Noise of a loss where no run was repeated with another seed: about that of models of a million parameters.</summary>
    const double UsualSigma = 0.01;

    readonly FitOptions _options;
    readonly IReadOnlyList<double> _compute;
    readonly PrecisionParts _parts;
    readonly double _sigma;

    /// <summary>Whether the rounded models determine δ, and parts that have C_x: by their numbers first, then by what the fit to all runs leaves of their effective parameters.</summary>
    bool _rounding;
    IReadOnlyList<PrecisionPart> _robust;

    public PrecisionFitter(FitOptions options, IReadOnlyList<double> compute, IReadOnlyList<TrainedModel> runs)
    {
        (_options, _compute, _parts, _sigma) = (options, compute, PrecisionParts.Of(Trained(runs)), SigmaOf(Trained(runs)));
        var rounded = runs.Where(IsRounded).ToList();
        if (_parts.Groups.Count == 0 && rounded.Count == 0)
            throw new TernException("The runs do not differ in the bits that they were trained in (columns p_w, p_a, p_kv), and none was rounded afterwards (p_post with loss_before): there is nothing to learn about precision. Use --law chinchilla, or add such runs.");
        var rows = rounded.Select(run => Row(run, run.Allocation)).ToList();
        _robust = RoundingFit.RobustParts([.. rows.Where(row => RoundingFit.IsTold(row, robust: true))]);
        _rounding = RoundingFit.Determines(Told(rows));
        if (!_rounding) _robust = [];
    }

    bool Tied => _options.TieExponents;

    bool FreePowers => _options.FreeExponents;

    static IReadOnlyList<TrainedModel> Trained(IReadOnlyList<TrainedModel> runs) => [.. runs.Where(run => run.PostTrainingBits is null)];

    static bool IsRounded(TrainedModel run) => run is { PostTrainingBits: not null, LossBefore: not null };

    static RoundedModel Row(TrainedModel run, Allocation effective) => new(effective, run.BitsOrFull, run.PostTrainingBits!.Value, run.Loss - run.LossBefore!.Value);

    IReadOnlyList<RoundedModel> Told(IEnumerable<RoundedModel> rows) => [.. rows.Where(row => RoundingFit.IsTold(row, _robust.Count > 0))];

    /// <summary>Of losses of the same model and length by other seeds, all such groups together.</summary>
    static double SigmaOf(IReadOnlyList<TrainedModel> trained)
    {
        var groups = trained.GroupBy(run => (run.Allocation, run.BitsOrFull)).Select(group => group.Select(run => run.Loss).ToList()).Where(losses => losses.Count > 1).ToList();
        var freedom = groups.Sum(losses => losses.Count - 1);
        if (freedom == 0) return UsualSigma;
        var sigma = Math.Sqrt(groups.Sum(losses => losses.Sum(loss => Math.Pow(loss - losses.Average(), 2))) / freedom);
        return sigma > 0 ? sigma : UsualSigma;
    }

    public override double Huber => _options.Huber;

    public override IReadOnlyList<string> Constants =>
    [
        "A", "B", "E", "alpha", .. Tied ? [] : new[] { "beta" },
        .. _parts.Fitted.Select(part => $"gamma_{part.Suffix}"),
        .. FreePowers ? _parts.Fitted.Select(part => $"exponent_{part.Suffix}") : [],
        .. _rounding ? ["C_T", "gamma_D", "gamma_N", "gamma_post"] : Array.Empty<string>(),
        .. _robust.Select(part => $"robustness_{part.Suffix}"),
    ];

    public override IReadOnlyList<string> Derived =>
    [
        .. _parts.Groups.Count > 0 ? ["P*"] : Array.Empty<string>(), "parameters_exponent", "tokens_exponent",
        .. _compute.SelectMany(flop => new[] { $"N*({flop:G4})", $"D*({flop:G4})", $"D*/N*({flop:G4})" }),
    ];

    public override double[] Fit(IReadOnlyList<TrainedModel> runs, CancellationToken cancellationToken)
    {
        var trained = Trained(runs);
        RunsCheck.RequireSpread(trained, FirstStageConstants);
        var objective = Objective(trained);
        var starts = objective.Starts().ToList();
        var full = trained.Where(run => run.BitsOrFull == TrainingBits.All(TrainedModel.FullPrecision)).ToList();
        if (RunsCheck.HaveSpread(full, 5)) starts.AddRange(objective.StartsAt(VariableProjectionFit.Fit(full, Tied, _options.Threads, cancellationToken).Law));
        var law = objective.Law(ManyStarts.Minimize(objective, starts, _options.Threads, cancellationToken).Best.At);
        var rounding = Rounding(runs, law, null);
        if (rounding is null) (_rounding, _robust) = (false, []);
        return ConstantsOf(law with { PostTraining = rounding });
    }

    public override double[]? Refit(IReadOnlyList<TrainedModel> runs, double[] from)
    {
        var trained = Trained(runs);
        if (!RunsCheck.HaveSpread(trained, FirstStageConstants) || !_parts.AreToldBy(trained)) return null;
        var (objective, near) = (Objective(trained), LawOf(from));
        var law = objective.Law(Bfgs.Minimize(objective, objective.Point(near), relativeProgress: 1e-11).At);
        var rounding = Rounding(runs, law, near.PostTraining);
        return _rounding && rounding is null ? null : ConstantsOf(law with { PostTraining = rounding });
    }

    int FirstStageConstants => (Tied ? 4 : 5) + (_parts.Groups.Count * (FreePowers ? 2 : 1));

    PrecisionObjective Objective(IReadOnlyList<TrainedModel> trained) => new(trained, _parts, _options.Huber, Tied, FreePowers);

    PostTrainingDamage? Rounding(IReadOnlyList<TrainedModel> runs, PrecisionLaw law, PostTrainingDamage? from) => !_rounding ? null
        : RoundingFit.Fit(Told(runs.Where(IsRounded).Select(run => Row(run, run.Allocation with { Parameters = law.EffectiveParameters(run.Allocation.Parameters, run.BitsOrFull) }))), _robust, _sigma, from);

    /// <summary>A run with all the numbers of bits that it was rounded to.</summary>
    public override IReadOnlyList<TrainedModel> Resample(IReadOnlyList<TrainedModel> runs, Random random)
    {
        var together = runs.GroupBy(run => (run.Allocation, run.BitsOrFull, run.Seed, run.PostTrainingBits is null ? run.Loss : run.LossBefore)).Select(group => group.ToList()).ToList();
        return [.. Enumerable.Range(0, together.Count).SelectMany(_ => together[random.Next(together.Count)])];
    }

    public override double[] Derive(double[] constants)
    {
        var law = LawOf(constants);
        return
        [
            .. _parts.Groups.Count > 0 ? [PrecisionOptimum.Bits(law)] : Array.Empty<double>(), law.Base.ParametersExponent, law.Base.TokensExponent,
            .. _compute.Select(law.Base.OptimumForFlop).SelectMany(optimum => new[] { optimum.Parameters, optimum.Tokens, optimum.TokensPerParameter }),
        ];
    }

    public override IReadOnlyList<TrainedModel> Fitted(IReadOnlyList<TrainedModel> runs) => [.. runs.Where(run => run.PostTrainingBits is null || (_rounding && IsRounded(run)))];

    public override double Predicted(double[] constants, TrainedModel run)
    {
        var law = LawOf(constants);
        return run.PostTrainingBits is { } served ? law.Loss(run.Allocation, run.BitsOrFull, served) : law.Loss(run.Allocation, run.BitsOrFull);
    }

    public override double? ConditionNumber(IReadOnlyList<TrainedModel> runs, double[] constants)
    {
        var objective = Objective(Trained(runs));
        return NewtonPolish.ConditionNumber(objective, objective.Point(LawOf(constants)));
    }

    public override IEnumerable<string> Warnings(IReadOnlyList<TrainedModel> runs, double[] constants)
    {
        foreach (var part in _parts.Fixed) yield return $"All runs have the same bits of {part.Name}: gamma_{part.Suffix} is fixed at 0, as if they cost nothing.";
        foreach (var group in _parts.Groups.Where(group => group.Count > 1))
            yield return $"Bits of {string.Join(" and ", group.Select(part => part.Name))} go together in all runs: they share one gamma. Add runs in which only one of them has few bits.";
        if (!FreePowers && _parts.Groups.Count > 0 && PenaltyShape.Doubt(Trained(runs), _parts, LawOf(constants), _options) is { } doubt) yield return doubt;
        foreach (var warning in RoundingWarnings(runs)) yield return warning;
    }

    IEnumerable<string> RoundingWarnings(IReadOnlyList<TrainedModel> runs)
    {
        var rounded = runs.Where(run => run.PostTrainingBits is not null).ToList();
        if (rounded.Count == 0) yield break;
        if (rounded.Count(run => run.LossBefore is null) is > 0 and var without) yield return $"{without} rounded models have no loss before rounding (loss_before, or a row without p_post) and are not part of the fit.";
        if (!_rounding)
        {
            yield return "The rounded models do not determine what rounding costs: they need two or more sizes, lengths and numbers of bits that do not all move together. It is left out.";
            yield break;
        }
        if (rounded.Where(IsRounded).Count(run => run.Loss <= run.LossBefore) is > 0 and var gained) yield return $"Rounding made the loss of {gained} models no higher: their differences are noise. They weigh little.";
        if (rounded.Where(IsRounded).Count(run => !RoundingFit.IsTold(Row(run, run.Allocation), _robust.Count > 0)) is > 0 and var within)
            yield return $"{within} models were rounded to no fewer bits than they were trained in: the law says 0 for them, and they are not part of the fit.";
        if (_robust.Count == 0 && rounded.Any(run => run.BitsOrFull != TrainingBits.All(TrainedModel.FullPrecision))) yield return "Robustness of models that were trained in few bits is not told by these runs; rounding is taken to cost them as much as others.";
    }

    PrecisionLaw LawOf(double[] constants)
    {
        var names = Constants.ToList();
        double? Of(string name) => names.IndexOf(name) is >= 0 and var i ? constants[i] : null;
        TrainingBits Bits(string name, double absent) => new(Of(name + "_w") ?? absent, Of(name + "_a") ?? absent, Of(name + "_kv") ?? absent);
        var damage = _rounding ? new PostTrainingDamage(Of("C_T")!.Value, Of("gamma_D")!.Value, Of("gamma_N")!.Value, Of("gamma_post")!.Value, _robust.Count > 0 ? Bits("robustness", double.PositiveInfinity) : null) : null;
        return new(new(constants[0], constants[1], constants[2], constants[3], Of("beta") ?? constants[3]), Bits("gamma", 0), damage) { Exponents = Bits("exponent", 1) };
    }

    double[] ConstantsOf(PrecisionLaw law) =>
    [
        law.Base.A, law.Base.B, law.Base.E, law.Base.Alpha, .. Tied ? [] : new[] { law.Base.Beta },
        .. _parts.Fitted.Select(part => part.Bits(law.Gamma)),
        .. FreePowers ? _parts.Fitted.Select(part => part.Bits(law.Exponents)) : [],
        .. law.PostTraining is { } damage ? [damage.CT, damage.GammaD, damage.GammaN, damage.GammaPost, .. _robust.Select(part => part.Bits(damage.Robustness!.Value))] : Array.Empty<double>(),
    ];
}
