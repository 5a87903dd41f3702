using Tern.Numerics.Kernels;

namespace Tern.Run;

/// <content>Context shift: room in a full context.</content>
public sealed unsafe partial class Sequence
{
    /// <summary>
    /// Forgets the tokens [keep, keep + discard) and moves the later ones down, as llama.cpp does. Keys are stored rotated, so they are turned
    /// back by the distance, whatever the rotary layout and scaling: R(-d) R(p) k = R(p - d) k, in which the table of this sequence's context length
    /// holds for old and new position alike (LongRoPE, dynamic NTK). Values do not depend on the position.
    /// <para>
    /// Two things differ from a fresh evaluation of the remaining tokens. What they saw of the forgotten ones in lower layers stays in their
    /// keys and values: this is the point of the method, and only a model of one layer is exact. And keys are rounded once more to the
    /// type of the cache, by half a unit in the last place per shift: at most 2^-24 of a number in F32 (plus the error of the turn, about 2^-23), 2^-11 in F16,
    /// 2^-8 in BF16, 1/254 of the largest number of 32 in Q8_0.
    /// </para>
    /// </summary>
    /// <exception cref="ArgumentOutOfRangeException">The range is not within the sequence.</exception>
    public void Shift(int keep, int discard)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(keep);
        ArgumentOutOfRangeException.ThrowIfNegative(discard);
        ArgumentOutOfRangeException.ThrowIfGreaterThan((long)keep + discard, Length, nameof(discard));
        if (discard == 0) return;
        for (var layer = 0; layer < _caches.Length; layer++) Shift(layer, keep, discard);
        _tokens.RemoveRange(keep, discard);
        _exact = keep < Length ? Math.Min(_exact, keep) : _exact < keep ? _exact : int.MaxValue;
    }

    void Shift(int layer, int keep, int discard)
    {
        var cache = _caches[layer];
        var rotary = _model.Layers[layer].Rotary;
        var pairs = rotary.RotaryDim / 2;
        float[] key = new float[cache.HeadDim], cosines = new float[pairs], sines = new float[pairs];
        _rotary[layer].Turn(-discard, cosines, sines);
        var kernels = VectorKernels.For(Numerics.Isa.Current);
        fixed (float* keyAt = key, cosinesAt = cosines, sinesAt = sines)
            for (var head = 0; head < cache.Heads; head++)
                for (var position = keep + discard; position < Length; position++)
                {
                    cache.LoadKey(head, position, keyAt);
                    kernels.Rotate(keyAt, cosinesAt, sinesAt, rotary.RotaryDim, rotary.Interleaved);
                    cache.StoreKey(head, position - discard, keyAt);
                    cache.MoveValue(head, position, position - discard);
                }
    }
}
