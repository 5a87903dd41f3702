#pragma warning disable xUnit1051 // what is generated here takes milliseconds

using System.Text.Json;
using Microsoft.Extensions.AI;
using Tern.Models;
using Tern.Run.Chat;
using Tern.Run.Generation;
using Tern.Run.Sampling;
using Tern.Run.Tests.Generation;
using Tern.Testing;

namespace Tern.Run.Tests.Chat;

public sealed class TernChatClientTests : IDisposable
{
    readonly TemporaryFolder _folder = new();
    readonly TernChatClient _client;

    public TernChatClientTests() => _client = new TernChatClient(TestModels.Chatting(_folder, ChatSessionTests.Template), ownsModel: true);

    public void Dispose()
    {
        _client.Dispose();
        _folder.Dispose();
    }

    static ChatOptions Options(int tokens = 20) => new() { MaxOutputTokens = tokens, Seed = 7, Temperature = 0.7f, TopP = 0.9f, TopK = 30 };

    [Fact]
    public async Task An_answer_has_text_usage_and_the_reason_of_its_end()
    {
        var response = await _client.GetResponseAsync([new(ChatRole.System, "Be brief."), new(ChatRole.User, "Who are you?")], Options());
        Assert.NotEmpty(response.Text);
        Assert.Equal(ChatRole.Assistant, response.Messages[0].Role);
        Assert.Equal(ChatFinishReason.Length, response.FinishReason);
        Assert.Equal(20, response.Usage!.OutputTokenCount);
        Assert.Equal(response.Usage.InputTokenCount + 20, response.Usage.TotalTokenCount);
        Assert.Equal(0, response.Usage.CachedInputTokenCount);
        Assert.IsType<GenerationResult>(response.RawRepresentation);
        Assert.NotNull(response.ModelId);
    }

    [Fact]
    public async Task Streaming_gives_the_same_text_and_the_usage_last()
    {
        List<ChatMessage> messages = [new(ChatRole.User, "Who are you?")];
        var response = await _client.GetResponseAsync(messages, Options());
        var updates = new List<ChatResponseUpdate>();
        await foreach (var update in _client.GetStreamingResponseAsync(messages, Options())) updates.Add(update);
        Assert.Equal(response.Text, string.Concat(updates.Select(update => update.Text)));
        Assert.True(updates.Count > 5);
        Assert.Equal(ChatFinishReason.Length, updates[^1].FinishReason);
        var usage = updates[^1].Contents.OfType<UsageContent>().Single().Details;
        Assert.Equal(response.Usage!.InputTokenCount, usage.InputTokenCount);
        Assert.Equal(usage.InputTokenCount - 1, usage.CachedInputTokenCount);
        Assert.Equal(response.Text, updates.ToChatResponse().Text);
        Assert.Single(updates.Select(update => update.ResponseId).Distinct());
    }

    [Fact]
    public async Task Options_reach_the_sampler()
    {
        List<ChatMessage> messages = [new(ChatRole.User, "Who are you?")];
        var greedy = (await _client.GetResponseAsync(messages, new ChatOptions { Temperature = 0, MaxOutputTokens = 20 })).Text;
        Assert.Equal(greedy, (await _client.GetResponseAsync(messages, new ChatOptions { TopK = 1, MaxOutputTokens = 20, Seed = 3 })).Text);
        Assert.NotEqual(greedy, (await _client.GetResponseAsync(messages, new ChatOptions { Temperature = 0, MaxOutputTokens = 20, FrequencyPenalty = 2, PresencePenalty = 2 })).Text);
        var stop = greedy.Split(' ')[2];
        var stopped = await _client.GetResponseAsync(messages, new ChatOptions { Temperature = 0, MaxOutputTokens = 20, StopSequences = [stop] });
        Assert.Equal(greedy[..greedy.IndexOf(stop, StringComparison.Ordinal)], stopped.Text);
        Assert.Equal(ChatFinishReason.Stop, stopped.FinishReason);
        var raw = new ChatOptions { RawRepresentationFactory = _ => new GenerationOptions { MaxTokens = 20, Sampling = SamplingOptions.Greedy } };
        Assert.Equal(greedy, (await _client.GetResponseAsync(messages, raw)).Text);
        var instructed = await _client.GetResponseAsync(messages, new ChatOptions { Temperature = 0, MaxOutputTokens = 1, Instructions = "Answer in verse, as a sailor would." });
        Assert.True(instructed.Usage!.InputTokenCount > stopped.Usage!.InputTokenCount + 5);
    }

