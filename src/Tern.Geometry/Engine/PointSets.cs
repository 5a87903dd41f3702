namespace Tern.Geometry.Engine;

/// <summary>Sets of points that are one where they share enough places: lines, which two places determine, and circles, which three do.</summary>
sealed class PointSets(int determining, Figure figure)
{
    readonly List<ulong> _sets = [];

    public delegate void Joined(ulong one, ulong other, ReadOnlySpan<int> shared);

    public IReadOnlyList<ulong> Sets => _sets;

    public PointSets Copy(Figure extended)
    {
        var copy = new PointSets(determining, extended);
        copy._sets.AddRange(_sets);
        return copy;
    }

    public bool Contain(ulong points) => Containing(points) != 0;

    /// <summary>The set that has all of the points; zero where there is none.</summary>
    public ulong Containing(ulong points)
    {
        foreach (var set in _sets)
            if ((points & ~set) == 0) return set;
        return 0;
    }

    /// <summary>Adds a set and unites it with all that share enough places with it, which may be more and more.</summary>
    public void Merge(ulong points, Joined joined)
    {
        Span<int> shared = stackalloc int[3];
        for (var i = 0; i < _sets.Count; i++)
        {
            if (!Share(points, _sets[i], shared)) continue;
            joined(points, _sets[i], shared);
            points |= _sets[i];
            _sets.RemoveAt(i);
            i = -1;
        }
        _sets.Add(points);
    }

    bool Share(ulong one, ulong other, Span<int> shared)
    {
        if ((one & other).Count() < determining) return false;
        var count = 0;
        foreach (var point in Bits.Of(one & other))
        {
            var isNew = true;
            for (var i = 0; i < count; i++) isNew &= figure.AreDistinct(shared[i], point);
            if (!isNew) continue;
            shared[count++] = point;
            if (count == determining) return true;
        }
        return false;
    }
}
