using Tern.Models;
using Tern.Models.Templates;
using Tern.Models.Tokenizers;
using Tern.Testing;
using Tern.Train.Data;
using Tern.Train.Data.Documents;
using Tern.Train.Recipes;

namespace Tern.Train.Tests.Data;

public sealed class ChatEncodingTests : IDisposable
{
    const string Llama3 = """
        {{- bos_token }}{%- for message in messages %}{{- '<|start_header_id|>' + message['role'] + '<|end_header_id|>\n\n' + message['content'] | trim + '<|eot_id|>' }}{%- endfor %}
        {%- if add_generation_prompt %}{{- '<|start_header_id|>assistant<|end_header_id|>\n\n' }}{%- endif %}
        """;

    /// <summary>As in Llama 2: no mark before an answer, blanks trimmed, a mark behind it.</summary>
    const string Llama2 = """
        {%- for message in messages %}{%- if message.role == 'user' %}{{- bos_token + '[INST] ' + message.content | trim + ' [/INST]' }}{%- else %}{{- ' ' + message.content | trim + ' ' + eos_token }}{%- endif %}{%- endfor %}
        """;

    /// <summary>As in Qwen 3: thoughts are shown of the last answer only.</summary>
    const string Thinking = """
        {%- for message in messages %}{{- '<|im_start|>' + message.role + '\n' }}{%- if message.reasoning_content and loop.last %}{{- '<think>' + message.reasoning_content + '</think>' }}{%- endif %}{{- message.content + '<|im_end|>\n' }}{%- endfor %}
        {%- if add_generation_prompt %}{{- '<|im_start|>assistant\n' }}{%- endif %}
        """;

    /// <summary>A prompt that the rendered conversation does not begin with.</summary>
    const string Diverging = "{%- for message in messages %}{{- '<' + message.role + '>' + message.content }}{%- endfor %}{%- if add_generation_prompt %}{{- '<assistant><think>' }}{%- endif %}";

    static readonly string[] Marks = ["<|endoftext|>", "<|im_start|>", "<|im_end|>", "<|start_header_id|>", "<|end_header_id|>", "<|eot_id|>", "<s>", "</s>"];

    static readonly Lazy<Tokenizer> Bpe = new(() =>
    {
        using var folder = new TemporaryFolder();
        BpeTrainer.Train(["system user assistant\n\n\n the sky is blue and the sea is deep, is it not? \n\n yes the sea is deep"], 300, Marks).WriteTokenizerJson(folder["tokenizer.json"]);
        return TokenizerFiles.Load(folder["tokenizer.json"])!;
    });

    readonly TemporaryFolder folder = new();

    static readonly ChatTurn[] Talk = [new("system", "the sea"), new("user", " is it deep? "), new("assistant", "yes the sea is deep"), new("user", "and blue?"), new("assistant", "\n the sky is \n")];

    public void Dispose() => folder.Dispose();

    static int End => Bpe.Value.IdOf("<|endoftext|>")!.Value;

    static IReadOnlyList<TokenDocument> Encode(string template, params ChatTurn[] turns) =>
        new ChatEncoding(ChatTemplate.Parse(template), Bpe.Value, End, Bpe.Value.IdOf("<s>")).Encode(new Conversation("talk.jsonl", 7, turns));

    static string Text(IEnumerable<int> ids) => Bpe.Value.Decode([.. ids], skipSpecial: false);

    /// <summary>The learned stretches as text.</summary>
    static List<string> Learned(TokenDocument document)
    {
        var stretches = new List<List<int>>();
        for (var i = 0; i < document.Ids.Length; i++)
        {
            if (!document.Learned![i]) continue;
            if (i == 0 || !document.Learned[i - 1]) stretches.Add([]);
            stretches[^1].Add(document.Ids[i]);
        }
        return [.. stretches.Select(Text)];
    }

    [Fact]
    public void Of_ChatML_answers_and_their_marks_are_learned_and_nothing_else()
    {
        var document = Assert.Single(Encode(ChatTemplate.ChatMl.Source, Talk));
        Assert.Equal(["yes the sea is deep<|im_end|>", "\n the sky is \n<|im_end|>"], Learned(document));
        Assert.Equal(ChatTemplate.ChatMl.Render(Talk, false, "", "") + "<|endoftext|>", Text(document.Ids));
        Assert.False(document.Learned![^1]);                                   // the turn has a mark of its own
    }

