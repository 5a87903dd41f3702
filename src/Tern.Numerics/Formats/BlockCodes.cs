using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace Tern.Numerics.Formats;

/// <summary>Integer codes to weights, 16 or 32 at a time. All products are the single multiplication of the definition, so bits agree.</summary>
static class BlockCodes
{
    /// <summary>weights[0..32] = d · codes.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void StoreScaled(Vector256<sbyte> codes, Vector256<float> d, Span<float> weights)
    {
        StoreScaled(codes.GetLower(), d, weights);
        StoreScaled(codes.GetUpper(), d, weights[16..]);
    }

    /// <summary>weights[0..16] = d · codes.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void StoreScaled(Vector128<sbyte> codes, Vector256<float> d, Span<float> weights)
    {
        var (low, high) = Widen(codes);
        (d * low).CopyTo(weights);
        (d * high).CopyTo(weights[8..]);
    }

    /// <summary>Sixteen codes as two vectors of floats.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static (Vector256<float> Low, Vector256<float> High) Widen(Vector128<sbyte> codes)
    {
        var shorts = Vector256.Create(Vector128.WidenLower(codes), Vector128.WidenUpper(codes));
        return (Vector256.ConvertToSingle(Vector256.WidenLower(shorts)), Vector256.ConvertToSingle(Vector256.WidenUpper(shorts)));
    }
}
