using System.CommandLine;
using Tern.Cli.Flags;
using Tern.Cli.Terminal;
using Tern.Run.Chat;

namespace Tern.Cli.Verbs;

/// <summary>Talks with a model.</summary>
sealed class ChatVerb : Verb
{
    readonly Interruption _interruption;
    readonly ModelFlags _model = new();
    readonly InputText _text = new();
    readonly Flag<string?> _system = new("--system-prompt", ["-sys"], "What the model is told before everything else", null, "text", fromEnvironment: false);
    readonly GenerationFlags _generation = new();
    readonly PromptCacheFlag _cache = new();

    public ChatVerb(Interruption interruption) : base("chat", "Talks with a model, turn by turn. From a pipe, each line is a turn; stdout has only the answers.")
    {
        _interruption = interruption;
        _text.AddTo(this);
        Add(_system);
        _model.AddTo(this);
        _generation.AddTo(this);
        _cache.AddTo(this);
        SetAction(Run);
    }

    public override IReadOnlyList<string> Examples =>
    [
        "tern chat -m model.gguf",
        "tern chat -m model.gguf -sys \"You answer in one sentence.\" -p \"What is a tern?\"",
        "printf 'Who are you?\\nSay it in French.\\n' | tern chat -m model.gguf --temp 0",
    ];

    int Run(ParseResult result)
    {
        var options = _generation.Read(result, _interruption.Token);
        var opening = _text.Read(result, _interruption.Token);
        using var model = _model.Load(result, _interruption.Token);
        using var sequence = _model.CreateSequence(result, model);
        _cache.Load(result, sequence);
        var session = new ChatSession(model, sequence) { SystemPrompt = result.GetValue(_system), Options = options };
        var terminal = new ChatTerminal(session, _interruption);
        terminal.Greet(Path.GetFileName(Path.TrimEndingDirectorySeparator(model.Files.Path)), sequence.ContextLength);
        var code = terminal.Run(opening);
        _cache.Save(result, sequence);
        return code;
    }
}
