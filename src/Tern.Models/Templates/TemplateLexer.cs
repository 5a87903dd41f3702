using System.Globalization;
using System.Text;
using System.Text.RegularExpressions;

namespace Tern.Models.Templates;

enum TokenKind
{
    Data,
    VariableBegin,
    VariableEnd,
    BlockBegin,
    BlockEnd,
    Name,
    String,
    Integer,
    Float,
    Operator,
    End,
}

readonly record struct Token(TokenKind Kind, string Text, int Line);

/// <summary>
/// Jinja source to tokens, with the environment of transformers: trim_blocks (the newline after a block goes), lstrip_blocks (the
/// blanks before a block that begins a line go), no trailing newline; "-" beside a tag strips all white space, "+" keeps it.
/// </summary>
sealed partial class TemplateLexer
{
    static readonly string[] Operators =
        ["**", "//", "==", "!=", "<=", ">=", "+", "-", "*", "/", "%", "~", "<", ">", "=", "(", ")", "[", "]", "{", "}", ".", ",", ":", "|"];

    readonly string source;
    readonly List<Token> tokens = [];
    int position;
    int line = 1;
    int lineCountedTo;
    bool atLineStart = true;

    TemplateLexer(string source) => this.source = source;

    public static List<Token> Tokenize(string source)
    {
        source = source.Replace("\r\n", "\n").Replace('\r', '\n');
        if (source.EndsWith('\n')) source = source[..^1];
        var lexer = new TemplateLexer(source);
        while (lexer.position < source.Length) lexer.ReadDataAndTag();
        lexer.Add(TokenKind.End, "end of template");
        return lexer.tokens;
    }

    public static TernException Error(int line, string problem) => new($"chat template, line {line}: {problem}");

    void ReadDataAndTag()
    {
        var tag = position;
        while (tag < source.Length && !(source[tag] == '{' && tag + 1 < source.Length && source[tag + 1] is '{' or '%' or '#')) tag++;
        var data = source[position..tag];
        if (tag == source.Length)
        {
            AddData(data);
            position = tag;
            return;
        }

        var kind = source[tag + 1];
        var sign = tag + 2 < source.Length ? source[tag + 2] : '\0';
        AddData(sign == '-' ? data.TrimEnd() : sign != '+' && kind != '{' ? WithoutIndent(data) : data);
        position = tag;
        var raw = kind == '%' ? RawBegin().Match(source, tag) : Match.Empty;
        if (raw.Success) ReadRaw(raw);
        else if (kind == '#') ReadComment();
        else ReadTag(kind == '{', sign is '-' or '+' ? 3 : 2);
    }

    string WithoutIndent(string data)
    {
        var start = data.LastIndexOf('\n') + 1;
        return (start > 0 || atLineStart) && string.IsNullOrWhiteSpace(data[start..]) ? data[..start] : data;
    }

    void ReadRaw(Match begin)
    {
        var end = RawEnd().Match(source, begin.Index + begin.Length);
        if (!end.Success) throw Error(LineAt(position), "{% raw %} is never closed: add {% endraw %}");
        var data = source[(begin.Index + begin.Length)..end.Index];
        position = begin.Index + begin.Length;
        if (begin.Value.EndsWith("-%}", StringComparison.Ordinal)) data = data.TrimStart();
        else if (data.StartsWith('\n')) data = data[1..];
        if (end.Value.StartsWith("{%-", StringComparison.Ordinal)) data = data.TrimEnd();
        AddData(data);
        position = end.Index + end.Length;
        SkipAfterTag(end.Value[^3]);
    }

    void ReadComment()
    {
        var end = source.IndexOf("#}", position + 2, StringComparison.Ordinal);
        if (end < 0) throw Error(LineAt(position), "the comment is never closed: add '#}'");
        position = end + 2;
        SkipAfterTag(source[end - 1]);
    }

    /// <summary>White space after "-%}" goes, after "+%}" stays; else a newline goes.</summary>
    void SkipAfterTag(char sign)
    {
        var start = position;
        if (sign == '-')
            while (position < source.Length && char.IsWhiteSpace(source[position])) position++;
        else if (sign != '+' && position < source.Length && source[position] == '\n') position++;
        atLineStart = position > start && source[position - 1] == '\n';
    }

