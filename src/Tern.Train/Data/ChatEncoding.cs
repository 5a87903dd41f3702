using System.Text;
using Tern.Models;
using Tern.Models.Templates;
using Tern.Models.Tokenizers;
using Tern.Train.Data.Documents;

namespace Tern.Train.Data;

/// <summary>
/// Conversations as tokens, of which those of answers are learned. What the model reads before an answer is what it would read when it is asked: the prompt is rendered by itself, the conversation up to the
/// answer is rendered by itself, and what the second adds to the first is the answer with the mark that ends its turn. A template that writes earlier turns differently once there are later ones gives
/// several documents, one for each way.
/// </summary>
public sealed class ChatEncoding
{
    readonly ChatTemplate template;
    readonly Tokenizer tokenizer;
    readonly int endOfText;
    readonly string bos, eos;

    /// <param name="template">Of the model.</param>
    /// <param name="tokenizer">Of the model.</param>
    /// <param name="endOfText">The id that separates documents.</param>
    /// <param name="bos">The id that templates print as bos_token; null for none.</param>
    public ChatEncoding(ChatTemplate template, Tokenizer tokenizer, int endOfText, int? bos)
    {
        (this.template, this.tokenizer, this.endOfText) = (template, tokenizer, endOfText);
        (this.bos, eos) = (TextOf(bos), TextOf(tokenizer.EosTokenId ?? endOfText));
    }

    /// <summary>Jinja.</summary>
    public string Template => template.Source;

    /// <summary>All that decides on the tokens of a conversation, beside the tokenizer.</summary>
    internal string Identity => $"chat\0{Template}\0{bos}\0{eos}";

    /// <summary>The documents of a conversation; every answer is learned in exactly one of them.</summary>
    /// <exception cref="TernException">The template refuses the conversation, or its prompts are no beginnings of what it renders; the message names file and line.</exception>
    public IReadOnlyList<TokenDocument> Encode(Conversation conversation)
    {
        var turns = conversation.Turns;
        var answers = new List<Answer>();
        for (var i = 0; i < turns.Count; i++)
        {
            if (turns[i].Role != "assistant") continue;
            var prompt = Render(conversation, i, answers: true);
            var text = Render(conversation, i + 1, answers: false);
            if (!text.StartsWith(prompt, StringComparison.Ordinal))
                throw new TernException($"{conversation.File}, line {conversation.Line}: what the chat template renders as the prompt of turn {i + 1} is not how it begins the answered turn, so the answer cannot be told from it; "
                    + "name a template for training as objective.template.");
            answers.Add(new Answer(prompt.Length, text));
        }
        var documents = new List<TokenDocument>();
        while (answers is [.., var last])
        {
            documents.Add(Document(last.Text, [.. answers.Where(Within)]));
            answers.RemoveAll(Within);
            bool Within(Answer answer) => last.Text.StartsWith(answer.Text, StringComparison.Ordinal);
        }
        documents.Reverse();
        return documents;
    }

    /// <param name="Start">Where the answer begins in the text.</param>
    /// <param name="Text">The conversation to the end of the answer.</param>
    readonly record struct Answer(int Start, string Text);

    string Render(Conversation conversation, int turns, bool answers)
    {
        try
        {
            return template.Render([.. conversation.Turns.Take(turns)], answers, bos, eos);
        }
        catch (TernException problem)
        {
            throw new TernException($"{conversation.File}, line {conversation.Line}: {problem.Message}", problem);
        }
    }

    TokenDocument Document(string text, IReadOnlyList<Answer> answers)
    {
        var (ids, ends) = EncodeTo(text, [.. answers.SelectMany(answer => (int[])[answer.Start, answer.Text.Length])]);
        var learned = new bool[ids.Count];
        var marked = true;
        for (var answer = 0; answer < answers.Count; answer++)
        {
            var (start, end) = (ends[2 * answer], ends[2 * answer + 1]);
            (end, marked) = EndOfTurn(ids, start, end);
            learned.AsSpan(start..end).Fill(true);
        }
        if (ids[^1] == endOfText) return new TokenDocument([.. ids], learned);
        return new TokenDocument([.. ids, endOfText], [.. learned, !marked]);          // a template without marks ends its last turn with the end of text
    }

    /// <summary>The answer ends behind the mark of its turn; line breaks that a template puts behind the mark are never generated.</summary>
    (int End, bool Marked) EndOfTurn(List<int> ids, int start, int end)
    {
        var mark = end - 1;
        while (mark >= start && !tokenizer.IsSpecial(ids[mark]) && string.IsNullOrWhiteSpace(tokenizer.Decode([ids[mark]]))) mark--;
        return mark >= start && tokenizer.IsSpecial(ids[mark]) ? (mark + 1, true) : (end, false);
    }

    /// <summary>
    /// The tokens of a text, and how many of them each of its beginnings has. As a rule the tokens of a beginning begin the tokens of the whole; where a token would reach across the end of a prompt,
    /// which no generated token can, the text is cut there.
    /// </summary>
    (List<int> Ids, int[] Counts) EncodeTo(string text, int[] cuts)
    {
        var whole = Tokens(text);
        var beginnings = Array.ConvertAll(cuts, cut => Tokens(text[..cut]));
        if (Array.TrueForAll(beginnings, beginning => whole.AsSpan().StartsWith(beginning))) return ([.. whole], Array.ConvertAll(beginnings, beginning => beginning.Length));
        var (ids, counts, at) = (new List<int>(), new int[cuts.Length], 0);
        for (var i = 0; i < cuts.Length; i++)
        {
            ids.AddRange(at == 0 ? Tokens(text[..cuts[i]]) : Following(text[at..cuts[i]]));
            (counts[i], at) = (ids.Count, cuts[i]);
        }
        ids.AddRange(Following(text[at..]));
        return (ids, counts);
    }

    int[] Tokens(string text) => tokenizer.Encode(text, addSpecial: false, parseSpecial: true);

    /// <summary>Tokens of a text that follows others: without the blank that some tokenizers put before a whole text.</summary>
    int[] Following(string text)
    {
        var tokens = Tokens(TextOf(endOfText) + text);
        return tokens is [var first, .. var rest] && first == endOfText ? rest : Tokens(text);
    }

    string TextOf(int? id) => id is { } known && (uint)known < (uint)tokenizer.VocabSize ? Encoding.UTF8.GetString(tokenizer.BytesOf(known).Span) : "";
}
