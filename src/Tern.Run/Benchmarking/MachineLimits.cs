using System.Diagnostics;
using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.Arm;
using System.Runtime.Intrinsics.X86;
using Tern.Numerics.Assembled;
using Tern.Numerics.Memory;
using Tern.Numerics.Threading;

namespace Tern.Run.Benchmarking;

/// <summary>What a machine can do at most, as far as managed code gets at it: the roofs under which models run.</summary>
/// <param name="Threads">That measured together.</param>
/// <param name="ReadGbps">10^9 bytes read per second from memory, in one direction, out of a buffer much larger than the caches.</param>
/// <param name="Fp32Gflops">10^9 multiplications and additions per second with fused multiply-add on the widest vectors.</param>
/// <param name="Int8Gops">
/// 10^9 8-bit multiplications and 32-bit additions per second: vpdpbusd where kernels are assembled, else the instructions that the runtime knows; null where
/// there are no byte products.
/// </param>
/// <param name="Bf16Gflops">10^9 multiplications of bfloat16 and additions in float32 per second (vdpbf16ps); null where no kernels are assembled for it.</param>
public sealed record MachineLimits(int Threads, double ReadGbps, double Fp32Gflops, double? Int8Gops, double? Bf16Gflops)
{
    const int Passes = 5;
    const long SlabBytes = 1 << 20;

    /// <summary>Multiply-adds of one vector per thread and pass: some tens of milliseconds.</summary>
    const int ProductsPerPass = 1 << 26;

    const int Chains = 12;                       // independent sums: latency 4 times 2 units, and some

    /// <summary>Measures with all threads of the team; about a second. Best of five passes each, since everything else only slows down.</summary>
    /// <param name="bufferBytes">Memory to read; 0 for 512 MiB, or a quarter of what is free where that is less.</param>
    public static MachineLimits Measure(WorkerTeam team, long bufferBytes = 0)
    {
        if (bufferBytes == 0) bufferBytes = Math.Clamp(GC.GetGCMemoryInfo().TotalAvailableMemoryBytes / 4, 16 << 20, 512 << 20);
        return new MachineLimits(team.Threads, ReadBandwidth(team, bufferBytes), Fp32(team), Int8(team), Assembled(team, ProductPeak.BFloat16));
    }

    /// <summary>10^9 bytes per second that the threads of the team read together.</summary>
    public static unsafe double ReadBandwidth(WorkerTeam team, long bufferBytes)
    {
        var slabs = (int)Math.Max(1, bufferBytes / SlabBytes);
        using var buffer = new NativeBuffer(slabs * SlabBytes);
        buffer.Clear();                          // pages exist from here on
        using var sums = new NativeBuffer(team.Threads * 64L);
        var reading = new Reading { Data = buffer.Pointer, Sums = (ulong*)sums.Pointer };
        var seconds = BestOf(Passes + 1, () => team.For(ref reading, slabs, 1));
        return slabs * (double)SlabBytes / seconds / 1e9;
    }

    static double BestOf(int passes, Action pass)
    {
        var best = double.PositiveInfinity;
        for (var i = 0; i < passes; i++)
        {
            var started = Stopwatch.GetTimestamp();
            pass();
            best = Math.Min(best, Stopwatch.GetElapsedTime(started).TotalSeconds);
        }
        return best;
    }

    unsafe struct Reading : IParallelBody
    {
        public byte* Data;
        public ulong* Sums;

        [MethodImpl(MethodImplOptions.AggressiveOptimization)]
        public readonly void Run(int start, int end, int worker)
        {
            Vector<ulong> a = default, b = default, c = default, d = default;
            var step = 4 * Vector<byte>.Count;
            var last = Data + end * SlabBytes;
            for (var at = Data + start * SlabBytes; at < last; at += step)
            {
                a |= Unsafe.Read<Vector<ulong>>(at);
                b |= Unsafe.Read<Vector<ulong>>(at + Vector<byte>.Count);
                c |= Unsafe.Read<Vector<ulong>>(at + 2 * Vector<byte>.Count);
                d |= Unsafe.Read<Vector<ulong>>(at + 3 * Vector<byte>.Count);
            }
            Sums[worker * 8] += Vector.Sum(a | b | c | d);      // used, so that the reads are not optimised away
        }
    }

