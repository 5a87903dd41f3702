using System.Text;
using System.Text.Json;
using Tern.Models;
using Tern.Run.Constraints;

namespace Tern.Run.Tests.Constraints;

public sealed class JsonSchemaGrammarTests
{
    [Theory]
    [InlineData("""true""", """{"a": [1, -2.5e3, "x\n", true, null, {}]}|[]|"é😀\u00e9\uD83D\uDE00"|0""", """{a:1}|[1,]|01|"\x"|"\uD83D"|{"a":1,}|nul||[|1 """)]
    [InlineData("""{"type":"object"}""", """{}|{"a":{"b":[]}}""", "[]|1|null")]
    [InlineData("""{"type":"string"}""", "\"\"|\"abc\"", "abc|\"a|1")]
    [InlineData("""{"type":["string","null"]}""", "\"a\"|null", "1|[]")]
    [InlineData("""{"type":"integer"}""", "0|-7|123456", "1.5|01|-|1e3|\"1\"")]
    [InlineData("""{"type":"number"}""", "0|-7|1.5|2e10|1.25E-07", ".5|1.|e5")]
    [InlineData("""{"enum":["red","a\"b",3,null,{"k":[1]}]}""", "\"red\"|\"a\\\"b\"|3|null|{\"k\":[1]}", "\"green\"|4|{}|red")]
    [InlineData("""{"const":"only"}""", "\"only\"", "\"onl\"|\"\"")]
    [InlineData("""{"type":"string","enum":["a",1]}""", "\"a\"", "1")]
    [InlineData("""{"type":"string","minLength":2,"maxLength":3}""", "\"ab\"|\"é😀\\n\"|\"\\u0061\\uD83D\\uDE00\"", "\"a\"|\"abcd\"")]
    [InlineData("""{"type":"string","format":"date"}""", "\"2024-02-29\"|\"1999-12-31\"", "\"2024-13-01\"|\"2024-04-31\"|\"24-01-01\"")]
    [InlineData("""{"type":"string","format":"time"}""", "\"23:59:59Z\"|\"00:00:00.25+02:00\"", "\"24:00:00Z\"|\"10:00\"")]
    [InlineData("""{"type":"string","format":"date-time"}""", "\"2024-02-29T10:11:12Z\"", "\"2024-02-29 10:11:12Z\"|\"2024-02-29\"")]
    [InlineData("""{"type":"string","format":"uuid"}""", "\"123e4567-e89b-12d3-a456-426614174000\"", "\"123e4567e89b12d3a456426614174000\"")]
    [InlineData("""{"type":"string","format":"email"}""", "\"x\"", "1")]
    [InlineData("""{"type":"array","items":{"type":"integer"},"minItems":1,"maxItems":3}""", "[1]|[1,2]|[ 1, 2, 3 ]", "[]|[1,2,3,4]|[\"a\"]")]
    [InlineData("""{"type":"array","prefixItems":[{"type":"integer"},{"type":"string"}],"minItems":1}""", "[1]|[1,\"a\"]", "[]|[\"a\"]|[1,\"a\",2]")]
    [InlineData("""{"prefixItems":[{"type":"integer"}],"items":{"type":"null"},"minItems":2}""", "[1,null]|[1,null,null]", "[1]|[null,null]|[1,2]")]
    [InlineData("""{"items":false}""", "[]|[ ]", "[1]")]
    [InlineData("""{"maxItems":1}""", "[]|[1]|[{}]", "[1,2]")]
    [InlineData("""{"properties":{"a":{"type":"integer"},"b":{"type":"null"}},"required":["a"]}""", "{\"a\":1}|{\"a\": 1, \"b\": null}|{\n  \"a\": 1,\n  \"b\": null\n}", "{}|{\"b\":null}|{\"b\":null,\"a\":1}|{\"a\":1,\"c\":2}|{\"a\":1 ,\"b\":null}")]
    [InlineData("""{"properties":{"a":{},"b":{},"c":{}}}""", "{}|{\"a\":1}|{\"b\":1}|{\"c\":1}|{\"a\":1,\"c\":2}|{\"b\":1,\"c\":2}|{\"a\":1,\"b\":1,\"c\":2}", "{\"b\":1,\"a\":1}|{,}|{\"a\":1,}")]
    [InlineData("""{"properties":{"a":{},"b":{},"c":{},"d":{}},"required":["c"]}""", "{\"c\":1}|{\"a\":1,\"c\":2}|{\"b\":1,\"c\":1,\"d\":1}", "{\"a\":1}|{\"d\":1}|{\"a\":1,\"b\":1,\"d\":1}")]
    [InlineData("""{"properties":{"ab":{"type":"integer"}},"additionalProperties":{"type":"null"}}""", "{}|{\"ab\":1}|{\"a\":null}|{\"ab\":1,\"abc\":null,\"x\\\"\":null}|{\"\":null}|{\"b\":null}", "{\"ab\":null}|{\"a\":1}|{\"x\":null,\"ab\":1}|{\"\\u0061b\":null}")]
    [InlineData("""{"additionalProperties":{"type":"integer"}}""", "{}|{\"k\":1,\"l\":2}", "{\"k\":\"v\"}")]
    [InlineData("""{"required":["x"]}""", "{\"x\":[]}|{\"x\":1,\"y\":2}", "{}|{\"y\":1}")]
    [InlineData("""{"properties":{"a":{"type":"null"}},"required":["z"],"additionalProperties":{"type":"integer"}}""", "{\"z\":1}|{\"a\":null,\"z\":1,\"q\":2}", "{\"a\":null}|{\"z\":null}")]
    [InlineData("""{"anyOf":[{"type":"integer"},{"type":"null"}]}""", "1|null", "\"a\"")]
    [InlineData("""{"oneOf":[{"const":1},{"type":"array","items":{"const":2}}]}""", "1|[2,2]|[]", "2|[1]")]
    [InlineData("""{"allOf":[{"properties":{"a":{"type":"integer"}},"required":["a"]},{"properties":{"b":{"type":"null"}},"required":["b"]}]}""", "{\"a\":1,\"b\":null}", "{\"a\":1}|{\"b\":null}")]
    [InlineData("""{"allOf":[{"properties":{"a":{"minimum":3}}},{"properties":{"a":{"type":"integer","maximum":5}}}]}""", "{\"a\":3}|{\"a\":5}|{}", "{\"a\":2}|{\"a\":6}")]
    [InlineData("""{"allOf":[{"properties":{"a":{}}},{"properties":{"b":{}},"additionalProperties":false}]}""", "{}|{\"b\":1}", "{\"a\":1}")]
    [InlineData("""{"properties":{"k":{"type":"string"}},"required":["k"],"anyOf":[{"properties":{"k":{"const":"a"},"x":{"type":"integer"}},"required":["x"]},{"properties":{"k":{"const":"b"}}}]}""", "{\"k\":\"a\",\"x\":1}|{\"k\":\"b\"}", "{\"k\":\"a\"}|{\"k\":\"c\"}")]
    [InlineData("""{"$ref":"#/$defs/n","$defs":{"n":{"type":"object","properties":{"v":{"type":"integer"},"next":{"$ref":"#/$defs/n"}},"required":["v"]}}}""", "{\"v\":1}|{\"v\":1,\"next\":{\"v\":2,\"next\":{\"v\":3}}}", "{\"next\":{}}|{\"v\":1,\"next\":{}}")]
    [InlineData("""{"anyOf":[{"type":"integer"},{"type":"array","items":{"$ref":"#"}}]}""", "1|[1,[2,[[]]]]", "[null]|[[\"a\"]]")]
    [InlineData("""{"$ref":"#/definitions/a~1b%20c","definitions":{"a/b c":{"type":"null"}}}""", "null", "1")]
    [InlineData("""{"properties":{"bad":false,"good":true}}""", "{}|{\"good\":1}", "{\"bad\":1}")]
    [InlineData("""{"anyOf":[{"properties":{"x":false},"required":["x"]},{"type":"null"}]}""", "null", "{}|{\"x\":1}")]
    public void Schemas_accept_what_fits_and_nothing_else(string schema, string accepted, string refused)
    {
        var grammar = JsonSchemaGrammar.FromSchema(schema);
        Assert.All(accepted.Split('|'), text => Assert.True(grammar.Accepts(text), $"{text} against {grammar.Source}"));
        Assert.All(refused.Split('|'), text => Assert.False(grammar.Accepts(text), $"{text} against {grammar.Source}"));
    }

