using System.Globalization;
using Tern.Plan.Laws;

namespace Tern.Plan.Pictures;

/// <summary>The sentence of a caption that says what an interval is, or that there is none.</summary>
static class IntervalCaption
{
    public static string Of(LawEstimate estimate, string subject, string what) => estimate.Samples.Count == 0
        ? $" No interval is drawn: {estimate.SamplingMethod}."
        : string.Create(CultureInfo.InvariantCulture, $" {subject} {100 * LawEstimate.Coverage:F0} % of {what} of {estimate.Samples.Count} samples ({estimate.SamplingMethod}).");
}
