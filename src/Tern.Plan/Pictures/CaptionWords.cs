using System.Globalization;
using Tern.Plan.Laws;

namespace Tern.Plan.Pictures;

/// <summary>Sentences of captions.</summary>
static class CaptionWords
{
    /// <summary>What an interval is, or that there is none.</summary>
    public static string Interval(LawEstimate estimate, string subject, string what) => estimate.Samples.Count == 0
        ? $" No interval is drawn: {estimate.SamplingMethod}."
        : string.Create(CultureInfo.InvariantCulture, $" {subject} {100 * LawEstimate.Coverage:F0} % of {what} of {estimate.Samples.Count} samples ({estimate.SamplingMethod}).");

    /// <summary>Where constants come from; null: nothing is said.</summary>
    public static string Source(string? source) => source is null ? "" : $" Constants: {source}.";
}