    [Theory]
    [InlineData("^[a-z]+$", "abc", "|ABC|a1")]
    [InlineData("^a", "a|abc|a\"b", "ba|")]
    [InlineData("b$", "b|ab", "ba")]
    [InlineData("x", "x|axb", "abc|")]
    [InlineData("^(?:cat|dog)s?$", "cat|dogs", "cats dog|bird")]
    [InlineData("^a|b$", "ax|xb", "xax")]
    [InlineData("^\\d{3}-\\w{2,}$", "123-ab|123-a_9Z", "12-ab|123-a")]
    [InlineData("^[^\"a]$", "b|\\|\n|\u0001|é", "a|\"|bb")]
    [InlineData("^\\n\\x41\\u00e9\\u{1F600}*$", "\nAé|\nAé😀😀", "nA")]
    [InlineData("^[\\n\\\\]{2}$", "\n\\|\\\\|\n\n", "\n|a")]
    [InlineData("^.{2}$", "ab|é😀", "a\n|a")]
    [InlineData("^[\\d\\-\\]]+$", "1-]|9", "a")]
    [InlineData("^[a-c-]+?$", "a-c", "d")]
    [InlineData("^(a(b|c){2}){0,1}$", "|abb|acb", "ab")]
    [InlineData("^\\s\\S$", " a|\ta", "aa|  ")]
    [InlineData("", "|anything", "")]
    public void Patterns_accept_the_texts_that_the_expression_matches(string pattern, string accepted, string refused)
    {
        var grammar = JsonSchemaGrammar.FromSchema($$"""{"type":"string","pattern":{{JsonSerializer.Serialize(pattern)}}}""");
        Assert.All(accepted.Split('|'), text => Assert.True(grammar.Accepts(RandomJson.Quote(text)), $"{text} against {grammar.Source}"));
        Assert.All(refused.Split('|').Where(text => text.Length > 0 || pattern.Length > 0), text => Assert.False(grammar.Accepts(RandomJson.Quote(text)), $"{text} against {grammar.Source}"));
    }

