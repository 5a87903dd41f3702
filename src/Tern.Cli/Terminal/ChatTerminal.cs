using System.Text;
using Tern.Models;
using Tern.Run.Chat;
using Tern.Run.Generation;

namespace Tern.Cli.Terminal;

/// <summary>
/// Reads turns and commands, prints answers. Stdout has the answers and nothing else; the rest goes to stderr, and the prompt only appears
/// where somebody types.
/// </summary>
sealed class ChatTerminal
{
    static readonly (string Name, string Use)[] Commands =
    [
        ("/help", "this list"),
        ("/regen", "answer the last question once more"),
        ("/undo", "take the last question and its answer back"),
        ("/clear", "forget the conversation"),
        ("/system", "TEXT: tell the model this before everything else; without a text, show it"),
        ("/save", "FILE: write the conversation as JSON"),
        ("/load", "FILE: go on with a written conversation"),
        ("/exit", "leave (also Ctrl+D)"),
    ];

    readonly ChatSession _session;
    readonly Interruption _interruption;
    readonly bool _typed = !Console.IsInputRedirected;
    readonly TextReader _input;

    public ChatTerminal(ChatSession session, Interruption interruption)
    {
        (_session, _interruption) = (session, interruption);
        _input = _typed ? Console.In : new StreamReader(Console.OpenStandardInput(), new UTF8Encoding(false));
    }

    public void Greet(string model, int contextLength)
    {
        if (!_typed) return;
        Console.Error.WriteLine($"{model}, context {contextLength}, {_session.Format.Name}. /help lists the commands; a backslash at the end goes on in the next line.");
        if (_session.Format.Stop.Count > 0) Console.Error.WriteLine("This model knows no chat format: it will continue the conversation as it would any text.");
    }

    /// <summary>Until /exit, the end of the input, or Ctrl+C twice.</summary>
    /// <param name="opening">The first question, or null to read it.</param>
    /// <returns>The exit code.</returns>
    public int Run(string? opening)
    {
        if (opening is not null && !Answer(() => _session.Send(opening, _interruption.Token))) return TernCommand.Interrupted;
        while (ReadTurn() is { } turn)
        {
            if (turn.Length == 0) continue;
            if (turn == "/exit") return 0;
            if (!(turn[0] == '/' && !turn.StartsWith("//", StringComparison.Ordinal) ? Obey(turn) : Answer(() => _session.Send(turn[0] == '/' ? turn[1..] : turn, _interruption.Token))))
                return TernCommand.Interrupted;
        }
        if (_typed) Console.Error.WriteLine();
        return _interruption.Token.IsCancellationRequested && !_typed ? TernCommand.Interrupted : 0;
    }

    /// <summary>A line, and those that a backslash at the end joins to it. Null at the end of the input.</summary>
    string? ReadTurn()
    {
        if (_typed) _interruption.Reset();
        using var hint = _interruption.Token.Register(() =>
        {
            if (_typed) Console.Error.Write("\n(Ctrl+C once more leaves, as does /exit)\n> ");
        });
        var lines = new List<string>();
        while (true)
        {
            if (_typed) Console.Error.Write(lines.Count == 0 ? "> " : ". ");
            if (_input.ReadLine() is not { } line) return lines.Count == 0 ? null : string.Join('\n', lines);
            if (!line.EndsWith('\\'))
            {
                lines.Add(line);
                if (_typed) _interruption.Reset();
                return string.Join('\n', lines).Trim();
            }
            lines.Add(line[..^1]);
        }
    }

    /// <summary>Prints an answer as it comes. A mistake (a question that is too long) is told; the conversation goes on where somebody types.</summary>
    /// <returns>False where Ctrl+C ends more than the answer.</returns>
    bool Answer(Func<GeneratedText> ask)
    {
        var forgotten = _session.ForgottenTurns;
        GeneratedText answer;
        try
        {
            answer = ask();
            if (_session.ForgottenTurns > forgotten)
                Console.Error.WriteLine($"(the context is full: the first {_session.ForgottenTurns} turns are no longer sent to the model)");
            foreach (var piece in answer) Console.Out.Write(piece.Text);
        }
        catch (TernException problem) when (_typed)
        {
            Console.Error.WriteLine(problem.Message);
            return true;
        }
        Console.Out.WriteLine();
        switch (answer.Result!.Finish)
        {
            case FinishReason.ContextFull:
                Console.Error.WriteLine("(the context is full)");
                break;
            case FinishReason.Length:
                Console.Error.WriteLine("(cut off by -n)");
                break;
            case FinishReason.Cancelled:
                Console.Error.WriteLine("(stopped)");
                return _typed;
        }
        if (_typed) Console.Error.WriteLine();
        return true;
    }

    bool Obey(string line)
    {
        var blank = line.IndexOf(' ');
        var (command, argument) = blank < 0 ? (line, "") : (line[..blank], line[(blank + 1)..].Trim());
        try
        {
            switch (command)
            {
                case "/help":
                    foreach (var (name, use) in Commands) Console.Error.WriteLine($"  {name,-8} {use}");
                    Console.Error.WriteLine("  //...    a question that begins with a slash");
                    break;
                case "/regen":
                    return Answer(() => _session.Regenerate(_interruption.Token));
                case "/undo":
                    Console.Error.WriteLine(_session.Undo() is { } question ? $"taken back: {question}" : "there is nothing to take back");
                    break;
                case "/clear":
                    _session.Clear();
                    Console.Error.WriteLine("the conversation is empty");
                    break;
                case "/system":
                    if (argument.Length > 0) _session.SystemPrompt = argument;
                    Console.Error.WriteLine(_session.SystemPrompt is { Length: > 0 } system ? $"system: {system}" : "there is no system prompt");
                    break;
                case "/save" when argument.Length > 0:
                    _session.Save(argument);
                    Console.Error.WriteLine($"{_session.Turns.Count} turns written to {argument}");
                    break;
                case "/load" when argument.Length > 0:
                    _session.Load(argument);
                    Console.Error.WriteLine($"{_session.Turns.Count} turns read from {argument}");
                    break;
                case "/save" or "/load":
                    Console.Error.WriteLine($"{command} needs the name of a file");
                    break;
                default:
                    var near = EditDistance.Nearest(command, Commands.Select(known => known.Name));
                    Console.Error.WriteLine($"there is no command '{command}'{(near is null ? "" : $"; did you mean '{near}'?")} /help lists them");
                    break;
            }
        }
        catch (TernException problem) when (_typed)
        {
            Console.Error.WriteLine(problem.Message);
        }
        return true;
    }
}
