using System.Numerics;

namespace Tern.Numerics.Formats;

/// <summary>
/// Plain round-to-nearest with symmetric integers, the baseline of every quantisation paper and the layout of
/// quantization_config exports: each group of <see cref="GroupSize"/> weights along the input shares the scale absmax / top, with
/// codes −top..top, top = 2^(Bits−1) − 1 (127 for int8, 7 for int4). Codes are one signed byte each; packing is the file's affair.
/// </summary>
public sealed record RoundToNearest
{
    /// <summary>2 to 8.</summary>
    public int Bits
    {
        get;
        init
        {
            ArgumentOutOfRangeException.ThrowIfLessThan(value, 2, nameof(Bits));
            ArgumentOutOfRangeException.ThrowIfGreaterThan(value, 8, nameof(Bits));
            field = value;
        }
    } = 8;

    /// <summary>Weights that share a scale; null: one scale for the whole row. The last group of a row may be short.</summary>
    public int? GroupSize
    {
        get;
        init
        {
            if (value is { } size) ArgumentOutOfRangeException.ThrowIfLessThan(size, 1, nameof(GroupSize));
            field = value;
        }
    }

    /// <summary>
    /// What the scales are rounded to before the codes are taken, so that a file can hold them exactly: F32 (not at all), F16 or BF16.
    /// </summary>
    public TensorType ScaleType
    {
        get;
        init
        {
            if (value is not (TensorType.F32 or TensorType.F16 or TensorType.BF16)) throw new ArgumentOutOfRangeException(nameof(ScaleType), value, "scales are F32, F16 or BF16");
            field = value;
        }
    } = TensorType.F32;

    /// <summary>The largest code.</summary>
    public int Top => (1 << Bits - 1) - 1;

    /// <summary>Scales that a row of <paramref name="columns"/> weights needs.</summary>
    public int GroupsIn(int columns)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(columns);
        return columns == 0 ? 0 : (columns - 1) / GroupLength(columns) + 1;
    }

    /// <summary>Rounds one row, halves to even. A group of zeros gets the scale 0.</summary>
    /// <param name="row">[columns]</param>
    /// <param name="codes">[columns] out</param>
    /// <param name="scales">[GroupsIn(columns)] out</param>
    /// <exception cref="ArgumentException">The lengths do not match, or a weight is not finite (the message names its index).</exception>
    public void Quantize(ReadOnlySpan<float> row, Span<sbyte> codes, Span<float> scales)
    {
        CheckLengths(row.Length, codes.Length, scales.Length);
        var length = GroupLength(row.Length);
        for (var (group, start) = (0, 0); group < scales.Length; group++, start += length)
        {
            var weights = row[start..Math.Min(start + length, row.Length)];
            var absMax = AbsMax(weights);
            if (!float.IsFinite(absMax)) throw NotFinite(row, start);
            var scale = scales[group] = Rounded(absMax / Top);
            if (!float.IsFinite(scale)) throw new ArgumentException($"the scale of weights {start} to {start + weights.Length - 1} is beyond {ScaleType}: the largest weight is {absMax}.", nameof(row));
            for (var i = 0; i < weights.Length; i++)
                codes[start + i] = scale == 0 ? (sbyte)0 : (sbyte)Math.Clamp(MathF.Round(weights[i] / scale), -Top, Top);
        }
    }

    float Rounded(float scale) => ScaleType switch
    {
        TensorType.F16 => F16.ToSingle(F16.FromSingle(scale)),
        TensorType.BF16 => BF16.ToSingle(BF16.FromSingle(scale)),
        _ => scale,
    };

    /// <summary>weight = scale of its group · code.</summary>
    /// <param name="codes">[columns]</param>
    /// <param name="scales">[GroupsIn(columns)]</param>
    /// <param name="row">[columns] out</param>
    /// <exception cref="ArgumentException">The lengths do not match.</exception>
    public void Dequantize(ReadOnlySpan<sbyte> codes, ReadOnlySpan<float> scales, Span<float> row)
    {
        CheckLengths(row.Length, codes.Length, scales.Length);
        var length = GroupLength(row.Length);
        for (var (group, start) = (0, 0); group < scales.Length; group++, start += length)
        {
            var end = Math.Min(start + length, row.Length);
            for (var i = start; i < end; i++) row[i] = scales[group] * codes[i];
        }
    }

    int GroupLength(int columns) => Math.Min(GroupSize ?? columns, columns);

    /// <summary>Infinite or NaN if a weight is.</summary>
    static float AbsMax(ReadOnlySpan<float> weights)
    {
        var lanes = Vector<float>.Zero;
        var i = 0;
        for (; i + Vector<float>.Count <= weights.Length; i += Vector<float>.Count)
            lanes = Vector.Max(lanes, Vector.Abs(new Vector<float>(weights[i..])));
        var absMax = 0f;
        for (var lane = 0; lane < Vector<float>.Count; lane++) absMax = MathF.Max(absMax, lanes[lane]);
        for (; i < weights.Length; i++) absMax = MathF.Max(absMax, MathF.Abs(weights[i]));
        return absMax;
    }

    static ArgumentException NotFinite(ReadOnlySpan<float> row, int from)
    {
        while (float.IsFinite(row[from])) from++;
        return new($"weight {from} is {row[from]}; only finite weights can be rounded to integers.", nameof(row));
    }

    void CheckLengths(int columns, int codes, int scales)
    {
        if (codes != columns) throw new ArgumentException($"{columns} weights need as many codes, not {codes}.");
        if (scales != GroupsIn(columns)) throw new ArgumentException($"{columns} weights in {this} need {GroupsIn(columns)} scales, not {scales}.");
    }

    /// <summary>"int4, groups of 32".</summary>
    public override string ToString() => GroupSize is { } size ? $"int{Bits}, groups of {size}" : $"int{Bits}, one scale per row";
}
