namespace Tern.Models.Tokenizers.Models;

/// <summary>
/// The symbols of one word as a doubly linked list in arrays, and the merging of it: by scanning where the word is short,
/// with a heap of (rank, position) where it is long. Reused per thread, so that encoding allocates nothing.
/// </summary>
sealed class MergeQueue
{
    const int ScanUpTo = 24;             // symbols; below, scanning beats the heap
    const int KeepUpTo = 1 << 16;        // symbols; larger buffers are given back

    [ThreadStatic] static MergeQueue? instance;

    int[] symbol = new int[64];
    int[] previous = new int[64];
    int[] next = new int[64];
    ulong[] heap = new ulong[64];
    int count;
    int heapCount;

    public static MergeQueue ForThisThread => instance ??= new MergeQueue();

    public void Clear()
    {
        (count, heapCount) = (0, 0);
        if (symbol.Length <= KeepUpTo) return;
        (symbol, previous, next, heap) = (new int[64], new int[64], new int[64], new ulong[64]);
    }

    public void Add(int id)
    {
        if (count == symbol.Length)
        {
            Array.Resize(ref symbol, count * 2);
            Array.Resize(ref previous, count * 2);
            Array.Resize(ref next, count * 2);
        }
        symbol[count] = id;
        previous[count] = count - 1;
        next[count] = count + 1;
        count++;
    }

    /// <summary>Joins pairs, lowest rank first, leftmost on ties, until the table knows none of the adjacent ones.</summary>
    public void Merge(PairTable merges)
    {
        if (count <= ScanUpTo) MergeByScan(merges);
        else MergeByHeap(merges);
    }

    /// <summary>What is left, in order.</summary>
    public Enumerator Survivors() => new(this);

    void MergeByScan(PairTable merges)
    {
        Span<int> ranks = stackalloc int[ScanUpTo];
        Span<int> joined = stackalloc int[ScanUpTo];
        for (var i = 0; i < count - 1; i++)
            if (!merges.TryGet(symbol[i], symbol[i + 1], out ranks[i], out joined[i])) ranks[i] = int.MaxValue;
        var live = count;
        while (live > 1)
        {
            var best = int.MaxValue;
            var at = -1;
            for (var i = 0; i < live - 1; i++)
                if (ranks[i] < best) (best, at) = (ranks[i], i);
            if (at < 0) break;
            symbol[at] = joined[at];
            symbol.AsSpan(at + 2, live - at - 2).CopyTo(symbol.AsSpan(at + 1));
            if (at + 2 < live)
            {
                ranks[(at + 2)..(live - 1)].CopyTo(ranks[(at + 1)..]);
                joined[(at + 2)..(live - 1)].CopyTo(joined[(at + 1)..]);
            }
            live--;
            if (at > 0 && !merges.TryGet(symbol[at - 1], symbol[at], out ranks[at - 1], out joined[at - 1])) ranks[at - 1] = int.MaxValue;
            if (at < live - 1 && !merges.TryGet(symbol[at], symbol[at + 1], out ranks[at], out joined[at])) ranks[at] = int.MaxValue;
        }
        for (var i = 0; i < live; i++) next[i] = i + 1;
        count = live;
    }

    void MergeByHeap(PairTable merges)
    {
        for (var i = 0; i < count - 1; i++) Consider(merges, i);
        while (heapCount > 0)
        {
            var top = Pop();
            var at = (int)(uint)top;
            var right = next[at];
            // Stale where one side has been merged meanwhile: then the pair is gone or has another rank.
            if (previous[at] == int.MinValue || right >= count) continue;
            if (!merges.TryGet(symbol[at], symbol[right], out var rank, out var merged) || (ulong)rank != top >> 32) continue;
            symbol[at] = merged;
            next[at] = next[right];
            if (next[right] < count) previous[next[right]] = at;
            previous[right] = int.MinValue;
            if (previous[at] >= 0) Consider(merges, previous[at]);
            Consider(merges, at);
        }
    }

    void Consider(PairTable merges, int at)
    {
        if (next[at] >= count || !merges.TryGet(symbol[at], symbol[next[at]], out var rank, out _)) return;
        if (heapCount == heap.Length) Array.Resize(ref heap, heapCount * 2);
        var key = (ulong)(uint)rank << 32 | (uint)at;
        var hole = heapCount++;
        while (hole > 0 && heap[(hole - 1) / 2] > key)
        {
            heap[hole] = heap[(hole - 1) / 2];
            hole = (hole - 1) / 2;
        }
        heap[hole] = key;
    }

    ulong Pop()
    {
        var top = heap[0];
        var last = heap[--heapCount];
        var hole = 0;
        for (var child = 1; child < heapCount; child = 2 * hole + 1)
        {
            if (child + 1 < heapCount && heap[child + 1] < heap[child]) child++;
            if (heap[child] >= last) break;
            heap[hole] = heap[child];
            hole = child;
        }
        heap[hole] = last;
        return top;
    }

    public struct Enumerator(MergeQueue queue)
    {
        int at = -1;

        public readonly Enumerator GetEnumerator() => this;

        public readonly int Current => queue.symbol[at];

        public bool MoveNext()
        {
            at = at < 0 ? 0 : queue.next[at];
            return at < queue.count;
        }
    }
}
