using System.Globalization;

namespace Tern.Models.Templates;

/// <summary>
/// Jinja's expressions, loosest first: if-else, or, and, not, comparisons, + -, ~, * / // %, unary, **, then what follows an operand:
/// attributes, subscripts, calls, filters and tests.
/// </summary>
sealed partial class TemplateParser
{
    static readonly string[] EndOfOperand = ["else", "or", "and", "is", "if", "in", "not", "recursive"];

    /// <summary>An expression, or several with commas between: a tuple.</summary>
    Expression ParseTuple(bool withConditional = true)
    {
        var line = Current.Line;
        var first = withConditional ? ParseExpression() : ParseOr();
        if (!IsOperator(0, ",")) return first;
        var items = new List<Expression> { first };
        while (AcceptOperator(","))
        {
            if (Current.Kind is TokenKind.BlockEnd or TokenKind.VariableEnd || IsOperator(0, ")")) break;
            items.Add(withConditional ? ParseExpression() : ParseOr());
        }
        return new ListLiteral(line, [.. items], isTuple: true);
    }

    Expression ParseExpression()
    {
        if (++depth > MaxDepth) throw Error($"expressions nest deeper than {MaxDepth} levels");
        var line = Current.Line;
        var value = ParseOr();
        while (AcceptName("if"))
        {
            var condition = ParseOr();
            value = new Conditional(line, condition, value, AcceptName("else") ? ParseExpression() : null);
        }
        depth--;
        return value;
    }

    Expression ParseOr()
    {
        var left = ParseAnd();
        while (Current is { Kind: TokenKind.Name, Text: "or", Line: var line })
        {
            position++;
            left = new Logical(line, false, left, ParseAnd());
        }
        return left;
    }

    Expression ParseAnd()
    {
        var left = ParseNot();
        while (Current is { Kind: TokenKind.Name, Text: "and", Line: var line })
        {
            position++;
            left = new Logical(line, true, left, ParseNot());
        }
        return left;
    }

    Expression ParseNot()
    {
        var line = Current.Line;
        var negations = 0;
        while (AcceptName("not")) negations++;
        var value = ParseComparison();
        if (negations == 0) return value;
        value = new Not(line, value);
        return negations % 2 == 1 ? value : new Not(line, value);
    }

    Expression ParseComparison()
    {
        var line = Current.Line;
        var first = ParseSum();
        var links = new List<(string, Expression)>();
        while (true)
        {
            string op;
            if (Current is { Kind: TokenKind.Operator, Text: "==" or "!=" or "<" or "<=" or ">" or ">=" }) op = tokens[position++].Text;
            else if (AcceptName("in")) op = "in";
            else if (Current is { Kind: TokenKind.Name, Text: "not" } && tokens[position + 1] is { Kind: TokenKind.Name, Text: "in" })
            {
                position += 2;
                op = "not in";
            }
            else break;
            links.Add((op, ParseSum()));
        }
        return links.Count == 0 ? first : new Comparison(line, first, [.. links]);
    }

    Expression ParseSum() => ParseBinary(ParseConcatenation, "+", "-");

    Expression ParseConcatenation() => ParseBinary(ParseProduct, "~");

    Expression ParseProduct() => ParseBinary(() => ParseUnary(withFilters: true), "*", "/", "//", "%");

    Expression ParseBinary(Func<Expression> operand, params string[] operators)
    {
        var left = operand();
        while (Current.Kind == TokenKind.Operator && operators.Contains(Current.Text))
        {
            var op = tokens[position++];
            left = new Binary(op.Line, op.Text, left, operand());
        }
        return left;
    }

    Expression ParseUnary(bool withFilters)
    {
        if (++depth > MaxDepth) throw Error($"expressions nest deeper than {MaxDepth} levels");
        var line = Current.Line;
        Expression value;
        if (AcceptOperator("-")) value = new Negate(line, ParseUnary(false), isPlus: false);
        else if (AcceptOperator("+")) value = new Negate(line, ParseUnary(false), isPlus: true);
        else value = ParsePower();
        depth--;
        return withFilters ? ParseFiltersAndTests(value) : value;
    }

    Expression ParsePower()
    {
        var left = ParsePostfix(ParsePrimary());
        while (IsOperator(0, "**"))
        {
            var line = tokens[position++].Line;
            left = new Binary(line, "**", left, ParseUnary(false));
        }
        return left;
    }

