namespace Tern.Run.Constraints;

/// <summary>Sets of Unicode code points as sorted, disjoint ranges without surrogates, and their UTF-8 forms.</summary>
static class CharacterSet
{
    public static readonly (int First, int Last)[] All = [(0, 0xD7FF), (0xE000, 0x10FFFF)];

    /// <summary>Sorts and joins ranges; the surrogates drop out.</summary>
    public static (int First, int Last)[] Normalize(IEnumerable<(int First, int Last)> ranges)
    {
        var cut = ranges.SelectMany(range => All, (range, valid) => (First: Math.Max(range.First, valid.First), Last: Math.Min(range.Last, valid.Last)))
            .Where(range => range.First <= range.Last).Order().ToList();
        var joined = new List<(int First, int Last)>();
        foreach (var range in cut)
        {
            if (joined.Count > 0 && range.First <= joined[^1].Last + 1) joined[^1] = (joined[^1].First, Math.Max(joined[^1].Last, range.Last));
            else joined.Add(range);
        }
        return [.. joined];
    }

    /// <summary>What a normalised set lacks.</summary>
    public static (int First, int Last)[] Complement((int First, int Last)[] set)
    {
        var gaps = new List<(int, int)>();
        var next = 0;
        foreach (var (first, last) in set)
        {
            if (first > next) gaps.Add((next, first - 1));
            next = last + 1;
        }
        if (next <= 0x10FFFF) gaps.Add((next, 0x10FFFF));
        return Normalize(gaps);
    }

    public static bool Contains((int First, int Last)[] set, int point) => Array.Exists(set, range => range.First <= point && point <= range.Last);

    /// <summary>
    /// The UTF-8 encodings of a range of code points as sequences of byte ranges: of each sequence every combination is an encoding.
    /// A range splits where the length of the encoding changes, and where a continuation byte does not run over all of 80..BF.
    /// </summary>
    public static IEnumerable<(byte First, byte Last)[]> Utf8Sequences(int first, int last)
    {
        foreach (var limit in (int[])[0x7F, 0x7FF, 0xFFFF])
            if (first <= limit && limit < last)
                return Utf8Sequences(first, limit).Concat(Utf8Sequences(limit + 1, last));

        for (var continuations = 1; continuations < Length(last); continuations++)
        {
            var low = (1 << 6 * continuations) - 1;
            if ((first & ~low) == (last & ~low)) continue;
            if ((first & low) != 0) return Utf8Sequences(first, first | low).Concat(Utf8Sequences((first | low) + 1, last));
            if ((last & low) != low) return Utf8Sequences(first, (last & ~low) - 1).Concat(Utf8Sequences(last & ~low, last));
        }
        var from = Encode(first);
        var to = Encode(last);
        return [[.. from.Zip(to)]];
    }

    static int Length(int point) => point <= 0x7F ? 1 : point <= 0x7FF ? 2 : point <= 0xFFFF ? 3 : 4;

    static byte[] Encode(int point)
    {
        Span<byte> bytes = stackalloc byte[4];
        return bytes[..new System.Text.Rune(point).EncodeToUtf8(bytes)].ToArray();
    }
}
