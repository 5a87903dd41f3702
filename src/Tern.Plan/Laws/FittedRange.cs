using System.Text.Json.Serialization;

namespace Tern.Plan.Laws;

/// <summary>What the runs behind a law covered. Beyond it, predictions are extrapolations.</summary>
/// <param name="Parameters">N.</param>
/// <param name="Tokens">D.</param>
/// <param name="TokensPerParameter">D/N.</param>
public sealed record FittedRange(Interval Parameters, Interval Tokens, Interval TokensPerParameter)
{
    /// <summary>Tokens per parameter where they are unknown.</summary>
    public static readonly Interval AnyRatio = new(0, double.PositiveInfinity);

    /// <summary>Between the least and the most in the ratio.</summary>
    [JsonIgnore]
    public Allocation Middle => new(Math.Sqrt(Parameters.Low * Parameters.High), Math.Sqrt(Tokens.Low * Tokens.High));

    /// <summary>In words, what of an allocation lies outside, and by which factor; empty: nothing.</summary>
    public IReadOnlyList<string> Beyond(Allocation at)
    {
        const double Rounding = 1e-9;
        return [.. new[] { Outside("parameters", at.Parameters, Parameters), Outside("tokens", at.Tokens, Tokens), Outside("tokens per parameter", at.TokensPerParameter, TokensPerParameter) }.OfType<string>()];

        static string? Outside(string what, double value, Interval range)
        {
            if (value > range.High * (1 + Rounding)) return FormattableString.Invariant($"{value:G3} {what}, {value / range.High:G2} times the largest run behind the law ({range.High:G3})");
            return value < range.Low * (1 - Rounding) ? FormattableString.Invariant($"{value:G3} {what}, below the smallest run behind the law ({range.Low:G3})") : null;
        }
    }
}
