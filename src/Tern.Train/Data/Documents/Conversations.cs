using System.Text.Json;
using Tern.Models;
using Tern.Models.Templates;
using Tern.Train.Recipes;

namespace Tern.Train.Data.Documents;

/// <summary>A conversation of a file.</summary>
/// <param name="File">For messages.</param>
/// <param name="Line">From 1.</param>
/// <param name="Turns">Oldest first.</param>
public sealed record Conversation(string File, long Line, IReadOnlyList<ChatTurn> Turns);

/// <summary>
/// Conversations in JSON lines, in the shapes that the field uses: <c>messages</c> with role and content (OpenAI, TRL); <c>conversations</c> with from and value (ShareGPT); <c>prompt</c> and
/// <c>completion</c> (TRL; texts or lists of messages); <c>instruction</c>, perhaps <c>input</c>, and <c>output</c> (Alpaca). A text <c>system</c> beside them comes first.
/// </summary>
static class Conversations
{
    const string Expected = "expected messages, conversations, prompt and completion, or instruction and output";

    /// <summary>The conversations in the order of the file.</summary>
    /// <exception cref="TernException">The file is no JSONL, or a line is no conversation with an answer; the message names file and line.</exception>
    public static IEnumerable<Conversation> Read(DataSource source, string file)
    {
        if (SourceFiles.FormatOf(source, file) is var format && format != "jsonl") throw new TernException($"{file}: conversations are read from JSON lines (.jsonl), not from {format}.");
        return JsonLines.Rows(file, "the conversation", (row, line) => new Conversation(file, line, new Line(row, file, line).Turns()));
    }

    /// <summary>One line and its place.</summary>
    sealed class Line(JsonElement row, string file, long number)
    {
        public IReadOnlyList<ChatTurn> Turns()
        {
            if (row.ValueKind != JsonValueKind.Object) throw Bad($"is {JsonLines.Spell(row.ValueKind)}; expected an object");
            IReadOnlyList<ChatTurn> turns = [.. System(), .. Conversation()];
            return turns.Any(turn => turn.Role == "assistant") ? turns : throw Bad("has no turn of the assistant, so there is nothing to learn");
        }

        IEnumerable<ChatTurn> System() => row.TryGetProperty("system", out var system) && system.ValueKind == JsonValueKind.String && system.GetString() is { Length: > 0 } text ? [new ChatTurn("system", text)] : [];

        IEnumerable<ChatTurn> Conversation()
        {
            if (row.TryGetProperty("messages", out var messages)) return List(messages, "messages");
            if (row.TryGetProperty("conversations", out var conversations)) return List(conversations, "conversations");
            if (row.TryGetProperty("prompt", out var prompt)) return [.. Part(prompt, "prompt", "user"), .. Part(Required("completion"), "completion", "assistant")];
            if (row.TryGetProperty("instruction", out _)) return [new ChatTurn("user", Instruction()), new ChatTurn("assistant", Text(Required("output"), "output"))];
            throw Bad($"has the keys {JsonLines.Keys(row)}; {Expected}");
        }

        string Instruction()
        {
            var instruction = Text(row.GetProperty("instruction"), "instruction");
            return row.TryGetProperty("input", out var input) && Text(input, "input") is { Length: > 0 } more ? $"{instruction}\n\n{more}" : instruction;
        }

        /// <summary>A text, or messages.</summary>
        IEnumerable<ChatTurn> Part(JsonElement value, string key, string role) => value.ValueKind == JsonValueKind.Array ? List(value, key) : [new ChatTurn(role, Text(value, key))];

        List<ChatTurn> List(JsonElement list, string key)
        {
            if (list.ValueKind != JsonValueKind.Array) throw Bad($"'{key}' is {JsonLines.Spell(list.ValueKind)}; expected a list of messages");
            if (list.GetArrayLength() == 0) throw Bad($"'{key}' is empty");
            return [.. list.EnumerateArray().Select((message, i) => Turn(message, $"{key}[{i}]"))];
        }

        ChatTurn Turn(JsonElement message, string place)
        {
            if (message.ValueKind != JsonValueKind.Object) throw Bad($"'{place}' is {JsonLines.Spell(message.ValueKind)}; expected an object with role and content");
            if (message.TryGetProperty("tool_calls", out var calls) && calls.ValueKind == JsonValueKind.Array && calls.GetArrayLength() > 0) throw Bad($"'{place}' calls tools, which this version does not train");
            var shared = message.TryGetProperty("from", out var from);
            if (!shared && !message.TryGetProperty("role", out from)) throw Bad($"'{place}' has no role");
            if (!message.TryGetProperty(shared ? "value" : "content", out var content)) throw Bad($"'{place}' has no {(shared ? "value" : "content")}");
            var role = Text(from, $"{place}.{(shared ? "from" : "role")}");
            return new ChatTurn(shared ? RoleOf(role) : role, Text(content, $"{place}.{(shared ? "value" : "content")}"))
            {
                ReasoningContent = message.TryGetProperty("reasoning_content", out var thought) && thought.ValueKind == JsonValueKind.String ? thought.GetString() : null,
                Name = message.TryGetProperty("name", out var name) && name.ValueKind == JsonValueKind.String ? name.GetString() : null,
            };
        }

        /// <summary>A text, or a list of parts that are texts.</summary>
        string Text(JsonElement value, string key)
        {
            if (value.ValueKind == JsonValueKind.String) return value.GetString()!;
            if (value.ValueKind != JsonValueKind.Array) throw Bad($"'{key}' is {JsonLines.Spell(value.ValueKind)}; expected a text");
            return string.Concat(value.EnumerateArray().Select(part => part.ValueKind == JsonValueKind.Object && part.TryGetProperty("text", out var text) && text.ValueKind == JsonValueKind.String
                ? text.GetString() : throw Bad($"'{key}' has a part without a text")));
        }

        JsonElement Required(string key) => row.TryGetProperty(key, out var value) ? value : throw Bad($"has no '{key}'");

        TernException Bad(string problem) => new($"{file}, line {number}: {problem}.");
    }

    /// <summary>ShareGPT's words.</summary>
    static string RoleOf(string from) => from switch
    {
        "human" => "user",
        "gpt" or "chatgpt" or "bing" or "bard" => "assistant",
        _ => from,
    };
}
