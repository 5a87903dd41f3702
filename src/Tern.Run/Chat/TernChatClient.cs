using System.Globalization;
using System.Runtime.CompilerServices;
using Microsoft.Extensions.AI;
using Tern.Models;
using Tern.Models.Templates;
using Tern.Numerics.Kernels;
using Tern.Run.Generation;
using FinishReason = Tern.Run.Generation.FinishReason;

namespace Tern.Run.Chat;

/// <summary>
/// A language model as <see cref="IChatClient"/> of Microsoft.Extensions.AI. It has one sequence: requests wait for each other, and one that goes on
/// where an earlier one ended only costs what is new. Clients that share a model take turns token by token.
/// <para>
/// Temperature, top-p, top-k, penalties, seed, stop sequences, maximal length, instructions and the response format are honoured;
/// <see cref="ChatOptions.RawRepresentationFactory"/> may return <see cref="GenerationOptions"/> for all the rest. Tools are refused.
/// </para>
/// </summary>
public sealed class TernChatClient : IChatClient
{
    readonly LanguageModel _model;
    readonly bool _ownsModel;
    readonly Sequence _sequence;
    readonly TextGenerator _generator;
    readonly ChatFormat _format;
    readonly GenerationOptions _defaults;
    readonly ChatClientMetadata _metadata;
    readonly SemaphoreSlim _turn = new(1);

    /// <param name="model">With a tokenizer.</param>
    /// <param name="contextLength">Positions; 0 for what the model was trained for, at most 4096.</param>
    /// <param name="defaults">For what a request leaves open; those of llama.cpp otherwise.</param>
    /// <param name="cacheType">How keys and values are kept.</param>
    /// <param name="ownsModel">Dispose the model with the client.</param>
    /// <exception cref="TernException">The model came without a tokenizer, or its chat template cannot be read.</exception>
    public TernChatClient(LanguageModel model, int contextLength = 0, GenerationOptions? defaults = null, CacheType cacheType = CacheType.F16, bool ownsModel = false)
    {
        ArgumentNullException.ThrowIfNull(model);
        (_model, _ownsModel, _defaults) = (model, ownsModel, defaults ?? new GenerationOptions());
        _format = new ChatFormat(model);
        _sequence = model.CreateSequence(contextLength, cacheType);
        _generator = new TextGenerator(model, _sequence);
        _metadata = new ChatClientMetadata("tern", null, Path.GetFileName(Path.TrimEndingDirectorySeparator(model.Files.Path)));
    }