    static unsafe double Fp32(WorkerTeam team)
    {
        using var sums = new NativeBuffer(team.Threads * 64L);
        var body = new FusedProducts { Sums = (float*)sums.Pointer };
        var seconds = BestOf(Passes, () => team.For(ref body, team.Threads, 1));
        var lanes = Vector512.IsHardwareAccelerated ? Vector512<float>.Count : Vector<float>.Count;
        return 2.0 * lanes * Chains * (ProductsPerPass / Chains) * team.Threads / seconds / 1e9;
    }

    /// <summary>One item is one pass of one thread.</summary>
    unsafe struct FusedProducts : IParallelBody
    {
        public float* Sums;

        public readonly void Run(int start, int end, int worker)
        {
            for (var item = start; item < end; item++)
            {
                Sums[worker * 16] = Vector512.IsHardwareAccelerated ? Wide(ProductsPerPass / Chains) : Narrow(ProductsPerPass / Chains);
            }
        }

        [MethodImpl(MethodImplOptions.AggressiveOptimization)]
        static float Wide(int rounds)
        {
            var (x, y) = (Vector512.Create(1.0001f), Vector512.Create(-1e-4f));
            Vector512<float> a = x, b = x, c = x, d = x, e = x, f = x, g = x, h = x, i = x, j = x, k = x, l = x;
            for (var round = 0; round < rounds; round++)
            {
                (a, b, c) = (Vector512.FusedMultiplyAdd(a, x, y), Vector512.FusedMultiplyAdd(b, x, y), Vector512.FusedMultiplyAdd(c, x, y));
                (d, e, f) = (Vector512.FusedMultiplyAdd(d, x, y), Vector512.FusedMultiplyAdd(e, x, y), Vector512.FusedMultiplyAdd(f, x, y));
                (g, h, i) = (Vector512.FusedMultiplyAdd(g, x, y), Vector512.FusedMultiplyAdd(h, x, y), Vector512.FusedMultiplyAdd(i, x, y));
                (j, k, l) = (Vector512.FusedMultiplyAdd(j, x, y), Vector512.FusedMultiplyAdd(k, x, y), Vector512.FusedMultiplyAdd(l, x, y));
            }
            return Vector512.Sum(a + b + c + d + e + f + g + h + i + j + k + l);
        }

        /// <summary>256 bits with AVX2, 128 with NEON.</summary>
        [MethodImpl(MethodImplOptions.AggressiveOptimization)]
        static float Narrow(int rounds)
        {
            var (x, y) = (Vector.Create(1.0001f), Vector.Create(-1e-4f));
            Vector<float> a = x, b = x, c = x, d = x, e = x, f = x, g = x, h = x, i = x, j = x, k = x, l = x;
            for (var round = 0; round < rounds; round++)
            {
                (a, b, c) = (Vector.FusedMultiplyAdd(a, x, y), Vector.FusedMultiplyAdd(b, x, y), Vector.FusedMultiplyAdd(c, x, y));
                (d, e, f) = (Vector.FusedMultiplyAdd(d, x, y), Vector.FusedMultiplyAdd(e, x, y), Vector.FusedMultiplyAdd(f, x, y));
                (g, h, i) = (Vector.FusedMultiplyAdd(g, x, y), Vector.FusedMultiplyAdd(h, x, y), Vector.FusedMultiplyAdd(i, x, y));
                (j, k, l) = (Vector.FusedMultiplyAdd(j, x, y), Vector.FusedMultiplyAdd(k, x, y), Vector.FusedMultiplyAdd(l, x, y));
            }
            return Vector.Sum(a + b + c + d + e + f + g + h + i + j + k + l);
        }
    }

    static unsafe double? Int8(WorkerTeam team)
    {
        if (Assembled(team, ProductPeak.Bytes) is { } assembled) return assembled;
        if (BytesPerProduct == 0) return null;
        using var sums = new NativeBuffer(team.Threads * 64L);
        var body = new ByteProducts { Sums = (int*)sums.Pointer };
        var seconds = BestOf(Passes, () => team.For(ref body, team.Threads, 1));
        return 2.0 * BytesPerProduct * 4 * (ProductsPerPass / 16) * team.Threads / seconds / 1e9;
    }