    [Theory]
    [InlineData("^[a-z]+$", 2, 3, "ab|abc", "a|abcd")]
    [InlineData("^[a-z]{2,9}$", 0, 3, "ab|abc", "a|abcd")]
    public void A_repeated_class_can_be_held_to_a_length(string pattern, int min, int max, string accepted, string refused)
    {
        var grammar = JsonSchemaGrammar.FromSchema($$"""{"pattern":"{{pattern}}","minLength":{{min}},"maxLength":{{max}}}""");
        Assert.All(accepted.Split('|'), text => Assert.True(grammar.Accepts($"\"{text}\"")));
        Assert.All(refused.Split('|'), text => Assert.False(grammar.Accepts($"\"{text}\"")));
    }

    [Fact]
    public void Integer_ranges_are_exact()
    {
        var random = new Random(5);
        for (var round = 0; round < 150; round++)
        {
            var scale = (int)Math.Pow(10, random.Next(1, 5));
            int? min = random.Next(5) == 0 ? null : random.Next(-scale, scale);
            int? max = random.Next(5) == 0 ? null : random.Next(min ?? -scale, scale + 1);
            var exclusive = random.Next(3) == 0 && max - min > 2;
            var keywords = string.Concat(min is null ? "" : $",\"{(exclusive ? "exclusiveMinimum" : "minimum")}\":{min}", max is null ? "" : $",\"{(exclusive ? "exclusiveMaximum" : "maximum")}\":{max}.0");
            var grammar = JsonSchemaGrammar.FromSchema($"{{\"type\":\"integer\"{keywords}}}");
            var probes = Enumerable.Range(0, 60).Select(_ => random.Next(-2 * scale, 2 * scale)).Concat(new[] { min, max }.OfType<int>().SelectMany(edge => Enumerable.Range(edge - 2, 5))).Append(0);
            foreach (var probe in probes)
            {
                var fits = exclusive ? !(probe <= min) && !(probe >= max) : !(probe < min) && !(probe > max);
                Assert.True(fits == grammar.Accepts($"{probe}"), $"{probe} in {keywords}: {grammar.Source}");
            }
        }
    }

    [Fact]
    public void Number_ranges_are_exact()
    {
        var random = new Random(6);
        for (var round = 0; round < 200; round++)
        {
            var ends = new[] { Decimal(random), Decimal(random) }.Order().ToArray();
            decimal? min = random.Next(5) == 0 ? null : ends[0];
            decimal? max = random.Next(5) == 0 ? null : ends[1];
            if (min == max && min is not null) continue;
            var (lowInclusive, highInclusive) = (random.Next(2) == 0, random.Next(2) == 0);
            var keywords = string.Concat(min is null ? "" : $",\"{(lowInclusive ? "minimum" : "exclusiveMinimum")}\":{min}", max is null ? "" : $",\"{(highInclusive ? "maximum" : "exclusiveMaximum")}\":{max}");
            var grammar = JsonSchemaGrammar.FromSchema($"{{\"type\":\"number\"{keywords}}}");
            var probes = Enumerable.Range(0, 50).Select(_ => Decimal(random)).Concat(ends.SelectMany(end => new[] { -0.001m, -0.1m, 0, 0.001m, 0.1m, 1 }.Select(step => end + step))).Append(0);
            foreach (var probe in min is null && max is null ? [] : probes)
            {
                var fits = (min is null || (lowInclusive ? probe >= min : probe > min)) && (max is null || (highInclusive ? probe <= max : probe < max));
                Assert.True(fits == grammar.Accepts($"{probe}"), $"{probe} in {keywords}: {grammar.Source}");
                if (!probe.ToString().Contains('.')) Assert.Equal(fits, grammar.Accepts($"{probe}.00"));
            }
        }

        static decimal Decimal(Random random) => new(random.Next(-(int)Math.Pow(10, random.Next(1, 7)), (int)Math.Pow(10, random.Next(1, 7))), 0, 0, false, (byte)random.Next(0, 4));
    }