    /// <exception cref="TernException">The messages or options are not supported, or the prompt does not fit into the context.</exception>
    /// <exception cref="OperationCanceledException">The request was cancelled.</exception>
    public async Task<ChatResponse> GetResponseAsync(IEnumerable<ChatMessage> messages, ChatOptions? options = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(messages);
        await _turn.WaitAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            var generation = Start(messages, options, cancellationToken);
            await Task.Run(generation.ReadToEnd, CancellationToken.None).ConfigureAwait(false);
            cancellationToken.ThrowIfCancellationRequested();
            return new ChatResponse(new ChatMessage(ChatRole.Assistant, generation.Text) { MessageId = NewId() })
            {
                ResponseId = NewId(),
                ModelId = _metadata.DefaultModelId,
                CreatedAt = DateTimeOffset.UtcNow,
                FinishReason = ReasonOf(generation.Result!),
                Usage = UsageOf(generation.Result!),
                RawRepresentation = generation.Result,
            };
        }
        finally
        {
            _turn.Release();
        }
    }

    /// <inheritdoc cref="GetResponseAsync"/>
    public async IAsyncEnumerable<ChatResponseUpdate> GetStreamingResponseAsync(
        IEnumerable<ChatMessage> messages, ChatOptions? options = null, [EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(messages);
        await _turn.WaitAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            var (response, message) = (NewId(), NewId());
            var generation = Start(messages, options, cancellationToken);
            await foreach (var piece in generation.OnThreadPool().ConfigureAwait(false))
                if (piece.Text.Length > 0) yield return Update(response, message, new TextContent(piece.Text));
            cancellationToken.ThrowIfCancellationRequested();
            var last = Update(response, message, new UsageContent(UsageOf(generation.Result!)));
            last.FinishReason = ReasonOf(generation.Result!);
            last.RawRepresentation = generation.Result;
            yield return last;
        }
        finally
        {
            _turn.Release();
        }
    }

    public object? GetService(Type serviceType, object? serviceKey = null)
    {
        ArgumentNullException.ThrowIfNull(serviceType);
        if (serviceKey is not null) return null;
        if (serviceType == typeof(ChatClientMetadata)) return _metadata;
        if (serviceType == typeof(LanguageModel)) return _model;
        return serviceType.IsInstanceOfType(this) ? this : null;
    }

    GeneratedText Start(IEnumerable<ChatMessage> messages, ChatOptions? options, CancellationToken cancellation)
    {
        var turns = messages.SelectMany(TurnsOf).ToList();
        if (options?.Instructions is { Length: > 0 } instructions)
        {
            if (turns is [{ Role: "system" } first, ..]) turns[0] = first with { Content = $"{instructions}\n\n{first.Content}" };
            else turns.Insert(0, new ChatTurn("system", instructions));
        }
        if (turns.Count == 0) throw new TernException("There are no messages to answer.");
        return _generator.Generate(_format.Encode(turns), OptionsFor(options), cancellation);
    }

    GenerationOptions OptionsFor(ChatOptions? options)
    {
        var result = options?.RawRepresentationFactory?.Invoke(this) as GenerationOptions ?? _defaults;
        if (options is { Tools.Count: > 0 } && options.ToolMode is not NoneChatToolMode)
            throw new TernException("Tools are not supported by this client: send no tools, or ToolMode None.");
        var sampling = result.Sampling;
        sampling = sampling with
        {
            Temperature = Widened(options?.Temperature) ?? sampling.Temperature,
            TopP = Widened(options?.TopP) ?? sampling.TopP,
            TopK = options?.TopK ?? sampling.TopK,
            FrequencyPenalty = Widened(options?.FrequencyPenalty) ?? sampling.FrequencyPenalty,
            PresencePenalty = Widened(options?.PresencePenalty) ?? sampling.PresencePenalty,
            Seed = options?.Seed ?? sampling.Seed,
        };
        return result with
        {
            Sampling = sampling,
            MaxTokens = options?.MaxOutputTokens ?? result.MaxTokens,
            Stop = [.. result.Stop, .. options?.StopSequences ?? [], .. _format.Stop],
            Grammar = ResponseGrammar.Of(options?.ResponseFormat) ?? result.Grammar,
            TrimStart = true,
        };
    }

    /// <summary>0.7f is meant as 0.7.</summary>
    static double? Widened(float? value) => value is { } single ? double.Parse(single.ToString("R", CultureInfo.InvariantCulture), CultureInfo.InvariantCulture) : null;

    static IEnumerable<ChatTurn> TurnsOf(ChatMessage message)
    {
        var text = new List<string>();
        var calls = new List<ToolCall>();
        string? reasoning = null;
        foreach (var content in message.Contents)
            switch (content)
            {
                case TextContent part:
                    text.Add(part.Text);
                    break;
                case TextReasoningContent thought:
                    reasoning += thought.Text;
                    break;
                case FunctionCallContent call:
                    calls.Add(new ToolCall(call.Name, call.Arguments?.ToDictionary() ?? [], call.CallId));
                    break;
                case FunctionResultContent result:
                    yield return new ChatTurn("tool", result.Result?.ToString()) { ToolCallId = result.CallId };
                    break;
                case UsageContent:
                    break;
                default:
                    throw new TernException($"A message holds {content.GetType().Name}: this client only reads text.");
            }
        if (text.Count > 0 || calls.Count > 0 || message.Contents.Count == 0)
            yield return new ChatTurn(message.Role.Value, text.Count == 0 && calls.Count > 0 ? null : string.Concat(text)) { ToolCalls = calls, ReasoningContent = reasoning };
    }

    ChatResponseUpdate Update(string response, string message, AIContent content) => new(ChatRole.Assistant, [content])
    {
        ResponseId = response,
        MessageId = message,
        ModelId = _metadata.DefaultModelId,
        CreatedAt = DateTimeOffset.UtcNow,
    };

    static ChatFinishReason ReasonOf(GenerationResult result) =>
        result.Finish is FinishReason.Length or FinishReason.ContextFull ? ChatFinishReason.Length : ChatFinishReason.Stop;

    static UsageDetails UsageOf(GenerationResult result) => new()
    {
        InputTokenCount = result.PromptTokens,
        OutputTokenCount = result.GeneratedTokens,
        TotalTokenCount = result.PromptTokens + result.GeneratedTokens,
        CachedInputTokenCount = result.ReusedTokens,
    };

    static string NewId() => Guid.NewGuid().ToString("N");

    public void Dispose()
    {
        _sequence.Dispose();
        _turn.Dispose();
        if (_ownsModel) _model.Dispose();
    }
}
