using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using static TorchSharp.torch;

namespace Tern.Train.Optimizers;

/// <summary>The numbers of one Adam step, with bias correction and learning rate folded in.</summary>
/// <param name="Gain1">1 - β₁: the weight of the gradient in the first moment.</param>
/// <param name="Gain2">1 - β₂: the weight of the squared gradient in the second moment.</param>
/// <param name="Decay">What the weight is multiplied with before the step: 1 - learning rate × weight decay.</param>
/// <param name="StepSize">Learning rate / (1 - β₁ᵗ).</param>
/// <param name="RootCorrection">1 / sqrt(1 - β₂ᵗ).</param>
/// <param name="Epsilon">Added to the corrected root.</param>
readonly record struct AdamCoefficients(float Gain1, float Gain2, float Decay, float StepSize, float RootCorrection, float Epsilon);

/// <summary>
/// One pass over weight, gradient and both moments:
/// <code>
/// m ← m + (1 - β₁)(g - m)
/// v ← v + (1 - β₂)(g² - v)
/// w ← decay · w - stepSize · m / (sqrt(v) · rootCorrection + ε)
/// </code>
/// All paths use the same correctly rounded operations in the same order, so every machine and every number of threads gives the same bits.
/// </summary>
static unsafe class AdamKernel
{
    /// <summary>Elements that a thread takes at once: the four arrays of a chunk, 256 KiB, stay within a level-2 cache.</summary>
    const int Chunk = 16_384;

    /// <summary>Elements of a slice of a tensor: a span of its bytes must not exceed 2 GiB.</summary>
    const long Slice = 1L << 28;

    /// <summary>Changes weight and moments in place. All four are contiguous float32 of one size, in main memory.</summary>
    public static void Step(Tensor weight, Tensor gradient, Tensor first, Tensor second, AdamCoefficients coefficients)
    {
        var size = weight.numel();
        using Tensor w = weight.view(-1), g = gradient.view(-1), m = first.view(-1), v = second.view(-1);
        for (long start = 0; start < size; start += Slice)
        {
            var count = Math.Min(Slice, size - start);
            using Tensor ws = w.narrow(0, start, count), gs = g.narrow(0, start, count), ms = m.narrow(0, start, count), vs = v.narrow(0, start, count);
            Step(Pointer(ws), Pointer(gs), Pointer(ms), Pointer(vs), (int)count, coefficients);
        }
    }

    static float* Pointer(Tensor tensor) => (float*)Unsafe.AsPointer(ref MemoryMarshal.GetReference(tensor.bytes));

    static void Step(float* w, float* g, float* m, float* v, int count, AdamCoefficients coefficients)
    {
        if (count <= Chunk)
        {
            Run(w, g, m, v, count, coefficients);
            return;
        }

        Parallel.For(0, (count + Chunk - 1) / Chunk, chunk =>
        {
            var start = chunk * Chunk;
            Run(w + start, g + start, m + start, v + start, Math.Min(Chunk, count - start), coefficients);
        });
    }

    /// <summary>On this thread.</summary>
    internal static void Run(float* w, float* g, float* m, float* v, int count, in AdamCoefficients c)
    {
        var done = 0;
        if (Vector512.IsHardwareAccelerated)
        {
            done = Wide512(w, g, m, v, count, c);
        }
        else if (Vector256.IsHardwareAccelerated)
        {
            done = Wide256(w, g, m, v, count, c);
        }

        Scalar(w + done, g + done, m + done, v + done, count - done, c);
    }

    /// <summary>The definition.</summary>
    internal static void Scalar(float* w, float* g, float* m, float* v, int count, in AdamCoefficients c)
    {
        for (var i = 0; i < count; i++)
        {
            m[i] = MathF.FusedMultiplyAdd(c.Gain1, g[i] - m[i], m[i]);
            v[i] = MathF.FusedMultiplyAdd(c.Gain2, MathF.FusedMultiplyAdd(g[i], g[i], -v[i]), v[i]);
            var step = m[i] / MathF.FusedMultiplyAdd(MathF.Sqrt(v[i]), c.RootCorrection, c.Epsilon);
            w[i] = MathF.FusedMultiplyAdd(-c.StepSize, step, c.Decay * w[i]);
        }
    }

    /// <summary>Eight at a time; returns how many were done.</summary>
    internal static int Wide256(float* w, float* g, float* m, float* v, int count, in AdamCoefficients c)
    {
        Vector256<float> gain1 = Vector256.Create(c.Gain1), gain2 = Vector256.Create(c.Gain2), decay = Vector256.Create(c.Decay);
        Vector256<float> size = Vector256.Create(-c.StepSize), correction = Vector256.Create(c.RootCorrection), epsilon = Vector256.Create(c.Epsilon);
        var i = 0;
        for (; i <= count - Vector256<float>.Count; i += Vector256<float>.Count)
        {
            Vector256<float> gi = Vector256.Load(g + i), mi = Vector256.Load(m + i), vi = Vector256.Load(v + i);
            mi = Vector256.FusedMultiplyAdd(gain1, gi - mi, mi);
            vi = Vector256.FusedMultiplyAdd(gain2, Vector256.FusedMultiplyAdd(gi, gi, -vi), vi);
            var step = mi / Vector256.FusedMultiplyAdd(Vector256.Sqrt(vi), correction, epsilon);
            Vector256.FusedMultiplyAdd(size, step, decay * Vector256.Load(w + i)).Store(w + i);
            mi.Store(m + i);
            vi.Store(v + i);
        }

        return i;
    }

    /// <summary>Sixteen at a time; returns how many were done.</summary>
    internal static int Wide512(float* w, float* g, float* m, float* v, int count, in AdamCoefficients c)
    {
        Vector512<float> gain1 = Vector512.Create(c.Gain1), gain2 = Vector512.Create(c.Gain2), decay = Vector512.Create(c.Decay);
        Vector512<float> size = Vector512.Create(-c.StepSize), correction = Vector512.Create(c.RootCorrection), epsilon = Vector512.Create(c.Epsilon);
        var i = 0;
        for (; i <= count - Vector512<float>.Count; i += Vector512<float>.Count)
        {
            Vector512<float> gi = Vector512.Load(g + i), mi = Vector512.Load(m + i), vi = Vector512.Load(v + i);
            mi = Vector512.FusedMultiplyAdd(gain1, gi - mi, mi);
            vi = Vector512.FusedMultiplyAdd(gain2, Vector512.FusedMultiplyAdd(gi, gi, -vi), vi);
            var step = mi / Vector512.FusedMultiplyAdd(Vector512.Sqrt(vi), correction, epsilon);
            Vector512.FusedMultiplyAdd(size, step, decay * Vector512.Load(w + i)).Store(w + i);
            mi.Store(m + i);
            vi.Store(v + i);
        }

        return i;
    }
}
