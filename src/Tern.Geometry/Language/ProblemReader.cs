using System.Collections.Immutable;
using System.Globalization;
using Tern.Models;

namespace Tern.Geometry.Language;

/// <summary>Reads one statement of the problem language.</summary>
sealed class ProblemReader
{
    readonly TokenReader _line;
    readonly Definitions _definitions;
    readonly List<string> _names = [];
    readonly Dictionary<string, int> _points = [];
    readonly Dictionary<int, (double X, double Y)> _coordinates = [];
    readonly List<Clause> _clauses = [];

    /// <summary>All points have coordinates, so that words after '=' are statements.</summary>
    bool _isPlaced;

    public ProblemReader(TokenReader line, Definitions definitions) => (_line, _definitions) = (line, definitions);

    public ProblemReader(TokenReader line, Definitions definitions, ImmutableArray<string> names, ImmutableDictionary<int, (double X, double Y)> coordinates) : this(line, definitions)
    {
        foreach (var name in names) AddName(name);
        foreach (var (point, place) in coordinates) _coordinates.Add(point, place);
    }

    public Problem Read(string name, bool assertsRemarks, bool needsGoal)
    {
        _isPlaced = _line.EveryWordBefore("=", word => word.Contains('@'));
        ReadClauses(isAuxiliary: false);
        if (_line.TryTake("|")) ReadClauses(isAuxiliary: true);
        var goals = new List<Statement>();
        if (_line.TryTake("?"))
        {
            do goals.Add(ReadStatement(_line.TakeWords()));
            while ((_line.TryTake(";") || _line.TryTake(",")) && !_line.AtEnd);
        }
        else if (needsGoal && _line.AtEnd)
        {
            throw _line.Error("the goal is missing: end the statement with '? ' and what is to be proved, as in '? cong a b c d'.");
        }
        if (!_line.AtEnd) throw _line.Error($"'{_line.Current.Text}' was not expected here.");
        return new Problem(name, _names, _clauses, goals, _definitions, _coordinates, assertsRemarks);
    }

    public Problem ReadMore(Problem problem)
    {
        ReadClauses(isAuxiliary: true);
        if (!_line.AtEnd) throw _line.Error($"'{_line.Current.Text}' was not expected here.");
        return new Problem(problem.Name, _names, problem.Clauses.Concat(_clauses), problem.Goals, _definitions, _coordinates, problem.AssertsRemarks);
    }

    /// <summary>One statement of a problem's points.</summary>
    public Statement ReadStatementOf(Problem problem)
    {
        _isPlaced = problem.IsPlaced;
        var statement = ReadStatement(_line.TakeWords());
        if (!_line.AtEnd) throw _line.Error($"'{_line.Current.Text}' was not expected here.");
        return statement;
    }

    void AddName(string name)
    {
        _points.Add(name, _names.Count);
        _names.Add(name);
    }

    void ReadClauses(bool isAuxiliary)
    {
        while (true)
        {
            var words = _line.TakeWords();
            if (words.Count > 0) ReadClause(words, isAuxiliary);
            else if (_line.Current.Text is "=" or "," or ":") throw _line.Error("a clause begins with the names of its new points, as in 'm = midpoint a b'.");
            if (!_line.TryTake(";")) return;
        }
    }

    void ReadClause(List<Token> words, bool isAuxiliary)
    {
        if (!_line.TryTake("=")) throw _line.Error("expected '=' after the new points of a clause, as in 'm = midpoint a b'.");
        var points = words.Select(AddPoint).ToArray();
        var constructions = new List<Construction>();
        var assumptions = new List<Statement>();
        var starts = new List<Token>();
        while (true)
        {
            var call = _line.TakeWords();
            if (call.Count > 0)
            {
                starts.Add(call[0]);
                if (_isPlaced && StatementReader.IsPredicate(call[0].Text)) assumptions.Add(ReadStatement(call));
                else constructions.Add(ReadConstruction(call, points));
            }
            else if (!_isPlaced)
            {
                throw _line.Error("expected a construction, as in 'm = midpoint a b'.");
            }
            if (!_line.TryTake(",")) break;
        }
        CheckTogether(constructions, starts, points);
        _clauses.Add(new Clause(points, constructions, assumptions, isAuxiliary));
    }

    void CheckTogether(List<Construction> constructions, List<Token> starts, int[] points)
    {
        if (constructions.Count > 2) throw _line.Error("a clause has one construction, or two that each give a line or circle of its point.", starts[2]);
        if (constructions.Count < 2) return;
        for (var i = 0; i < 2; i++)
            if (!constructions[i].Definition.IsLocus && points.Length == 1 && !constructions[1 - i].Definition.IsLocus)
                throw _line.Error($"'{constructions[i].Definition.Name}' places its point, and so does the other construction of this clause.", starts[i]);
    }

