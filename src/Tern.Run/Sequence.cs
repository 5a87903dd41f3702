using Tern.Models;
using Tern.Numerics.Kernels;
using Tern.Run.Layers;
using Tern.Run.Positions;

namespace Tern.Run;

/// <summary>
/// The memory of one running text: its tokens and, for each layer, their keys and values. Made by
/// <see cref="LanguageModel.CreateSequence"/>; several sequences share a model and may run in one batch.
/// </summary>
public sealed unsafe partial class Sequence : IDisposable
{
    readonly List<int> _tokens = [];
    readonly DecoderModel _model;
    readonly AttentionCache[] _caches;
    readonly RotaryTable[] _rotary;

    internal Sequence(DecoderModel model, int contextLength, CacheType cacheType)
    {
        var config = model.Config;
        _model = model;
        ContextLength = contextLength;
        CacheType = cacheType;
        _caches = new AttentionCache[model.Layers.Count];
        _rotary = new RotaryTable[model.Layers.Count];
        for (var layer = 0; layer < _caches.Length; layer++)
        {
            _caches[layer] = new AttentionCache(config.NumKeyValueHeads, config.HeadDim, contextLength, cacheType);
            _rotary[layer] = model.Layers[layer].Rotary.TableFor(contextLength);
        }
    }

    /// <summary>Positions there is room for.</summary>
    public int ContextLength { get; }

    public CacheType CacheType { get; }

    /// <summary>Tokens whose keys and values are stored.</summary>
    public IReadOnlyList<int> Tokens => _tokens;

    public int Length => _tokens.Count;

    /// <summary>Bytes reserved for keys and values.</summary>
    public long CacheBytes => _caches.Sum(cache => cache.ByteLength);

    internal AttentionCache Cache(int layer) => _caches[layer];

    internal RotaryTable Rotary(int layer) => _rotary[layer];

    internal void Append(ReadOnlySpan<int> tokens) => _tokens.AddRange(tokens);

    /// <summary>Forgets everything from position <paramref name="length"/> on.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The sequence is not that long.</exception>
    public void Truncate(int length)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(length);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(length, Length);
        _tokens.RemoveRange(length, Length - length);
    }

    /// <summary>How many leading tokens are the same as those of <paramref name="tokens"/>: what a prompt need not compute again.</summary>
    public int CommonPrefix(ReadOnlySpan<int> tokens)
    {
        var common = 0;
        while (common < tokens.Length && common < Length && tokens[common] == _tokens[common]) common++;
        return common;
    }

    /// <summary>
    /// Context shift: forgets the tokens [keep, keep + discard) and moves the later ones down. Their keys are rotated back by the distance,
    /// so that relative positions hold; values do not depend on the position. What later tokens saw of the forgotten ones
    /// stays in their values: the result approximates a fresh evaluation.
    /// </summary>
    /// <exception cref="ArgumentOutOfRangeException">The range is not within the sequence.</exception>
    public void Shift(int keep, int discard)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(keep);
        ArgumentOutOfRangeException.ThrowIfNegative(discard);
        ArgumentOutOfRangeException.ThrowIfGreaterThan((long)keep + discard, Length, nameof(discard));
        if (discard == 0) return;
        var config = _model.Config;
        var key = stackalloc float[config.HeadDim];
        var cosines = stackalloc float[config.HeadDim / 2];
        var sines = stackalloc float[config.HeadDim / 2];
        for (var layer = 0; layer < _caches.Length; layer++)
        {
            var rotary = _model.Layers[layer].Rotary;
            _rotary[layer].Turn(-discard, new Span<float>(cosines, rotary.RotaryDim / 2), new Span<float>(sines, rotary.RotaryDim / 2));
            var kernels = VectorKernels.For(Numerics.Isa.Current);
            for (var head = 0; head < config.NumKeyValueHeads; head++)
                for (var position = keep + discard; position < Length; position++)
                {
                    _caches[layer].LoadKey(head, position, key);
                    kernels.Rotate(key, cosines, sines, rotary.RotaryDim, rotary.Interleaved);
                    _caches[layer].StoreKey(head, position - discard, key);
                    _caches[layer].MoveValue(head, position, position - discard);
                }
        }
        _tokens.RemoveRange(keep, discard);
    }

    public void Dispose()
    {
        foreach (var cache in _caches) cache.Dispose();
    }
}
