using System.Globalization;
using System.Text;
using Tern.Models;

namespace Tern.Run.Constraints;

/// <summary>
/// Reads GBNF, the grammar language of llama.cpp: rules <c>name ::= alternates</c>, literals, character classes, ".", groups,
/// ?, *, +, {m}, {m,}, {m,n}, comments from # to the end of the line.
/// </summary>
sealed class GbnfParser
{
    const int MaxDepth = 200;
    const int MaxRepetitions = 100_000;

    readonly string text;
    int position;
    int depth;

    GbnfParser(string text) => this.text = text;

    public static List<GrammarRule> Parse(string text)
    {
        var parser = new GbnfParser(text);
        var rules = new List<GrammarRule>();
        parser.SkipSpace(newlines: true);
        while (parser.position < text.Length)
        {
            rules.Add(parser.ParseRule());
            parser.SkipSpace(newlines: true);
        }
        return rules;
    }

    public static TernException Error(int line, int column, string problem) => new($"grammar, line {line}, column {column}: {problem}");

    char Current => position < text.Length ? text[position] : '\0';

    GrammarRule ParseRule()
    {
        var (line, column) = PlaceOf(position);
        var name = ParseName() ?? throw Error($"a rule begins with its name, not with {Shown()}");
        SkipSpace(newlines: false);
        if (string.CompareOrdinal(text, position, "::=", 0, 3) != 0) throw Error($"'::=' is expected after the name '{name}', found {Shown()}");
        position += 3;
        SkipSpace(newlines: true);
        var body = ParseAlternation(nested: false);
        if (position < text.Length && Current is not ('\n' or '\r')) throw Error($"the end of the rule '{name}' is expected, found {Shown()}");
        return new GrammarRule(name, body, line, column);
    }

    GrammarNode ParseAlternation(bool nested)
    {
        if (++depth > MaxDepth) throw Error($"groups nest deeper than {MaxDepth} levels");
        var choices = new List<GrammarNode> { ParseSequence(nested) };
        while (true)
        {
            var end = position;
            SkipSpace(newlines: true);
            if (Current != '|')
            {
                if (!nested) position = end;                     // the newline ends the rule
                break;
            }
            position++;
            SkipSpace(newlines: true);
            choices.Add(ParseSequence(nested));
        }
        depth--;
        return choices.Count == 1 ? choices[0] : new AlternationNode([.. choices]);
    }

    SequenceNode ParseSequence(bool nested)
    {
        var items = new List<GrammarNode>();
        while (ParseItem(nested) is { } item)
        {
            items.Add(ParseRepetition(item));
            SkipSpace(nested);
        }
        return new SequenceNode([.. items]);
    }

    GrammarNode? ParseItem(bool nested)
    {
        switch (Current)
        {
            case '"': return ParseLiteral();
            case '[': return ParseClass();
            case '.':
                position++;
                return new CharacterClassNode(CharacterSet.All);
            case '(':
                var open = position++;
                SkipSpace(newlines: true);
                var group = ParseAlternation(nested: true);
                if (Current != ')') throw position >= text.Length ? ErrorAt(open, "the group is never closed: add ')'") : Error($"')' is expected, found {Shown()}");
                position++;
                return group;
            default:
                var start = position;
                if (ParseName() is not { } name) return null;
                var end = position;
                SkipSpace(newlines: false);
                if (nested && string.CompareOrdinal(text, position, "::=", 0, 3) == 0) throw ErrorAt(start, "a rule begins inside of a group: ')' is missing");
                position = end;
                var (line, column) = PlaceOf(start);
                return new RuleReferenceNode(name, line, column);
        }
    }

    GrammarNode ParseRepetition(GrammarNode item)
    {
        var repeated = Current switch
        {
            '?' => Repeat(0, 1),
            '*' => Repeat(0, null),
            '+' => Repeat(1, null),
            '{' => ParseBounds(item),
            _ => item,
        };
        if (!ReferenceEquals(repeated, item) && Current is ('?' or '*' or '+' or '{'))
            throw Error("two repetitions in a row: put the first into parentheses");
        return repeated;

        GrammarNode Repeat(int min, int? max)
        {
            position++;
            return new RepeatNode(item, min, max);
        }
    }