    [Fact]
    public void Of_a_template_like_Llama_3_answers_are_learned_as_it_trims_them()
    {
        var document = Assert.Single(Encode(Llama3, Talk));
        Assert.Equal(["yes the sea is deep<|eot_id|>", "the sky is<|eot_id|>"], Learned(document));
        Assert.StartsWith("<s><|start_header_id|>system", Text(document.Ids), StringComparison.Ordinal);
    }

    [Fact]
    public void Of_a_template_without_marks_before_answers_they_begin_where_the_prompt_ends()
    {
        var document = Assert.Single(Encode(Llama2, Talk[1..]));
        Assert.Equal([" yes the sea is deep </s>", " the sky is </s>"], Learned(document));
    }

    [Fact]
    public void Without_any_mark_the_end_of_text_ends_the_last_answer()
    {
        var document = Assert.Single(Encode(ChatTemplate.Plain.Source, Talk));
        Assert.Equal([" yes the sea is deep\n\n", " the sky is\n\n<|endoftext|>"], Learned(document));
    }

    [Fact]
    public void What_stands_before_an_answer_is_what_the_model_reads_when_it_is_asked()
    {
        foreach (var template in (string[])[ChatTemplate.ChatMl.Source, Llama3, Llama2, ChatTemplate.Plain.Source])
        {
            var turns = template == Llama2 ? Talk[1..] : Talk;
            var document = Assert.Single(Encode(template, turns));
            var first = Array.IndexOf(document.Learned!, true);
            var asked = ChatTemplate.Parse(template).Render(turns[..Array.FindIndex(turns, turn => turn.Role == "assistant")], true, "<s>", "<|endoftext|>");
            Assert.Equal(Bpe.Value.Encode(asked, addSpecial: false, parseSpecial: true), document.Ids[..first]);
        }
    }

    [Fact]
    public void A_template_that_rewrites_earlier_turns_gives_a_document_for_each_way()
    {
        ChatTurn[] turns = [new("user", "deep?"), new("assistant", "yes") { ReasoningContent = "sea" }, new("user", "blue?"), new("assistant", "yes") { ReasoningContent = "sky" }];
        var documents = Encode(Thinking, turns);
        Assert.Equal(2, documents.Count);
        Assert.Equal(["<think>sea</think>yes<|im_end|>"], Learned(documents[0]));
        Assert.Equal(["<think>sky</think>yes<|im_end|>"], Learned(documents[1]));
        Assert.DoesNotContain("<think>sea", Text(documents[1].Ids), StringComparison.Ordinal);
    }

