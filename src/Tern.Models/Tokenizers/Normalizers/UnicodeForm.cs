using System.Globalization;
using System.IO.Compression;
using System.Runtime.InteropServices;
using System.Text;

namespace Tern.Models.Tokenizers.Normalizers;

/// <summary>The four normalisation forms of Unicode (UAX 15).</summary>
public enum UnicodeForm
{
    Nfc,
    Nfd,
    Nfkc,
    Nfkd,
}

/// <summary>Brings text into a normalisation form.</summary>
public sealed record UnicodeNormalizer(UnicodeForm Form) : Normalizer
{
    internal override string Normalize(string text, bool atStart) => UnicodeForms.Normalize(text, Form);
}

/// <summary>
/// The normalisation forms with tables of their own, since the process runs without ICU (string.Normalize would do nothing).
/// Only the stretches around characters that can change are rewritten; a text without any is returned as it is.
/// Tables: Unicode 14, written by bench/unicode-forms.py.
/// </summary>
static class UnicodeForms
{
    const int LBase = 0x1100, VBase = 0x1161, TBase = 0x11A7, SBase = 0xAC00;
    const int LCount = 19, VCount = 21, TCount = 28, SCount = LCount * VCount * TCount;

    static readonly Dictionary<int, int[]> Canonical = [], Compatible = [];
    static readonly Dictionary<int, byte> CombiningClass = [];
    static readonly Dictionary<long, int> Composite = [];
    static readonly HashSet<int>[] Unstable = [[], [], [], []];   // by form: code points that the form may change or join to others
    static readonly bool[][] UnstableChars = new bool[4][];       // the same for the BMP, and all surrogates

    static UnicodeForms()
    {
        HashSet<int> notComposed = [];
        using var resource = typeof(UnicodeForms).Assembly.GetManifestResourceStream("UnicodeForms.zlib")!;
        using var reader = new StreamReader(new ZLibStream(resource, CompressionMode.Decompress), Encoding.ASCII);
        while (reader.ReadLine() is { } line)
        {
            if (line[0] == '#') continue;
            var codes = line[2..].Split(' ').Select(code => int.Parse(code, NumberStyles.HexNumber, CultureInfo.InvariantCulture)).ToArray();
            switch (line[0])
            {
                case 'd': Canonical[codes[0]] = codes[1..]; break;
                case 'k': Compatible[codes[0]] = codes[1..]; break;
                case 'c': CombiningClass[codes[0]] = (byte)codes[1]; break;
                case 's': notComposed.Add(codes[0]); break;
            }
        }
        // Shorter decompositions first: the pair of a longer one starts with the composite of its head.
        foreach (var (code, parts) in Canonical.Where(entry => !notComposed.Contains(entry.Key)).OrderBy(entry => entry.Value.Length))
        {
            var head = parts[0];
            for (var i = 1; i < parts.Length - 1; i++) head = Composite[Pair(head, parts[i])];
            Composite[Pair(head, parts[^1])] = code;
        }
        FillUnstable(notComposed);
    }

    static void FillUnstable(HashSet<int> notComposed)
    {
        var seconds = Composite.Keys.Select(pair => (int)pair).Concat(Enumerable.Range(VBase, VCount)).Concat(Enumerable.Range(TBase, TCount));
        int[] joining = [.. CombiningClass.Keys, .. seconds];
        Unstable[(int)UnicodeForm.Nfc].UnionWith([.. joining, .. notComposed]);
        Unstable[(int)UnicodeForm.Nfkc].UnionWith([.. joining, .. notComposed, .. Compatible.Keys]);
        Unstable[(int)UnicodeForm.Nfd].UnionWith([.. CombiningClass.Keys, .. Canonical.Keys, .. Enumerable.Range(SBase, SCount)]);
        Unstable[(int)UnicodeForm.Nfkd].UnionWith([.. Unstable[(int)UnicodeForm.Nfd], .. Compatible.Keys]);
        for (var form = 0; form < 4; form++)
        {
            UnstableChars[form] = new bool[0x10000];
            foreach (var code in Unstable[form])
                if (code < 0x10000) UnstableChars[form][code] = true;
            UnstableChars[form].AsSpan(0xD800, 0x800).Fill(true);
        }
    }

