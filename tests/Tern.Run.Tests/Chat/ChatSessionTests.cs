#pragma warning disable xUnit1051 // what is generated here takes milliseconds

using Tern.Models;
using Tern.Run.Chat;
using Tern.Run.Generation;
using Tern.Run.Sampling;
using Tern.Run.Tests.Generation;
using Tern.Testing;

namespace Tern.Run.Tests.Chat;

public sealed class ChatSessionTests : IDisposable
{
    /// <summary>In the manner of ChatML, with the one marker that the shipped model knows.</summary>
    public const string Template =
        "{% for message in messages %}{{ message.role }}: {{ message.content }}{{ eos_token }}{% endfor %}{% if add_generation_prompt %}assistant: {% endif %}";

    readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    static GenerationOptions Short(long seed = 1) => new() { MaxTokens = 12, Sampling = new SamplingOptions { Seed = seed } };

    [Fact]
    public void The_next_turn_only_computes_what_is_new()
    {
        using var model = TestModels.Chatting(_folder, Template);
        using var sequence = model.CreateSequence();
        var session = new ChatSession(model, sequence) { SystemPrompt = "You are Captain Ahab.", Options = Short() };
        Assert.Equal("the template of the model", session.Format.Name);
        var first = session.Send("Where is the whale?");
        first.ReadToEnd();
        Assert.Equal(0, first.Result!.ReusedTokens);
        var second = session.Send("And where is the ship?");
        var answer = second.ReadToEnd();
        Assert.True(second.Result!.ReusedTokens >= first.Prompt.Length);
        Assert.Equal(["user", "assistant", "user", "assistant"], session.Turns.Select(turn => turn.Role));

        // The same conversation in an empty sequence.
        using var fresh = model.CreateSequence();
        var alone = new TextGenerator(model, fresh).Generate(second.Prompt, Short(2) with { TrimStart = true });
        Assert.Equal(answer, alone.ReadToEnd());
    }

    [Fact]
    public void The_prompt_is_the_rendered_conversation()
    {
        using var model = TestModels.Chatting(_folder, Template);
        using var sequence = model.CreateSequence();
        var session = new ChatSession(model, sequence) { SystemPrompt = "Be brief.", Options = Short() };
        var first = session.Send("Hello").ReadToEnd();
        var prompt = session.Send("Again").Prompt;
        Assert.Equal($"system: Be brief.<|endoftext|>user: Hello<|endoftext|>assistant: {first}<|endoftext|>user: Again<|endoftext|>assistant: ",
            model.Tokenizer.Decode(prompt.Span, skipSpecial: false));
        Assert.Equal(4, prompt.ToArray().Count(token => token == 0));
    }

    [Fact]
    public void An_answer_can_be_generated_again_and_a_question_taken_back()
    {
        using var model = TestModels.Chatting(_folder, Template);
        using var sequence = model.CreateSequence();
        var session = new ChatSession(model, sequence) { Options = Short() };
        Assert.Throws<TernException>(() => session.Regenerate());
        Assert.Null(session.Undo());
        var first = session.Send("Where is the whale?").ReadToEnd();
        var other = session.Regenerate().ReadToEnd();
        Assert.NotEqual(first, other);
        Assert.Equal(other, session.Turns[^1].Content);
        Assert.Equal(2, session.Turns.Count);
        session.Send("Who are you?").ReadToEnd();
        Assert.Equal("Who are you?", session.Undo());
        Assert.Equal(2, session.Turns.Count);
        session.Clear();
        Assert.Empty(session.Turns);
    }

    [Fact]
    public void The_same_seed_gives_the_same_conversation()
    {
        using var model = TestModels.Chatting(_folder, Template);
        string[] Answers()
        {
            using var sequence = model.CreateSequence();
            var session = new ChatSession(model, sequence) { Options = Short(5) };
            return [session.Send("One").ReadToEnd(), session.Send("One").ReadToEnd(), session.Regenerate().ReadToEnd()];
        }

        Assert.Equal(Answers(), Answers());
    }

