using Dict = System.Collections.Generic.OrderedDictionary<string, object?>;

namespace Tern.Models.Templates;

/// <summary>
/// The chat_template of a model: Jinja with Python's semantics, as far as the templates of public models use it, read the way
/// transformers reads it (trim_blocks, lstrip_blocks, loop controls, generation blocks, raise_exception, strftime_now).
/// Templates come from strangers: <see cref="TemplateLimits"/> bounds what one may cost. Immutable; safe to share between threads.
/// </summary>
public sealed class ChatTemplate
{
    /// <summary>For models that ship no template but know ChatML's markers.</summary>
    public static ChatTemplate ChatMl { get; } = Parse(
        """
        {%- for message in messages -%}
        {{- '<|im_start|>' + message.role + '\n' + (message.content or '') + '<|im_end|>\n' -}}
        {%- endfor -%}
        {%- if add_generation_prompt -%}
        {{- '<|im_start|>assistant\n' -}}
        {%- endif -%}
        """);

    /// <summary>For models that know no markers at all: "User: ...", "Assistant: ...", a blank line after each turn.</summary>
    public static ChatTemplate Plain { get; } = Parse(
        """
        {{- bos_token -}}
        {%- for message in messages -%}
        {{- (message.role | capitalize) + ': ' + ((message.content or '') | trim) + '\n\n' -}}
        {%- endfor -%}
        {%- if add_generation_prompt -%}
        {{- 'Assistant:' -}}
        {%- endif -%}
        """);

    readonly Statement[] body;

    ChatTemplate(string source, Statement[] body)
    {
        Source = source;
        this.body = body;
    }

    /// <summary>The Jinja source.</summary>
    public string Source { get; }

    /// <summary>Reads a template.</summary>
    /// <exception cref="TernException">The source is not Jinja, or uses a part of Jinja that chat templates do not need; the message names the line.</exception>
    public static ChatTemplate Parse(string source)
    {
        ArgumentNullException.ThrowIfNull(source);
        return new ChatTemplate(source, new TemplateParser(TemplateLexer.Tokenize(source)).ParseTemplate());
    }

    /// <summary>The prompt for a conversation.</summary>
    /// <param name="messages">Oldest first.</param>
    /// <param name="addGenerationPrompt">End with the header of the assistant's next turn.</param>
    /// <param name="bosToken">The text of the model's BOS token, as templates print it; empty for none.</param>
    /// <param name="eosToken">The text of the model's EOS token.</param>
    /// <param name="extra">Further variables: tools, documents, enable_thinking, ... (values as in JSON). They win over those above.</param>
    /// <exception cref="TernException">The template refuses the messages, fails, or exceeds the limits; the message names the line.</exception>
    public string Render(
        IReadOnlyList<ChatTurn> messages,
        bool addGenerationPrompt,
        string bosToken,
        string eosToken,
        IReadOnlyDictionary<string, object?>? extra = null) =>
        Render(messages, addGenerationPrompt, bosToken, eosToken, extra, TemplateLimits.Default, TimeProvider.System);

    /// <inheritdoc cref="Render(IReadOnlyList{ChatTurn}, bool, string, string, IReadOnlyDictionary{string, object?}?)"/>
    /// <param name="limits">What the template may cost.</param>
    /// <param name="clock">What strftime_now reads.</param>
    public string Render(
        IReadOnlyList<ChatTurn> messages,
        bool addGenerationPrompt,
        string bosToken,
        string eosToken,
        IReadOnlyDictionary<string, object?>? extra,
        TemplateLimits limits,
        TimeProvider clock)
    {
        ArgumentNullException.ThrowIfNull(messages);
        ArgumentNullException.ThrowIfNull(limits);
        ArgumentNullException.ThrowIfNull(clock);
        var rendering = new Rendering(limits, clock);
        var variables = rendering.Variables;
        variables["messages"] = messages.Select(object? (turn) => Describe(turn)).ToList();
        variables["add_generation_prompt"] = addGenerationPrompt;
        variables["bos_token"] = bosToken ?? "";
        variables["eos_token"] = eosToken ?? "";
        variables["tools"] = null;                               // transformers passes None, which is "defined"
        variables["documents"] = null;
        foreach (var (name, value) in extra ?? new Dictionary<string, object?>()) variables[name] = PythonValue.From(value);
        return rendering.Run(body);
    }

    static Dict Describe(ChatTurn turn)
    {
        var message = new Dict { ["role"] = turn.Role, ["content"] = turn.Content };
        if (turn.Name is not null) message["name"] = turn.Name;
        if (turn.ToolCallId is not null) message["tool_call_id"] = turn.ToolCallId;
        if (turn.ReasoningContent is not null) message["reasoning_content"] = turn.ReasoningContent;
        if (turn.ToolCalls.Count > 0) message["tool_calls"] = turn.ToolCalls.Select(object? (call) => Describe(call)).ToList();
        return message;
    }

    static Dict Describe(ToolCall call)
    {
        var described = new Dict();
        if (call.Id is not null) described["id"] = call.Id;
        described["type"] = "function";
        described["function"] = new Dict { ["name"] = call.Name, ["arguments"] = PythonValue.From(call.Arguments) };
        return described;
    }
}

/// <summary>What rendering one template may cost at most.</summary>
/// <param name="Steps">Statements and expressions evaluated.</param>
/// <param name="Depth">Nested evaluations (recursive macros).</param>
/// <param name="Length">Characters and list elements produced, the intermediate ones included.</param>
public sealed record TemplateLimits(int Steps = 5_000_000, int Depth = 500, int Length = 64 * 1024 * 1024)
{
    public static TemplateLimits Default { get; } = new();
}
