using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization;
using Tern.Models;
using Tern.Models.Files;
using Tern.Models.Templates;
using Tern.Run.Generation;

namespace Tern.Run.Chat;

/// <summary>
/// A conversation of several turns in one sequence. Every answer renders the whole conversation; what the sequence holds of it is not computed
/// again. When the conversation outgrows the context, its oldest turns are no longer sent (the system prompt stays). One answer at a time.
/// </summary>
public sealed class ChatSession
{
    readonly TextGenerator _generator;
    readonly List<ChatTurn> _turns = [];
    long _answers;

    /// <param name="model">With a tokenizer.</param>
    /// <param name="sequence">Of this model.</param>
    /// <exception cref="TernException">The model came without a tokenizer, or its chat template cannot be read.</exception>
    public ChatSession(LanguageModel model, Sequence sequence)
    {
        _generator = new TextGenerator(model, sequence);
        Format = new ChatFormat(model);
    }

    public ChatFormat Format { get; }

    /// <summary>What the model is told before everything else; null or empty for nothing.</summary>
    public string? SystemPrompt { get; set; }

    /// <summary>How answers are generated; the stop strings of the format are added. Each answer has a seed of its own, counted up from the one given.</summary>
    public GenerationOptions Options { get; set; } = new();

    /// <summary>Finished turns, oldest first, without the system prompt.</summary>
    public IReadOnlyList<ChatTurn> Turns => _turns;

    /// <summary>How many of the oldest turns did not fit into the context any more.</summary>
    public int ForgottenTurns { get; private set; }

    /// <summary>
    /// Asks something. The answer is generated while the result is enumerated; then both turns belong to the conversation, also where the answer
    /// was cancelled after some words.
    /// </summary>
    /// <exception cref="TernException">The template refuses the turns, or the question alone does not fit into the context.</exception>
    public GeneratedText Send(string message, CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(message);
        return Answer([.. _turns, new ChatTurn("user", message)], cancellation);
    }

    /// <summary>Answers the last question once more. The old answer stays until the new one is there.</summary>
    /// <exception cref="TernException">There is no answer yet.</exception>
    public GeneratedText Regenerate(CancellationToken cancellation = default)
    {
        if (_turns is not [.., { Role: "user" }, { Role: "assistant" }]) throw new TernException("There is no answer to generate again.");
        return Answer([.. _turns.SkipLast(1)], cancellation);
    }

    /// <summary>Takes the last question and its answer back.</summary>
    /// <returns>The question, or null where there is none.</returns>
    public string? Undo()
    {
        var question = _turns.FindLastIndex(turn => turn.Role == "user");
        if (question < 0) return null;
        var text = _turns[question].Content;
        _turns.RemoveRange(question, _turns.Count - question);
        ForgottenTurns = Math.Min(ForgottenTurns, _turns.Count);
        return text;
    }

    /// <summary>Forgets all turns; the system prompt stays.</summary>
    public void Clear()
    {
        _turns.Clear();
        ForgottenTurns = 0;
    }

    GeneratedText Answer(List<ChatTurn> turns, CancellationToken cancellation)
    {
        var options = Options with { Stop = [.. Options.Stop, .. Format.Stop], TrimStart = true };
        if (options.Sampling.Seed is >= 0 and var seed) options = options with { Sampling = options.Sampling with { Seed = seed + _answers } };
        _answers++;
        return _generator.Generate(Fit(turns, options.MaxTokens), options, cancellation).WhenDone(generation =>
        {
            if (generation.Text.Length == 0 && generation.Result!.Finish == FinishReason.Cancelled) return;
            _turns.Clear();
            _turns.AddRange(turns);
            _turns.Add(new ChatTurn("assistant", generation.Text));
        });
    }

    /// <summary>
    /// The prompt, with room for an answer. When turns must go, more go than necessary, down to half of the context: the next
    /// questions then find the rest in the cache.
    /// </summary>
    int[] Fit(List<ChatTurn> turns, int maxTokens)
    {
        var context = _generator.Sequence.ContextLength;
        var room = maxTokens < 0 ? context / 4 : Math.Min(maxTokens, context / 4);
        var prompt = Encode(turns);
        if (prompt.Length <= context - room) return prompt;
        while (prompt.Length > context / 2)
        {
            var next = turns.FindIndex(ForgottenTurns + 1, turn => turn.Role == "user");
            if (next < 0) break;
            ForgottenTurns = next;
            prompt = Encode(turns);
        }
        return prompt;
    }

    int[] Encode(List<ChatTurn> turns)
    {
        IEnumerable<ChatTurn> system = string.IsNullOrEmpty(SystemPrompt) ? [] : [new ChatTurn("system", SystemPrompt)];
        return Format.Encode([.. system, .. turns.Skip(ForgottenTurns)]);
    }

    /// <summary>Writes system prompt and turns as JSON: {"system": "...", "turns": [{"role": "user", "content": "..."}, ...]}.</summary>
    /// <exception cref="TernException">The file cannot be written.</exception>
    public void Save(string path) =>
        AtomicFile.WriteText(path, JsonSerializer.Serialize(new Transcript(SystemPrompt, [.. _turns.Select(turn => new Line(turn.Role, turn.Content))]), TranscriptJson.Indented.Transcript) + "\n");

    /// <summary>Replaces the conversation by what <see cref="Save"/> wrote.</summary>
    /// <exception cref="TernException">There is no such file, or it is no conversation; the present one stays as it was.</exception>
    public void Load(string path)
    {
        if (!File.Exists(path)) throw new TernException($"{path}: there is no such file.");
        Transcript? transcript;
        try
        {
            transcript = JsonSerializer.Deserialize(DiskFile.ReadAllText(path), TranscriptJson.Indented.Transcript);
        }
        catch (JsonException problem)
        {
            throw new TernException($"{path}: is not a saved conversation: {problem.Message}", problem);
        }
        if (transcript?.Turns is not { } lines || lines.Any(line => line?.Role is not ("user" or "assistant") || line.Content is null))
            throw new TernException($"{path}: is not a saved conversation: expected \"turns\" with role (user or assistant) and content.");
        Clear();
        SystemPrompt = transcript.System;
        _turns.AddRange(lines.Select(line => new ChatTurn(line.Role, line.Content)));
    }

    internal sealed record Transcript(string? System, IReadOnlyList<Line> Turns);

    internal sealed record Line(string Role, string? Content);
}

/// <summary>How a conversation is written; made when Tern is compiled, so that it works in ahead-of-time compiled programs.</summary>
[JsonSerializable(typeof(ChatSession.Transcript))]
sealed partial class TranscriptJson : JsonSerializerContext
{
    public static TranscriptJson Indented { get; } = new(new JsonSerializerOptions
    {
        PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower,
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
        WriteIndented = true,
    });
}
