namespace Tern.Run.Constraints.Schemas;

/// <summary>The rules of JSON itself (RFC 8259) and of the formats (RFC 3339, RFC 9562); those that a schema uses are added to its grammar.</summary>
static class JsonGrammar
{
    /// <summary>The values of the keyword format that are enforced.</summary>
    public static readonly string[] Formats = ["date", "time", "date-time", "uuid"];

    public static readonly Dictionary<string, string> Rules = new(StringComparer.Ordinal)
    {
        ["value"] = "object | array | string | number | boolean | null",
        ["object"] = """ "{" ws (string ":" ws value ("," ws string ":" ws value)* ws)? "}" """.Trim(),
        ["array"] = """ "[" ws (value ("," ws value)* ws)? "]" """.Trim(),
        ["string"] = """ "\"" character* "\"" """.Trim(),
        ["character"] = """ [^"\\\x00-\x1f] | "\\" (["\\/bfnrt] | "u" unit) """.Trim(),
        // One character of UTF-16: half of a surrogate pair needs the other half.
        ["unit"] = """([0-9a-cA-CefEF] hex | [dD] [0-7]) hex{2} | [dD] [89abAB] hex{2} "\\u" [dD] [c-fC-F] hex{2}""",
        ["hex"] = "[0-9a-fA-F]",
        // As a string with a pattern has them: nothing is escaped that need not be.
        ["unescaped"] = JsonText.Characters(CharacterSet.All),
        ["number"] = """integer ("." [0-9]{1,24})? ([eE] [+\-]? [0-9]{1,3})?""",
        ["integer"] = """ "-"? ("0" | [1-9] [0-9]{0,23}) """.Trim(),
        ["boolean"] = "\"true\" | \"false\"",
        ["null"] = "\"null\"",
        ["ws"] = """ (" " | "\r"? "\n" [ \t]{0,40})? """.Trim(),
        ["date"] = """[0-9]{4} "-" (("0" [13578] | "1" [02]) "-" ("0" [1-9] | [12] [0-9] | "3" [01]) | ("0" [469] | "11") "-" ("0" [1-9] | [12] [0-9] | "30") | "02-" ("0" [1-9] | [12] [0-9]))""",
        ["time"] = """([01] [0-9] | "2" [0-3]) ":" [0-5] [0-9] ":" [0-5] [0-9] ("." [0-9]{1,9})? ("Z" | [+\-] ([01] [0-9] | "2" [0-3]) ":" [0-5] [0-9])""",
        ["date-time"] = "date \"T\" time",
        ["uuid"] = """hex{8} "-" hex{4} "-" hex{4} "-" hex{4} "-" hex{12}""",
    };

    static readonly Dictionary<string, string[]> needs = new(StringComparer.Ordinal)
    {
        ["value"] = ["object", "array", "string", "number", "boolean", "null"],
        ["object"] = ["ws", "string", "value"],
        ["array"] = ["ws", "value"],
        ["string"] = ["character"],
        ["character"] = ["unit"],
        ["unit"] = ["hex"],
        ["number"] = ["integer"],
        ["date-time"] = ["date", "time"],
        ["uuid"] = ["hex"],
    };

    /// <summary>These rules and all that they use, in the order of <see cref="Rules"/>.</summary>
    public static IEnumerable<string> WithWhatTheyNeed(IEnumerable<string> rules)
    {
        var all = new HashSet<string>(StringComparer.Ordinal);
        var pending = new Stack<string>(rules);
        while (pending.TryPop(out var rule))
            if (all.Add(rule))
                foreach (var used in needs.GetValueOrDefault(rule, [])) pending.Push(used);
        return Rules.Keys.Where(all.Contains);
    }
}
