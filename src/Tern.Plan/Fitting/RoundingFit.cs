using MathNet.Numerics.LinearAlgebra;
using Tern.Plan.Fitting.Minimisation;
using Tern.Plan.Laws;

namespace Tern.Plan.Fitting;

/// <summary>A model that was rounded: what δ is fitted to.</summary>
/// <param name="Effective">N_eff and D.</param>
/// <param name="Trained">Bits while training.</param>
/// <param name="ServingBits">P_post.</param>
/// <param name="Damage">Loss after rounding less that before, nats per token.</param>
readonly record struct RoundedModel(Allocation Effective, TrainingBits Trained, double ServingBits, double Damage);

/// <summary>
/// δ = C_T D^γ_D / N_eff^γ_N e^(-P_post/γ_post) ∏ [1 - e^(-C_x (P_x - P_post))] by weighted least squares: ln δ is linear in ln C_T, γ_D, γ_N and 1/γ_post, which gives a start, weights being (δ/σ)² up to δ = σ (below it, differences of
/// losses are noise); then δ itself, divided by sqrt(σ² + δ²) of that start, so that rows whose difference came out negative count, too. Kumar et al. 2024, arXiv 2411.04330, equations 2 and 4.
/// </summary>
static class RoundingFit
{
    /// <summary>C_x where a search begins.</summary>
    const double FirstRobustness = 0.5;

    /// <summary>Whether the models differ in size, data and bits, so that the four constants can be told.</summary>
    public static bool Determines(IReadOnlyList<RoundedModel> rows) => Linear(rows, sigma: 1) is not null;

    /// <summary>Parts with C_x: some model was trained in fewer than the full bits, and some other had other bits above those that were left.</summary>
    public static IReadOnlyList<PrecisionPart> RobustParts(IReadOnlyList<RoundedModel> rows) =>
        [.. PrecisionPart.All.Where(part => rows.Any(row => part.Bits(row.Trained) < TrainedModel.FullPrecision) && rows.Select(row => part.Bits(row.Trained)).Distinct().Count() > 1)];

    /// <summary>Rows of which the law says more than that δ is 0: all parts have more bits than are left.</summary>
    public static bool IsTold(RoundedModel row, bool robust) =>
        row.ServingBits < row.Trained.Weights && (!robust || (row.ServingBits < row.Trained.Activations && row.ServingBits < row.Trained.KeyValues));

    /// <summary>Searches; null where the rows do not determine the constants.</summary>
    /// <param name="rows">Models for which <see cref="IsTold"/>.</param>
    /// <param name="robust">Parts with C_x.</param>
    /// <param name="sigma">σ, nats per token.</param>
    /// <param name="from">Where the search begins; null: the linear fit.</param>
    public static PostTrainingDamage? Fit(IReadOnlyList<RoundedModel> rows, IReadOnlyList<PrecisionPart> robust, double sigma, PostTrainingDamage? from = null)
    {
        if (Linear(rows, sigma) is not { } start) return null;
        var objective = new RoundingObjective(rows, robust, sigma, start);
        var near = new[] { start, from }.OfType<PostTrainingDamage>().Select(law => Bfgs.Minimize(objective, objective.Point(law), relativeProgress: 1e-11)).MinBy(minimum => minimum.Value)!;
        return objective.Law(near.At);
    }

    static PostTrainingDamage? Linear(IReadOnlyList<RoundedModel> all, double sigma)
    {
        const int Constants = 4;
        const double Singular = 1e10;                       // condition number of columns of length 1
        var rows = all.Where(row => row.Damage > 0).ToList();
        if (rows.Count < Constants) return null;
        var (x, y) = (Matrix<double>.Build.Dense(rows.Count, Constants), Vector<double>.Build.Dense(rows.Count));
        foreach (var (i, row) in rows.Index())
        {
            var root = Math.Min(1, row.Damage / sigma);     // of the weight
            x.SetRow(i, [root, root * Math.Log(row.Effective.Tokens), -root * Math.Log(row.Effective.Parameters), -root * row.ServingBits]);
            y[i] = root * Math.Log(row.Damage);
        }
        var lengths = x.ColumnNorms(2);
        var scaled = x * Matrix<double>.Build.DenseOfDiagonalVector(lengths.Map(length => 1 / length));
        // Of a draw whose law leaves a model no effective parameters, the logarithms are not finite.
        if (!scaled.Enumerate().All(double.IsFinite) || !(scaled.ConditionNumber() < Singular)) return null;
        var best = scaled.QR().Solve(y).PointwiseDivide(lengths);
        return best[3] > 0 && double.IsFinite(Math.Exp(best[0])) ? new(Math.Exp(best[0]), best[1], best[2], 1 / best[3]) : null;
    }

