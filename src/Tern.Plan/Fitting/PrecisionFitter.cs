using MathNet.Numerics;
using MathNet.Numerics.LinearRegression;
using Tern.Models;
using Tern.Plan.Fitting.Minimisation;
using Tern.Plan.Laws;

namespace Tern.Plan.Fitting;

/// <summary>
/// The law of training in few bits and of rounding afterwards (Kumar et al. 2024, arXiv 2411.04330, equations 2 to 4), in two steps: the constants of the loss from the runs as they were trained
/// (<see cref="PrecisionObjective"/>), then those of the damage from the rounded ones, where ln δ is linear in them.
/// Differs: of the three constants of robustness C_x only that of the weights is fitted, as rounding is of weights; activations and the cache are left alone by it.
/// </summary>
sealed class PrecisionFitter : LawFitter
{
    static readonly string[] Parts = ["w", "a", "kv"];

    /// <summary>Damage below this is lost in the noise of two losses, in nats: rows count by δ² / (δ² + this²).</summary>
    const double Noise = 0.005;

    /// <summary>Between which C_w is looked for, per bit: e^-C from 0.99 to none at all.</summary>
    const double LeastRobustness = 0.01, MostRobustness = 20;

    readonly FitOptions _options;
    readonly bool[] _varies;

    /// <summary>There are rounded models; and rounded ones among those whose weights were trained in few bits.</summary>
    readonly bool _damage, _robustness;

    public PrecisionFitter(FitOptions options, IReadOnlyList<TrainedModel> runs)
    {
        _options = options;
        _varies = [.. Enumerable.Range(0, Parts.Length).Select(part => Trained(runs).Any(run => PrecisionObjective.BitsOf(run, part) < TrainedModel.FullPrecision))];
        _damage = Damaged(runs).Any(IsFull);
        _robustness = _damage && Damaged(runs).Any(IsRobust);
    }

    int Shared => _options.TieExponents ? 4 : 5;

    int Varying => _varies.Count(varies => varies);

    /// <summary>Constants of the loss.</summary>
    int OfLoss => Shared + Varying * (_options.FreeExponents ? 2 : 1);

    public override IReadOnlyList<string> Constants =>
    [
        .. _options.TieExponents ? new[] { "A", "B", "E", "alpha" } : ["A", "B", "E", "alpha", "beta"],
        .. Varied("gamma"), .. _options.FreeExponents ? Varied("exponent") : [],
        .. _damage ? new[] { "C_T", "gamma_D", "gamma_N", "gamma_post" } : [], .. _robustness ? new[] { "robustness_w" } : [],
    ];

    public override IReadOnlyList<string> Derived => ["parameters_exponent", "tokens_exponent", .. Varying > 0 ? new[] { "P*" } : []];

    public override double Huber => _options.Huber;

    public override double[] Fit(IReadOnlyList<TrainedModel> runs, CancellationToken cancellationToken)
    {
        if (Varying == 0) throw new TernException("All runs were trained at full precision: nothing tells what few bits cost. Add runs with p_w, p_a or p_kv below 16, or fit the law of Chinchilla.");
        var trained = Trained(runs);
        RunsCheck.RequireSpread(trained, OfLoss);
        var (best, _) = ManyStarts.Minimize(Objective(trained), Starts(), _options.Threads, cancellationToken);
        return Together(runs, best.At) ?? throw new TernException("The rounded models do not tell how damage grows with tokens and size: add rounded models of other sizes, lengths and bits.");
    }

    public override double[]? Refit(IReadOnlyList<TrainedModel> runs, double[] from)
    {
        var trained = Trained(runs);
        if (!RunsCheck.HaveSpread(trained, OfLoss)) return null;
        return Together(runs, Bfgs.Minimize(Objective(trained), PointOf(from), relativeProgress: 1e-11).At);
    }

    public override double[] Derive(double[] constants)
    {
        var law = LawOf(constants);
        return [law.Base.ParametersExponent, law.Base.TokensExponent, .. Varying > 0 ? new[] { PrecisionOptimum.Bits(law) } : []];
    }

    public override double Predicted(double[] constants, TrainedModel run)
    {
        var law = LawOf(constants);
        return run.PostTrainingBits is { } bits ? law.Loss(run.Allocation, run.BitsOrFull, bits) : law.Loss(run.Allocation, run.BitsOrFull);
    }

    /// <summary>Rounded models whose damage the law cannot tell are left out.</summary>
    public override IReadOnlyList<TrainedModel> Fitted(IReadOnlyList<TrainedModel> runs) => [.. runs.Where(run => run.PostTrainingBits is null || _damage)];

