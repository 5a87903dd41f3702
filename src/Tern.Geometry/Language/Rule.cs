using System.Collections.Immutable;

namespace Tern.Geometry.Language;

/// <summary>A predicate's word and variables, as a rule has them: <c>eqangle6 P A P B Q A Q B</c>, <c>simtri* A B C P Q R</c>.</summary>
public sealed record RuleTerm(string Word, ImmutableArray<string> Variables)
{
    public override string ToString() => string.Join(' ', [Word, .. Variables]);
}

/// <summary>A rule of deduction: <c>midp E A B, midp F A C => para E F B C</c>.</summary>
public sealed record Rule(ImmutableArray<RuleTerm> Premises, ImmutableArray<RuleTerm> Conclusions)
{
    public static IReadOnlyList<Rule> Read(string path) => Parse(TextFile.Read(path), path);

    /// <summary>One rule a line.</summary>
    public static IReadOnlyList<Rule> Parse(string text, string source = "rules")
    {
        var rules = new List<Rule>();
        var lines = text.Split('\n');
        for (var i = 0; i < lines.Length; i++)
        {
            var line = new TokenReader(source, i + 1, lines[i].TrimEnd('\r'));
            if (line.AtEnd) continue;
            var premises = Terms(line);
            // '=' is a sign, so that the arrow is read as '=' and a word that begins with '>'.
            if (!line.TryTake("=") || !line.Current.Text.StartsWith('>')) throw line.Error("expected '=>' between premises and conclusions.");
            line.Take();
            var conclusions = Terms(line);
            if (!line.AtEnd) throw line.Error("expected ',' or the end of the line.");
            rules.Add(new Rule(premises, conclusions));
        }
        return rules;
    }

    static ImmutableArray<RuleTerm> Terms(TokenReader line)
    {
        var terms = ImmutableArray.CreateBuilder<RuleTerm>();
        do
        {
            var words = line.TakeWords();
            if (words.Count < 3) throw line.Error("expected a predicate and its points.");
            // Words that only rules have: either orientation (simtri*), and three lines through O at once (eqratio3).
            var plain = words[0].Text.TrimEnd('*');
            if (plain != "eqratio3" && StatementReader.Unknown(plain) is { } unknown) throw line.Error(unknown, words[0]);
            terms.Add(new RuleTerm(words[0].Text, [.. words.Skip(1).Select(token => token.Text)]));
        }
        while (line.TryTake(","));
        return terms.ToImmutable();
    }

    public bool Equals(Rule? other) => other is not null && ToString() == other.ToString();

    public override int GetHashCode() => ToString().GetHashCode(StringComparison.Ordinal);

    public override string ToString() => $"{string.Join(", ", Premises)} => {string.Join(", ", Conclusions)}";
}
