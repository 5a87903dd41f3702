using System.Collections;
using System.Diagnostics;
using System.Runtime.CompilerServices;
using System.Text;
using Tern.Models.Tokenizers;
using Tern.Run.Sampling;

namespace Tern.Run.Generation;

/// <summary>
/// A text that is being generated, piece by piece: enumerate it once, with foreach, or with await foreach over <see cref="OnThreadPool"/>. Then
/// <see cref="Result"/> says how it ended. A token takes no memory but for its text.
/// </summary>
public sealed class GeneratedText : IEnumerable<GeneratedPiece>
{
    readonly LanguageModel _model;
    readonly Sequence _sequence;
    readonly ReadOnlyMemory<int> _prompt;
    readonly GenerationOptions _options;
    readonly Sampler _sampler;
    readonly CancellationToken _cancellation;
    readonly StreamingDecoder _decoder;
    readonly StopSequences _stops;
    readonly StringBuilder _text = new();
    readonly List<int> _tokens = [];
    readonly float[] _logits;
    readonly int[] _next = new int[1];
    Action<GeneratedText>? _whenDone;
    bool _started, _begun;
    int _reused, _shifts;
    long _promptTicks, _decodeTicks;

    internal GeneratedText(TextGenerator generator, ReadOnlyMemory<int> prompt, GenerationOptions options, Sampler sampler, CancellationToken cancellation)
    {
        (_model, _sequence, _prompt, _options, _sampler, _cancellation) = (generator.Model, generator.Sequence, prompt, options, sampler, cancellation);
        _decoder = new StreamingDecoder(_model.Tokenizer, skipSpecial: !options.ShowSpecial, atStart: IsOnlySpecial(prompt.Span));
        _stops = new StopSequences(options.Stop);
        _logits = new float[_model.Config.VocabSize];
    }

    /// <summary>The prompt's tokens.</summary>
    public ReadOnlyMemory<int> Prompt => _prompt;

    /// <summary>The tokens so far, without one that ends the text.</summary>
    public IReadOnlyList<int> Tokens => _tokens;

    /// <summary>The text so far.</summary>
    public string Text => _text.ToString();

    /// <summary>The seed in use, also where the options left it open.</summary>
    public long Seed => _sampler.Seed;

    /// <summary>Null until the last piece was taken.</summary>
    public GenerationResult? Result { get; private set; }

    /// <summary>Generates everything.</summary>
    public string ReadToEnd()
    {
        foreach (var _ in this) { }
        return Text;
    }

    /// <summary>Told the outcome before the enumeration ends, also where the caller leaves it early.</summary>
    internal GeneratedText WhenDone(Action<GeneratedText> action)
    {
        _whenDone = action;
        return this;
    }

    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();

    /// <summary>The same pieces, each computed on the thread pool while the caller's thread is free.</summary>
    public async IAsyncEnumerable<GeneratedPiece> OnThreadPool()
    {
        using var pieces = GetEnumerator();
        while (await Task.Run(pieces.MoveNext, CancellationToken.None).ConfigureAwait(false)) yield return pieces.Current;
    }

    public IEnumerator<GeneratedPiece> GetEnumerator()
    {
        if (_started) throw new InvalidOperationException("A generation can be enumerated once; ask the generator for another one.");
        _started = true;
        return Run();
    }

    IEnumerator<GeneratedPiece> Run()
    {
        var generated = 0;
        FinishReason? finish = _options.MaxTokens == 0 ? FinishReason.Length : null;
        try
        {
            if (finish is null && !ReadPrompt()) finish = FinishReason.Cancelled;
            while (finish is null)
            {
                var started = Stopwatch.GetTimestamp();
                var piece = Draw(ref generated, out finish);
                Count(ref generated == 1 ? ref _promptTicks : ref _decodeTicks, started);
                yield return piece;
                if (finish is not null) break;
                if (_cancellation.IsCancellationRequested)
                {
                    finish = FinishReason.Cancelled;
                    break;
                }
                started = Stopwatch.GetTimestamp();
                _model.Forward(_sequence, _next, _logits);
                Count(ref _decodeTicks, started);
            }
            if (finish == FinishReason.Cancelled && Remember(Remainder()) is { Length: > 0 } rest) yield return new GeneratedPiece(rest, -1, null);
        }
        finally
        {
            Finish(finish ?? FinishReason.Cancelled, generated);
        }
    }