    [Theory]
    [InlineData("""{"type":"array","uniqueItems":true}""", "#", "uniqueItems")]
    [InlineData("""{"properties":{"a":{"properties":{"b":{"not":{}}}}}}""", "#/properties/a/properties/b", "'not'")]
    [InlineData("""{"if":true}""", "#", "'if'")]
    [InlineData("""{"type":"thing"}""", "#", "\"thing\"")]
    [InlineData("""{"items":{"enum":[]}}""", "#/items", "enum")]
    [InlineData("""{"items":3}""", "#/items", "a schema is an object")]
    [InlineData("""{"items":{"$ref":"#/$defs/x"}}""", "#/items", "leads nowhere")]
    [InlineData("""{"$ref":"http://example.com/s"}""", "#", "out of the document")]
    [InlineData("""{"$ref":"#"}""", "#", "refers to itself")]
    [InlineData("""{"$ref":"#/$defs/a","$defs":{"a":{"allOf":[{"$ref":"#/$defs/b"}]},"b":{"$ref":"#/$defs/a"}}}""", "#/$defs/a", "refers to itself")]
    [InlineData("""{"properties":{"n":{"$ref":"#"}},"required":["n"]}""", "#", "without end")]
    [InlineData("""{"properties":{"deep":{"type":"array","minItems":1,"items":{"$ref":"#/properties/deep"}}}}""", "#/properties/deep", "without end")]
    [InlineData("""{"minItems":1000000000}""", "#", "at most 100000")]
    [InlineData("""{"minLength":-1}""", "#", "minLength")]
    [InlineData("""{"minItems":3,"maxItems":2}""", "#", "no value fits")]
    [InlineData("""{"type":"integer","minimum":1.2,"maximum":1.8}""", "#", "no value fits")]
    [InlineData("""{"allOf":[{"type":"string"},{"type":"null"}]}""", "#", "no value fits")]
    [InlineData("""false""", "#", "no value fits")]
    [InlineData("""{"pattern":"(?=a)"}""", "#", "look-around")]
    [InlineData("""{"pattern":"(a"}""", "#", "never closed")]
    [InlineData("""{"pattern":"(a)\\1"}""", "#", "\\1")]
    [InlineData("""{"pattern":"a{99999999}"}""", "#", "10000")]
    [InlineData("""{"pattern":"^ab$","maxLength":9}""", "#", "maxLength")]
    [InlineData("""{"minimum":"1"}""", "#", "minimum")]
    [InlineData("""{"minimum":1e999999999}""", "#", "minimum")]
    [InlineData("""{"enum":[1,2],"minimum":2}""", "#", "'minimum'")]
    [InlineData("""{"properties":[]}""", "#", "properties")]
    [InlineData("""{"required":"a"}""", "#", "required")]
    [InlineData("""{""", "JSON schema", "no JSON")]
    public void What_is_not_understood_is_named_with_its_place(string schema, params string[] parts)
    {
        var error = Assert.Throws<TernException>(() => JsonSchemaGrammar.FromSchema(schema));
        Assert.All(parts, part => Assert.Contains(part, error.Message));
    }

