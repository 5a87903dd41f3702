using Tern.Numerics.Kernels;
using Tern.Numerics.Threading;

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
        MoveKeys(keep, discard);
        _tokens.RemoveRange(keep, discard);
        _exact = keep < Length ? Math.Min(_exact, keep) : _exact < keep ? _exact : int.MaxValue;
    }

    /// <summary>One loop over (layer, key/value head), on the threads of the model.</summary>
    void MoveKeys(int keep, int discard)
    {
        var heads = _model.Config.NumKeyValueHeads;
        var turns = new (float[] Cosines, float[] Sines)[_caches.Length];
        for (var layer = 0; layer < turns.Length; layer++)
        {
            var pairs = _model.Layers[layer].Rotary.RotaryDim / 2;
            turns[layer] = (new float[pairs], new float[pairs]);
            _rotary[layer].Turn(-discard, turns[layer].Cosines, turns[layer].Sines);
        }
        var turn = new TurnHeads { Sequence = this, Turns = turns, Heads = heads, From = keep + discard, Distance = discard };
        lock (_teamLock) _team.For(ref turn, _caches.Length * heads, 1);
    }

    struct TurnHeads : IParallelBody
    {
        public Sequence Sequence;
        public (float[] Cosines, float[] Sines)[] Turns;
        public int Heads, From, Distance;

        public readonly void Run(int start, int end, int worker)
        {
            var kernels = VectorKernels.For(Numerics.Isa.Current);
            var key = stackalloc float[Sequence._model.Config.HeadDim];
            for (var item = start; item < end; item++)
            {
                var (layer, head) = Math.DivRem(item, Heads);
                var (cache, rotary) = (Sequence._caches[layer], Sequence._model.Layers[layer].Rotary);
                fixed (float* cosines = Turns[layer].Cosines, sines = Turns[layer].Sines)
                {
                    for (var position = From; position < Sequence.Length; position++)
                    {
                        cache.LoadKey(head, position, key);
                        kernels.Rotate(key, cosines, sines, rotary.RotaryDim, rotary.Interleaved);
                        cache.StoreKey(head, position - Distance, key);
                        cache.MoveValue(head, position, position - Distance);
                    }
                }
            }
        }
    }
}
