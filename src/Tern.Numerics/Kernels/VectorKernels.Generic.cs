using System.Runtime.CompilerServices;
using Tern.Numerics.Registers;
using static System.Runtime.CompilerServices.MethodImplOptions;

namespace Tern.Numerics.Kernels;

/// <summary>
/// <see cref="VectorKernels"/> for one kind of register. Loops go over 16 floats; a rest is padded with zeros into the same code, so an
/// element's result does not depend on where it stands.
/// </summary>
unsafe class VectorKernels<TRegister> : VectorKernels where TRegister : unmanaged, IRegister<TRegister>
{
    const int Lanes = 16;

    interface IUnary
    {
        static abstract TRegister Apply(TRegister x, TRegister constant);
    }

    interface IBinary
    {
        static abstract TRegister Apply(TRegister x, TRegister y);
    }

    public override IsaLevel Level => TRegister.Level;

    public override void Prepare(Activations x, int start, int end, int firstColumn, int endColumn, ActivationForms forms) =>
        ActivationRounding<TRegister>.Prepare(x, start, end, firstColumn, endColumn, forms);

    [MethodImpl(AggressiveOptimization)]
    public override void RmsNorm(float* x, float* weight, float* y, int count, float epsilon)
    {
        var scale = TRegister.Broadcast(1 / MathF.Sqrt(Dot(x, x, count) / count + epsilon));
        var i = 0;
        for (; i + Lanes <= count; i += Lanes)
            TRegister.Store(TRegister.Multiply(TRegister.Multiply(TRegister.Load(x + i), scale), TRegister.Load(weight + i)), y + i);
        if (i < count)
            StorePart(TRegister.Multiply(TRegister.Multiply(LoadPart(x + i, count - i), scale), LoadPart(weight + i, count - i)), y + i, count - i);
    }

    [MethodImpl(AggressiveOptimization)]
    public override float Dot(float* x, float* y, int count)
    {
        TRegister a = TRegister.Zero, b = a, c = a, d = a;      // four chains, so that no sum waits for the one before
        var i = 0;
        for (; i + 4 * Lanes <= count; i += 4 * Lanes)
        {
            a = TRegister.MultiplyAdd(TRegister.Load(x + i), TRegister.Load(y + i), a);
            b = TRegister.MultiplyAdd(TRegister.Load(x + i + Lanes), TRegister.Load(y + i + Lanes), b);
            c = TRegister.MultiplyAdd(TRegister.Load(x + i + 2 * Lanes), TRegister.Load(y + i + 2 * Lanes), c);
            d = TRegister.MultiplyAdd(TRegister.Load(x + i + 3 * Lanes), TRegister.Load(y + i + 3 * Lanes), d);
        }
        var sum = TRegister.Add(TRegister.Add(a, b), TRegister.Add(c, d));
        for (; i + Lanes <= count; i += Lanes) sum = TRegister.MultiplyAdd(TRegister.Load(x + i), TRegister.Load(y + i), sum);
        if (i < count) sum = TRegister.MultiplyAdd(LoadPart(x + i, count - i), LoadPart(y + i, count - i), sum);
        return TRegister.ReduceAdd(sum);
    }

    [MethodImpl(AggressiveOptimization)]
    public override void Softmax(float* x, int count)
    {
        var max = float.NegativeInfinity;
        for (var j = 0; j < count; j++) max = MathF.Max(max, x[j]);
        var shift = TRegister.Broadcast(max);
        var sum = TRegister.Zero;
        var i = 0;
        for (; i + Lanes <= count; i += Lanes)
        {
            var e = Exponential<TRegister>.Of(TRegister.Subtract(TRegister.Load(x + i), shift));
            TRegister.Store(e, x + i);
            sum = TRegister.Add(sum, e);
        }
        if (i < count)
        {
            var rest = count - i;
            var e = Exponential<TRegister>.Of(TRegister.Subtract(LoadPart(x + i, rest, float.NegativeInfinity), shift));
            StorePart(e, x + i, rest);
            sum = TRegister.Add(sum, e);
        }
        Scale(x, 1 / TRegister.ReduceAdd(sum), count);
    }

    public override void SwiGlu(float* gate, float* up, float* y, int count) => Apply<SwiGluOperator>(gate, up, y, count);

    public override void GeGlu(float* gate, float* up, float* y, int count) => Apply<GeGluOperator>(gate, up, y, count);

    public override void Add(float* x, float* y, int count) => Apply<AddOperator>(x, y, x, count);

    public override void Scale(float* x, float factor, int count) => Apply<ScaleOperator>(x, factor, count);

    public override void SoftCap(float* x, float cap, int count) => Apply<SoftCapOperator>(x, cap, count);

    readonly struct SwiGluOperator : IBinary
    {
        [MethodImpl(AggressiveInlining)]
        public static TRegister Apply(TRegister gate, TRegister up) => TRegister.Multiply(Exponential<TRegister>.SigmoidProduct(gate, gate), up);
    }

