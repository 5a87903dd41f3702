using System.Globalization;

namespace Tern.Run.Diagnostics;

/// <summary>
/// What Linux tells about the machine in /proc and /sys. Every answer is null or empty where a file is missing or unexpected, as on
/// other systems and in some containers: these are only shown to people.
/// </summary>
static class SystemFiles
{
    /// <summary>The model name of the first core.</summary>
    public static string? ProcessorName() => Lines("/proc/cpuinfo")
        .Where(line => line.StartsWith("model name", StringComparison.Ordinal))
        .Select(line => line[(line.IndexOf(':') + 1)..].Trim()).FirstOrDefault()
        ?? Environment.GetEnvironmentVariable("PROCESSOR_IDENTIFIER");          // Windows

    /// <summary>MemAvailable, or what the limit of the container leaves where that is less.</summary>
    public static long? MemoryFreeBytes()
    {
        var line = Lines("/proc/meminfo").FirstOrDefault(text => text.StartsWith("MemAvailable:", StringComparison.Ordinal));
        if (line is null || !long.TryParse(line.Split(' ', StringSplitOptions.RemoveEmptyEntries)[1], out var kibibytes)) return null;
        var available = kibibytes * 1024;
        if (Number("/sys/fs/cgroup/memory.max") is { } limit && Number("/sys/fs/cgroup/memory.current") is { } used)
            available = Math.Min(available, Math.Max(0, limit - used));
        return available;
    }

    /// <summary>The chosen word of "always [madvise] never".</summary>
    public static string? HugePages()
    {
        var text = Text("/sys/kernel/mm/transparent_hugepage/enabled");
        var (open, close) = (text?.IndexOf('[') ?? -1, text?.IndexOf(']') ?? -1);
        return open >= 0 && close > open ? text![(open + 1)..close] : null;
    }

    public static IReadOnlyList<MachineCache> Caches()
    {
        var caches = new List<MachineCache>();
        for (var index = 0; index < 8; index++)
        {
            var folder = $"/sys/devices/system/cpu/cpu0/cache/index{index}";
            if (Text($"{folder}/level") is not { } level || Size(Text($"{folder}/size")) is not { } bytes) break;
            var kind = Text($"{folder}/type") switch { "Data" => " data", "Instruction" => " instructions", _ => "" };
            caches.Add(new MachineCache($"L{level}{kind}", bytes, CountOf(Text($"{folder}/shared_cpu_list"))));
        }
        return caches;
    }

    /// <summary>"32K", "1M".</summary>
    static long? Size(string? text)
    {
        if (string.IsNullOrEmpty(text)) return null;
        var factor = text[^1] switch { 'K' => 1L << 10, 'M' => 1L << 20, 'G' => 1L << 30, _ => 1 };
        var digits = factor == 1 ? text : text[..^1];
        return long.TryParse(digits, NumberStyles.None, CultureInfo.InvariantCulture, out var number) && number < 1L << 32 ? number * factor : null;
    }

    /// <summary>How many cores "0-3,8" names; 1 where it cannot be read.</summary>
    static int CountOf(string? list)
    {
        var count = 0;
        foreach (var range in (list ?? "").Split(','))
        {
            var ends = range.Split('-');
            if (!int.TryParse(ends[0], out var first) || !int.TryParse(ends[^1], out var last) || last < first) return 1;
            count += last - first + 1;
        }
        return count;
    }

    static long? Number(string path) => long.TryParse(Text(path), out var number) ? number : null;

    static string? Text(string path) => Lines(path).FirstOrDefault()?.Trim();

    static IEnumerable<string> Lines(string path)
    {
        try
        {
            return File.Exists(path) ? File.ReadAllLines(path) : [];
        }
        catch (Exception unreadable) when (unreadable is IOException or UnauthorizedAccessException)
        {
            return [];
        }
    }
}
