using System.Text;
using Tern.Run.Constraints;

namespace Tern.Run.Tests.Constraints;

public sealed class GrammarConstraintTests
{
    /// <summary>Pieces that overlap, repeat, and cut characters in every place; the last id is EOS.</summary>
    static readonly byte[]?[] Vocabulary =
    [
        .. new[] { "a", "b", "ab", "aba", "(", ")", "()", "((", "))", ")(", "é", "😀", "a", "", "(a", "aé" }.Select(Encoding.UTF8.GetBytes),
        [0xC3], [0xA9], [0xF0, 0x9F], [0x98], [0x98, 0x80], [0x80, (byte)'a'], [0xFF], [(byte)'a', 0xC3],
        null,
    ];

    const int Eos = 24;

    static readonly TokenTrie Trie = new(Vocabulary.Length, id => Vocabulary[id] is { } bytes ? (ReadOnlyMemory<byte>?)bytes : null);

    /// <summary>Grammars with what their prefixes and texts are, said in another way.</summary>
    public static TheoryData<string, Func<string, bool>, Func<string, bool>> Languages => new()
    {
        { "root ::= (\"a\" | \"b\")*", text => text.All(c => c is 'a' or 'b'), text => true },
        { "root ::= \"(\" root \")\" root | \"\"", text => text.All(c => c is '(' or ')') && Depths(text).All(depth => depth >= 0), text => Depths(text).LastOrDefault() == 0 },
        { "root ::= [aé😀]{2,4}", text => text.EnumerateRunes().All(r => r.ToString() is "a" or "é" or "😀") && text.EnumerateRunes().Count() <= 4, text => text.EnumerateRunes().Count() >= 2 },
        { "root ::= \"ab\"+ \"a\"?", text => "abababababababababababababab".StartsWith(text, StringComparison.Ordinal), text => text.Length >= 2 },
        { "root ::= [^a]* \"a\"", text => text.IndexOf('a') is var at && (at < 0 || at == text.Length - 1), text => text.EndsWith('a') },
    };

    [Theory]
    [MemberData(nameof(Languages))]
    public void A_token_is_allowed_exactly_when_the_text_with_it_is_still_a_prefix(string gbnf, Func<string, bool> isPrefix, Func<string, bool> isText)
    {
        var random = new Random(11);
        var grammar = Grammar.Parse(gbnf);
        for (var walk = 0; walk < 40; walk++)
        {
            var constraint = new GrammarConstraint(grammar, Trie, [Eos]);
            var bytes = new List<byte>();
            for (var step = 0; step < 12; step++)
            {
                var allowed = AllowedBy(constraint);
                for (var id = 0; id < Vocabulary.Length; id++)
                {
                    var expected = Vocabulary[id] is { } piece
                        ? piece.Length > 0 && IsPrefix([.. bytes, .. piece], isPrefix)
                        : IsText([.. bytes], isText);
                    Assert.True(expected == allowed.Contains(id), $"after '{Encoding.UTF8.GetString([.. bytes])}': token {id}");
                    Assert.Equal(expected, constraint.Allows(id));
                }
                var choices = allowed.Where(id => id != Eos).ToArray();
                if (choices.Length == 0) break;
                var token = choices[random.Next(choices.Length)];
                constraint.Accept(token);
                bytes.AddRange(Vocabulary[token]!);
            }
        }
    }

    [Fact]
    public void Accepting_what_is_not_allowed_throws_and_changes_nothing()
    {
        var constraint = new GrammarConstraint(Grammar.Parse("root ::= \"ab\""), Trie, [Eos]);
        Assert.Throws<InvalidOperationException>(() => constraint.Accept(1));
        Assert.Throws<InvalidOperationException>(() => constraint.Accept(Eos));
        Assert.Throws<InvalidOperationException>(() => constraint.Accept(-1));
        Assert.Throws<InvalidOperationException>(() => constraint.Accept(1000));
        constraint.Accept(0);
        constraint.Accept(1);
        Assert.True(constraint.CanEnd);
        constraint.Accept(Eos);
        Assert.Equal([Eos], AllowedBy(constraint));
    }

    [Fact]
    public void Forks_move_independently()
    {
        var constraint = new GrammarConstraint(Grammar.Parse("root ::= \"ab\" | \"(\""), Trie, [Eos]);
        var fork = constraint.Fork();
        fork.Accept(4);
        Assert.True(constraint.Allows(2));
        Assert.False(fork.Allows(2));
        Assert.True(fork.Fork().Allows(Eos));
    }

    [Fact]
    public void Logits_beyond_the_vocabulary_are_masked_and_allowed_ones_stay_as_they_were()
    {
        var logits = Enumerable.Range(0, 200).Select(i => (float)i).ToArray();
        new GrammarConstraint(Grammar.Parse("root ::= \"b\"?"), Trie, [Eos]).Mask(logits);
        for (var i = 0; i < logits.Length; i++) Assert.Equal(i is 1 or Eos ? i : float.NegativeInfinity, logits[i]);
    }

    [Fact]
    public void One_grammar_serves_many_threads()
    {
        var grammar = Grammar.Parse("root ::= \"(\" root \")\" root | [ab] | \"\"");
        Parallel.For(0, 8, seed =>
        {
            var random = new Random(seed);
            var constraint = new GrammarConstraint(grammar, Trie, [Eos]);
            for (var step = 0; step < 200; step++)
            {
                var choices = AllowedBy(constraint).Where(id => id != Eos).ToArray();
                if (choices.Length == 0) break;
                constraint.Accept(choices[random.Next(choices.Length)]);
            }
        });
    }

    static HashSet<int> AllowedBy(GrammarConstraint constraint)
    {
        var logits = new float[Vocabulary.Length];
        constraint.Mask(logits);
        return [.. Enumerable.Range(0, logits.Length).Where(id => logits[id] == 0)];
    }

    static IEnumerable<int> Depths(string text)
    {
        var depth = 0;
        foreach (var character in text) yield return depth += character == '(' ? 1 : -1;
    }

    static bool IsText(byte[] bytes, Func<string, bool> isText)
    {
        var text = Encoding.UTF8.GetString(bytes);
        return !text.Contains('\uFFFD') && isText(text);
    }

    /// <summary>Bytes that end inside of a character are a prefix if one of the characters that complete them is.</summary>
    static bool IsPrefix(byte[] bytes, Func<string, bool> isPrefix)
    {
        var candidates = new List<byte[]> { bytes };
        foreach (var character in new[] { "é", "😀" }.Select(Encoding.UTF8.GetBytes))
            for (var cut = 1; cut < character.Length; cut++)
                if (bytes.AsSpan().EndsWith(character.AsSpan(0, cut))) candidates.Add([.. bytes, .. character[cut..]]);
        foreach (byte continuation in (byte[])[0x80, 0x90, 0xA0, 0xBF])
            for (var missing = 1; missing <= 3; missing++) candidates.Add([.. bytes, .. Enumerable.Repeat(continuation, missing)]);
        return candidates.Any(candidate =>
        {
            var text = Encoding.UTF8.GetString(candidate);
            return !text.Contains('\uFFFD') && isPrefix(text);
        });
    }
}
