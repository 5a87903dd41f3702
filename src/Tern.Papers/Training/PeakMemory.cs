using System.Diagnostics;
using System.Globalization;
using System.Runtime.InteropServices;

namespace Tern.Papers.Training;

/// <summary>
/// How much main memory the process took since <see cref="Start"/>, at most. On Linux the kernel's high-water mark is reset at the start, after malloc has given back what it kept;
/// elsewhere the mark of the whole process is all there is, and what was freed before hides in it.
/// </summary>
readonly partial struct PeakMemory
{
    readonly long _start;

    PeakMemory(long start) => _start = start;

    /// <summary>Bytes above those at the start.</summary>
    public long Bytes => Math.Max(0, HighWaterMark() - _start);

    public static PeakMemory Start()
    {
        GC.Collect();
        GC.WaitForPendingFinalizers();
        if (OperatingSystem.IsLinux())
        {
            Trim();
            const string ResetHighWaterMark = "5";
            File.WriteAllText("/proc/self/clear_refs", ResetHighWaterMark);
        }

        return new PeakMemory(HighWaterMark());
    }

    static long HighWaterMark()
    {
        if (!OperatingSystem.IsLinux())
        {
            using var process = Process.GetCurrentProcess();
            return process.PeakWorkingSet64;
        }

        var line = File.ReadLines("/proc/self/status").First(line => line.StartsWith("VmHWM:", StringComparison.Ordinal));
        return 1024 * long.Parse(line["VmHWM:".Length..].Replace("kB", "", StringComparison.Ordinal), NumberStyles.AllowLeadingWhite | NumberStyles.AllowTrailingWhite, CultureInfo.InvariantCulture);
    }

    static void Trim()
    {
        try
        {
            _ = MallocTrim(0);
        }
        catch (EntryPointNotFoundException)
        {
            // A C library other than glibc: it gives back what it likes.
        }
    }

    [LibraryImport("libc", EntryPoint = "malloc_trim")]
    private static partial int MallocTrim(nuint pad);
}
