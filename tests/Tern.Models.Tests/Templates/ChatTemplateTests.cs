using Tern.Models.Templates;

namespace Tern.Models.Tests.Templates;

public sealed class ChatTemplateTests
{
    /// <summary>Expected: Jinja2 3.1.6 with the environment of transformers; the clock stands at 26 July 2024, 9:05:03.</summary>
    public static TheoryData<string, string> Golden => new()
    {
        { "{{ 1e15 }}|{{ 123456789012345680.0 }}|{{ 0.0001 }}|{{ 0.00012 }}|{{ -2.5e-7 }}|{{ 1e100 }}|{{ 9007199254740993.0 }}|{{ -0.0 }}", "1000000000000000.0|1.2345678901234568e+17|0.0001|0.00012|-2.5e-07|1e+100|9007199254740992.0|-0.0" },
        { @"{{ 1 + 2 * 3 ** 2 }}|{{ 7 // 2 }}|{{ -7 // 2 }}|{{ -7 % 3 }}|{{ 7 / 2 }}|{{ 1.0 }}|{{ 1e16 }}|{{ 1e-5 }}|{{ 0.1 + 0.2 }}", "19|3|-4|2|3.5|1.0|1e+16|1e-05|0.30000000000000004" },
        { @"{{ 'abc'[1:] }}|{{ 'abc'[::-1] }}|{{ 'abc'[-1] }}|{{ [1,2,3][:-1] }}|{{ [1,2,3][5:] }}|{{ 'abcdef'[1:5:2] }}", "bc|cba|c|[1, 2]|[]|bd" },
        { @"{{ [1, 'a', none, true, 1.5, {'k': ""it's""}] }}", "[1, 'a', None, True, 1.5, {'k': \"it's\"}]" },
        { @"{{ {'a': [1, 2], 'b': ""x\""y""} | tojson }}|{{ {'a': [1, {}], 'b': []} | tojson(indent=2) }}", "{\"a\": [1, 2], \"b\": \"x\\\"y\"}|{\n  \"a\": [\n    1,\n    {}\n  ],\n  \"b\": []\n}" },
        { @"{{ 'x' if false }}|{{ 'x' if 1 else 'y' }}|{{ none or 'z' }}|{{ 0 and 1 }}|{{ not 0 is defined }}", "|x|z|0|False" },
        { @"{{ 'a' in 'cat' }}|{{ 1 not in [1] }}|{{ 'k' in {'k': 1} }}|{{ 1 < 2 < 3 }}|{{ 1 < 3 < 2 }}", "True|False|True|True|False" },
        { @"{{ undefined_name is defined }}|{{ undefined_name }}|{{ undefined_name | default('d') }}|{{ '' | default('e', true) }}", "False||d|e" },
        { @"{% for i in range(5) if i % 2 == 0 %}{{ loop.index }}{{ loop.first }}{{ loop.last }}{{ i }}{{ loop.previtem }},{% else %}none{% endfor %}", "1TrueFalse0,2FalseFalse20,3FalseTrue42," },
        { @"{% for i in [] %}x{% else %}empty{% endfor %}", "empty" },
        { @"{% for k, v in {'a': 1, 'b': 2}.items() %}{{ k }}={{ v }};{% endfor %}", "a=1;b=2;" },
        { @"{% for i in range(10) %}{% if i == 2 %}{% continue %}{% endif %}{% if i == 5 %}{% break %}{% endif %}{{ i }}{% endfor %}", "0134" },
        { @"{% set ns = namespace(n=0) %}{% for i in range(4) %}{% set ns.n = ns.n + i %}{% endfor %}{{ ns.n }}", "6" },
        { @"{% set x = 1 %}{% for i in [1] %}{% set x = 2 %}{% endfor %}{{ x }}", "1" },
        { @"{% set block | trim | upper %}  hello  {% endset %}[{{ block }}]", "[HELLO]" },
        { @"{% macro greet(name, greeting='Hi') %}{{ greeting }} {{ name }}{{ caller() if caller is defined else '' }}{% endmacro %}{{ greet('Bo') }}|{{ greet(name='Al', greeting='Yo') }}|{% call greet('Cy') %}!{% endcall %}", "Hi Bo|Yo Al|Hi Cy!" },
        { @"{{ ' a b '.strip() }}|{{ 'a,b,c'.split(',') }}|{{ ' a  b '.split() }}|{{ 'a,b,c'.split(',', 1) }}|{{ 'abc'.startswith('ab') }}|{{ 'abc'.endswith(('x','c')) }}|{{ 'xxaxx'.strip('x') }}", "a b|['a', 'b', 'c']|['a', 'b']|['a', 'b,c']|True|True|a" },
        { @"{{ {'a': 1}.get('a') }}|{{ {'a': 1}.get('b') }}|{{ {'a': 1}.get('b', 3) }}|{{ {'b': 1, 'a': 2} | dictsort }}|{{ {'a':1}.keys() | list }}", "1|None|3|[('a', 2), ('b', 1)]|['a']" },
        { @"{{ ['b','a'] | sort | join('-') }}|{{ [3,1,2] | sort(reverse=true) }}|{{ 'hello world' | title }}|{{ 'hELLO' | capitalize }}|{{ [1,2,3] | sum }}|{{ [1,5,3] | max }}", "a-b|[3, 2, 1]|Hello World|Hello|6|5" },
        { @"{{ [{'r': 'u', 'c': 1}, {'r': 'a'}] | selectattr('r', 'equalto', 'u') | map(attribute='c') | list }}|{{ [{'r': 1}, {}] | selectattr('r', 'defined') | list | length }}|{{ [{'r':1},{'r':0}] | rejectattr('r') | list }}", "[1]|1|[{'r': 0}]" },
        { @"{{ ['a', 'b'] | map('upper') | join }}|{{ [1, none, 2] | select | list }}|{{ [1,2,3,4] | reject('odd') | list }}", "AB|[1, 2]|[2, 4]" },
        { @"{{ 'a\nb\n\nc' | indent(2) }}|{{ 'a\nb' | indent(2, true) }}", "a\n  b\n\n  c|  a\n  b" },
        { @"{{ 'aXbX' | replace('X', 'y') }}|{{ 'aXbX'.replace('X', 'y', 1) }}|{{ '42' | int + 1 }}|{{ 'q' | int }}|{{ 3.7 | int }}|{{ '3.5' | float }}|{{ 2.5 | round }}|{{ 5 | string ~ 'x' }}", "ayby|aybX|43|0|3|3.5|2.0|5x" },
        { @"{{ 'a' ~ 1 ~ none }}|{{ 'ab' * 2 }}|{{ [1] + [2] }}|{{ (1, 2) | length }}|{{ 'a' 'b' }}", "a1None|abab|[1, 2]|2|ab" },
        { @"{{ 5 is odd }}|{{ 4 is divisibleby 2 }}|{{ 'a' is string }}|{{ {} is mapping }}|{{ [] is sequence }}|{{ 1 is number }}|{{ true is boolean }}|{{ none is none }}|{{ 1 is not none }}|{{ 'a' is in ['a'] }}|{{ 1 is eq 1 }}|{{ 'x' is not string and true }}", "True|True|True|True|True|True|True|True|True|True|True|False" },
        { @"{# a comment #}{{ ""end"" }}", "end" },
        { "   {% if true %}\n   indented\n   {% endif %}", "   indented\n" },
        { @"a {%- if true -%} b {%- endif -%} c", "abc" },
        { @"{%+ if true %}kept{% endif +%}", "kept" },
        { @"{% raw %}{{ raw }}{% endraw %}|{{ ""\u00e9\x41\t"" }}|{{ {'a':{'b':{}}} }}", "{{ raw }}|éA\t|{'a': {'b': {}}}" },
        { @"{% if false %}1{% elif none %}2{% else %}3{% endif %}|{{ 'é' | tojson }}|{{ [1,2] | first }}|{{ [1,2] | last }}|{{ 'abc' | first }}|{{ 'abc' | list }}|{{ 'abc' | reverse }}", "3|\"é\"|1|2|a|['a', 'b', 'c']|cba" },
        { @"{% generation %}kept{% endgeneration %}|{{ ['a','a','b'] | unique | list }}|{{ {'a': 1} | items | list | length }}|{{ ""%"" }}|{{ 'A-b'.title() }}|{{ 'abcabc'.find('c') }}|{{ 'a\nb'.splitlines() }}|{{ 'aba'.count('a') }}", "kept|['a', 'b']|1|%|A-B|2|['a', 'b']|2" },
        { @"{% set a, b = 1, 2 %}{{ b }}{{ a }}|{{ {'x': 1}.x }}|{{ {'x': 1}['x'] }}|{{ loop is defined }}|{% with q = 3 %}{{ q }}{% endwith %}{{ q }}|{{ [1, 2][0] }}|{{ 1_000 }}|{{ true == 1 }}|{{ [1, [2]] == [1, [2]] }}|{{ 'a' < 'b' }}|{{ 5 - 3 - 1 }}|{{ 2 - -1 }}", "21|1|1|False|3|1|1000|True|True|True|1|3" },
        { @"{{ strftime_now('%d %b %Y %H:%M %A %-d %j') }}|{{ 'a.b' | upper | lower | length }}|{{ messages | length }}|{{ -5 | abs }}|{{ ""it's"" | tojson }}|{{ [""it's"", 'a""b', '\n'] }}", "26 Jul 2024 09:05 Friday 26 208|3|0|5|\"it's\"|[\"it's\", 'a\"b', '\\n']" },
    };

    [Theory]
    [MemberData(nameof(Golden))]
    public void Expressions_and_statements_mean_what_they_mean_in_Jinja2(string template, string expected) =>
        Assert.Equal(expected, ChatTemplate.Parse(template).Render([], false, "", "", null, TemplateLimits.Default, new FixedClock()));

    [Theory]
    [InlineData("{{ x", "line 1", "never closed")]
    [InlineData("\n\n{% if true %}a", "line 3", "endif")]
    [InlineData("{% endfor %}", "line 1", "endfor")]
    [InlineData("a\n{{ 'x' | nosuch }}", "line 2", "nosuch")]
    [InlineData("{{ 1 is nosuch }}", "line 1", "nosuch")]
    [InlineData("{% include 'x' %}", "line 1", "include")]
    [InlineData("{{ 1 + }}", "line 1", "a value is expected")]
    [InlineData("{{ ) }}", "line 1", "closes nothing")]
    [InlineData("{% break %}", "line 1", "outside of a loop")]
    [InlineData("{% for x in y %}{% endif %}", "line 1", "endfor")]
    [InlineData("{# x", "line 1", "never closed")]
    [InlineData("{% if a %}{% else %}{% elif b %}{% endif %}", "line 1", "elif")]
    [InlineData("{% set %}", "line 1", "a name is expected")]
    [InlineData("{% ", "line 1", "never closed")]
    [InlineData("{{ 'a", "line 1", "never closed")]
    [InlineData("{{ '\\u12' }}", "line 1", "hexadecimal")]
    [InlineData("{{ 99999999999999999999 }}", "line 1", "too large")]
    public void Bad_templates_are_refused_with_the_line(string source, params string[] parts)
    {
        var error = Assert.Throws<TernException>(() => ChatTemplate.Parse(source));
        Assert.All(parts, part => Assert.Contains(part, error.Message));
    }

    [Theory]
    [InlineData("a\n{{ x.y }}", "line 2", "'x' is undefined")]
    [InlineData("{{ 'a' + 1 }}", "line 1", "a string and an integer")]
    [InlineData("{{ 'a' + none }}", "line 1", "none")]
    [InlineData("{{ 1 // 0 }}", "line 1", "division by zero")]
    [InlineData("{{ x() }}", "line 1", "'x' is not a function")]
    [InlineData("{{ 1 < 'a' }}", "line 1", "cannot compare")]
    [InlineData("{{ x | tojson }}", "line 1", "undefined")]
    [InlineData("{% set x = 1 %}{% set x.y = 2 %}", "line 1", "namespace")]
    [InlineData("{% set a, b = [1] %}", "line 1", "2 names for 1 values")]
    [InlineData("{{ 9223372036854775807 + 1 }}", "line 1", "too large")]
    [InlineData("{{ strftime_now('%Q') }}", "line 1", "%Q")]
    public void Mistakes_while_rendering_are_reported_with_the_line(string source, params string[] parts)
    {
        var error = Assert.Throws<TernException>(() => ChatTemplate.Parse(source).Render([], false, "", ""));
        Assert.All(parts, part => Assert.Contains(part, error.Message));
    }

    [Theory]
    [InlineData("{% for i in range(1000000000) %}{% for j in range(1000000000) %}x{% endfor %}{% endfor %}")]
    [InlineData("{% macro f() %}{{ f() }}{% endmacro %}{{ f() }}")]
    [InlineData("{{ 'x' * 10000000000 }}")]
    [InlineData("{{ 'x' * 100000000 }}")]
    [InlineData("{% set ns = namespace(s='xxxxxxxxxxxxxxxx') %}{% for i in range(60) %}{% set ns.s = ns.s + ns.s %}{% endfor %}")]
    [InlineData("{% set ns = namespace(s=['x']) %}{% for i in range(60) %}{% set ns.s = [ns.s, ns.s] %}{% endfor %}{{ ns.s }}")]
    [InlineData("{% set ns = namespace(s=['x']) %}{% for i in range(60) %}{% set ns.s = [ns.s, ns.s] %}{% endfor %}{{ ns.s == ns.s | list }}")]
    [InlineData("{% set a = [] %}{{ a.append(a) }}{{ a }}")]
    [InlineData("{% set a = [] %}{{ a.append(a) }}{{ a | tojson }}")]
    [InlineData("{{ ('x' * 50000).replace('x', 'y' * 50000) }}")]
    [InlineData("{{ ['x'] * 50000 * 50000 }}")]
    [InlineData("{{ 10 ** 10 ** 10 }}")]
    public void Hostile_templates_hit_a_limit(string source) => Assert.Throws<TernException>(
        () => ChatTemplate.Parse(source).Render([], false, "", "", null, new TemplateLimits(100_000, 500, 1_000_000), TimeProvider.System));

    [Fact]
    public void Deep_nesting_is_refused_before_it_fills_the_stack()
    {
        foreach (var source in new[]
        {
            "{{ " + new string('(', 20_000) + "1" + new string(')', 20_000) + " }}",
            "{{ " + new string('-', 20_000) + "1 }}",
            "{{ 1" + string.Concat(Enumerable.Repeat("+1", 20_000)) + " }}",
            "{{ x" + string.Concat(Enumerable.Repeat("|list", 20_000)) + " }}",
            string.Concat(Enumerable.Repeat("{% if true %}", 20_000)),
            "{{ " + string.Concat(Enumerable.Repeat("not ", 100_001)) + "1 }}" + string.Concat(Enumerable.Repeat("{% if true %}", 1000)),
            "{{ " + string.Concat(Enumerable.Repeat("1 if 1 else ", 20_000)) + "1 }}",
            "{{ " + string.Concat(Enumerable.Repeat("[", 20_000)) + " }}",
        })
            Assert.Throws<TernException>(() => ChatTemplate.Parse(source).Render([], false, "", ""));
    }

    [Fact]
    public void Random_mutations_of_a_template_give_a_text_or_an_explained_error()
    {
        var random = new Random(1);
        var limits = new TemplateLimits(Steps: 100_000, Length: 1_000_000);
        foreach (var template in new[] { FamilyTemplates.Llama31, FamilyTemplates.Qwen3, FamilyTemplates.Mistral03 })
            for (var round = 0; round < 300; round++)
            {
                var source = template.ToCharArray();
                for (var i = 0; i < 3; i++) source[random.Next(source.Length)] = template[random.Next(template.Length)];
                try
                {
                    ChatTemplate.Parse(new string(source)).Render([new("user", "x"), new("assistant", "y")], true, "", "", null, limits, TimeProvider.System);
                }
                catch (TernException)
                {
                }
            }
    }

    [Fact]
    public void The_variables_of_the_caller_are_not_changed()
    {
        var list = new List<object?> { 1 };
        var text = ChatTemplate.Parse("{% set _ = mine.append(2) %}{{ mine }}")
            .Render([], false, "", "", new Dictionary<string, object?> { ["mine"] = list });
        Assert.Equal("[1, 2]", text);
        Assert.Single(list);
    }

    sealed class FixedClock : TimeProvider
    {
        public override DateTimeOffset GetUtcNow() => new(2024, 7, 26, 9, 5, 3, TimeSpan.Zero);

        public override TimeZoneInfo LocalTimeZone => TimeZoneInfo.Utc;
    }
}
