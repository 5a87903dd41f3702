using Tern.Models;

namespace Tern.Plan.Budgets;

/// <summary>What operations cost on a kind of accelerator.</summary>
public sealed record Device
{
    /// <summary>As on the command line.</summary>
    public required string Name { get; init; }

    /// <summary>For people.</summary>
    public string Description { get; init; } = "";

    /// <summary>Other names.</summary>
    public IReadOnlyList<string> Aliases { get; init; } = [];

    /// <summary>Dense matrix products, operations per second, by <see cref="NumberFormat"/>.</summary>
    public required IReadOnlyDictionary<string, double> PeakFlopPerSecond { get; init; }

    /// <summary>Price of an hour.</summary>
    public required double UsdPerHour { get; init; }

    /// <summary>Part of the peak that training reaches.</summary>
    public double TrainingUtilisation { get; init; } = 0.5;

    /// <summary>Part of the peak that reading prompts reaches.</summary>
    public double PrefillUtilisation { get; init; } = 0.5;

    /// <summary>Part of the peak that generating tokens reaches.</summary>
    public double GenerationUtilisation { get; init; } = 0.01;

    /// <summary>Of one device.</summary>
    public double MemoryBytes { get; init; }

    /// <summary>Of one device under load; 0: unknown.</summary>
    public double Watts { get; init; }

    /// <summary>Where the numbers come from, and when.</summary>
    public string Source { get; init; } = "";

    /// <summary>Operations per second in a format.</summary>
    /// <exception cref="TernException">The device has no peak for it.</exception>
    public double Peak(string format) => PeakFlopPerSecond.TryGetValue(format, out var peak)
        ? peak
        : throw new TernException($"{Name} has no {format}: its formats are {string.Join(", ", PeakFlopPerSecond.Keys)}.");

    /// <summary>Of the device for an operation in a format, at a part of its peak.</summary>
    /// <param name="format">A <see cref="NumberFormat"/>.</param>
    /// <param name="utilisation">Part of the peak.</param>
    public double HoursPerFlop(string format, double utilisation)
    {
        const double SecondsPerHour = 3600;
        return 1 / (SecondsPerHour * Peak(format) * utilisation);
    }

    /// <summary>The fastest format of at least so many bits: numbers of fewer bits are widened to it. Integers serve, they do not train.</summary>
    /// <exception cref="TernException">There is none.</exception>
    public string FormatFor(double bits, bool training) => PeakFlopPerSecond.Where(pair => NumberFormat.BitsOf(pair.Key) >= bits && !(training && NumberFormat.IsInteger(pair.Key))).OrderByDescending(pair => pair.Value).Select(pair => pair.Key).FirstOrDefault()
        ?? throw new TernException($"{Name} has no format of {bits:G3} bits or more: its formats are {string.Join(", ", PeakFlopPerSecond.Keys)}.");

    /// <summary>The same with some numbers replaced; null keeps one.</summary>
    /// <param name="usdPerHour">Price.</param>
    /// <param name="training">Utilisation of training.</param>
    /// <param name="prefill">Of reading prompts.</param>
    /// <param name="generation">Of generating.</param>
    /// <param name="peakFlopPerSecond">In bf16 (in the widest format without); others follow in proportion.</param>
    /// <exception cref="TernException">A number is impossible.</exception>
    public Device With(double? usdPerHour, double? training, double? prefill, double? generation, double? peakFlopPerSecond)
    {
        var scale = peakFlopPerSecond is { } peak ? peak / (PeakFlopPerSecond.TryGetValue("bf16", out var known) ? known : PeakFlopPerSecond.Values.Min()) : 1;
        var changed = usdPerHour is not null || training is not null || prefill is not null || generation is not null || peakFlopPerSecond is not null;
        return (this with
        {
            UsdPerHour = usdPerHour ?? UsdPerHour,
            TrainingUtilisation = training ?? TrainingUtilisation,
            PrefillUtilisation = prefill ?? PrefillUtilisation,
            GenerationUtilisation = generation ?? GenerationUtilisation,
            PeakFlopPerSecond = PeakFlopPerSecond.ToDictionary(pair => pair.Key, pair => pair.Value * scale),
            Source = changed ? $"{Source}; numbers on the command line" : Source,
        }).Checked(_ => "command line");
    }

    /// <summary>This device, if its numbers are possible.</summary>
    /// <param name="placeOf">Where a key was written: "custom.yaml:3".</param>
    internal Device Checked(Func<string, string> placeOf)
    {
        if (PeakFlopPerSecond.Count == 0) throw Wrong("peak_flop_per_second", "is empty; give at least bf16.");
        foreach (var (format, peak) in PeakFlopPerSecond)
        {
            if (NumberFormat.BitsOf(format) is null)
                throw Wrong("peak_flop_per_second", $"has no number format '{format}'{(EditDistance.Nearest(format, NumberFormat.Names) is { } near ? $"; did you mean '{near}'?" : ".")} Known are {string.Join(", ", NumberFormat.Names)}.");
            if (peak is not (> 0 and < double.PositiveInfinity)) throw Wrong("peak_flop_per_second", Is(peak, $"for {format}; it must be above 0."));
        }
        foreach (var (key, amount) in ((string, double)[])[("usd_per_hour", UsdPerHour), ("memory_bytes", MemoryBytes), ("watts", Watts)])
            if (amount is not (>= 0 and < double.PositiveInfinity)) throw Wrong(key, Is(amount, "; it must not be negative."));
        foreach (var (key, share) in ((string, double)[])[("training_utilisation", TrainingUtilisation), ("prefill_utilisation", PrefillUtilisation), ("generation_utilisation", GenerationUtilisation)])
            if (share is not (> 0 and <= 1)) throw Wrong(key, Is(share, "; it must lie above 0 and at most at 1 (0.5 is half of the peak)."));
        return this;

        static string Is(double value, string rule) => FormattableString.Invariant($"is {value}{(rule[0] == ';' ? "" : " ")}{rule}");
        TernException Wrong(string key, string problem) => new($"{placeOf(key)}: {Name}: {key} {problem}");
    }
}