    [Fact]
    public void A_template_whose_prompt_is_no_beginning_is_refused_with_the_line()
    {
        var refused = Assert.Throws<TernException>(() => Encode(Diverging, Talk));
        Assert.StartsWith("talk.jsonl, line 7:", refused.Message, StringComparison.Ordinal);
        Assert.Contains("objective.template", refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Turns_behind_the_last_answer_are_left_out() =>
        Assert.DoesNotContain("blue", Text(Assert.Single(Encode(ChatTemplate.ChatMl.Source, Talk[..4])).Ids), StringComparison.Ordinal);

    [Theory]
    [InlineData("""{"messages": [{"role": "user", "content": "q"}, {"role": "assistant", "content": [{"type": "text", "text": "a"}]}]}""")]
    [InlineData("""{"conversations": [{"from": "human", "value": "q"}, {"from": "gpt", "value": "a"}]}""")]
    [InlineData("""{"prompt": "q", "completion": "a"}""")]
    [InlineData("""{"prompt": [{"role": "user", "content": "q"}], "completion": [{"role": "assistant", "content": "a"}]}""")]
    [InlineData("""{"instruction": "q", "input": "", "output": "a"}""")]
    public void Every_shape_of_a_line_is_the_same_conversation(string line) =>
        Assert.Equal([("user", "q"), ("assistant", "a")], Read(line).Turns.Select(turn => (turn.Role, turn.Content!)));

    [Theory]
    [InlineData("""{"messages": [{"role": "user", "content": "q"}]}""", "no turn of the assistant")]
    [InlineData("""{"messages": [{"content": "q"}]}""", "'messages[0]' has no role")]
    [InlineData("""{"messages": [{"role": "user"}]}""", "'messages[0]' has no content")]
    [InlineData("""{"messages": "q"}""", "'messages' is a text")]
    [InlineData("""{"messages": []}""", "'messages' is empty")]
    [InlineData("""{"prompt": "q"}""", "has no 'completion'")]
    [InlineData("""{"text": "q"}""", "has the keys 'text'")]
    [InlineData("[1]", "is a list")]
    [InlineData("{", "no valid JSON")]
    public void A_line_that_is_no_conversation_is_refused_with_its_number(string line, string told)
    {
        var refused = Assert.Throws<TernException>(() => Read("""{"prompt": "q", "completion": "a"}""" + "\n" + line));
        Assert.StartsWith($"{folder["a.jsonl"]}, line 2: ", refused.Message, StringComparison.Ordinal);
        Assert.Contains(told, refused.Message, StringComparison.Ordinal);
    }

    Conversation Read(string lines)
    {
        File.WriteAllText(folder["a.jsonl"], lines);
        return Conversations.Read(new DataSource { Path = folder["a.jsonl"] }, folder["a.jsonl"]).Last();
    }

    [Fact]
    public void Conversations_are_packed_whole_and_only_answers_are_targets()
    {
        File.WriteAllLines(folder["a.jsonl"], Enumerable.Range(0, 40).Select(i => $$"""{"prompt": "is it {{new string('x', i)}} deep?", "completion": "yes {{i}}"}"""));
        var chat = new ChatEncoding(ChatTemplate.ChatMl, Bpe.Value, End, null);
        var choice = new DataChoice { Sources = [new DataSource { Path = folder["a.jsonl"] }], SequenceLength = 96, HeldOut = 0.1, Shuffle = false };
        using var data = TrainingData.Open(choice, folder["cache"], Bpe.Value, End, seed: 1, chat: chat, cancellation: TestContext.Current.CancellationToken);
        var batch = data.Batch(0, (int)data.SequencesPerEpoch);
        var (answers, start) = (new List<string>(), Bpe.Value.IdOf("<|im_start|>")!.Value);
        for (var row = 0; row < batch.Sequences; row++)
        {
            var inputs = batch.Inputs.AsSpan(row * 96, 96);
            Assert.Equal(start, inputs[0]);                                    // every row begins with a conversation
            var learned = new List<int>();
            for (var i = 0; i < 96; i++)
            {
                var target = batch.Targets[row * 96 + i];
                if (target == TokenBatch.NoTarget) continue;
                if (i < 95) Assert.Equal(inputs[i + 1], target);
                learned.Add(target);
            }
            answers.AddRange(Text(learned).Split("<|im_end|>", StringSplitOptions.RemoveEmptyEntries));
        }
        Assert.Equal(36, answers.Count);                                       // 40 without the 4 that are held out
        Assert.All(answers, answer => Assert.Matches(@"^yes \d+$", answer));
        Assert.Equal(4, Enumerable.Range(0, data.HeldOutSequences).Sum(i => data.HeldOut(i, 1).Targets.Count(target => target == Bpe.Value.IdOf("<|im_end|>"))));
        using var again = TrainingData.Open(choice, folder["cache"], Bpe.Value, End, seed: 1, chat: chat, cancellation: TestContext.Current.CancellationToken);
        Assert.Equal(batch.Targets, again.Batch(0, batch.Sequences).Targets);  // from the cache
        Assert.Single(Directory.GetFiles(folder["cache"]));
    }

    [Fact]
    public void A_conversation_without_room_for_its_answer_is_refused_with_what_to_do()
    {
        File.WriteAllText(folder["a.jsonl"], string.Concat(Enumerable.Repeat("""{"prompt": "the sea is deep and the sky is blue", "completion": "yes"}""" + "\n", 3)));
        var refused = Assert.Throws<TernException>(() => TrainingData.Open(new DataChoice { Sources = [new DataSource { Path = folder["a.jsonl"] }], SequenceLength = 4 }, folder["cache"], Bpe.Value, End, seed: 1,
            chat: new ChatEncoding(ChatTemplate.ChatMl, Bpe.Value, End, null), cancellation: TestContext.Current.CancellationToken));
        Assert.Contains("data.sequence_length", refused.Message, StringComparison.Ordinal);
    }
}
