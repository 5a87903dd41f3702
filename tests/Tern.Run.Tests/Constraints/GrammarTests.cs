using System.Text;
using Tern.Models;
using Tern.Run.Constraints;

namespace Tern.Run.Tests.Constraints;

public sealed class GrammarTests
{
    [Theory]
    [InlineData("root ::= \"ab\"", "ab", "a|abc||b")]
    [InlineData("root ::= \"ab\" | \"c\"", "ab|c", "abc|")]
    [InlineData("root ::= [a-c]+ [^x]?", "a|abcabc|aé|a1", "|x|ax|aéé")]
    [InlineData("root ::= \"a\"{2}", "aa", "a|aaa|")]
    [InlineData("root ::= \"a\"{2,}", "aa|aaaaaa", "a|")]
    [InlineData("root ::= \"a\"{1,3}", "a|aa|aaa", "aaaa|")]
    [InlineData("root ::= (\"a\" | \"bc\"){2,3}", "aa|abc|bcbcbc", "a|bc|aaaa")]
    [InlineData("root ::= \"a\"{0} \"b\"", "b", "ab|a")]
    [InlineData("root ::= (\"a\"*)* \"b\"", "b|aaab", "a|")]
    [InlineData("root ::= .", "a|é|😀|\n", "|ab")]
    [InlineData("root ::= [\\x41\\u00e9\\U0001F600]", "A|é|😀", "a|e")]
    [InlineData("root ::= \"\\\"\\\\\\n\\t\"", "\"\\\n\t", "x")]
    [InlineData("root ::= [\\]\\[a-]", "]|[|a|-", "b")]
    [InlineData("root ::= \"(\" root \")\" root | \"\"", "|()|(())()", "(|)|())")]
    [InlineData("# a comment\nroot ::= a | # another\n  b\na ::= \"x\" b?\nb::=\"y\"\n", "x|xy|y", "yy|z")]
    [InlineData("root ::= (\n  \"a\"\n  | \"b\"\n)\n", "a|b", "ab")]
    [InlineData("root ::= \"a\"\n  | \"b\"\n", "a|b", "ab")]
    [InlineData("root ::= \"a\" root | \"a\"", "a|aaaa", "|b")]
    public void Grammars_accept_their_texts_and_no_others(string gbnf, string accepted, string refused)
    {
        var grammar = Grammar.Parse(gbnf);
        Assert.All(accepted.Split('|'), text => Assert.True(grammar.Accepts(text), text));
        Assert.All(refused.Split('|'), text => Assert.False(grammar.Accepts(text), text));
    }

    [Theory]
    [InlineData("root ::= \"a", "line 1, column 10", "never closed")]
    [InlineData("root ::= [a", "line 1, column 10", "never closed")]
    [InlineData("root ::= (\"a\"", "line 1, column 10", "never closed")]
    [InlineData("root ::= \"a\"\nx = \"b\"", "line 2, column 3", "'::='")]
    [InlineData("root ::= b", "line 1, column 10", "no rule 'b'")]
    [InlineData("a ::= \"x\"", "no rule 'root'", "root ::=")]
    [InlineData("root ::= \"a\"\nroot ::= \"b\"", "line 2, column 1", "twice")]
    [InlineData("root ::= root \"a\" | \"b\"", "line 1", "left recursion: root -> root")]
    [InlineData("root ::= x\nx ::= y? z\ny ::= \"a\"\nz ::= x \"b\" | \"c\"", "left recursion", "x -> z -> x")]
    [InlineData("root ::= (root | \"a\")*", "line 1", "left recursion")]
    [InlineData("root ::= \"a\" root", "line 1", "never end")]
    [InlineData("root ::= \"a\"{3,2}", "line 1, column 13", "ends before")]
    [InlineData("root ::= \"a\"{x}", "line 1, column 14", "number")]
    [InlineData("root ::= [z-a]", "line 1, column 11", "ends before")]
    [InlineData("root ::= []", "line 1, column 10", "empty")]
    [InlineData("root ::= \"\\q\"", "line 1, column 11", "escape")]
    [InlineData("root ::= \"\\ud800\"", "line 1, column 11", "no Unicode character")]
    [InlineData("root ::= \"a\" )", "line 1, column 14", "')'")]
    [InlineData("root ::= \"a\"*+", "line 1, column 14", "parentheses")]
    [InlineData("root ::= \"a\"{999999999}", "line 1", "repetitions")]
    public void Bad_grammars_are_refused_with_line_and_column(string gbnf, params string[] parts)
    {
        var error = Assert.Throws<TernException>(() => Grammar.Parse(gbnf));
        Assert.All(parts, part => Assert.Contains(part, error.Message));
    }

    [Fact]
    public void Hostile_grammars_are_refused_and_do_not_fill_the_stack()
    {
        Assert.Throws<TernException>(() => Grammar.Parse("root ::= " + new string('(', 100_000)));
        Assert.Throws<TernException>(() => Grammar.Parse("root ::= " + string.Concat(Enumerable.Repeat("(", 1000)) + "\"a\"" + string.Concat(Enumerable.Repeat("){99}", 1000))));
    }

    [Fact]
    public void Nested_repetitions_cost_the_sum_and_not_the_product()
    {
        var grammar = Grammar.Parse("root ::= (([ab]{100}){100}){100}");
        Assert.True(grammar.AcceptsPrefix("abab"u8));
    }

    [Fact]
    public void A_class_reads_its_code_points_and_no_others()
    {
        var random = new Random(3);
        int[] edges = [0, 0x7F, 0x80, 0x7FF, 0x800, 0xFFF, 0x1000, 0xD7FF, 0xE000, 0xFFFF, 0x10000, 0x3FFFF, 0x40000, 0x10FFFF];
        for (var round = 0; round < 100; round++)
        {
            var ends = new[] { edges[random.Next(edges.Length)], random.Next(2) == 0 ? random.Next(0xD800) : edges[random.Next(edges.Length)] }.Order().ToArray();
            var grammar = Grammar.Parse($"root ::= [\\U{ends[0]:x8}-\\U{ends[1]:x8}]");
            var complement = Grammar.Parse($"root ::= [^\\U{ends[0]:x8}-\\U{ends[1]:x8}] | \"none\"");
            foreach (var point in edges.Concat(ends).Concat(ends.Select(end => end + 1)).Concat(Enumerable.Range(0, 20).Select(_ => random.Next(0x110000))).Where(Rune.IsValid))
            {
                var inside = ends[0] <= point && point <= ends[1];
                Assert.Equal(inside, grammar.Accepts(new Rune(point).ToString()));
                Assert.Equal(!inside, complement.Accepts(new Rune(point).ToString()));
            }
            Assert.False(grammar.AcceptsPrefix([0xC0]) || grammar.AcceptsPrefix([0xED, 0xA0]) || grammar.AcceptsPrefix([0xF5]) || grammar.AcceptsPrefix([0xE0, 0x80]));
        }
    }

    [Fact]
    public void A_prefix_may_end_inside_of_a_character()
    {
        var grammar = Grammar.Parse("root ::= [é-ë]");
        Assert.True(grammar.AcceptsPrefix([0xC3]));
        Assert.True(grammar.AcceptsPrefix([0xC3, 0xA9]));
        Assert.False(grammar.AcceptsPrefix([0xC3, 0xA8]));
        Assert.False(grammar.AcceptsPrefix([0xC2]));
    }
}
