using System.Diagnostics;
using Tern.Testing;

namespace Tern.Models.Tests.Fuzzing;

/// <summary>A reader and good files for it to begin with.</summary>
/// <param name="Name">As on the command line of Tern.Fuzz.</param>
/// <param name="Originals">Valid files; each input is a damaged copy of one.</param>
/// <param name="Read">Reads an input to the end, touching whatever it describes.</param>
public sealed record FuzzTarget(string Name, IReadOnlyList<byte[]> Originals, Action<byte[]> Read)
{
    /// <summary>More than this for a file of a few kilobytes means that some number of the file was believed.</summary>
    const long MaxAllocatedBytes = 64 << 20;

    /// <summary>Reads <paramref name="count"/> damaged files; each must be read or refused with a <see cref="TernException"/>.</summary>
    /// <param name="count">Inputs.</param>
    /// <param name="seed">The same seed gives the same inputs.</param>
    /// <param name="patience">Longer for one input, twice in a row, is a hang; null for no limit.</param>
    /// <exception cref="InvalidOperationException">One was not; the message names the input.</exception>
    public FuzzCounts Run(int count, int seed, TimeSpan? patience = null)
    {
        foreach (var original in Originals) Read(original);
        var mutations = new Mutations(seed);
        int accepted = 0, refused = 0;
        for (var i = 0; i < count; i++)
        {
            var input = mutations.Mutate(Originals[i % Originals.Count]);
            var where = $"{Name}, seed {seed}, input {i}";
            var before = GC.GetAllocatedBytesForCurrentThread();
            var started = Stopwatch.GetTimestamp();
            if (IsRead(input, where)) accepted++;
            else refused++;
            var elapsed = Stopwatch.GetElapsedTime(started);
            if (GC.GetAllocatedBytesForCurrentThread() - before is > MaxAllocatedBytes and var bytes)
                throw new InvalidOperationException($"{where}: allocated {bytes} bytes for a file of {input.Length}\n{Convert.ToBase64String(input)}");
            if (elapsed > patience && Repeated(input, where) > patience)
                throw new InvalidOperationException($"{where}: took {elapsed.TotalSeconds:f1} s for a file of {input.Length} bytes\n{Convert.ToBase64String(input)}");
        }
        return new FuzzCounts(accepted, refused);
    }

    bool IsRead(byte[] input, string where)
    {
        try
        {
            Read(input);
            return true;
        }
        catch (TernException)
        {
            return false;
        }
        catch (Exception problem)
        {
            throw new InvalidOperationException($"{where}: {problem.GetType().Name}: {problem.Message}\n{Convert.ToBase64String(input)}", problem);
        }
    }

    // A busy machine is slow once, a hang every time.
    TimeSpan Repeated(byte[] input, string where)
    {
        var started = Stopwatch.GetTimestamp();
        IsRead(input, where);
        return Stopwatch.GetElapsedTime(started);
    }
}

/// <summary>How the damaged files ended: read after all, or refused with a message.</summary>
public readonly record struct FuzzCounts(int Accepted, int Refused);
