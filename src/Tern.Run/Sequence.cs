using Tern.Models;
using Tern.Numerics.Kernels;
using Tern.Numerics.Threading;
using Tern.Run.Layers;
using Tern.Run.Positions;

namespace Tern.Run;

/// <summary>
/// The memory of one running text: its tokens and, for each layer, their keys and values. Made by
/// <see cref="LanguageModel.CreateSequence"/>; several sequences share a model and may run in one batch.
/// </summary>
public sealed unsafe partial class Sequence : IDisposable
{
    readonly List<int> _tokens;
    readonly DecoderModel _model;
    readonly WorkerTeam _team;
    readonly Lock _teamLock;
    readonly AttentionCache[] _caches;
    readonly RotaryTable[] _rotary;
    int _exact = int.MaxValue;                                  // from here on the keys and values have seen tokens that a shift forgot

    /// <param name="model">Whose keys and values.</param>
    /// <param name="team">The threads of the model.</param>
    /// <param name="teamLock">Held by whoever uses them.</param>
    /// <param name="contextLength">Positions.</param>
    /// <param name="cacheType">How keys and values are kept.</param>
    internal Sequence(DecoderModel model, WorkerTeam team, Lock teamLock, int contextLength, CacheType cacheType)
    {
        var config = model.Config;
        _model = model;
        (_team, _teamLock) = (team, teamLock);
        ContextLength = contextLength;
        _tokens = new List<int>(contextLength);                 // decoding allocates nothing
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
        if (length <= _exact) _exact = int.MaxValue;
    }

    /// <summary>
    /// How many leading tokens are the same as those of <paramref name="tokens"/>: what a prompt need not compute again. Tokens behind a
    /// <see cref="Shift"/> do not count: their values still hold what was forgotten.
    /// </summary>
    public int CommonPrefix(ReadOnlySpan<int> tokens)
    {
        var limit = Math.Min(Math.Min(tokens.Length, Length), _exact);
        var common = 0;
        while (common < limit && tokens[common] == _tokens[common]) common++;
        return common;
    }

    /// <exception cref="ObjectDisposedException">The sequence was disposed.</exception>
    /// <exception cref="ArgumentException">Another model made it.</exception>
    internal void ThrowIfNotOf(DecoderModel model)
    {
        ObjectDisposedException.ThrowIf(_disposed, this);
        if (!ReferenceEquals(model, _model)) throw new ArgumentException("The sequence was made by another model; use the CreateSequence of this one.");
    }

    bool _disposed;

    public void Dispose()
    {
        _disposed = true;
        foreach (var cache in _caches) cache.Dispose();
    }
}