    readonly struct GeGluOperator : IBinary
    {
        const float TwoRootTwoOverPi = 1.5957691216057308f, Cubic = 0.044715f;

        // gelu(z) = z (1 + tanh u) / 2 = z sigmoid(2 u), u = sqrt(2 / pi) (z + 0.044715 z^3)
        [MethodImpl(AggressiveInlining)]
        public static TRegister Apply(TRegister gate, TRegister up)
        {
            var cube = TRegister.Multiply(TRegister.Multiply(gate, gate), gate);
            var inner = TRegister.MultiplyAdd(cube, TRegister.Broadcast(Cubic), gate);
            return TRegister.Multiply(Exponential<TRegister>.SigmoidProduct(TRegister.Multiply(inner, TRegister.Broadcast(TwoRootTwoOverPi)), gate), up);
        }
    }

    readonly struct AddOperator : IBinary
    {
        [MethodImpl(AggressiveInlining)]
        public static TRegister Apply(TRegister x, TRegister y) => TRegister.Add(x, y);
    }

    readonly struct ScaleOperator : IUnary
    {
        [MethodImpl(AggressiveInlining)]
        public static TRegister Apply(TRegister x, TRegister factor) => TRegister.Multiply(x, factor);
    }

    readonly struct SoftCapOperator : IUnary
    {
        // cap tanh(z) = cap (2 sigmoid(2 z) - 1)
        [MethodImpl(AggressiveInlining)]
        public static TRegister Apply(TRegister x, TRegister cap)
        {
            var z = TRegister.Divide(x, cap);
            var two = TRegister.Broadcast(2f);
            var tanh = TRegister.Subtract(Exponential<TRegister>.SigmoidProduct(TRegister.Multiply(z, two), two), TRegister.Broadcast(1f));
            return TRegister.Multiply(cap, tanh);
        }
    }

    [MethodImpl(AggressiveOptimization)]
    static void Apply<TOperator>(float* x, float* y, float* result, int count) where TOperator : struct, IBinary
    {
        var i = 0;
        for (; i + Lanes <= count; i += Lanes) TRegister.Store(TOperator.Apply(TRegister.Load(x + i), TRegister.Load(y + i)), result + i);
        if (i < count) StorePart(TOperator.Apply(LoadPart(x + i, count - i), LoadPart(y + i, count - i)), result + i, count - i);
    }

    [MethodImpl(AggressiveOptimization)]
    static void Apply<TOperator>(float* x, float constant, int count) where TOperator : struct, IUnary
    {
        var broadcast = TRegister.Broadcast(constant);
        var i = 0;
        for (; i + Lanes <= count; i += Lanes) TRegister.Store(TOperator.Apply(TRegister.Load(x + i), broadcast), x + i);
        if (i < count) StorePart(TOperator.Apply(LoadPart(x + i, count - i), broadcast), x + i, count - i);
    }

    [MethodImpl(AggressiveOptimization)]
    public override void Rotate(float* head, float* cosines, float* sines, int rotaryDim, bool interleaved)
    {
        var half = rotaryDim / 2;
        var i = 0;
        if (!interleaved)
        {
            for (; i + Lanes <= half; i += Lanes)
            {
                TRegister x = TRegister.Load(head + i), y = TRegister.Load(head + half + i);
                TRegister cosine = TRegister.Load(cosines + i), sine = TRegister.Load(sines + i);
                TRegister.Store(TRegister.Subtract(TRegister.Multiply(x, cosine), TRegister.Multiply(y, sine)), head + i);
                TRegister.Store(TRegister.Add(TRegister.Multiply(x, sine), TRegister.Multiply(y, cosine)), head + half + i);
            }
        }
        for (; i < half; i++)
        {
            ref var x = ref head[interleaved ? 2 * i : i];
            ref var y = ref head[interleaved ? 2 * i + 1 : i + half];
            (x, y) = (x * cosines[i] - y * sines[i], x * sines[i] + y * cosines[i]);
        }
    }

    public override void Attend(in AttentionTile tile) => AttentionKernel<TRegister, ExactPart<TRegister, WidenedProducts<TRegister>>>.Attend(tile);

    public override void AttendPart(in AttentionTile tile, int part, float* partial) =>
        AttentionKernel<TRegister, ExactPart<TRegister, WidenedProducts<TRegister>>>.AttendPart(tile, part, partial);

    public override void MergeParts(in AttentionTile tile, float* partials, long stride) =>
        AttentionKernel<TRegister, ExactPart<TRegister, WidenedProducts<TRegister>>>.MergeParts(tile, partials, stride);

    static TRegister LoadPart(float* source, int count, float rest = 0)
    {
        var padded = stackalloc float[Lanes];
        for (var i = 0; i < Lanes; i++) padded[i] = i < count ? source[i] : rest;
        return TRegister.Load(padded);
    }

    static void StorePart(TRegister value, float* target, int count)
    {
        var padded = stackalloc float[Lanes];
        TRegister.Store(value, padded);
        for (var i = 0; i < count; i++) target[i] = padded[i];
    }
}