    [Fact]
    public void A_cancelled_answer_stays_as_far_as_it_came_and_an_unspoken_one_does_not()
    {
        using var model = TestModels.Chatting(_folder, Template);
        using var sequence = model.CreateSequence();
        var session = new ChatSession(model, sequence) { Options = Short() };
        using var cancellation = new CancellationTokenSource();
        var answer = session.Send("Where is the whale?", cancellation.Token);
        foreach (var _ in answer)
            if (answer.Text.Length > 3) cancellation.Cancel();
        Assert.Equal(answer.Text, session.Turns[^1].Content);
        session.Send("And the ship?", cancellation.Token).ReadToEnd();
        Assert.Equal(2, session.Turns.Count);
    }

    [Fact]
    public void A_conversation_that_outgrows_the_context_forgets_its_oldest_turns()
    {
        using var model = TestModels.Chatting(_folder, Template);
        using var sequence = model.CreateSequence(128);
        var session = new ChatSession(model, sequence) { SystemPrompt = "You are Captain Ahab.", Options = Short() };
        for (var i = 0; i < 12; i++)
        {
            var answer = session.Send($"What do you say to number {i}?");
            answer.ReadToEnd();
            Assert.StartsWith("system: You are Captain Ahab.<|endoftext|>user: ", model.Tokenizer.Decode(answer.Prompt.Span, skipSpecial: false), StringComparison.Ordinal);
        }
        Assert.Equal(24, session.Turns.Count);
        Assert.InRange(session.ForgottenTurns, 2, 22);
        Assert.Contains("tokens", Assert.Throws<TernException>(() => session.Send(string.Concat(Enumerable.Repeat("whale ", 200)))).Message);
        Assert.Equal(24, session.Turns.Count);
        session.Send("Are you still there?").ReadToEnd();
    }

    [Fact]
    public void A_saved_conversation_goes_on()
    {
        using var model = TestModels.Chatting(_folder, Template);
        using var sequence = model.CreateSequence();
        var session = new ChatSession(model, sequence) { SystemPrompt = "\"Über\"", Options = Short() };
        session.Send("Where is\nthe whale? 🐋").ReadToEnd();
        session.Save(_folder["talk.json"]);
        var prompt = session.Send("And?").Prompt.ToArray();
        var other = new ChatSession(model, sequence) { Options = Short() };
        other.Load(_folder["talk.json"]);
        Assert.Equal("\"Über\"", other.SystemPrompt);
        Assert.Equal(prompt, other.Send("And?").Prompt.ToArray());

        foreach (var wrong in (string[])["no json", "{}", "{\"turns\":[{\"role\":\"judge\",\"content\":\"x\"}]}", "{\"turns\":[null]}", "[]", "null"])
        {
            File.WriteAllText(_folder["wrong.json"], wrong);
            Assert.Contains("is not a saved conversation", Assert.Throws<TernException>(() => other.Load(_folder["wrong.json"])).Message);
        }
        Assert.Contains("no such file", Assert.Throws<TernException>(() => other.Load(_folder["none.json"])).Message);
        Assert.Equal(2, other.Turns.Count);
    }

    [Fact]
    public void A_model_without_markers_talks_in_plain_text_and_stops_at_a_blank_line()
    {
        using var model = TestModels.Gutenberg();
        using var sequence = model.CreateSequence();
        var session = new ChatSession(model, sequence) { SystemPrompt = "A talk.", Options = new GenerationOptions { MaxTokens = 300, Sampling = new SamplingOptions { Seed = 4 } } };
        Assert.Equal("plain text", session.Format.Name);
        var answer = session.Send("Who is there?");
        var text = answer.ReadToEnd();
        Assert.Equal("System: A talk.\n\nUser: Who is there?\n\nAssistant:", model.Tokenizer.Decode(answer.Prompt.Span, skipSpecial: false));
        Assert.DoesNotContain("\n\n", text);
        Assert.Equal(text.TrimStart(), text);
        Assert.NotEmpty(text);
    }

    [Fact]
    public void A_template_that_refuses_says_so()
    {
        using var model = TestModels.Chatting(_folder, "{{ raise_exception('no system prompts, please') }}");
        using var sequence = model.CreateSequence();
        Assert.Contains("no system prompts, please", Assert.Throws<TernException>(() => new ChatSession(model, sequence).Send("x")).Message);
    }
}
