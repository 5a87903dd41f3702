using Tern.Models;

namespace Tern.Run.Constraints;

/// <summary>
/// Rules to a recursive transition network over bytes: one small automaton for each rule, whose edges read a byte, read nothing, or
/// call another rule. Characters are compiled to their UTF-8 bytes, so a token that ends inside of a character needs no special case.
/// </summary>
sealed class GrammarCompiler
{
    const int MaxStates = 2_000_000;

    readonly Dictionary<string, GrammarRule> rules = new(StringComparer.Ordinal);
    readonly Dictionary<string, (int Start, int End)> ruleStates = new(StringComparer.Ordinal);
    readonly Dictionary<string, int> classRules = new(StringComparer.Ordinal);
    HashSet<string> nullable = [];
    readonly List<NetworkState> states = [];

    GrammarCompiler(List<GrammarRule> source)
    {
        foreach (var rule in source)
            if (!rules.TryAdd(rule.Name, rule))
                throw GbnfParser.Error(rule.Line, rule.Column, $"the rule '{rule.Name}' is defined twice, first in line {rules[rule.Name].Line}");
    }

    public static GrammarNetwork Compile(List<GrammarRule> source, string root)
    {
        var compiler = new GrammarCompiler(source);
        if (!compiler.rules.ContainsKey(root)) throw new TernException($"the grammar has no rule '{root}': add '{root} ::= ...'");
        foreach (var rule in source) compiler.CheckReferences(rule.Body);
        CheckEnds(source);
        compiler.CheckLeftRecursion(source);

        foreach (var rule in source) compiler.ruleStates[rule.Name] = (compiler.NewState(), compiler.NewState(isFinal: true));
        foreach (var rule in source) compiler.Connect(rule.Body, compiler.ruleStates[rule.Name].Start, compiler.ruleStates[rule.Name].End);
        return new GrammarNetwork([.. compiler.states], compiler.ruleStates[root].Start);
    }

    void CheckReferences(GrammarNode node)
    {
        if (node is RuleReferenceNode reference && !rules.ContainsKey(reference.Name))
            throw GbnfParser.Error(reference.Line, reference.Column, $"there is no rule '{reference.Name}'");
        foreach (var child in Children(node)) CheckReferences(child);
    }

    static IEnumerable<GrammarNode> Children(GrammarNode node) => node switch
    {
        SequenceNode sequence => sequence.Items,
        AlternationNode alternation => alternation.Choices,
        RepeatNode repeat => [repeat.Item],
        _ => [],
    };

    /// <summary>Every rule must derive some finite text, or a generation that enters it could never end.</summary>
    static void CheckEnds(List<GrammarRule> source)
    {
        var endless = EndlessRules(source);
        foreach (var rule in source)
            if (endless.Contains(rule.Name))
                throw GbnfParser.Error(rule.Line, rule.Column, $"the rule '{rule.Name}' can never end: give it a choice that does not lead back to itself");
    }

    /// <summary>The rules that derive no finite text. Rules that are referred to but missing count as such.</summary>
    public static IReadOnlyList<string> EndlessRules(List<GrammarRule> source)
    {
        var ending = LeastFixedPoint(source, Ends);
        return [.. source.Select(rule => rule.Name).Where(name => !ending.Contains(name))];

        static bool Ends(GrammarNode node, HashSet<string> ending) => node switch
        {
            SequenceNode sequence => Array.TrueForAll(sequence.Items, item => Ends(item, ending)),
            AlternationNode alternation => Array.Exists(alternation.Choices, choice => Ends(choice, ending)),
            RepeatNode repeat => repeat.Min == 0 || Ends(repeat.Item, ending),
            RuleReferenceNode reference => ending.Contains(reference.Name),
            _ => true,
        };
    }

    /// <summary>The rules that have a property which spreads from rule to rule. A rule is looked at again only when one that it uses got it.</summary>
    static HashSet<string> LeastFixedPoint(List<GrammarRule> source, Func<GrammarNode, HashSet<string>, bool> has)
    {
        var users = source.SelectMany(rule => References(rule.Body).Distinct().Select(used => (Used: used, Rule: rule))).ToLookup(pair => pair.Used, pair => pair.Rule, StringComparer.Ordinal);
        var found = new HashSet<string>(StringComparer.Ordinal);
        var pending = new Queue<GrammarRule>(source);
        while (pending.TryDequeue(out var rule))
            if (!found.Contains(rule.Name) && has(rule.Body, found))
            {
                found.Add(rule.Name);
                foreach (var user in users[rule.Name]) pending.Enqueue(user);
            }
        return found;

        static IEnumerable<string> References(GrammarNode node) => node is RuleReferenceNode reference ? [reference.Name] : Children(node).SelectMany(References);
    }

    /// <summary>A rule that begins with itself would call itself for ever before it reads a byte.</summary>
    void CheckLeftRecursion(List<GrammarRule> source)
    {
        nullable = LeastFixedPoint(source, IsNullable);
        var firstCalls = source.ToDictionary(rule => rule.Name, rule => FirstCalls(rule.Body).ToHashSet(StringComparer.Ordinal), StringComparer.Ordinal);
        var fine = LeastFixedPoint(source, (body, found) => FirstCalls(body).All(found.Contains));
        if (fine.Count == firstCalls.Count) return;
        foreach (var name in fine) firstCalls.Remove(name);
        foreach (var calls in firstCalls.Values) calls.ExceptWith(fine);

        // Every rule that is left calls another one that is left: following the calls ends in a circle.
        var path = new List<string>();
        var current = source.First(rule => firstCalls.ContainsKey(rule.Name)).Name;
        while (!path.Contains(current))
        {
            path.Add(current);
            current = firstCalls[current].Order(StringComparer.Ordinal).First();
        }
        var circle = string.Join(" -> ", path.SkipWhile(name => name != current).Append(current));
        throw GbnfParser.Error(rules[current].Line, rules[current].Column, $"left recursion: {circle}; let the rule read something before it calls itself, or use * or +");
    }

