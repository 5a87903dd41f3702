using System.Globalization;
using System.Text;

namespace Tern.Run.Constraints.Schemas;

/// <summary>
/// A regular expression (ECMA-262, what is regular of it) as the GBNF of the inside of a JSON string. Characters, classes, escapes, groups,
/// alternation, repetition, and the anchors at both ends of an alternative; without an anchor anything may stand there.
/// </summary>
sealed class PatternGrammar
{
    const int MaxDepth = 60;
    const int MaxRepetitions = 10_000;

    static readonly (int First, int Last)[] Digits = [('0', '9')];
    static readonly (int First, int Last)[] Word = [('0', '9'), ('A', 'Z'), ('_', '_'), ('a', 'z')];
    static readonly (int First, int Last)[] Space =
        [(9, 13), (' ', ' '), (0xA0, 0xA0), (0x1680, 0x1680), (0x2000, 0x200A), (0x2028, 0x2029), (0x202F, 0x202F), (0x205F, 0x205F), (0x3000, 0x3000), (0xFEFF, 0xFEFF)];
    static readonly (int First, int Last)[] LineEnds = [('\n', '\n'), ('\r', '\r'), (0x2028, 0x2029)];

    readonly string pattern;
    readonly Func<string, Exception> error;
    int position;
    int depth;

    PatternGrammar(string pattern, Func<string, Exception> error)
    {
        this.pattern = pattern;
        this.error = error;
    }

    /// <param name="pattern">The expression.</param>
    /// <param name="minLength">The number of characters of the text; only a single repeated class can be held to it.</param>
    /// <param name="maxLength">Likewise; null: any.</param>
    /// <param name="anything">The GBNF of any character.</param>
    /// <param name="error">Makes the exception of a problem.</param>
    public static string ToGbnf(string pattern, int minLength, int? maxLength, string anything, Func<string, Exception> error)
    {
        var parser = new PatternGrammar(pattern, error);
        var choices = new List<string>();
        do choices.Add(parser.ParseWhole(minLength, maxLength, anything));
        while (parser.Take('|'));
        if (parser.position < pattern.Length) throw parser.Problem("')' closes no group");
        return choices.Count == 1 ? choices[0] : $"({string.Join(" | ", choices)})";
    }

    /// <summary>One alternative of the top level, the only place of anchors.</summary>
    string ParseWhole(int minLength, int? maxLength, string anything)
    {
        var fromStart = Take('^');
        var items = ParseSequence();
        var toEnd = Take('$');
        if (toEnd && position < pattern.Length && pattern[position] != '|') throw Problem("'$' is understood only at the end");
        if (minLength > 0 || maxLength is not null)
        {
            if (!fromStart || !toEnd || items is not [{ IsClass: true } only])
                throw Problem("together with minLength or maxLength it must be one repeated class between ^ and $; write the length into it, as in ^[a-z]{1,20}$");
            var min = Math.Max(only.Min, minLength);
            var max = only.Max is { } most ? Math.Min(most, maxLength ?? most) : maxLength;
            return max < min ? throw Problem("no text has both this form and the length that minLength and maxLength want") : new Item(only.Gbnf, min, max, IsClass: true).ToString();
        }
        var inner = string.Join(' ', items.Where(item => item.Max != 0));
        return string.Join(' ', new[] { fromStart ? "" : $"{anything}*", inner, toEnd ? "" : $"{anything}*" }.Where(part => part.Length > 0)) is { Length: > 0 } gbnf ? gbnf : "\"\"";
    }

