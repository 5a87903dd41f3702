using System.Globalization;

namespace Tern.Cli.Terminal;

/// <summary>How long something takes, for people.</summary>
static class Duration
{
    /// <summary>"01:02:03", from a day on "2 d 01:02:03".</summary>
    public static string Of(TimeSpan time) => time.ToString(time.Days > 0 ? @"d\ \d\ hh\:mm\:ss" : @"hh\:mm\:ss", CultureInfo.InvariantCulture);

    /// <summary>Seconds of any number, so that an estimate beyond all times is no error.</summary>
    public static string OfSeconds(double seconds) => seconds < TimeSpan.MaxValue.TotalSeconds ? Of(TimeSpan.FromSeconds(seconds)) : string.Create(CultureInfo.InvariantCulture, $"{seconds / (365.25 * 86400):G3} years");
}
