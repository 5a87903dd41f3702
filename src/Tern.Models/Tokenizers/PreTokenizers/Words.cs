using System.Text;

namespace Tern.Models.Tokenizers.PreTokenizers;

/// <summary>A fragment of text and the words it has been cut into so far. Reused per thread.</summary>
sealed class Words
{
    const int KeepUpTo = 1 << 20;    // chars; larger buffers are given back

    [ThreadStatic] static Words? instance;

    char[] text = new char[256];
    char[] respelled = new char[256];
    int length;
    List<(int Start, int Length)> current = [];
    List<(int Start, int Length)> following = [];
    int offset;

    public static Words ForThisThread => instance ??= new Words();

    /// <summary>Whether the fragment is the start of the whole text.</summary>
    public bool AtStart { get; private set; }

    public int Count => current.Count;

    public ReadOnlySpan<char> this[int word] => text.AsSpan(current[word].Start, current[word].Length);

    public void Reset(ReadOnlySpan<char> fragment, bool atStart)
    {
        if (text.Length > KeepUpTo && fragment.Length <= KeepUpTo) (text, respelled, current, following) = (new char[256], new char[256], [], []);
        Reserve(ref text, fragment.Length, 0);
        fragment.CopyTo(text);
        length = fragment.Length;
        AtStart = atStart;
        current.Clear();
        if (length > 0) current.Add((0, length));
    }

    public void CutEach(Splitter splitter)
    {
        following.Clear();
        foreach (var (start, size) in current)
        {
            offset = start;
            splitter.Cut(text.AsSpan(start, size), this);
        }
        (current, following) = (following, current);
    }

    /// <summary>Called by a splitter: these characters of the word it was given are a word of their own.</summary>
    public void Keep(int start, int size)
    {
        if (size > 0) following.Add((offset + start, size));
    }

    /// <summary>Puts a text before word <paramref name="word"/> and replaces characters in all words.</summary>
    public void Respell(Func<int, bool> isPrefixed, char prefix, char from, char to)
    {
        following.Clear();
        length = 0;
        for (var i = 0; i < current.Count; i++)
        {
            var word = this[i];
            Reserve(ref respelled, length + word.Length + 1, length);
            var start = length;
            if (isPrefixed(i)) respelled[length++] = prefix;
            word.Replace(respelled.AsSpan(length, word.Length), from, to);
            length += word.Length;
            following.Add((start, length - start));
        }
        (text, respelled, current, following) = (respelled, text, following, current);
    }

    /// <summary>Every word in GPT-2's alphabet: one character per UTF-8 byte.</summary>
    public void RespellAsBytes()
    {
        following.Clear();
        length = 0;
        Span<byte> utf8 = stackalloc byte[4];
        foreach (var (first, size) in current)
        {
            Reserve(ref respelled, checked(length + 3 * size), length);
            var start = length;
            for (var i = first; i < first + size; i++)
            {
                var c = text[i];
                if (c < 0x80)
                {
                    respelled[length++] = ByteAlphabet.CharOf[c];
                    continue;
                }
                if (Rune.DecodeFromUtf16(text.AsSpan(i, first + size - i), out var rune, out var used) == System.Buffers.OperationStatus.Done) i += used - 1;
                var count = rune.EncodeToUtf8(utf8);
                for (var b = 0; b < count; b++) respelled[length++] = ByteAlphabet.CharOf[utf8[b]];
            }
            following.Add((start, length - start));
        }
        (text, respelled, current, following) = (respelled, text, following, current);
    }

    static void Reserve(ref char[] buffer, int needed, int used)
    {
        if (needed <= buffer.Length) return;
        var larger = new char[Math.Max(needed, (int)Math.Min(buffer.Length * 2L, Array.MaxLength))];
        buffer.AsSpan(0, used).CopyTo(larger);
        buffer = larger;
    }
}