    /// <summary>½ Σ (predicted - measured)² / (σ² + δ_start²), by ln C_T at the middle of the rows, γ_D, γ_N, ln γ_post and ln C_x.</summary>
    internal sealed class RoundingObjective : IObjective
    {
        readonly IReadOnlyList<PrecisionPart> _robust;
        readonly (double LnN, double LnD, double Bits, double[] Spare, double Damage, double Weight)[] _rows;
        readonly double _middleN, _middleD, _middleBits;

        public RoundingObjective(IReadOnlyList<RoundedModel> rows, IReadOnlyList<PrecisionPart> robust, double sigma, PostTrainingDamage start)
        {
            _robust = robust;
            (_middleN, _middleD, _middleBits) = (rows.Average(row => Math.Log(row.Effective.Parameters)), rows.Average(row => Math.Log(row.Effective.Tokens)), rows.Average(row => row.ServingBits));
            _rows = [.. rows.Select(row =>
            {
                var expected = start.Loss(row.Effective, row.ServingBits);
                return (Math.Log(row.Effective.Parameters) - _middleN, Math.Log(row.Effective.Tokens) - _middleD, row.ServingBits, robust.Select(part => part.Bits(row.Trained) - row.ServingBits).ToArray(), row.Damage,
                    1 / ((sigma * sigma) + (expected * expected)));
            })];
        }

        public int Dimension => 4 + _robust.Count;

        /// <summary>Where the search begins; a law without robustness begins at a middling one.</summary>
        public double[] Point(PostTrainingDamage law)
        {
            var middle = Math.Log(law.CT) + (law.GammaD * _middleD) - (law.GammaN * _middleN) - (_middleBits / law.GammaPost);
            return [middle, law.GammaD, law.GammaN, Math.Log(law.GammaPost), .. _robust.Select(part => Math.Log(law.Robustness is { } known && double.IsFinite(part.Bits(known)) ? part.Bits(known) : FirstRobustness))];
        }

        public PostTrainingDamage Law(double[] at)
        {
            var gammaPost = Math.Exp(at[3]);
            double Of(PrecisionPart part) => _robust.ToList().IndexOf(part) is >= 0 and var i ? Math.Exp(at[4 + i]) : double.PositiveInfinity;
            TrainingBits? robustness = _robust.Count == 0 ? null : new(Of(PrecisionPart.All[0]), Of(PrecisionPart.All[1]), Of(PrecisionPart.All[2]));
            return new(Math.Exp(at[0] - (at[1] * _middleD) + (at[2] * _middleN) + (_middleBits / gammaPost)), at[1], at[2], gammaPost, robustness);
        }

        public double Evaluate(ReadOnlySpan<double> at, Span<double> gradient)
        {
            gradient.Clear();
            var (rate, value) = (Math.Exp(-at[3]), 0.0);
            foreach (var (lnN, lnD, bits, spare, measured, weight) in _rows)
            {
                var predicted = Math.Exp(at[0] + (at[1] * lnD) - (at[2] * lnN) - ((bits - _middleBits) * rate));
                for (var x = 0; x < spare.Length; x++) predicted *= 1 - Math.Exp(-Math.Exp(at[4 + x]) * spare[x]);
                var residual = predicted - measured;
                value += weight * residual * residual / 2;
                var slope = weight * residual * predicted;
                gradient[0] += slope;
                gradient[1] += slope * lnD;
                gradient[2] -= slope * lnN;
                gradient[3] += slope * (bits - _middleBits) * rate;
                for (var x = 0; x < spare.Length; x++)
                {
                    var exponent = Math.Exp(at[4 + x]) * spare[x];
                    gradient[4 + x] += slope * exponent / (Math.Exp(exponent) - 1);
                }
            }
            return value;
        }
    }
}