    static bool IsFull(TrainedModel run) => run.BitsOrFull == TrainingBits.All(TrainedModel.FullPrecision);

    /// <summary>Damage of what was trained in few bits and is rounded to fewer.</summary>
    static bool IsRobust(TrainedModel run) => run.BitsOrFull.Weights < TrainedModel.FullPrecision && run.BitsOrFull.Weights > run.PostTrainingBits;

    static List<TrainedModel> Trained(IReadOnlyList<TrainedModel> runs) => [.. runs.Where(run => run.PostTrainingBits is null)];

    /// <summary>Whose loss rose by rounding.</summary>
    static List<TrainedModel> Damaged(IReadOnlyList<TrainedModel> runs) => [.. runs.Where(run => run.PostTrainingBits is not null && run.LossBefore < run.Loss)];

    IEnumerable<string> Varied(string name) => Parts.Where((_, part) => _varies[part]).Select(part => $"{name}_{part}");

    PrecisionObjective Objective(IReadOnlyList<TrainedModel> trained) => new(trained, _options.Huber, _options.TieExponents, _varies, _options.FreeExponents);

    /// <summary>A grid of a few hundred: scales of losses from thousands to billions of parameters, and bits that cost much or little.</summary>
    List<double[]> Starts()
    {
        double[] lnScale = [0, 4, 8], lnE = [-0.5, 0.5, 1], exponents = [0.25, 0.5], lnGamma = [-0.5, 0.5, 1.2];
        return [.. from a in lnScale from b in lnScale from e in lnE from alpha in exponents from beta in _options.TieExponents ? [alpha] : exponents from gamma in lnGamma
            select (double[])[a, b, e, alpha, .. _options.TieExponents ? Array.Empty<double>() : [beta], .. Enumerable.Repeat(gamma, Varying), .. Enumerable.Repeat(0.0, OfLoss - Shared - Varying)]];
    }

    /// <summary>The constants of the loss at a point of the search, with those of the damage.</summary>
    double[]? Together(IReadOnlyList<TrainedModel> runs, double[] at)
    {
        double[] loss = [Math.Exp(at[0]), Math.Exp(at[1]), Math.Exp(at[2]), .. at[3..Shared], .. at[Shared..].Select(value => Math.Exp(value))];
        if (!_damage) return loss;
        return DamageOf(Damaged(runs)) is not { } damage ? null : _robustness ? [.. loss, .. damage, RobustnessOf(runs, [.. loss, .. damage])] : [.. loss, .. damage];
    }

    double[] PointOf(double[] constants) =>
        [Math.Log(constants[0]), Math.Log(constants[1]), Math.Log(constants[2]), .. constants[3..Shared], .. constants[Shared..OfLoss].Select(value => Math.Log(value))];

    /// <summary>C_T, γ_D, γ_N, γ_post of models that were trained at full precision: ln δ = ln C_T + γ_D ln D - γ_N ln N - P / γ_post by weighted least squares.</summary>
    static double[]? DamageOf(IReadOnlyList<TrainedModel> damaged)
    {
        var rows = damaged.Where(IsFull).ToList();
        if (rows.Count < 4 || rows.Select(run => run.PostTrainingBits).Distinct().Count() < 2 || !RunsCheck.HaveSpread(rows, 4)) return null;
        double Delta(TrainedModel run) => run.Loss - run.LossBefore!.Value;
        var found = WeightedRegression.Weighted(
            [.. rows.Select(run => new[] { 1, Math.Log(run.Allocation.Tokens), Math.Log(run.Allocation.Parameters), run.PostTrainingBits!.Value })],
            [.. rows.Select(run => Math.Log(Delta(run)))],
            [.. rows.Select(run => Delta(run) * Delta(run) / ((Delta(run) * Delta(run)) + (Noise * Noise)))]);
        return [Math.Exp(found[0]), found[1], -found[2], -1 / found[3]];
    }

    double RobustnessOf(IReadOnlyList<TrainedModel> runs, double[] constants)
    {
        var rows = Damaged(runs).Where(IsRobust).ToList();
        if (rows.Count == 0) return double.NaN;
        double Squares(double logarithm) => rows.Sum(run =>
        {
            var law = LawOf([.. constants, Math.Exp(logarithm)]);
            var residual = law.Damage(run.Allocation, run.BitsOrFull, run.PostTrainingBits!.Value) - (run.Loss - run.LossBefore!.Value);
            return residual * residual;
        });
        return Math.Exp(FindMinimum.OfScalarFunctionConstrained(Squares, Math.Log(LeastRobustness), Math.Log(MostRobustness), tolerance: 1e-6));
    }

