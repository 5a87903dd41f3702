namespace Tern.Models.Templates;

/// <summary>Jinja's statements, from tokens to a tree.</summary>
sealed partial class TemplateParser(List<Token> tokens)
{
    /// <summary>Deeper nesting of tags and brackets is no template but an attack on the stack.</summary>
    const int MaxDepth = 100;

    int position;
    int depth;
    int loops;

    Token Current => tokens[position];

    public Statement[] ParseTemplate()
    {
        var body = ParseBody();
        if (Current.Kind == TokenKind.End) return body;
        throw Error($"{{% {tokens[position + 1].Text} %}} closes nothing");
    }

    /// <summary>Statements up to the end, or up to a block that begins with one of the names (of which the name is then current).</summary>
    Statement[] ParseBody(params string[] until)
    {
        if (++depth > MaxDepth) throw Error($"tags nest deeper than {MaxDepth} levels");
        var body = new List<Statement>();
        while (Current.Kind != TokenKind.End)
        {
            var token = Current;
            if (token.Kind == TokenKind.Data)
            {
                position++;
                body.Add(new TextStatement(token.Line, token.Text));
            }
            else if (token.Kind == TokenKind.VariableBegin)
            {
                position++;
                body.Add(new PrintStatement(token.Line, ParseTuple()));
                Expect(TokenKind.VariableEnd, "}}");
            }
            else
            {
                var name = tokens[position + 1];
                if (until.Contains(name.Text) || name.Text is "else" or "elif" || name.Text.StartsWith("end", StringComparison.Ordinal)) break;
                position++;
                if (name.Kind != TokenKind.Name) throw Error($"a tag begins with a name, not '{name.Text}'");
                position++;
                body.Add(ParseStatement(name));
            }
        }
        depth--;
        return [.. body];
    }

    Statement ParseStatement(Token name)
    {
        var line = name.Line;
        switch (name.Text)
        {
            case "if": return ParseIf(line);
            case "for": return ParseFor(line);
            case "set": return ParseSet(line);
            case "macro": return ParseMacro(line);
            case "call": return ParseCall(line);
            case "filter":
                var filters = ParseFilterNames();
                return new CaptureStatement(line, null, filters, ParseBlock("endfilter"));
            case "generation": return new ScopeStatement(line, [], ParseBlock("endgeneration"));
            case "with": return ParseWith(line);
            case "do":
                var value = ParseTuple();
                EndTag();
                return new DoStatement(line, value);
            case "break" or "continue":
                if (loops == 0) throw Error($"{{% {name.Text} %}} stands outside of a loop");
                EndTag();
                return new LoopControlStatement(line, name.Text == "break" ? Flow.Break : Flow.Continue);
            default: throw TemplateLexer.Error(line, $"{{% {name.Text} %}} is not supported in chat templates");
        }
    }

    IfStatement ParseIf(int line)
    {
        var branches = new List<(Expression?, Statement[])>();
        Expression? condition = ParseTuple();
        while (true)
        {
            EndTag();
            branches.Add((condition, ParseBody("elif", "else", "endif")));
            var next = TagName("endif", line);
            if (next == "endif") break;
            if (condition is null) throw Error($"{{% {next} %}} follows {{% else %}}");
            condition = next switch
            {
                "elif" => ParseTuple(),
                "else" => null,
                _ => throw Error($"{{% {next} %}} inside of {{% if %}} of line {line}: {{% endif %}} is missing"),
            };
        }
        EndTag();
        return new IfStatement(line, [.. branches]);
    }

    ForStatement ParseFor(int line)
    {
        var names = ParseNames();
        if (!AcceptName("in")) throw Error($"'in' is missing after the loop variable, found '{Current.Text}'");
        var items = ParseTuple(withConditional: false);
        var condition = AcceptName("if") ? ParseTuple() : null;
        if (Current is { Kind: TokenKind.Name, Text: "recursive" }) throw Error("recursive loops are not supported in chat templates");
        EndTag();
        loops++;
        var body = ParseBody("else", "endfor");
        loops--;
        Statement[] otherwise = [];
        if (TagName("endfor", line) == "else")
        {
            EndTag();
            otherwise = ParseBody("endfor");
            TagName("endfor", line);
        }
        CheckEnd("endfor", line);
        return new ForStatement(line, names, items, condition, body, otherwise);
    }

