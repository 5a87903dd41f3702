using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace Tern.Numerics.Threading;

/// <summary>
/// A few threads that run parallel loops one after another. Between loops they spin for some tens of microseconds, then park, so that the
/// barrier between two matrix products of a layer costs about a microsecond and an idle program costs nothing. Items are handed out in
/// chunks through a shared counter; which thread gets which chunk never shows in the results, because no item depends on another.
/// </summary>
public sealed unsafe class WorkerTeam : IDisposable
{
    /// <summary>Spins before parking: about 50 microseconds.</summary>
    const int SpinLimit = 2_000;

    /// <summary>With more threads than cores, one that spins keeps another from its work.</summary>
    readonly bool _sharesCores;

    readonly Thread[] _threads;
    readonly Bed[] _beds;
    Shared _shared;
    Exception? _failure;
    int _busy;
    bool _stopping;

    /// <summary>Where one worker sleeps.</summary>
    sealed class Bed() : SemaphoreSlim(0)
    {
        /// <summary>1 while the worker sleeps or is about to; who sets it back to 0 owes or is owed one permit.</summary>
        public int Occupied;
    }

    /// <summary>The fields that the threads fight over, each on a cache line of its own.</summary>
    [StructLayout(LayoutKind.Explicit, Size = 512)]
    struct Shared
    {
        [FieldOffset(64)] public int Generation;
        [FieldOffset(128)] public long Next;       // passes Count by up to a chunk for each thread
        [FieldOffset(192)] public int Working;
        [FieldOffset(256)] public int Count;
        [FieldOffset(260)] public int Chunk;
        [FieldOffset(264)] public void* Body;
        [FieldOffset(272)] public delegate*<WorkerTeam, int, void> Loop;
    }

    /// <param name="threads">Threads that work on a loop, the caller included; 0 for one per core.</param>
    public WorkerTeam(int threads = 0)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(threads);
        Threads = threads == 0 ? Environment.ProcessorCount : threads;
        _sharesCores = Threads > Environment.ProcessorCount;
        _threads = new Thread[Threads - 1];
        _beds = new Bed[Threads - 1];
        for (var i = 0; i < _threads.Length; i++)
        {
            var worker = i + 1;
            _beds[i] = new Bed();
            _threads[i] = new Thread(() => Work(worker)) { IsBackground = true, Name = $"tern worker {worker}" };
            _threads[i].Start();
        }
    }

    public int Threads { get; }

    /// <summary>Runs <paramref name="body"/> over 0 .. count - 1 and returns when all items are done.</summary>
    /// <param name="body">Called with ranges of at most <paramref name="chunk"/> items.</param>
    /// <param name="count">Number of items.</param>
    /// <param name="chunk">Items per hand-out; 0 for about eight chunks a thread.</param>
    /// <exception cref="AggregateException">The body threw on some thread.</exception>
    /// <exception cref="ObjectDisposedException">The team was dismissed.</exception>
    public void For<TBody>(ref TBody body, int count, int chunk = 0) where TBody : struct, IParallelBody
    {
        ObjectDisposedException.ThrowIf(_stopping, this);
        if (count <= 0) return;
        if (chunk <= 0) chunk = Math.Max(1, count / (Threads * 8));
        if (Threads == 1 || count <= chunk)
        {
            body.Run(0, count, 0);
            return;
        }

        if (Interlocked.Exchange(ref _busy, 1) != 0)
            throw new InvalidOperationException("A worker team runs one loop at a time; another thread, or the body itself, started one.");
        _shared.Count = count;
        _shared.Chunk = chunk;
        _shared.Body = Unsafe.AsPointer(ref body);      // on the caller's stack, which waits below
        _shared.Loop = &Loop<TBody>;
        _shared.Next = 0;
        _shared.Working = _threads.Length;
        WakeAll();

        Loop<TBody>(this, 0);
        var spinner = 0;
        while (Volatile.Read(ref _shared.Working) != 0) Pause(ref spinner);
        _shared.Body = null;
        Volatile.Write(ref _busy, 0);
        if (_failure is { } failure)
        {
            _failure = null;
            throw new AggregateException(failure);
        }
    }

    void WakeAll()
    {
        Interlocked.Increment(ref _shared.Generation);
        foreach (var bed in _beds)
            if (Interlocked.Exchange(ref bed.Occupied, 0) == 1) bed.Release();
    }

    static void Loop<TBody>(WorkerTeam team, int worker) where TBody : struct, IParallelBody
    {
        ref var body = ref Unsafe.AsRef<TBody>(team._shared.Body);
        var (count, chunk) = (team._shared.Count, team._shared.Chunk);
        try
        {
            for (; ; )
            {
                var start = Interlocked.Add(ref team._shared.Next, chunk) - chunk;
                if (start >= count) return;
                body.Run((int)start, (int)Math.Min(count, start + chunk), worker);
            }
        }
        catch (Exception exception)
        {
            Interlocked.CompareExchange(ref team._failure, exception, null);
            Volatile.Write(ref team._shared.Next, count);
        }
    }

    void Work(int worker)
    {
        var seen = 0;
        for (; ; )
        {
            seen = WaitForNext(_beds[worker - 1], seen);
            if (_stopping) return;
            _shared.Loop(this, worker);
            Interlocked.Decrement(ref _shared.Working);
        }
    }

    int WaitForNext(Bed bed, int seen)
    {
        var spins = 0;
        for (; ; )
        {
            var now = Volatile.Read(ref _shared.Generation);
            if (now != seen) return now;
            if (spins < SpinLimit && !_sharesCores)
            {
                Pause(ref spins);
                continue;
            }

            // Announce the wish to sleep, then look once more: either we see the new loop, or its starter sees the announcement.
            Interlocked.Exchange(ref bed.Occupied, 1);
            var stillIdle = Volatile.Read(ref _shared.Generation) == seen;
            if (stillIdle || Interlocked.Exchange(ref bed.Occupied, 0) == 0) bed.Wait();
            spins = 0;
        }
    }

    void Pause(ref int spins)
    {
        spins++;
        if (_sharesCores || (spins % 512 == 0 && spins > SpinLimit)) Thread.Yield();
        else Thread.SpinWait(1);
    }

    public void Dispose()
    {
        if (_stopping) return;
        _stopping = true;
        WakeAll();
        foreach (var thread in _threads) thread.Join();
        foreach (var bed in _beds) bed.Dispose();
    }
}
