using Tern.Models;
using Tern.Run.Constraints;
using Tern.Run.Sampling;

namespace Tern.Run.Generation;

/// <summary>
/// Continues texts in one sequence. What the sequence holds of the next prompt already is not computed again, so that a conversation or a changed
/// question behind a long text only costs what is new. One generation at a time; several generators may share a model.
/// </summary>
public sealed class TextGenerator
{
    readonly LanguageModel _model;
    readonly Sequence _sequence;

    /// <param name="model">With a tokenizer.</param>
    /// <param name="sequence">Of this model; may hold tokens.</param>
    /// <exception cref="TernException">The model came without a tokenizer.</exception>
    public TextGenerator(LanguageModel model, Sequence sequence)
    {
        ArgumentNullException.ThrowIfNull(model);
        ArgumentNullException.ThrowIfNull(sequence);
        _ = model.Tokenizer;
        (_model, _sequence) = (model, sequence);
    }

    public LanguageModel Model => _model;

    public Sequence Sequence => _sequence;

    /// <summary>The tokens of a prompt: BOS where the model expects it, control tokens where their text stands.</summary>
    /// <exception cref="TernException">The prompt is empty and the model has no token that begins a text.</exception>
    public int[] Tokenize(string prompt)
    {
        var tokens = _model.Tokenizer.Encode(prompt, addSpecial: true, parseSpecial: true);
        if (tokens.Length > 0) return tokens;
        return BeginningOfText is { } begin ? [begin] : throw new TernException("The prompt is empty, and this model has no token that begins a text: give a prompt (-p).");
    }

    int? BeginningOfText => _model.Config.BosTokenId is { } bos && (uint)bos < (uint)_model.Config.VocabSize ? bos : _model.Tokenizer.BosTokenId;

    /// <summary>Continues a text.</summary>
    /// <inheritdoc cref="Generate(ReadOnlyMemory{int}, GenerationOptions?, CancellationToken)"/>
    public GeneratedText Generate(string prompt, GenerationOptions? options = null, CancellationToken cancellation = default) =>
        Generate(Tokenize(prompt), options, cancellation);

    /// <summary>Continues tokens. The work is done while the result is enumerated, once.</summary>
    /// <param name="prompt">The whole prompt, whatever of it the sequence holds.</param>
    /// <param name="options">Defaults are those of llama.cpp.</param>
    /// <param name="cancellation">Ends the text; no exception is thrown.</param>
    /// <exception cref="TernException">The prompt is empty or does not fit into the context, or an option is out of its range.</exception>
    public GeneratedText Generate(ReadOnlyMemory<int> prompt, GenerationOptions? options = null, CancellationToken cancellation = default)
    {
        options ??= new GenerationOptions();
        options.Validate();
        if (prompt.IsEmpty) throw new TernException("The prompt is empty: there is nothing to continue.");
        if (prompt.Length > _sequence.ContextLength)
        {
            var advice = prompt.Length < _model.Config.MaxPositionEmbeddings
                ? $"Use a longer context (-c {Math.Min(_model.Config.MaxPositionEmbeddings, RoundUp(prompt.Length + Math.Clamp(options.MaxTokens, 128, 1 << 20)))})"
                : $"The model was trained for {_model.Config.MaxPositionEmbeddings}";
            throw new TernException($"The prompt has {prompt.Length} tokens, the context room for {_sequence.ContextLength}. {advice}, or shorten the prompt.");
        }
        return new GeneratedText(this, prompt, options, SamplerFor(options), cancellation);
    }

    static int RoundUp(long tokens) => (int)Math.Min((tokens + 255) / 256 * 256, int.MaxValue);

    Sampler SamplerFor(GenerationOptions options)
    {
        var sampling = options.Sampling;
        if (options.IgnoreEos)
        {
            var bias = new Dictionary<int, float>(sampling.LogitBias);
            foreach (var stop in _model.StopTokens) bias[stop] = float.NegativeInfinity;
            sampling = sampling with { LogitBias = bias };
        }
        var constraint = options.Grammar is { } grammar ? new GrammarConstraint(grammar, _model.Trie, _model.StopTokens) : null;
        var breakers = sampling.Dry is { Active: true, SequenceBreakers.Count: > 0 } dry ? SequenceBreakers.From(_model.Tokenizer, dry.SequenceBreakers) : null;
        return new Sampler(sampling, _model.Config.VocabSize, constraint, breakers);
    }
}
