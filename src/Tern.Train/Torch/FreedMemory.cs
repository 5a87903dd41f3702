using System.Runtime.InteropServices;

namespace Tern.Train.Torch;

/// <summary>
/// Lets malloc keep what libtorch frees. By default glibc maps every large block anew and gives it back at once, so each step of a training run faults in gigabytes of zeroed pages: a fifth of its time.
/// </summary>
static partial class FreedMemory
{
    /// <summary>Of glibc's malloc.h.</summary>
    const int TrimThreshold = -1, TopPad = -2, MaxMappedBlocks = -4;

    /// <summary>Bytes that the heap grows by at least.</summary>
    const int Growth = 64 << 20;

    /// <summary>For the rest of the process. Does nothing where the C library is not glibc.</summary>
    public static void Keep()
    {
        if (!OperatingSystem.IsLinux())
        {
            return;
        }

        try
        {
            _ = SetOption(MaxMappedBlocks, 0);
            _ = SetOption(TrimThreshold, int.MaxValue);
            _ = SetOption(TopPad, Growth);
        }
        catch (EntryPointNotFoundException)
        {
            // musl: its allocator has no options.
        }
    }

    /// <summary>Gives the pages of freed blocks back to the system. Does nothing where the C library is not glibc.</summary>
    public static void GiveBack()
    {
        if (!OperatingSystem.IsLinux()) return;
        try
        {
            _ = Trim(0);
        }
        catch (EntryPointNotFoundException)
        {
            // musl gives back by itself.
        }
    }

    [LibraryImport("libc", EntryPoint = "malloc_trim")]
    private static partial int Trim(nuint pad);

    [LibraryImport("libc", EntryPoint = "mallopt")]
    private static partial int SetOption(int option, int value);
}
