using Tern.Models;
using Tern.Models.Templates;
using Tern.Models.Tokenizers;

namespace Tern.Run.Chat;

/// <summary>
/// From a conversation to the tokens of a prompt: by the chat template of the model, by ChatML where the model has its markers but no template, else as
/// plain text ("User: ...", "Assistant: ..."), which is all that a model without markers can be given.
/// </summary>
public sealed class ChatFormat
{
    readonly Tokenizer _tokenizer;
    readonly ChatTemplate _template;
    readonly string _bos, _eos;
    readonly bool _bosFirst;

    /// <exception cref="TernException">The model came without a tokenizer, or its template cannot be read.</exception>
    public ChatFormat(LanguageModel model)
    {
        ArgumentNullException.ThrowIfNull(model);
        _tokenizer = model.Tokenizer;
        _bos = TextOf(_tokenizer.BosTokenId ?? model.Config.BosTokenId);
        _eos = TextOf(_tokenizer.EosTokenId ?? (model.Config.EosTokenIds is [var first, ..] ? first : null));
        if (model.Files.ChatTemplate is { } source)
        {
            (Name, _template) = ("the template of the model", ChatTemplate.Parse(source));
        }
        else
        {
            var chatMl = Knows("<|im_start|>") && Knows("<|im_end|>");
            (Name, _template) = chatMl ? ("ChatML", ChatTemplate.ChatMl) : ("plain text", ChatTemplate.Plain);
            _bosFirst = _tokenizer.AddsBos;
            _bos = "";                                          // it is added as a token
            if (!chatMl) Stop = ["\nUser:", "\n\n"];            // a blank line ends a turn
        }
    }

    /// <summary>What is used, in words.</summary>
    public string Name { get; }

    /// <summary>Texts that end an answer, beside the model's own stop tokens.</summary>
    public IReadOnlyList<string> Stop { get; } = [];

    /// <summary>The text of a prompt.</summary>
    /// <param name="turns">Oldest first.</param>
    /// <param name="extra">Further variables of the template.</param>
    /// <exception cref="TernException">The template refuses the turns (two of the same role in a row, a system turn where it knows none).</exception>
    public string Render(IReadOnlyList<ChatTurn> turns, IReadOnlyDictionary<string, object?>? extra = null) =>
        _template.Render(turns, addGenerationPrompt: true, _bos, _eos, extra);

    /// <summary>The tokens of a prompt, ready for the assistant's answer. Markers in the text of a turn are read as markers, as in transformers.</summary>
    /// <inheritdoc cref="Render"/>
    public int[] Encode(IReadOnlyList<ChatTurn> turns, IReadOnlyDictionary<string, object?>? extra = null)
    {
        // The template spells BOS itself; a tokenizer that adds it would double it.
        var tokens = _tokenizer.Encode(Render(turns, extra), addSpecial: false, parseSpecial: true);
        return _bosFirst && _tokenizer.BosTokenId is { } bos ? [bos, .. tokens] : tokens;
    }

    bool Knows(string marker) => _tokenizer.IdOf(marker) is { } id && _tokenizer.Encode(marker, addSpecial: false, parseSpecial: true) is [var only] && only == id;

    string TextOf(int? id) => id is { } known && (uint)known < (uint)_tokenizer.VocabSize ? System.Text.Encoding.UTF8.GetString(_tokenizer.BytesOf(known).Span) : "";
}