    void ReadTag(bool variable, int width)
    {
        var begun = LineAt(position);
        Add(variable ? TokenKind.VariableBegin : TokenKind.BlockBegin, source.Substring(position, 2));
        position += width;
        var end = variable ? "}}" : "%}";
        var open = 0;                                            // brackets that "}}" may close
        while (true)
        {
            while (position < source.Length && char.IsWhiteSpace(source[position])) position++;
            if (position >= source.Length) throw Error(begun, $"the tag is never closed: add '{end}'");
            if (open == 0)
            {
                var sign = source[position] is '-' or '+' ? source[position] : '\0';
                if (sign == '+' && variable) sign = '\0';
                if (string.CompareOrdinal(source, position + (sign == '\0' ? 0 : 1), end, 0, 2) == 0)
                {
                    Add(variable ? TokenKind.VariableEnd : TokenKind.BlockEnd, end);
                    position += sign == '\0' ? 2 : 3;
                    SkipAfterTag(variable && sign == '\0' ? '+' : sign);
                    return;
                }
            }
            ReadToken(ref open);
        }
    }

    void ReadToken(ref int open)
    {
        var start = position;
        var first = source[position];
        if (char.IsAsciiLetter(first) || first == '_')
        {
            while (position < source.Length && (char.IsAsciiLetterOrDigit(source[position]) || source[position] == '_')) position++;
            Add(TokenKind.Name, source[start..position], start);
        }
        else if (char.IsAsciiDigit(first))
        {
            var number = Number().Match(source, position);
            position += number.Length;
            Add(number.Groups[1].Success || number.Groups[2].Success ? TokenKind.Float : TokenKind.Integer, number.Value.Replace("_", ""), start);
        }
        else if (first is '\'' or '"')
        {
            Add(TokenKind.String, ReadString(first), start);
        }
        else
        {
            var found = Array.Find(Operators, candidate => string.CompareOrdinal(source, start, candidate, 0, candidate.Length) == 0)
                ?? throw Error(LineAt(start), $"unexpected character '{first}'");
            if (found is "(" or "[" or "{") open++;
            if (found is ")" or "]" or "}") open--;
            if (open < 0) throw Error(LineAt(start), $"'{found}' closes nothing");
            position += found.Length;
            Add(TokenKind.Operator, found, start);
        }
    }

    string ReadString(char quote)
    {
        var start = position++;
        var text = new StringBuilder();
        while (position < source.Length && source[position] != quote)
        {
            if (source[position] != '\\')
            {
                text.Append(source[position++]);
                continue;
            }
            if (position + 1 >= source.Length) break;
            var escape = source[position + 1];
            position += 2;
            switch (escape)
            {
                case 'n': text.Append('\n'); break;
                case 't': text.Append('\t'); break;
                case 'r': text.Append('\r'); break;
                case 'b': text.Append('\b'); break;
                case 'f': text.Append('\f'); break;
                case 'v': text.Append('\v'); break;
                case 'x': text.Append((char)ReadHex(2)); break;
                case 'u': text.Append((char)ReadHex(4)); break;
                case 'U':
                    var point = ReadHex(8);
                    if (!Rune.IsValid(point)) throw Error(LineAt(start), "\\U names no Unicode character");
                    text.Append(new Rune(point).ToString());
                    break;
                case '\\' or '\'' or '"': text.Append(escape); break;
                case '\n': break;
                default: text.Append('\\').Append(escape); break;
            }
        }
        if (position >= source.Length) throw Error(LineAt(start), "the string is never closed");
        position++;
        return text.ToString();
    }

    int ReadHex(int digits)
    {
        if (position + digits > source.Length
            || !int.TryParse(source.AsSpan(position, digits), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out var value))
            throw Error(LineAt(Math.Min(position, source.Length - 1)), $"the escape needs {digits} hexadecimal digits");
        position += digits;
        return value;
    }

    void AddData(string data)
    {
        if (data.Length > 0) tokens.Add(new Token(TokenKind.Data, data, LineAt(position)));
    }

    void Add(TokenKind kind, string text, int? at = null) => tokens.Add(new Token(kind, text, LineAt(at ?? Math.Min(position, source.Length))));

    int LineAt(int offset)
    {
        if (offset < lineCountedTo)
        {
            line = 1;
            lineCountedTo = 0;
        }
        line += source.AsSpan(lineCountedTo, offset - lineCountedTo).Count('\n');
        lineCountedTo = offset;
        return line;
    }

    [GeneratedRegex(@"\G\{%[-+]?\s*raw\s*-?%\}")]
    private static partial Regex RawBegin();

    [GeneratedRegex(@"\{%[-+]?\s*endraw\s*[-+]?%\}")]
    private static partial Regex RawEnd();

    [GeneratedRegex(@"\G\d+(?:_\d+)*(\.\d+)?([eE][+-]?\d+)?")]
    private static partial Regex Number();
}