    RepeatNode ParseBounds(GrammarNode item)
    {
        var open = position++;
        SkipSpace(newlines: false);
        var min = ParseCount();
        int? max = min;
        SkipSpace(newlines: false);
        if (Current == ',')
        {
            position++;
            SkipSpace(newlines: false);
            max = char.IsAsciiDigit(Current) ? ParseCount() : null;
            SkipSpace(newlines: false);
        }
        if (Current != '}') throw Error($"'}}' is expected, found {Shown()}");
        position++;
        if (max < min) throw ErrorAt(open, $"the repetition {{{min},{max}}} ends before it begins");
        return new RepeatNode(item, min, max);
    }

    int ParseCount()
    {
        var start = position;
        while (char.IsAsciiDigit(Current)) position++;
        if (start == position) throw Error($"a number is expected, found {Shown()}");
        return int.TryParse(text.AsSpan(start, position - start), CultureInfo.InvariantCulture, out var count) && count <= MaxRepetitions
            ? count
            : throw ErrorAt(start, $"more than {MaxRepetitions} repetitions");
    }

    LiteralNode ParseLiteral()
    {
        var open = position++;
        var literal = new StringBuilder();
        while (Current != '"')
        {
            if (position >= text.Length || Current is '\n') throw ErrorAt(open, "the literal is never closed: add '\"'");
            literal.Append(new Rune(ParseCharacter()).ToString());
        }
        position++;
        return new LiteralNode(literal.ToString());
    }

    CharacterClassNode ParseClass()
    {
        var open = position++;
        var negated = Current == '^';
        if (negated) position++;
        var ranges = new List<(int, int)>();
        while (Current != ']')
        {
            if (position >= text.Length || Current is '\n') throw ErrorAt(open, "the character class is never closed: add ']'");
            var at = position;
            var first = ParseCharacter();
            var last = first;
            if (Current == '-' && position + 1 < text.Length && text[position + 1] != ']')
            {
                position++;
                last = ParseCharacter();
                if (last < first) throw ErrorAt(at, "the range ends before it begins");
            }
            ranges.Add((first, last));
        }
        position++;
        var set = CharacterSet.Normalize(ranges);
        if (negated) set = CharacterSet.Complement(set);
        return set.Length > 0 ? new CharacterClassNode(set) : throw ErrorAt(open, "the character class is empty");
    }

    /// <summary>One code point, maybe escaped.</summary>
    int ParseCharacter()
    {
        if (position >= text.Length) throw Error("a character is expected at the end of the grammar");
        if (Current != '\\')
        {
            if (Rune.DecodeFromUtf16(text.AsSpan(position), out var rune, out var width) != System.Buffers.OperationStatus.Done)
                throw Error("half of a surrogate pair");
            position += width;
            return rune.Value;
        }
        var start = position;
        position += 2;
        switch (start + 1 < text.Length ? text[start + 1] : '\0')
        {
            case 'n': return '\n';
            case 'r': return '\r';
            case 't': return '\t';
            case '\\' or '"' or '[' or ']' or '^' or '-': return text[start + 1];
            case 'x': return ParseHex(start, 2);
            case 'u': return ParseHex(start, 4);
            case 'U': return ParseHex(start, 8);
            default: throw ErrorAt(start, "an unknown escape: there are \\n \\r \\t \\\\ \\\" \\[ \\] \\xHH \\uHHHH \\UHHHHHHHH");
        }
    }

    int ParseHex(int start, int digits)
    {
        if (position + digits > text.Length
            || !int.TryParse(text.AsSpan(position, digits), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out var value))
            throw ErrorAt(start, $"the escape needs {digits} hexadecimal digits");
        position += digits;
        return Rune.IsValid(value) ? value : throw ErrorAt(start, "the escape names no Unicode character");
    }

    string? ParseName()
    {
        var start = position;
        while (char.IsAsciiLetterOrDigit(Current) || Current is '-' or '_') position++;
        return position > start ? text[start..position] : null;
    }

    void SkipSpace(bool newlines)
    {
        while (position < text.Length)
        {
            if (Current is ' ' or '\t' || (newlines && Current is ('\n' or '\r'))) position++;
            else if (Current == '#')
                while (position < text.Length && Current is not ('\n' or '\r')) position++;
            else return;
        }
    }

    string Shown() => position >= text.Length ? "the end" : Current is '\n' or '\r' ? "the end of the line" : $"'{Current}'";

    TernException Error(string problem) => ErrorAt(position, problem);

    TernException ErrorAt(int at, string problem)
    {
        var (line, column) = PlaceOf(at);
        return Error(line, column, problem);
    }

    (int Line, int Column) PlaceOf(int at)
    {
        at = Math.Min(at, text.Length);
        var before = text.AsSpan(0, at);
        return (before.Count('\n') + 1, at - before.LastIndexOf('\n'));
    }
}