    [Fact]
    public void Hostile_schemas_are_refused_or_compiled_and_never_hang()
    {
        Assert.Throws<TernException>(() => JsonSchemaGrammar.FromSchema(string.Concat(Enumerable.Repeat("{\"items\":", 10_000)) + "true" + new string('}', 10_000)));
        Assert.Throws<TernException>(() => JsonSchemaGrammar.FromSchema($"{{\"pattern\":\"{new string('(', 5000)}\"}}"));
        Assert.Throws<TernException>(() => JsonSchemaGrammar.FromSchema($"{{\"allOf\":[{string.Join(',', Enumerable.Range(0, 30).Select(i => $"{{\"anyOf\":[{{\"const\":{i}}},{{\"const\":{i + 1}}}]}}"))}]}}"));
        var chain = string.Join(',', Enumerable.Range(0, 2000).Select(i => $"\"d{i}\":{{\"$ref\":\"#/$defs/d{i + 1}\"}}"));
        Assert.Throws<TernException>(() => JsonSchemaGrammar.FromSchema($"{{\"$ref\":\"#/$defs/d0\",\"$defs\":{{{chain},\"d2000\":true}}}}"));
        Assert.Throws<TernException>(() => JsonSchemaGrammar.FromSchema("{\"minItems\":100000,\"items\":{\"minItems\":100000,\"items\":{\"minItems\":100000,\"prefixItems\":[true]}}}"));

        var lists = string.Join(',', Enumerable.Range(0, 2000).Select(i => $"\"d{i}\":{{\"type\":\"array\",\"minItems\":1,\"items\":{{\"$ref\":\"#/$defs/d{i + 1}\"}}}}"));
        Assert.True(JsonSchemaGrammar.FromSchema($"{{\"$ref\":\"#/$defs/d0\",\"$defs\":{{{lists},\"d2000\":true}}}}").AcceptsPrefix("[[[[[["u8));
        var wide = string.Join(',', Enumerable.Range(0, 2000).Select(i => $"\"p{i}\":{{\"type\":\"null\"}}"));
        Assert.True(JsonSchemaGrammar.FromSchema($"{{\"properties\":{{{wide}}},\"additionalProperties\":{{\"type\":\"integer\"}}}}").Accepts("{\"p7\":null,\"p1999\":null,\"p\":3}"));
        Assert.True(JsonSchemaGrammar.FromSchema("{\"minItems\":1000,\"items\":{\"minItems\":1000,\"items\":{\"minItems\":1000}}}").AcceptsPrefix("[[[1,2"u8));
    }

    [Fact]
    public void The_rules_are_readable_GBNF()
    {
        var gbnf = JsonSchemaGrammar.ToGbnf("""{"properties":{"age":{"type":"integer","minimum":0,"maximum":120}},"required":["age"]}""");
        Assert.StartsWith("""root ::= "{" ws "\"age\":" ws root-age ws "}" """.TrimEnd(), gbnf);
        Assert.True(Grammar.Parse(gbnf).Accepts("{\"age\": 120}"));
    }

    [Fact]
    public void Documents_of_random_schemas_are_accepted_and_changed_ones_exactly_if_they_still_fit()
    {
        int refused = 0, stillFit = 0;
        for (var seed = 0; seed < 250; seed++)
        {
            var random = new Random(seed);
            var schema = RandomSchema.Next(random, 3);
            var text = schema.Schema.ToJsonString();
            var grammar = JsonSchemaGrammar.FromSchema(text);
            for (var round = 0; round < 12; round++)
            {
                var document = schema.Sample(random);
                Assert.True(schema.Fits(document), $"the judge: {document?.ToJsonString()} against {text}");
                Assert.True(grammar.Accepts(RandomJson.Write(document, random)), $"seed {seed}: {RandomJson.Write(document)} against {text}");
                var changed = RandomSchema.Mutate(document, random);
                var fits = schema.Fits(changed);
                if (fits) stillFit++;
                else refused++;
                Assert.True(fits == grammar.Accepts(RandomJson.Write(changed, random)), $"seed {seed}: {RandomJson.Write(changed)} {(fits ? "fits" : "does not fit")} {text}");
            }
        }
        Assert.True(refused > 500 && stillFit > 100, $"{refused} refused, {stillFit} still fit");
    }

    [Fact]
    public void Any_JSON_is_what_a_parser_reads()
    {
        var random = new Random(9);
        for (var round = 0; round < 300; round++)
        {
            var text = RandomJson.Write(RandomJson.Any(random, 3), random);
            Assert.True(JsonSchemaGrammar.AnyJson.Accepts(text), text);
            Assert.Equal(text[0] == '{', JsonSchemaGrammar.AnyObject.Accepts(text));
            var bytes = Encoding.UTF8.GetBytes(text).ToList();
            if (random.Next(2) == 0) bytes.RemoveAt(random.Next(bytes.Count));
            else bytes.Insert(random.Next(bytes.Count + 1), (byte)"{}[],:\"\\0e-.x"[random.Next(13)]);
            if (JsonSchemaGrammar.AnyJson.Accepts(Encoding.UTF8.GetString([.. bytes]))) JsonDocument.Parse(bytes.ToArray()).Dispose();
        }
    }
}
