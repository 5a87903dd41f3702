namespace Tern.Models.Templates;

/// <summary>One message of a conversation, as chat templates see it: the keys are those of the OpenAI chat format.</summary>
/// <param name="Role">"system", "user", "assistant", "tool", or what else the template knows.</param>
/// <param name="Content">The text; null where a turn has none (an assistant's bare tool call).</param>
public sealed record ChatTurn(string Role, string? Content)
{
    /// <summary>Functions that the assistant calls in this turn.</summary>
    public IReadOnlyList<ToolCall> ToolCalls { get; init; } = [];

    /// <summary>Of a tool turn: which call it answers.</summary>
    public string? ToolCallId { get; init; }

    /// <summary>Of a tool turn: the function's name.</summary>
    public string? Name { get; init; }

    /// <summary>What the assistant thought before it answered (reasoning_content).</summary>
    public string? ReasoningContent { get; init; }
}

/// <summary>A function that the assistant calls.</summary>
/// <param name="Name">The function.</param>
/// <param name="Arguments">By name; values as in JSON (string, number, bool, null, lists, dictionaries, JsonElement).</param>
/// <param name="Id">What the tool's answer refers to, where the model has ids.</param>
public sealed record ToolCall(string Name, IReadOnlyDictionary<string, object?> Arguments, string? Id = null);
