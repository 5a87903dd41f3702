using System.Diagnostics;

namespace Tern.Geometry.Algebra;

/// <summary>More work than the limits allow.</summary>
sealed class LimitReachedException : Exception;

/// <summary>Ends long computations.</summary>
sealed class WorkMeter(TimeSpan time, CancellationToken cancellation)
{
    const long CountsBetweenLooks = 100_000;

    readonly long _started = Stopwatch.GetTimestamp();
    long _count;

    /// <exception cref="LimitReachedException">The time is over.</exception>
    /// <exception cref="OperationCanceledException"/>
    public void Count(long operations)
    {
        _count += operations;
        if (_count < CountsBetweenLooks) return;
        _count = 0;
        Look();
    }

    /// <inheritdoc cref="Count"/>
    public void Look()
    {
        cancellation.ThrowIfCancellationRequested();
        if (Stopwatch.GetElapsedTime(_started) >= time) throw new LimitReachedException();
    }
}