    int AddPoint(Token token)
    {
        var at = token.Text.IndexOf('@');
        var name = at < 0 ? token.Text : token.Text[..at];
        if (name.Length == 0) throw _line.Error("a point without name.", token);
        if (_points.ContainsKey(name)) throw _line.Error($"there is already a point '{name}'.", token);
        if (at >= 0)
        {
            var place = token.Text[(at + 1)..].Split('_');
            if (place.Length != 2 || !TryNumber(place[0], out var x) || !TryNumber(place[1], out var y)) throw _line.Error($"expected coordinates after '@', as in '{name}@1.5_-2'.", token);
            _coordinates.Add(_names.Count, (x, y));
        }
        AddName(name);
        return _names.Count - 1;

        static bool TryNumber(string text, out double number) => double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out number) && double.IsFinite(number);
    }

    Construction ReadConstruction(List<Token> call, int[] newPoints)
    {
        var name = call[0];
        if (!_definitions.TryGet(name.Text, out var found))
        {
            if (StatementReader.IsPredicate(name.Text))
                throw _line.Error($"'{name.Text}' is a statement, not a construction: it can stand here only where all points have coordinates, as in 'a@0_1'.", name);
            throw _line.Error(_definitions.Unknown(name.Text), name);
        }
        var definition = found!;
        var given = call.Skip(1).ToList();
        var parameters = definition.Parameters.Length;
        var introduced = definition.NewPoints.Length;
        var isShort = given.Count == parameters - introduced && introduced == newPoints.Length;
        var hasNewPoints = given.Any(token => _points.TryGetValue(token.Text, out var point) && newPoints.Contains(point));
        if (given.Count != parameters && (!isShort || hasNewPoints))
        {
            var without = introduced == parameters ? "none" : $"{parameters - introduced} without the new point{(introduced > 1 ? "s" : "")}";
            throw _line.Error($"'{definition.Signature}' takes {parameters} arguments, or {without}, not {given.Count}{(isShort ? " with it" : "")}.", name);
        }
        var arguments = new Argument[parameters];
        // Some programs put new points first whatever the definition says: 'd = parallelogram d a b c'.
        var newFirst = !isShort && introduced < parameters && given.Take(introduced).Select(token => token.Text).SequenceEqual(newPoints.Select(point => _names[point]));
        if (newFirst && !definition.NewPoints.SequenceEqual(Enumerable.Range(0, introduced))) (given, isShort) = (given[introduced..], true);
        var (next, nextNew) = (0, 0);
        for (var i = 0; i < parameters; i++)
        {
            if (isShort && definition.NewPoints.Contains(i)) arguments[i] = new Argument(newPoints[nextNew++]);
            else if (definition.Numbers.Contains(i)) arguments[i] = new Argument(-1, ReadQuantity(given[next++], definition.Parameters[i], definition));
            else arguments[i] = new Argument(ReadPoint(given[next++]));
        }
        CheckNewPoints(definition, arguments, newPoints, isShort ? null : given, name);
        try
        {
            return new Construction(definition, arguments);
        }
        catch (ArgumentException exception)
        {
            throw _line.Error($"'{definition.Signature}' cannot have these arguments: {exception.Message}", name);
        }
    }

    void CheckNewPoints(Definition definition, Argument[] arguments, int[] newPoints, List<Token>? given, Token name)
    {
        if (definition.NewPoints.Length != newPoints.Length)
            throw _line.Error($"'{definition.Signature}' introduces {definition.NewPoints.Length} point{(definition.NewPoints.Length == 1 ? "" : "s")}, and there are {newPoints.Length} before the '='.", name);
        for (var i = 0; i < arguments.Length; i++)
        {
            if (arguments[i].Quantity is not null) continue;
            var isNew = newPoints.Contains(arguments[i].Point);
            if (isNew == definition.NewPoints.Contains(i)) continue;
            throw _line.Error(isNew
                ? $"'{_names[arguments[i].Point]}' is being constructed here and cannot be the {definition.Parameters[i]} of '{definition.Signature}'."
                : $"the {definition.Parameters[i]} of '{definition.Signature}' is a new point, but '{_names[arguments[i].Point]}' is there already.", given?[i] ?? name);
        }
        if (definition.NewPoints.Select(position => arguments[position].Point).Distinct().Count() != newPoints.Length)
            throw _line.Error("each new point must be given once.", name);
    }

    Quantity ReadQuantity(Token token, string parameter, Definition definition) =>
        Quantity.TryParse(token.Text, out var quantity) ? quantity! : throw _line.Error($"the {parameter} of '{definition.Signature}' is a number, as in 30, 1/2, 45o or 2pi/3.", token);

    int ReadPoint(Token token)
    {
        if (_points.TryGetValue(token.Text, out var point)) return point;
        var near = EditDistance.Nearest(token.Text, _names);
        throw _line.Error($"there is no point '{token.Text}' here{(near is null ? "" : $"; did you mean '{near}'?")}", token);
    }

    Statement ReadStatement(List<Token> words)
    {
        if (words.Count == 0) throw _line.Error("expected a statement, as in 'cong a b c d'.");
        if (StatementReader.Unknown(words[0].Text) is { } unknown) throw _line.Error(unknown, words[0]);
        var points = new List<int>();
        var quantities = new List<Quantity>();
        if (LinearEquation.IsWord(words[0].Text)) return ReadEquation(words);
        foreach (var token in words.Skip(1))
        {
            if (!_points.ContainsKey(token.Text) && Quantity.TryParse(token.Text, out var quantity)) quantities.Add(quantity!);
            else points.Add(ReadPoint(token));
        }
        try
        {
            return StatementReader.Make(words[0].Text, points.ToArray(), quantities.ToArray(), reversedAngles: _isPlaced);
        }
        catch (ArgumentException exception)
        {
            throw _line.Error(exception.Message, words[0]);
        }
    }

    Statement ReadEquation(List<Token> words)
    {
        var equation = new LinearEquation(words[0].Text);
        try
        {
            foreach (var token in words.Skip(1))
            {
                if (token.Text == "*") equation.AddProduct();
                else if (!_points.ContainsKey(token.Text) && Quantity.TryParse(token.Text, out var quantity)) equation.Add(quantity!);
                else equation.Add(ReadPoint(token));
            }
            return equation.ToStatement();
        }
        catch (ArgumentException exception)
        {
            throw _line.Error(exception.Message, words[0]);
        }
    }
}