    /// <summary>The text in the form; the same instance where nothing changes. Lone surrogates stay.</summary>
    public static string Normalize(string text, UnicodeForm form)
    {
        if (Ascii.IsValid(text)) return text;
        var unstable = UnstableChars[(int)form];
        StringBuilder? result = null;
        List<int> codes = [];
        var copied = 0;
        for (var at = 0; at < text.Length; at++)
        {
            if (!unstable[text[at]]) continue;
            var start = at > copied ? at - 1 : at;    // the starter before may join
            var end = at + 1;
            while (end < text.Length && unstable[text[end]]) end++;
            result ??= new StringBuilder(text.Length + 16);
            result.Append(text, copied, start - copied);
            AppendNormalized(text.AsSpan(start, end - start), form, codes, result);
            copied = end;
            at = end - 1;
        }
        return result is null ? text : result.Append(text, copied, text.Length - copied).ToString();
    }

    static void AppendNormalized(ReadOnlySpan<char> text, UnicodeForm form, List<int> codes, StringBuilder result)
    {
        codes.Clear();
        for (var at = 0; at < text.Length; at++)
        {
            int code = text[at];
            if (char.IsHighSurrogate(text[at]) && at + 1 < text.Length && char.IsLowSurrogate(text[at + 1]))
                code = char.ConvertToUtf32(text[at], text[++at]);
            Decompose(code, form is UnicodeForm.Nfkc or UnicodeForm.Nfkd, codes);
        }
        var span = CollectionsMarshal.AsSpan(codes);
        Reorder(span);
        var count = form is UnicodeForm.Nfc or UnicodeForm.Nfkc ? Compose(span) : span.Length;
        foreach (var code in span[..count])
        {
            if (code < 0x10000) result.Append((char)code);
            else result.Append(char.ConvertFromUtf32(code));
        }
    }

    static void Decompose(int code, bool compatible, List<int> codes)
    {
        if (code - SBase is >= 0 and < SCount and var syllable)
        {
            codes.Add(LBase + syllable / (VCount * TCount));
            codes.Add(VBase + syllable % (VCount * TCount) / TCount);
            if (syllable % TCount != 0) codes.Add(TBase + syllable % TCount);
            return;
        }
        if (compatible && Compatible.TryGetValue(code, out var parts) || Canonical.TryGetValue(code, out parts)) codes.AddRange(parts);
        else codes.Add(code);
    }

    // Canonical ordering: runs of marks sorted by class, stably.
    static void Reorder(Span<int> codes)
    {
        for (var start = 0; start < codes.Length; start++)
        {
            if (ClassOf(codes[start]) == 0) continue;
            var end = start + 1;
            while (end < codes.Length && ClassOf(codes[end]) != 0) end++;
            if (end - start > 1)
            {
                var sorted = codes[start..end].ToArray().OrderBy(ClassOf).ToArray();
                sorted.CopyTo(codes[start..end]);
            }
            start = end;
        }
    }

    static int Compose(Span<int> codes)
    {
        var (count, starter, lastClass) = (0, -1, 0);
        foreach (var code in codes)
        {
            var mark = ClassOf(code);
            var adjacent = starter == count - 1;
            if (starter >= 0 && (adjacent || lastClass < mark) && TryCompose(codes[starter], code, out var composite))
            {
                codes[starter] = composite;
                continue;
            }
            if (mark == 0) starter = count;
            lastClass = mark;
            codes[count++] = code;
        }
        return count;
    }

    static bool TryCompose(int first, int second, out int composite)
    {
        if (first - LBase is >= 0 and < LCount and var l && second - VBase is >= 0 and < VCount and var v)
        {
            composite = SBase + (l * VCount + v) * TCount;
            return true;
        }
        if (first - SBase is >= 0 and < SCount and var s && s % TCount == 0 && second - TBase is > 0 and < TCount and var t)
        {
            composite = SBase + s + t;
            return true;
        }
        return Composite.TryGetValue(Pair(first, second), out composite);
    }

    static byte ClassOf(int code) => code < 0x300 ? (byte)0 : CombiningClass.GetValueOrDefault(code);

    static long Pair(int first, int second) => (long)first << 32 | (uint)second;
}