    PrecisionLaw LawOf(double[] constants)
    {
        var (gamma, exponent) = (new double[Parts.Length], new double[Parts.Length]);
        var at = Shared;
        for (var part = 0; part < Parts.Length; part++) gamma[part] = _varies[part] ? constants[at++] : 0;
        for (var part = 0; part < Parts.Length; part++) exponent[part] = _varies[part] && _options.FreeExponents ? constants[at++] : 1;
        var damage = _damage
            ? new PostTrainingDamage(constants[at], constants[at + 1], constants[at + 2], constants[at + 3], _robustness ? new(constants[at + 4], double.PositiveInfinity, double.PositiveInfinity) : null)
            : null;
        return new(new(constants[0], constants[1], constants[2], constants[3], constants[Shared - 1]), new(gamma[0], gamma[1], gamma[2]), damage) { Exponents = new(exponent[0], exponent[1], exponent[2]) };
    }
}

/// <summary>
/// Σ Huber_δ(LSE(a - α ln N_eff, b - β ln D, e) - ln L), with N_eff = N ∏ (1 - e^(-P_x/γ_x))^n_x, and its gradient. The variables are (a, b, e, α, [β], ln γ of each part that varies, [ln n of each]).
/// </summary>
sealed class PrecisionObjective(IReadOnlyList<TrainedModel> runs, double delta, bool tied, IReadOnlyList<bool> varies, bool freeExponents) : IObjective
{
    readonly (double LnN, double LnD, double LnLoss, double[] Bits)[] _rows =
        [.. runs.Select(run => (Math.Log(run.Allocation.Parameters), Math.Log(run.Allocation.Tokens), Math.Log(run.Loss), Enumerable.Range(0, varies.Count).Where(part => varies[part]).Select(part => BitsOf(run, part)).ToArray()))];

    readonly int _shared = tied ? 4 : 5, _parts = varies.Count(part => part);

    public int Dimension => _shared + _parts * (freeExponents ? 2 : 1);

    public static double BitsOf(TrainedModel run, int part) => part switch { 0 => run.BitsOrFull.Weights, 1 => run.BitsOrFull.Activations, _ => run.BitsOrFull.KeyValues };

    public double Evaluate(ReadOnlySpan<double> at, Span<double> gradient)
    {
        gradient.Clear();
        var (alpha, beta, value) = (at[3], at[_shared - 1], 0.0);
        Span<double> byGamma = stackalloc double[_parts], logs = stackalloc double[_parts];
        foreach (var (lnN, lnD, lnLoss, bits) in _rows)
        {
            var lnEffective = lnN;
            for (var part = 0; part < _parts; part++)
            {
                var power = freeExponents ? Math.Exp(at[_shared + _parts + part]) : 1;
                var ratio = bits[part] / Math.Exp(at[_shared + part]);
                logs[part] = power * Math.Log(-ExpMinusOne(-ratio));
                byGamma[part] = -power * ratio / ExpMinusOne(ratio);
                lnEffective += logs[part];
            }
            var (first, second) = (at[0] - (alpha * lnEffective), at[1] - (beta * lnD));
            var most = Math.Max(Math.Max(first, second), at[2]);
            var (w1, w2, w3) = (Math.Exp(first - most), Math.Exp(second - most), Math.Exp(at[2] - most));
            var sum = w1 + w2 + w3;
            var residual = most + Math.Log(sum) - lnLoss;
            var slope = Minimisation.Huber.Slope(residual, delta);
            value += Minimisation.Huber.Loss(residual, slope);
            var (s1, s2) = (slope * w1 / sum, slope * w2 / sum);
            (gradient[0], gradient[1], gradient[2]) = (gradient[0] + s1, gradient[1] + s2, gradient[2] + (slope * w3 / sum));
            gradient[3] -= s1 * lnEffective;
            gradient[_shared - 1] -= s2 * lnD;
            for (var part = 0; part < _parts; part++)
            {
                gradient[_shared + part] -= s1 * alpha * byGamma[part];
                if (freeExponents) gradient[_shared + _parts + part] -= s1 * alpha * logs[part];
            }
        }
        return value;
    }

    /// <summary>e^x - 1, without cancellation near 0.</summary>
    static double ExpMinusOne(double x) => Math.Abs(x) < 1e-5 ? x + (x * x / 2) : Math.Exp(x) - 1;
}
