namespace Tern.Geometry.Language;

/// <summary>A word, or one of the signs <c>; , = ? | :</c>, and where it stands. The line's end is an empty word.</summary>
readonly record struct Token(string Text, int Column)
{
    const string Signs = ";,=?|:";

    public bool IsSign => Text.Length == 1 && Signs.Contains(Text[0]);

    public bool IsEnd => Text.Length == 0;

    /// <summary>The tokens of a line, ended by the empty one. What follows # is a remark.</summary>
    public static List<Token> Split(string line)
    {
        var tokens = new List<Token>();
        var i = 0;
        while (i < line.Length && line[i] != '#')
        {
            var start = i;
            if (char.IsWhiteSpace(line[i])) i++;
            else if (Signs.Contains(line[i])) tokens.Add(new Token(line[i++].ToString(), start + 1));
            else
            {
                while (i < line.Length && !char.IsWhiteSpace(line[i]) && !Signs.Contains(line[i]) && line[i] != '#') i++;
                tokens.Add(new Token(line[start..i], start + 1));
            }
        }
        tokens.Add(new Token("", line.AsSpan(0, i).TrimEnd().Length + 1));
        return tokens;
    }
}

/// <summary>Reads the tokens of one line in order.</summary>
sealed class TokenReader(string source, int line, string text)
{
    readonly List<Token> _tokens = Token.Split(text);
    int _next;

    public Token Current => _tokens[_next];

    public bool AtEnd => Current.IsEnd;

    public Token Take() => Current.IsEnd ? Current : _tokens[_next++];

    /// <summary>True, and the sign is passed, where it comes next.</summary>
    public bool TryTake(string sign)
    {
        if (Current.Text != sign) return false;
        _next++;
        return true;
    }

    /// <summary>True where all words on the left of a sign are such; the words on its right end at the next ';'. False where the sign is not there.</summary>
    public bool EveryWordBefore(string sign, Func<string, bool> isSuch)
    {
        var (isLeft, found) = (true, false);
        foreach (var token in _tokens)
        {
            if (token.Text == sign) (isLeft, found) = (false, true);
            else if (token.Text == ";") isLeft = true;
            else if (token.Text is "?" or "|") break;
            else if (isLeft && !token.IsSign && !token.IsEnd && !isSuch(token.Text)) return false;
        }
        return found;
    }

    /// <summary>The words up to the next sign or the end.</summary>
    public List<Token> TakeWords()
    {
        var words = new List<Token>();
        while (!Current.IsSign && !Current.IsEnd) words.Add(Take());
        return words;
    }

    public GeometryException Error(string message, Token? at = null) => new(message, new SourcePlace(source, line, (at ?? Current).Column, text));
}
