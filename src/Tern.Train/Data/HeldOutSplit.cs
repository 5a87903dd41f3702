using Tern.Models;

namespace Tern.Train.Data;

/// <summary>
/// Which documents are never trained on: documents are cut into as many equal strata as are held out, and one of each, by its number alone, is taken.
/// So the same text has the same held-out part in every run, whatever the seed, and every part of the files is in it.
/// </summary>
readonly struct HeldOutSplit
{
    /// <summary>With fewer documents the end of the text is held out instead.</summary>
    public const int FewestDocuments = 20;

    readonly long documents;
    readonly long heldOut;

    /// <param name="documents">Documents of the source.</param>
    /// <param name="fraction">Part of them that is held out, [0, 1); above 0 at least one is.</param>
    public HeldOutSplit(long documents, double fraction)
    {
        RequireFraction(fraction);
        this.documents = documents;
        heldOut = fraction == 0 ? 0 : Math.Clamp((long)Math.Round(documents * fraction), 1, Math.Max(1, documents - 1));
    }

    /// <summary>Whether whole documents are held out.</summary>
    public bool ByDocuments => documents >= FewestDocuments;

    /// <summary>Whether a document of a source that is split by documents is held out.</summary>
    public bool Contains(long document)
    {
        if (heldOut == 0) return false;
        var stratum = (long)((Int128)document * heldOut / documents);
        var first = FirstOf(stratum);
        var size = FirstOf(stratum + 1) - first;
        return document == first + (long)(SequenceOrder.Mix((ulong)stratum) % (ulong)size);
    }

    /// <summary>How much of a length of text at the end is held out, where documents are few.</summary>
    public static long TailOf(long length, double fraction)
    {
        RequireFraction(fraction);
        return fraction == 0 ? 0 : Math.Max(Math.Min(2, length), (long)Math.Round(length * fraction));   // one input and its target
    }

    long FirstOf(long stratum) => (long)((((Int128)stratum * documents) + heldOut - 1) / heldOut);

    static void RequireFraction(double fraction)
    {
        if (!(fraction is >= 0 and < 1)) throw new TernException($"data.held_out is {fraction}; expected a part such as 0.01, at least 0 and less than 1.");
    }
}
