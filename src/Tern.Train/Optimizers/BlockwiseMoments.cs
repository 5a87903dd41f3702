using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using static TorchSharp.torch;

namespace Tern.Train.Optimizers;

/// <summary>
/// Moments in 8 bits (Dettmers et al. 2021, arXiv 2110.02861): the flattened moment is cut in blocks; each keeps its largest magnitude and, for each element, the code of the
/// <see cref="DynamicMap"/> value nearest to element / largest. A step decodes a block, is Adam's in float32, and encodes the new moments with their own largest magnitudes; the weight sees the moments
/// before they are rounded.
/// </summary>
sealed unsafe class BlockwiseMoments : AdamMoments
{
    /// <summary>Elements that a thread takes at once: a multiple of every block size.</summary>
    const int Chunk = 16_384;

    /// <summary>Elements of a slice of a tensor: a span of its bytes must not exceed 2 GiB. A multiple of every block size.</summary>
    const long Slice = 1L << 28;

    readonly Quantized _first, _second;
    readonly int _blockSize;

    public BlockwiseMoments(TrainedParameter weight, OptimizerState state, int blockSize, long[] shape)
    {
        _blockSize = blockSize;
        _first = new Quantized(weight, state, "exp_avg", DynamicMap.Signed, blockSize, shape);
        _second = new Quantized(weight, state, "exp_avg_sq", DynamicMap.Unsigned, blockSize, shape);
    }

    public static long Blocks(long elements, int blockSize) => (elements + blockSize - 1) / blockSize;

    public override void Step(Tensor weight, Tensor gradient, AdamCoefficients coefficients)
    {
        if (weight.device_type != TorchSharp.DeviceType.CPU)
        {
            Tensor first = _first.Decoded(), second = _second.Decoded();
            Float32Moments.StepOnDevice(weight, gradient, first, second, coefficients);
            _first.Encode(first);
            _second.Encode(second);
            return;
        }

        var size = weight.numel();
        using Tensor w = weight.view(-1), g = gradient.view(-1), m = _first.Codes.view(-1), v = _second.Codes.view(-1);
        float* largest1 = (float*)Pointer(_first.Largest), largest2 = (float*)Pointer(_second.Largest);
        for (long start = 0; start < size; start += Slice)
        {
            var count = Math.Min(Slice, size - start);
            using Tensor ws = w.narrow(0, start, count), gs = g.narrow(0, start, count), ms = m.narrow(0, start, count), vs = v.narrow(0, start, count);
            var blocks = start / _blockSize;
            Step((float*)Pointer(ws), (float*)Pointer(gs), Pointer(ms), Pointer(vs), largest1 + blocks, largest2 + blocks, (int)count, coefficients);
        }
    }

    public override void ReplaceFirst(Func<Tensor, Tensor> function) => _first.Encode(function(_first.Decoded()));

    public override void Reset()
    {
        _first.Reset();
        _second.Reset();
    }

    static byte* Pointer(Tensor tensor) => (byte*)Unsafe.AsPointer(ref MemoryMarshal.GetReference(tensor.bytes));

    void Step(float* w, float* g, byte* m, byte* v, float* largest1, float* largest2, int count, AdamCoefficients coefficients)
    {
        if (count <= Chunk)
        {
            Run(w, g, m, v, largest1, largest2, count, coefficients);
            return;
        }

        Parallel.For(0, (count + Chunk - 1) / Chunk, chunk =>
        {
            int start = chunk * Chunk, block = start / _blockSize;
            Run(w + start, g + start, m + start, v + start, largest1 + block, largest2 + block, Math.Min(Chunk, count - start), coefficients);
        });
    }

    /// <summary>Blocks of a chunk, one after the other; the float32 moments of a block never leave the level-1 cache.</summary>
    void Run(float* w, float* g, byte* m, byte* v, float* largest1, float* largest2, int count, in AdamCoefficients coefficients)
    {
        float* first = stackalloc float[_blockSize], second = stackalloc float[_blockSize];
        for (int start = 0, block = 0; start < count; start += _blockSize, block++)
        {
            var size = Math.Min(_blockSize, count - start);
            DynamicMap.Signed.Decode(m + start, largest1[block], first, size);
            DynamicMap.Unsigned.Decode(v + start, largest2[block], second, size);
            AdamKernel.Run(w + start, g + start, first, second, size, coefficients);
            largest1[block] = Encode(DynamicMap.Signed, first, m + start, size);
            largest2[block] = Encode(DynamicMap.Unsigned, second, v + start, size);
        }
    }

    /// <summary>Writes the codes of a block, which is overwritten, and returns its largest magnitude.</summary>
    internal static float Encode(DynamicMap map, float* values, byte* codes, int count)
    {
        var largest = LargestMagnitude(values, count);
        if (largest == 0)
        {
            new Span<byte>(codes, count).Fill(map.Zero);
            return 0;
        }

        Divide(values, largest, count);
        map.Encode(values, codes, count);
        return largest;
    }

    static float LargestMagnitude(float* values, int count)
    {
        var wide = Vector<float>.Zero;
        var i = 0;
        for (; i <= count - Vector<float>.Count; i += Vector<float>.Count)
        {
            wide = Vector.Max(wide, Vector.Abs(Vector.Load(values + i)));
        }

        var largest = 0f;
        for (var lane = 0; lane < Vector<float>.Count; lane++)
        {
            largest = Math.Max(largest, wide[lane]);
        }

        for (; i < count; i++)
        {
            largest = Math.Max(largest, Math.Abs(values[i]));
        }

        return largest;
    }

    static void Divide(float* values, float divisor, int count)
    {
        var wide = new Vector<float>(divisor);
        var i = 0;
        for (; i <= count - Vector<float>.Count; i += Vector<float>.Count)
        {
            (Vector.Load(values + i) / wide).Store(values + i);
        }

        for (; i < count; i++)
        {
            values[i] /= divisor;
        }
    }

    /// <summary>A moment as codes of its shape and a largest magnitude for each block. Decoding and encoding as a whole, for what is rare and for weights outside main memory.</summary>
    internal sealed class Quantized(TrainedParameter weight, OptimizerState state, string kind, DynamicMap map, int blockSize, long[] shape)
    {
        public Tensor Codes { get; } = state.Codes(weight, kind, map.Zero, shape);

        public Tensor Largest { get; } = state.Zeros(weight, kind + ".absmax", Blocks(AdamUpdate.Elements(shape), blockSize));

        public Tensor Decoded()
        {
            var table = tensor(map.Values.ToArray(), device: Codes.device);
            var values = table.index_select(0, Codes.flatten().to(ScalarType.Int64));
            return values.mul_(Largest.repeat_interleave(blockSize).narrow(0, 0, values.shape[0])).view(shape);
        }

        public void Encode(Tensor values)
        {
            var elements = values.numel();
            var blocks = nn.functional.pad(values.flatten(), [0, (Largest.shape[0] * blockSize) - elements]).view(-1, blockSize);
            Largest.copy_(blocks.abs().amax([1]));
            var relative = (blocks / Largest.unsqueeze(1)).nan_to_num(0);
            Codes.copy_(bucketize(relative, tensor(map.Limits.ToArray(), device: values.device), right: true).flatten().narrow(0, 0, elements).view(shape));
        }

        public void Reset()
        {
            Codes.fill_(map.Zero);
            Largest.zero_();
        }
    }
}