    string ParseGroup()
    {
        if (++depth > MaxDepth) throw Problem($"groups nest deeper than {MaxDepth} levels");
        var open = position - 1;
        if (Take('?'))
        {
            if (Take('<') && position < pattern.Length && pattern[position] is not ('=' or '!'))
            {
                var close = pattern.IndexOf('>', position);
                if (close < 0) throw Problem("the name of a group is never closed: add '>'");
                position = close + 1;
            }
            else if (!Take(':')) throw Problem("look-around and flags cannot be said by a grammar");
        }
        var choices = new List<string>();
        do choices.Add(ParseSequence() is { Count: > 0 } items ? string.Join(' ', items.Where(item => item.Max != 0)) : "\"\"");
        while (Take('|'));
        if (!Take(')')) throw Problem(position >= pattern.Length ? $"the group that opens at character {open + 1} is never closed: add ')'" : $"'{pattern[position]}' cannot stand inside of a group");
        depth--;
        return $"({string.Join(" | ", choices.Select(choice => choice.Length > 0 ? choice : "\"\""))})";
    }

    List<Item> ParseSequence()
    {
        var items = new List<Item>();
        while (position < pattern.Length && pattern[position] is not ('|' or ')' or '$'))
        {
            var isClass = pattern[position] != '(';
            var atom = Take('(') ? ParseGroup() : JsonText.Characters(ParseCharacters());
            items.Add(ParseQuantifier(atom, isClass));
        }
        return items;
    }

    Item ParseQuantifier(string atom, bool isClass)
    {
        var item = new Item(atom, 1, 1, isClass);
        if (Take('*')) item = item with { Min = 0, Max = null };
        else if (Take('+')) item = item with { Max = null };
        else if (Take('?')) item = item with { Min = 0 };
        else if (Take('{'))
        {
            var min = ParseCount();
            int? max = min;
            if (Take(',')) max = position < pattern.Length && pattern[position] != '}' ? ParseCount() : null;
            if (!Take('}') || max < min) throw Problem("a repetition must be {n}, {n,} or {n,m}");
            item = item with { Min = min, Max = max };
        }
        else return item;
        if (Take('+') || Take('*') || Take('{')) throw Problem("two repetitions in a row");
        Take('?');                                               // lazy or not: the texts are the same
        return item;
    }

    int ParseCount()
    {
        var start = position;
        while (position < pattern.Length && char.IsAsciiDigit(pattern[position])) position++;
        return int.TryParse(pattern.AsSpan(start, position - start), NumberStyles.None, CultureInfo.InvariantCulture, out var count) && count <= MaxRepetitions
            ? count
            : throw Problem($"a number up to {MaxRepetitions} is expected");
    }

    (int First, int Last)[] ParseCharacters()
    {
        if (pattern[position] is '^') throw Problem("'^' is understood only at the beginning");
        if (pattern[position] is '*' or '+' or '?' or '{') throw Problem($"'{pattern[position]}' repeats nothing");
        if (Take('.')) return CharacterSet.Complement(CharacterSet.Normalize(LineEnds));
        if (Take('[')) return ParseClass();
        if (Take('\\')) return ParseEscape(inClass: false);
        return One(ParsePlain());
    }

    (int First, int Last)[] ParseClass()
    {
        var negated = Take('^');
        var ranges = new List<(int First, int Last)>();
        while (!Take(']'))
        {
            if (position >= pattern.Length) throw Problem("a class is never closed: add ']'");
            var first = ParseClassItem();
            if (first is [var from] && from.First == from.Last && position + 1 < pattern.Length && pattern[position] == '-' && pattern[position + 1] != ']')
            {
                position++;
                if (ParseClassItem() is not [var to] || to.First != to.Last || to.First < from.First) throw Problem("a range of a class must go from a character to a later one");
                ranges.Add((from.First, to.First));
            }
            else ranges.AddRange(first);
        }
        var set = CharacterSet.Normalize(ranges);
        if (negated) set = CharacterSet.Complement(set);
        return set.Length > 0 ? set : throw Problem("a class is empty");
    }

    (int First, int Last)[] ParseClassItem() => position < pattern.Length && Take('\\') ? ParseEscape(inClass: true) : One(ParsePlain());

    (int First, int Last)[] ParseEscape(bool inClass)
    {
        if (position >= pattern.Length) throw Problem("a backslash ends it");
        var letter = pattern[position++];
        switch (letter)
        {
            case 'd': return Digits;
            case 'D': return CharacterSet.Complement(Digits);
            case 'w': return Word;
            case 'W': return CharacterSet.Complement(Word);
            case 's': return Space;
            case 'S': return CharacterSet.Complement(Space);
            case 'n': return One('\n');
            case 'r': return One('\r');
            case 't': return One('\t');
            case 'f': return One('\f');
            case 'v': return One('\v');
            case 'b' when inClass: return One('\b');
            case 'x': return One(ParseHex(2));
            case 'u': return One(Take('{') ? ParseHex(Math.Max(0, pattern.IndexOf('}', position) - position), closed: true) : ParseHex(4));
            default:
                return char.IsAsciiLetterOrDigit(letter) ? throw Problem($"the escape \\{letter} cannot be said by a grammar") : One(letter);
        }
    }

    int ParseHex(int digits, bool closed = false)
    {
        if (digits is 0 or > 6 || position + digits > pattern.Length
            || !int.TryParse(pattern.AsSpan(position, digits), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out var point) || !Rune.IsValid(point))
            throw Problem("an escape with hexadecimal digits names no character");
        position += digits + (closed ? 1 : 0);
        return point;
    }

    int ParsePlain()
    {
        if (position >= pattern.Length) throw Problem("a class is never closed: add ']'");
        if (!Rune.TryGetRuneAt(pattern, position, out var rune)) throw Problem("half of a surrogate pair");
        position += rune.Utf16SequenceLength;
        return rune.Value;
    }

    static (int First, int Last)[] One(int point) => [(point, point)];

    bool Take(char expected)
    {
        if (position >= pattern.Length || pattern[position] != expected) return false;
        position++;
        return true;
    }

    Exception Problem(string what) => error($"the pattern '{pattern}', character {Math.Min(position + 1, pattern.Length)}: {what}");

    readonly record struct Item(string Gbnf, int Min, int? Max, bool IsClass)
    {
        public override string ToString() => (Min, Max) switch
        {
            (1, 1) => Gbnf,
            (0, 1) => $"{Gbnf}?",
            (0, null) => $"{Gbnf}*",
            (1, null) => $"{Gbnf}+",
            _ => $"{Gbnf}{{{Min},{Max}}}",
        };
    }
}
