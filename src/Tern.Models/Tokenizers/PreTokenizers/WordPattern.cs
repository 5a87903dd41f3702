namespace Tern.Models.Tokenizers.PreTokenizers;

/// <summary>
/// The patterns of GPT-2, Llama 3 (cl100k) and Qwen 2, written out by hand: what their regular expressions match, in one pass
/// without backtracking.
/// </summary>
sealed class WordPattern
{
    public const string Gpt2Regex = @"'s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+";
    public const string Llama3Regex = @"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+";
    public const string Qwen2Regex = @"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+";

    static readonly WordPattern Gpt2 = new(isGpt2: true, 0), Llama3 = new(isGpt2: false, 3), Qwen2 = new(isGpt2: false, 1);

    readonly bool isGpt2;
    readonly int digits;    // longest group of digits

    WordPattern(bool isGpt2, int digits) => (this.isGpt2, this.digits) = (isGpt2, digits);

    /// <summary>The pattern of this regular expression, or null where it is none of the three.</summary>
    public static WordPattern? Of(string regex) => regex switch
    {
        Gpt2Regex or @"'(?:[sdmt]|ll|ve|re)| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+" => Gpt2,
        Llama3Regex => Llama3,
        Qwen2Regex => Qwen2,
        _ => null,
    };

    /// <summary>Cuts all of the word; every character is in some match.</summary>
    public void Cut(ReadOnlySpan<char> word, Words words)
    {
        for (var at = 0; at < word.Length;)
        {
            var end = isGpt2 ? EndOfGpt2(word, at) : EndOfLlama3(word, at);
            words.Keep(at, end - at);
            at = end;
        }
    }

    static int EndOfGpt2(ReadOnlySpan<char> text, int at)
    {
        if (text[at] == '\'' && Contraction(text[at..], ignoreCase: false) is > 0 and var contraction) return at + contraction;
        var head = text[at] == ' ' && at + 1 < text.Length ? at + 1 : at;
        var kind = CharKind.At(text, head, out var length);
        return kind == CharKind.Blank ? EndOfBlanks(text, at) : CharKind.EndOfRun(text, head + length, kind);
    }

    int EndOfLlama3(ReadOnlySpan<char> text, int at)
    {
        if (text[at] == '\'' && Contraction(text[at..], ignoreCase: true) is > 0 and var contraction) return at + contraction;
        var kind = CharKind.At(text, at, out var length);
        if (kind == CharKind.Letter) return CharKind.EndOfRun(text, at + length, CharKind.Letter);
        if (kind == CharKind.Number) return EndOfDigits(text, at);

        // One character that is no letter, digit or line break may lead a word.
        var head = at + length;
        if (!IsLineBreak(text[at]) && head < text.Length && CharKind.At(text, head, out var next) == CharKind.Letter)
            return CharKind.EndOfRun(text, head + next, CharKind.Letter);

        var symbols = text[at] == ' ' ? head : at;
        if (symbols < text.Length && CharKind.At(text, symbols, out _) == CharKind.Other)
        {
            var end = CharKind.EndOfRun(text, symbols, CharKind.Other);
            while (end < text.Length && IsLineBreak(text[end])) end++;
            return end;
        }
        var blanks = CharKind.EndOfRun(text, at, CharKind.Blank);
        var lastBreak = text[at..blanks].LastIndexOfAny('\r', '\n');
        return lastBreak >= 0 ? at + lastBreak + 1 : EndOfBlanks(text, at);
    }

    int EndOfDigits(ReadOnlySpan<char> text, int at)
    {
        for (var i = 0; i < digits && at < text.Length && CharKind.At(text, at, out var length) == CharKind.Number; i++) at += length;
        return at;
    }

    // \s+(?!\S)|\s+: all blanks but the last, which belongs to the word behind, unless it is the only one.
    static int EndOfBlanks(ReadOnlySpan<char> text, int at)
    {
        var end = CharKind.EndOfRun(text, at, CharKind.Blank);
        return end < text.Length && end - at > 1 ? end - 1 : end;
    }

    static int Contraction(ReadOnlySpan<char> text, bool ignoreCase)
    {
        if (text.Length < 2) return 0;
        var first = ignoreCase ? char.ToLowerInvariant(text[1]) : text[1];
        if (first is 's' or 't' or 'm' or 'd') return 2;
        if (text.Length < 3) return 0;
        var second = ignoreCase ? char.ToLowerInvariant(text[2]) : text[2];
        return (first, second) is ('r', 'e') or ('v', 'e') or ('l', 'l') ? 3 : 0;
    }

    static bool IsLineBreak(char c) => c is '\r' or '\n';
}