    static double? Assembled(WorkerTeam team, ProductPeak? peak)
    {
        if (peak is null) return null;
        var body = new AssembledProducts { Peak = peak };
        var seconds = BestOf(Passes, () => team.For(ref body, team.Threads, 1));
        return (double)peak.OperationsPerRound * AssembledProducts.Rounds * team.Threads / seconds / 1e9;
    }

    struct AssembledProducts : IParallelBody
    {
        public const int Rounds = ProductsPerPass / 16;

        public ProductPeak Peak;

        public readonly void Run(int start, int end, int worker)
        {
            for (var item = start; item < end; item++) Peak.Run(Rounds);
        }
    }

    static int BytesPerProduct => Avx512BW.IsSupported ? 64 : Avx2.IsSupported ? 32 : Dp.IsSupported ? 16 : 0;

    unsafe struct ByteProducts : IParallelBody
    {
        public int* Sums;

        public readonly void Run(int start, int end, int worker)
        {
            for (var item = start; item < end; item++)
            {
                Sums[worker * 16] = Avx512BW.IsSupported ? Wide(ProductsPerPass / 16)
                    : Avx2.IsSupported ? Middle(ProductsPerPass / 16) : Narrow(ProductsPerPass / 16);
            }
        }

        [MethodImpl(MethodImplOptions.AggressiveOptimization)]
        static int Wide(int rounds)
        {
            var (codes, ones) = (Vector512.Create((byte)3), Vector512.Create((short)1));
            Vector512<sbyte> w = Vector512.Create((sbyte)-5), x = Vector512.Create((sbyte)3), y = Vector512.Create((sbyte)-7), z = Vector512.Create((sbyte)2);
            Vector512<int> a = default, b = default, c = default, d = default;
            for (var round = 0; round < rounds; round++)
            {
                codes += Vector512<byte>.One;             // or the compiler would multiply only once
                a += Avx512BW.MultiplyAddAdjacent(Avx512BW.MultiplyAddAdjacent(codes, w), ones);
                b += Avx512BW.MultiplyAddAdjacent(Avx512BW.MultiplyAddAdjacent(codes, x), ones);
                c += Avx512BW.MultiplyAddAdjacent(Avx512BW.MultiplyAddAdjacent(codes, y), ones);
                d += Avx512BW.MultiplyAddAdjacent(Avx512BW.MultiplyAddAdjacent(codes, z), ones);
            }
            return Vector512.Sum(a + b + c + d);
        }

        [MethodImpl(MethodImplOptions.AggressiveOptimization)]
        static int Middle(int rounds)
        {
            var (codes, ones) = (Vector256.Create((byte)3), Vector256.Create((short)1));
            Vector256<sbyte> w = Vector256.Create((sbyte)-5), x = Vector256.Create((sbyte)3), y = Vector256.Create((sbyte)-7), z = Vector256.Create((sbyte)2);
            Vector256<int> a = default, b = default, c = default, d = default;
            for (var round = 0; round < rounds; round++)
            {
                codes += Vector256<byte>.One;             // or the compiler would multiply only once
                a += Avx2.MultiplyAddAdjacent(Avx2.MultiplyAddAdjacent(codes, w), ones);
                b += Avx2.MultiplyAddAdjacent(Avx2.MultiplyAddAdjacent(codes, x), ones);
                c += Avx2.MultiplyAddAdjacent(Avx2.MultiplyAddAdjacent(codes, y), ones);
                d += Avx2.MultiplyAddAdjacent(Avx2.MultiplyAddAdjacent(codes, z), ones);
            }
            return Vector256.Sum(a + b + c + d);
        }

        [MethodImpl(MethodImplOptions.AggressiveOptimization)]
        static int Narrow(int rounds)
        {
            var (codes, quants) = (Vector128.Create((sbyte)3), Vector128.Create((sbyte)-5));
            Vector128<int> a = default, b = default, c = default, d = default;
            for (var round = 0; round < rounds; round++)
            {
                a = Dp.DotProduct(a, codes, quants);
                b = Dp.DotProduct(b, codes, quants);
                c = Dp.DotProduct(c, codes, quants);
                d = Dp.DotProduct(d, codes, quants);
            }
            return Vector128.Sum(a + b + c + d);
        }
    }
}
