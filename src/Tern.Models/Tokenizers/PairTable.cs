using System.Runtime.CompilerServices;

namespace Tern.Models.Tokenizers;

/// <summary>
/// A map from a pair of non-negative numbers to two numbers, by open addressing with linear probing: the inner loop of
/// every merge and of every trie step. Reading is safe from many threads once filled.
/// </summary>
sealed class PairTable
{
    const ulong Empty = ulong.MaxValue;

    struct Slot
    {
        public ulong Key;
        public int First;
        public int Second;
    }

    Slot[] slots;
    int shift;
    int count;

    public PairTable(int expected)
    {
        var size = 16;
        while (size < expected * 2L && size < 1 << 29) size *= 2;
        slots = NewSlots(size);
        shift = 64 - System.Numerics.BitOperations.Log2((uint)size);
    }

    static Slot[] NewSlots(int size)
    {
        var slots = new Slot[size];
        Array.Fill(slots, new Slot { Key = Empty });
        return slots;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static ulong Key(int left, int right) => (ulong)(uint)left << 32 | (uint)right;

    // Fibonacci hashing: the high bits of the product are well mixed.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    int Home(ulong key) => (int)((key ^ key >> 29) * 0x9E3779B97F4A7C15UL >> shift);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public bool TryGet(int left, int right, out int first, out int second)
    {
        var key = Key(left, right);
        var table = slots;
        for (var i = Home(key); ; i = (i + 1) & (table.Length - 1))
        {
            ref var slot = ref table[i];
            if (slot.Key == key)
            {
                (first, second) = (slot.First, slot.Second);
                return true;
            }
            if (slot.Key != Empty) continue;
            (first, second) = (0, 0);
            return false;
        }
    }

    /// <summary>Adds or replaces.</summary>
    public void Set(int left, int right, int first, int second)
    {
        if (count * 2L >= slots.Length) Grow();
        var key = Key(left, right);
        var i = Home(key);
        while (slots[i].Key != Empty && slots[i].Key != key) i = (i + 1) & (slots.Length - 1);
        if (slots[i].Key == Empty) count++;
        slots[i] = new Slot { Key = key, First = first, Second = second };
    }

    /// <summary>Every entry, in no particular order.</summary>
    public IEnumerable<(int Left, int Right, int First, int Second)> Entries()
    {
        foreach (var slot in slots)
            if (slot.Key != Empty)
                yield return ((int)(slot.Key >> 32), (int)(uint)slot.Key, slot.First, slot.Second);
    }

    void Grow()
    {
        var old = slots;
        slots = NewSlots(checked(old.Length * 2));
        shift--;
        count = 0;
        foreach (var slot in old)
            if (slot.Key != Empty) Set((int)(slot.Key >> 32), (int)(uint)slot.Key, slot.First, slot.Second);
    }
}
