using System.Globalization;
using System.Text;

namespace Tern.Run.Evaluation;

/// <summary>Reports as text.</summary>
public static class EvaluationTables
{
    /// <summary>One figure a line.</summary>
    public static string ToText(this PerplexityReport report)
    {
        var text = new StringBuilder();
        Line(text, "perplexity", $"{report.Perplexity.Value:F4} ± {report.Perplexity.Error:F4}");
        Line(text, "nats/token", $"{report.NatsPerToken.Value:F5} ± {report.NatsPerToken.Error:F5}");
        if (report.WarmNatsPerToken is { } warm) Line(text, "nats/token, warm", $"{warm.Value:F5} ± {warm.Error:F5}  ({report.WarmTargets} targets at positions {report.WarmFrom} and later)");
        Line(text, "bits/byte", $"{report.BitsPerByte:F4}");
        Line(text, "targets", Windows(report));
        Line(text, "time", $"{report.Seconds:F1} s, {report.Targets / Math.Max(report.Seconds, 1e-9):F0} targets/s");
        return text.ToString();
    }

    /// <summary>The table of llama-perplexity --kl-divergence.</summary>
    public static string ToText(this KlReport report)
    {
        var text = new StringBuilder();
        Line(text, "perplexity Q", $"{report.Model.Perplexity.Value:F4} ± {report.Model.Perplexity.Error:F4}  ({report.Model.NatsPerToken.Value:F5} nats/token)");
        Line(text, "perplexity P", $"{report.Reference.Perplexity.Value:F4} ± {report.Reference.Perplexity.Error:F4}  ({report.Reference.NatsPerToken.Value:F5} nats/token)");
        Line(text, "ratio Q/P", $"{report.PerplexityRatio.Value:F5} ± {report.PerplexityRatio.Error:F5}");
        Line(text, "correlation", $"{100 * report.LossCorrelation:F2} % of the losses");
        Line(text, "targets", Windows(report.Model));
        text.Append('\n');
        Line(text, "mean KL(P||Q)", $"{report.MeanDivergence.Value:F6} ± {report.MeanDivergence.Error:F6} nats");
        Each(text, "KL", report.Divergence, 1, "F6", "");
        text.Append('\n');
        Line(text, "mean Δp", $"{100 * report.MeanDeltaP.Value:F3} ± {100 * report.MeanDeltaP.Error:F3} %");
        Line(text, "RMS Δp", $"{100 * report.RmsDeltaP.Value:F3} ± {100 * report.RmsDeltaP.Error:F3} %");
        Each(text, "Δp", report.DeltaP, 100, "F3", " %");
        text.Append('\n');
        Line(text, "same top token", $"{100 * report.SameTop.Value:F3} ± {100 * report.SameTop.Error:F3} %");
        return text.ToString();
    }

    static void Each(StringBuilder text, string name, Quantiles quantiles, double scale, string format, string unit)
    {
        (string, double)[] all =
        [
            ("maximum", quantiles.Max), ("99.9 %", quantiles.P999), ("99 %", quantiles.P99), ("95 %", quantiles.P95), ("90 %", quantiles.P90),
            ("median", quantiles.Median), ("10 %", quantiles.P10), ("5 %", quantiles.P05), ("1 %", quantiles.P01), ("minimum", quantiles.Min),
        ];
        foreach (var (place, value) in all) Line(text, $"{place} {name}", $"{(scale * value).ToString(format, CultureInfo.InvariantCulture)}{unit}");
    }

    static string Windows(PerplexityReport report) =>
        $"{report.Targets} of {report.Tokens} tokens, windows of {report.Context}{(report.WithBos ? " with BOS" : "")}, stride {report.Stride}";

    static void Line(StringBuilder text, string name, FormattableString value) => Line(text, name, FormattableString.Invariant(value));

    static void Line(StringBuilder text, string name, string value) => text.Append(CultureInfo.InvariantCulture, $"{name,-18}{value}\n");
}