    void Finish(FinishReason finish, int generated)
    {
        Result = new GenerationResult
        {
            Finish = finish,
            StopString = _stops.Match,
            PromptTokens = _prompt.Length,
            ReusedTokens = _reused,
            GeneratedTokens = generated,
            Shifts = _shifts,
            PromptSeconds = (double)_promptTicks / Stopwatch.Frequency,
            DecodeSeconds = (double)_decodeTicks / Stopwatch.Frequency,
        };
        _whenDone?.Invoke(this);
    }

    /// <summary>Runs what the sequence does not hold yet, in parts, so that a long prompt can be cancelled. The last token always runs: its logits are needed.</summary>
    /// <returns>False if cancelled.</returns>
    bool ReadPrompt()
    {
        var started = Stopwatch.GetTimestamp();
        _sampler.AcceptPrompt(_prompt.Span);
        _reused = Math.Min(_sequence.CommonPrefix(_prompt.Span), _prompt.Length - 1);
        _sequence.Truncate(_reused);
        for (var done = _reused; done < _prompt.Length;)
        {
            if (_cancellation.IsCancellationRequested) return false;
            var count = Math.Min(_prompt.Length - done, _model.MaxBatch);
            var part = _prompt.Slice(done, count);
            done += count;
            if (done == _prompt.Length) _model.Forward(_sequence, part.Span, _logits);
            else _model.Forward(new BatchItem(_sequence, part, LogitsOf.None));
        }
        Count(ref _promptTicks, started);
        return true;
    }

    /// <summary>From the logits to the next token and its text, and to the reason for an end, if it is one.</summary>
    GeneratedPiece Draw(ref int generated, out FinishReason? finish)
    {
        // Rows beyond the tokenizer are padding: nobody trained them.
        if (_model.Tokenizer.VocabSize < _logits.Length) _logits.AsSpan(_model.Tokenizer.VocabSize).Fill(float.NegativeInfinity);
        var token = _sampler.Sample(_logits);
        _sampler.Accept(token);
        _next[0] = token;
        generated++;
        var ended = IsStopToken(token) && !_options.IgnoreEos;
        if (!ended) _tokens.Add(token);
        var text = ended && !_options.ShowSpecial ? "" : Pass(_decoder.Add(token));
        finish = _stops.Match is not null ? FinishReason.Stop
            : ended ? FinishReason.Eos
            : generated == _options.MaxTokens ? FinishReason.Length
            : MakeRoom() ? null : FinishReason.ContextFull;
        if (finish is not null and not FinishReason.Stop) text += Remainder();
        return new GeneratedPiece(Remember(text), token, _sampler.LogProbs);
    }

    /// <summary>Half a character, and what might have become a stop string.</summary>
    string Remainder() => Pass(_decoder.Flush()) + _stops.Flush();

    string Pass(string text)
    {
        if (_options.TrimStart && !_begun)
        {
            text = text.TrimStart();
            _begun = text.Length > 0;
        }
        return text.Length == 0 ? "" : _options.Stop.Count == 0 ? text : _stops.Push(text);
    }

    string Remember(string text)
    {
        _text.Append(text);
        return text;
    }

    bool IsStopToken(int token)
    {
        var stops = _model.StopTokens;
        for (var i = 0; i < stops.Count; i++)
            if (stops[i] == token) return true;
        return false;
    }

    /// <summary>Makes sure that one more token fits into the context.</summary>
    bool MakeRoom()
    {
        if (_sequence.Length < _sequence.ContextLength) return true;
        if (_options.FullContext == FullContext.Stop || _options.MaxTokens < 0) return false;
        var first = _prompt.Span[0] == (_model.Tokenizer.BosTokenId ?? -1) ? 1 : 0;
        var keep = Math.Min(_options.Keep < 0 ? _prompt.Length : Math.Max(_options.Keep, first), _sequence.Length);
        var discard = (_sequence.Length - keep) / 2;                        // as llama.cpp
        if (discard == 0) return false;
        _sequence.Shift(keep, discard);
        _shifts++;
        return true;
    }

    bool IsOnlySpecial(ReadOnlySpan<int> tokens)
    {
        foreach (var token in tokens)
            if ((uint)token >= (uint)_model.Tokenizer.VocabSize || !_model.Tokenizer.IsSpecial(token)) return false;
        return true;
    }

    static void Count(ref long ticks, long started) => ticks += Stopwatch.GetTimestamp() - started;
}
