using System.Globalization;
using Tern.Plan.Fitting;
using Tern.Plan.Laws;

namespace Tern.Papers.Sweeps;

/// <summary>Numbers as the pages of results write them.</summary>
static class Words
{
    public static string Invariant(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);

    /// <summary>41k, 2.45M, 1.1B.</summary>
    public static string Count(double count) => count switch
    {
        < 1e3 => Invariant($"{count:0.##}"),
        < 1e6 => Invariant($"{count / 1e3:0.##}k"),
        < 1e9 => Invariant($"{count / 1e6:0.##}M"),
        _ => Invariant($"{count / 1e9:0.##}B"),
    };

    public static string Budget(double flop) => flop.ToString("0.#e0", CultureInfo.InvariantCulture);

    /// <summary>0.51 (0.47 to 0.55).</summary>
    public static string WithInterval(double value, Interval? interval, string format = "F2") =>
        interval is var (from, to) ? $"{value.ToString(format, CultureInfo.InvariantCulture)} ({from.ToString(format, CultureInfo.InvariantCulture)} to {to.ToString(format, CultureInfo.InvariantCulture)})" : value.ToString(format, CultureInfo.InvariantCulture);

    /// <summary>Constants of a fit and what follows from them, with their intervals.</summary>
    public static IEnumerable<IReadOnlyList<string>> Rows(string fit, IEnumerable<FittedConstant> constants) => constants.Select(constant => (IReadOnlyList<string>)
        [fit, constant.Name, Number(constant.Value), constant.Interval80 is var (from, to) ? $"{Number(from)} to {Number(to)}" : ""]);

    static string Number(double value) => value.ToString("G4", CultureInfo.InvariantCulture);
}