    static bool IsNullable(GrammarNode node, HashSet<string> nullable) => node switch
    {
        LiteralNode literal => literal.Text.Length == 0,
        SequenceNode sequence => Array.TrueForAll(sequence.Items, item => IsNullable(item, nullable)),
        AlternationNode alternation => Array.Exists(alternation.Choices, choice => IsNullable(choice, nullable)),
        RepeatNode repeat => repeat.Min == 0 || IsNullable(repeat.Item, nullable),
        RuleReferenceNode reference => nullable.Contains(reference.Name),
        _ => false,
    };

    IEnumerable<string> FirstCalls(GrammarNode node)
    {
        if (node is RuleReferenceNode reference) return [reference.Name];
        if (node is not SequenceNode sequence) return Children(node).SelectMany(FirstCalls);
        var readsNothing = sequence.Items.TakeWhile(item => IsNullable(item, nullable)).Count();
        return sequence.Items.Take(readsNothing + 1).SelectMany(FirstCalls);
    }

    int NewState(bool isFinal = false)
    {
        if (states.Count >= MaxStates) throw new TernException($"the grammar needs more than {MaxStates} states: use smaller repetitions");
        states.Add(new NetworkState(isFinal));
        return states.Count - 1;
    }

    /// <summary>Adds paths that read the node between two states.</summary>
    void Connect(GrammarNode node, int from, int to)
    {
        switch (node)
        {
            case LiteralNode literal:
                var bytes = System.Text.Encoding.UTF8.GetBytes(literal.Text);
                for (var i = 0; i < bytes.Length; i++)
                {
                    var next = i + 1 < bytes.Length ? NewState() : to;
                    states[from].Bytes.Add((bytes[i], bytes[i], next));
                    from = next;
                }
                if (bytes.Length == 0) states[from].Empty.Add(to);
                break;
            case CharacterClassNode characters: ConnectClass(characters, from, to); break;
            case SequenceNode sequence:
                for (var i = 0; i < sequence.Items.Length; i++)
                {
                    var next = i + 1 < sequence.Items.Length ? NewState() : to;
                    Connect(sequence.Items[i], from, next);
                    from = next;
                }
                if (sequence.Items.Length == 0) states[from].Empty.Add(to);
                break;
            case AlternationNode alternation:
                foreach (var choice in alternation.Choices) Connect(choice, from, to);
                break;
            case RepeatNode repeat: ConnectRepeat(repeat, from, to); break;
            case RuleReferenceNode reference: states[from].Calls.Add((ruleStates[reference.Name].Start, to)); break;
        }
    }

    /// <summary>Classes of ASCII are edges; others are rules of their own, so that a repeated class costs one state each time.</summary>
    void ConnectClass(CharacterClassNode characters, int from, int to)
    {
        if (characters.Ranges[^1].Last <= 0x7F)
        {
            foreach (var (first, last) in characters.Ranges) states[from].Bytes.Add(((byte)first, (byte)last, to));
            return;
        }
        var key = string.Join(',', characters.Ranges);
        if (!classRules.TryGetValue(key, out var start))
        {
            start = NewState();
            classRules.Add(key, start);
            var end = NewState(isFinal: true);
            foreach (var range in characters.Ranges)
                foreach (var sequence in CharacterSet.Utf8Sequences(range.First, range.Last))
                {
                    var at = start;
                    for (var i = 0; i < sequence.Length; i++)
                    {
                        var next = i + 1 < sequence.Length ? NewState() : end;
                        states[at].Bytes.Add((sequence[i].First, sequence[i].Last, next));
                        at = next;
                    }
                }
        }
        states[from].Calls.Add((start, to));
    }

    void ConnectRepeat(RepeatNode repeat, int from, int to)
    {
        var item = repeat.Item;
        (int Start, int End)? shared = null;
        if (repeat.Min > 1 || repeat.Max > 1)
        {
            shared = (NewState(), NewState(isFinal: true));
            Connect(item, shared.Value.Start, shared.Value.End);
        }

        for (var i = 0; i < repeat.Min; i++) from = Once(from, NewState());
        if (repeat.Max is not { } max)
        {
            var loop = NewState();
            states[from].Empty.Add(loop);
            Once(loop, loop);
            states[loop].Empty.Add(to);
            return;
        }
        for (var i = repeat.Min; i < max; i++)
        {
            states[from].Empty.Add(to);
            from = Once(from, NewState());
        }
        states[from].Empty.Add(to);

        int Once(int at, int next)
        {
            if (shared is { } rule) states[at].Calls.Add((rule.Start, next));
            else Connect(item, at, next);
            return next;
        }
    }
}

/// <summary>One state of the network; a final one ends its rule.</summary>
sealed class NetworkState(bool isFinal)
{
    public bool IsFinal { get; } = isFinal;

    public List<(byte First, byte Last, int Target)> Bytes { get; } = [];

    public List<int> Empty { get; } = [];

    /// <summary>Runs the rule that begins at Rule, then goes on at Return.</summary>
    public List<(int Rule, int Return)> Calls { get; } = [];

    /// <summary>The end of a rule and nothing else: a call that returns here is a tail call and needs no stack frame.</summary>
    public bool IsOnlyFinal => IsFinal && Bytes.Count == 0 && Empty.Count == 0 && Calls.Count == 0;
}

/// <summary>All rules of a grammar.</summary>
sealed record GrammarNetwork(NetworkState[] States, int Start);