    Statement ParseSet(int line)
    {
        if (Current.Kind == TokenKind.Name && IsOperator(1, ".") && tokens[position + 2].Kind == TokenKind.Name && IsOperator(3, "="))
        {
            var (name, attribute) = (Current.Text, tokens[position + 2].Text);
            position += 4;
            var assigned = ParseTuple();
            EndTag();
            return new SetAttributeStatement(line, name, attribute, assigned);
        }
        var names = ParseNames();
        if (AcceptOperator("="))
        {
            var value = ParseTuple();
            EndTag();
            return new SetStatement(line, names, value);
        }
        if (names.Length > 1) throw Error("'=' is missing");
        var filters = IsOperator(0, "|") ? ParseFilterNames() : [];
        return new CaptureStatement(line, names[0], filters, ParseBlock("endset"));
    }

    MacroStatement ParseMacro(int line)
    {
        var name = ExpectName();
        var parameters = ParseParameters();
        return new MacroStatement(line, name, parameters, ParseFunctionBody("endmacro"));
    }

    CallStatement ParseCall(int line)
    {
        var parameters = IsOperator(0, "(") ? ParseParameters() : [];
        if (ParsePostfix(ParsePrimary()) is not Call call) throw Error("{% call %} needs a call of a macro");
        return new CallStatement(line, call, parameters, ParseFunctionBody("endcall"));
    }

    Statement[] ParseFunctionBody(string end)
    {
        var outer = loops;
        loops = 0;
        var body = ParseBlock(end);
        loops = outer;
        return body;
    }

    ScopeStatement ParseWith(int line)
    {
        var variables = new List<(string, Expression)>();
        while (Current.Kind == TokenKind.Name)
        {
            var name = ExpectName();
            ExpectOperator("=");
            variables.Add((name, ParseExpression()));
            if (!AcceptOperator(",")) break;
        }
        return new ScopeStatement(line, [.. variables], ParseBlock("endwith"));
    }

    (string Name, Expression? Default)[] ParseParameters()
    {
        ExpectOperator("(");
        var parameters = new List<(string, Expression?)>();
        while (!AcceptOperator(")"))
        {
            if (parameters.Count > 0) ExpectOperator(",");
            if (AcceptOperator(")")) break;
            var name = ExpectName();
            parameters.Add((name, AcceptOperator("=") ? ParseExpression() : null));
        }
        return [.. parameters];
    }

    Filter[] ParseFilterNames()
    {
        var filters = new List<Filter>();
        AcceptOperator("|");
        do filters.Add(ParseFilter(null));
        while (AcceptOperator("|"));
        return [.. filters];
    }

    string[] ParseNames()
    {
        var isBracketed = AcceptOperator("(");
        var names = new List<string> { ExpectName() };
        while (AcceptOperator(","))
        {
            if (Current.Kind != TokenKind.Name) break;
            names.Add(ExpectName());
        }
        if (isBracketed) ExpectOperator(")");
        return [.. names];
    }

    /// <summary>The rest of the opening tag, the body, and the closing tag.</summary>
    Statement[] ParseBlock(string end)
    {
        var line = Current.Line;
        EndTag();
        var body = ParseBody(end);
        TagName(end, line);
        CheckEnd(end, line);
        return body;
    }

    /// <summary>Enters the tag that ended a body.</summary>
    string TagName(string end, int line)
    {
        if (Current.Kind == TokenKind.End) throw Error($"{{% {end} %}} is missing for the tag of line {line}");
        position += 2;
        return tokens[position - 1].Text;
    }

    void CheckEnd(string end, int line)
    {
        var found = tokens[position - 1];
        if (found.Text != end) throw TemplateLexer.Error(found.Line, $"{{% {found.Text} %}} where {{% {end} %}} for the tag of line {line} is expected");
        if (end == "endmacro" && Current.Kind == TokenKind.Name) position++;
        EndTag();
    }

    void EndTag() => Expect(TokenKind.BlockEnd, "%}");

    void Expect(TokenKind kind, string text)
    {
        if (Current.Kind != kind) throw Error($"'{text}' is expected, found '{Current.Text}'");
        position++;
    }

    string ExpectName()
    {
        if (Current.Kind != TokenKind.Name) throw Error($"a name is expected, found '{Current.Text}'");
        return tokens[position++].Text;
    }

    void ExpectOperator(string text)
    {
        if (!AcceptOperator(text)) throw Error($"'{text}' is expected, found '{Current.Text}'");
    }

    bool AcceptOperator(string text)
    {
        if (!IsOperator(0, text)) return false;
        position++;
        return true;
    }

    bool AcceptName(string text)
    {
        if (Current.Kind != TokenKind.Name || Current.Text != text) return false;
        position++;
        return true;
    }

    bool IsOperator(int ahead, string text) =>
        position + ahead < tokens.Count && tokens[position + ahead].Kind == TokenKind.Operator && tokens[position + ahead].Text == text;

    TernException Error(string problem) => TemplateLexer.Error(Current.Line, problem);
}