    [Fact]
    public async Task A_conversation_only_costs_what_is_new()
    {
        List<ChatMessage> messages = [new(ChatRole.User, "Who are you?")];
        var first = await _client.GetResponseAsync(messages, Options());
        messages.AddRange(first.Messages);
        messages.Add(new(ChatRole.User, "Whence do you come?"));
        var second = await _client.GetResponseAsync(messages, Options());
        Assert.True(second.Usage!.CachedInputTokenCount >= first.Usage!.InputTokenCount);
    }

    [Fact]
    public async Task The_JSON_mode_gives_an_object()
    {
        // A model of stories does not end an object by itself in good time: a bias makes it end strings and objects soon.
        var model = (LanguageModel)_client.GetService(typeof(LanguageModel))!;
        var endings = new[] { "\"", "}" }.ToDictionary(text => model.Tokenizer.Encode(text, addSpecial: false).Single(), _ => 6f);
        for (var seed = 0; seed < 5; seed++)
        {
            var options = new ChatOptions
            {
                ResponseFormat = ChatResponseFormat.Json,
                RawRepresentationFactory = _ => new GenerationOptions { Sampling = new SamplingOptions { Seed = seed, LogitBias = endings } },
            };
            var response = await _client.GetResponseAsync([new(ChatRole.User, "A person, please.")], options);
            using var json = JsonDocument.Parse(response.Text);
            Assert.Equal(JsonValueKind.Object, json.RootElement.ValueKind);
            Assert.Equal(ChatFinishReason.Stop, response.FinishReason);
        }
    }

    [Fact]
    public async Task A_schema_gives_an_object_of_its_kind()
    {
        using var schema = JsonDocument.Parse("""{"type":"object","properties":{"ship":{"type":"string","maxLength":10},"masts":{"type":"integer","minimum":1,"maximum":5}},"required":["ship","masts"]}""");
        var options = new ChatOptions { Seed = 3, ResponseFormat = ChatResponseFormat.ForJsonSchema(schema.RootElement) };
        using var json = JsonDocument.Parse((await _client.GetResponseAsync([new(ChatRole.User, "A ship, please.")], options)).Text);
        Assert.InRange(json.RootElement.GetProperty("masts").GetInt32(), 1, 5);
        Assert.True(json.RootElement.GetProperty("ship").GetString()!.Length <= 10);
    }

    [Fact]
    public async Task Cancelling_throws_and_the_next_request_works()
    {
        using var cancellation = new CancellationTokenSource();
        List<ChatMessage> messages = [new(ChatRole.User, "Who are you?")];
        await Assert.ThrowsAnyAsync<OperationCanceledException>(async () =>
        {
            await foreach (var _ in _client.GetStreamingResponseAsync(messages, Options(200), cancellation.Token)) cancellation.Cancel();
        });
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => _client.GetResponseAsync(messages, Options(), cancellation.Token));
        Assert.NotEmpty((await _client.GetResponseAsync(messages, Options())).Text);
        await foreach (var _ in _client.GetStreamingResponseAsync(messages, Options())) break;     // leaving early frees the client
        Assert.NotEmpty((await _client.GetResponseAsync(messages, Options())).Text);
    }

    [Fact]
    public async Task Requests_at_the_same_time_wait_for_each_other()
    {
        List<ChatMessage> messages = [new(ChatRole.User, "Who are you?")];
        var texts = await Task.WhenAll(Enumerable.Range(0, 4).Select(async _ => (await _client.GetResponseAsync(messages, Options())).Text));
        Assert.Single(texts.Distinct());
    }

    [Fact]
    public async Task What_is_not_supported_is_refused()
    {
        List<ChatMessage> messages = [new(ChatRole.User, "x")];
        var tools = new ChatOptions { Tools = [new HostedWebSearchTool()] };
        Assert.Contains("Tools", (await Assert.ThrowsAsync<TernException>(() => _client.GetResponseAsync(messages, tools))).Message);
        List<ChatMessage> picture = [new(ChatRole.User, [new UriContent("https://example.org/a.png", "image/png")])];
        Assert.Contains("only reads text", (await Assert.ThrowsAsync<TernException>(() => _client.GetResponseAsync(picture))).Message);
        Assert.Contains("no messages", (await Assert.ThrowsAsync<TernException>(() => _client.GetResponseAsync([]))).Message);
    }

    [Fact]
    public void Services_are_the_metadata_the_model_and_the_client_itself()
    {
        Assert.Equal("tern", _client.GetService<ChatClientMetadata>()!.ProviderName);
        Assert.Same(_client, _client.GetService<TernChatClient>());
        Assert.NotNull(_client.GetService<LanguageModel>());
        Assert.Null(_client.GetService<string>());
    }
}