    Expression ParsePrimary()
    {
        var token = Current;
        position++;
        switch (token.Kind)
        {
            case TokenKind.Name:
                return token.Text switch
                {
                    "true" or "True" => new Literal(token.Line, true),
                    "false" or "False" => new Literal(token.Line, false),
                    "none" or "None" => new Literal(token.Line, null),
                    _ => new Variable(token.Line, token.Text),
                };
            case TokenKind.String:
                var text = token.Text;
                while (Current.Kind == TokenKind.String) text += tokens[position++].Text;
                return new Literal(token.Line, text);
            case TokenKind.Integer:
                return new Literal(token.Line, long.TryParse(token.Text, CultureInfo.InvariantCulture, out var integer)
                    ? integer
                    : throw TemplateLexer.Error(token.Line, "the integer is too large"));
            case TokenKind.Float: return new Literal(token.Line, double.Parse(token.Text, CultureInfo.InvariantCulture));
            case TokenKind.Operator when token.Text == "(":
                if (AcceptOperator(")")) return new ListLiteral(token.Line, [], isTuple: true);
                var inner = ParseTuple();
                ExpectOperator(")");
                return inner;
            case TokenKind.Operator when token.Text == "[": return new ListLiteral(token.Line, ParseItems("]"));
            case TokenKind.Operator when token.Text == "{": return ParseDict(token.Line);
            default:
                position--;
                throw Error($"a value is expected, found '{token.Text}'");
        }
    }

    Expression[] ParseItems(string end)
    {
        var items = new List<Expression>();
        while (!AcceptOperator(end))
        {
            if (items.Count > 0) ExpectOperator(",");
            if (AcceptOperator(end)) break;
            items.Add(ParseExpression());
        }
        return [.. items];
    }

    DictLiteral ParseDict(int line)
    {
        var entries = new List<(Expression, Expression)>();
        while (!AcceptOperator("}"))
        {
            if (entries.Count > 0) ExpectOperator(",");
            if (AcceptOperator("}")) break;
            var key = ParseExpression();
            ExpectOperator(":");
            entries.Add((key, ParseExpression()));
        }
        return new DictLiteral(line, [.. entries]);
    }

    Expression ParsePostfix(Expression value)
    {
        while (true)
        {
            var line = Current.Line;
            if (AcceptOperator("."))
            {
                value = Current.Kind == TokenKind.Integer
                    ? new Subscript(line, value, ParsePrimary())
                    : new Attribute(line, value, ExpectName());
            }
            else if (AcceptOperator("["))
            {
                value = ParseSubscript(line, value);
                ExpectOperator("]");
            }
            else if (AcceptOperator("("))
            {
                var (positional, named) = ParseArguments();
                value = new Call(line, value, positional, named);
            }
            else return value;
        }
    }

    Expression ParseSubscript(int line, Expression target)
    {
        var start = IsOperator(0, ":") ? null : ParseExpression();
        if (!AcceptOperator(":")) return new Subscript(line, target, start!);
        var stop = IsOperator(0, ":") || IsOperator(0, "]") ? null : ParseExpression();
        var step = AcceptOperator(":") && !IsOperator(0, "]") ? ParseExpression() : null;
        return new Slice(line, target, start, stop, step);
    }

    /// <summary>After "(", up to and with ")".</summary>
    (Expression[] Positional, (string Name, Expression Value)[] Named) ParseArguments()
    {
        var positional = new List<Expression>();
        var named = new List<(string, Expression)>();
        while (!AcceptOperator(")"))
        {
            if (positional.Count + named.Count > 0) ExpectOperator(",");
            if (AcceptOperator(")")) break;
            if (Current.Kind == TokenKind.Name && IsOperator(1, "="))
            {
                var name = ExpectName();
                position++;
                named.Add((name, ParseExpression()));
            }
            else if (named.Count > 0) throw Error("a positional argument follows a named one");
            else positional.Add(ParseExpression());
        }
        return ([.. positional], [.. named]);
    }

    Expression ParseFiltersAndTests(Expression value)
    {
        while (true)
        {
            if (AcceptOperator("|")) value = ParseFilter(value);
            else if (AcceptName("is")) value = ParseTest(value);
            else if (IsOperator(0, "(") || IsOperator(0, ".") || IsOperator(0, "[")) value = ParsePostfix(value);
            else return value;
        }
    }

    Filter ParseFilter(Expression? target)
    {
        var line = Current.Line;
        var name = ExpectName();
        var filter = TemplateFilters.Find(name) ?? throw TemplateLexer.Error(line, $"there is no filter '{name}'");
        var (positional, named) = AcceptOperator("(") ? ParseArguments() : ([], []);
        return new Filter(line, target, filter, positional, named);
    }

    Test ParseTest(Expression target)
    {
        var line = Current.Line;
        var negated = AcceptName("not");
        var name = Current is { Kind: TokenKind.Operator, Text: "==" or "!=" } ? tokens[position++].Text : ExpectName();
        if (name is "None" or "True" or "False") name = name.ToLowerInvariant();
        var test = TemplateTests.Find(name) ?? throw TemplateLexer.Error(line, $"there is no test '{name}'");
        Expression[] arguments = [];
        if (AcceptOperator("(")) arguments = ParseArguments().Positional;
        else if (Current.Kind is TokenKind.String or TokenKind.Integer or TokenKind.Float || IsOperator(0, "[") || IsOperator(0, "{")
            || (Current.Kind == TokenKind.Name && !EndOfOperand.Contains(Current.Text)))
            arguments = [ParsePostfix(ParsePrimary())];
        return new Test(line, target, test, arguments, negated);
    }
}
