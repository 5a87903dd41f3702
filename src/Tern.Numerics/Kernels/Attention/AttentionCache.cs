using System.Runtime.InteropServices;
using Tern.Numerics.Formats;
using Tern.Numerics.Memory;

namespace Tern.Numerics.Kernels;

/// <summary>How keys and values are kept.</summary>
public enum CacheType
{
    F32,
    F16,

    /// <summary>The range of F32 in 16 bits, with 8 bits of precision where F16 has 11.</summary>
    BF16,

    /// <summary>int8 with a half-precision scale for 32 numbers of a head; headDim must be a multiple of 32.</summary>
    Q8_0,
}

/// <summary>
/// Keys and values of one layer and one sequence. Keys lie in blocks of 16 positions, [head][block][headDim][16 positions], because scores are
/// computed for 16 positions at once; values lie as [head][position][headDim].
/// In Q8_0, the unit of headDim is a group of 32: keys [head][block][group]([16 half scales][32][16]), values
/// [head][position][group]([half scale][32]).
/// </summary>
public sealed unsafe class AttentionCache : IDisposable
{
    /// <summary>Numbers that share a scale in a Q8_0 cache: headDim must be a multiple of it.</summary>
    public const int Q8Group = 32;

    internal const int Positions = 16;
    internal const int Group = Q8Group;
    const float LargestQuant = 127;

    readonly NativeBuffer _keys, _values;

    /// <param name="heads">Key/value heads.</param>
    /// <param name="headDim">Numbers in a head.</param>
    /// <param name="capacity">Positions; rounded up to a multiple of 16.</param>
    /// <param name="type">How numbers are stored.</param>
    /// <exception cref="ArgumentException">Q8_0 with a headDim that is not a multiple of 32.</exception>
    public AttentionCache(int heads, int headDim, int capacity, CacheType type)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(heads);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(headDim);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(capacity);
        if (type == CacheType.Q8_0 && headDim % Group != 0)
            throw new ArgumentException($"A Q8_0 cache needs a head dimension that is a multiple of {Group}; this one is {headDim}.", nameof(type));
        Heads = heads;
        HeadDim = headDim;
        Type = type;
        Capacity = (capacity + Positions - 1) / Positions * Positions;
        KeyBlockBytes = Bytes(headDim * Positions);
        ValueBytes = Bytes(headDim);
        _keys = new NativeBuffer(heads * (long)(Capacity / Positions) * KeyBlockBytes);
        _values = new NativeBuffer(heads * (long)Capacity * ValueBytes);
    }

    public int Heads { get; }

    public int HeadDim { get; }

    public int Capacity { get; }

    public CacheType Type { get; }

    public long ByteLength => _keys.ByteLength + _values.ByteLength;

    internal int KeyBlockBytes { get; }

    internal int ValueBytes { get; }

    /// <summary>The <see cref="ByteLength"/> of a cache, before it is made.</summary>
    /// <inheritdoc cref="AttentionCache(int, int, int, CacheType)" path="/param"/>
    public static long BytesFor(int heads, int headDim, long capacity, CacheType type) =>
        2 * heads * ((capacity + Positions - 1) / Positions * Positions) * Bytes(headDim, type);

    int Bytes(int numbers) => Bytes(numbers, Type);

    static int Bytes(int numbers, CacheType type) => type switch
    {
        CacheType.F32 => numbers * sizeof(float),
        CacheType.F16 or CacheType.BF16 => numbers * sizeof(ushort),
        _ => numbers + numbers / Group * sizeof(ushort),
    };

    internal byte* KeyBlock(int head, int block) => _keys.Pointer + ((long)head * (Capacity / Positions) + block) * KeyBlockBytes;

    internal byte* Value(int head, int position) => _values.Pointer + ((long)head * Capacity + position) * ValueBytes;

    /// <summary>Stores the key [headDim] of a position.</summary>
    public void StoreKey(int head, int position, float* key)
    {
        var row = stackalloc byte[ValueBytes];
        Encode(key, row);
        var block = KeyBlock(head, position / Positions);
        var lane = position % Positions;
        if (Type == CacheType.F32) Scatter((uint*)row, (uint*)block + lane, HeadDim);
        else if (Type != CacheType.Q8_0) Scatter((ushort*)row, (ushort*)block + lane, HeadDim);
        else
        {
            for (var i = 0; i < HeadDim; i += Group, row += sizeof(ushort) + Group, block += (sizeof(ushort) + Group) * Positions)
            {
                ((ushort*)block)[lane] = *(ushort*)row;
                Scatter(row + sizeof(ushort), block + sizeof(ushort) * Positions + lane, Group);
            }
        }
    }

    static void Scatter<T>(T* row, T* lane, int count) where T : unmanaged
    {
        for (var i = 0; i < count; i++) lane[i * Positions] = row[i];
    }

    /// <summary>Stores the value [headDim] of a position.</summary>
    public void StoreValue(int head, int position, float* value) => Encode(value, Value(head, position));

    /// <summary>Numbers [headDim] as a row of values.</summary>
    void Encode(float* numbers, byte* row)
    {
        var source = new ReadOnlySpan<float>(numbers, HeadDim);
        var target = new Span<byte>(row, ValueBytes);
        switch (Type)
        {
            case CacheType.F32:
                MemoryMarshal.AsBytes(source).CopyTo(target);
                break;
            case CacheType.F16:
                F16.EncodeBlocks(source, target);
                break;
            case CacheType.BF16:
                BF16.EncodeBlocks(source, target);
                break;
            default:
                for (var i = 0; i < HeadDim; i += Group, row += sizeof(ushort) + Group) *(Half*)row = Quantize(numbers + i, (sbyte*)row + sizeof(ushort));
                break;
        }
    }

    /// <summary>Reads back the key of a position, as rounded.</summary>
    public void LoadKey(int head, int position, float* key)
    {
        var block = KeyBlock(head, position / Positions);
        var lane = position % Positions;
        for (var i = 0; i < HeadDim; i++)
        {
            var group = block + i / Group * (Positions * sizeof(ushort) + Group * Positions);
            key[i] = Type switch
            {
                CacheType.F32 => ((float*)block)[i * Positions + lane],
                CacheType.F16 => (float)((Half*)block)[i * Positions + lane],
                CacheType.BF16 => BF16.ToSingle(((ushort*)block)[i * Positions + lane]),
                _ => (float)((Half*)group)[lane] * ((sbyte*)group)[(sizeof(ushort) + i % Group) * Positions + lane],
            };
        }
    }

    /// <summary>Copies the value of one position to another.</summary>
    public void MoveValue(int head, int from, int to) =>
        Buffer.MemoryCopy(Value(head, from), Value(head, to), ValueBytes, ValueBytes);

    /// <summary>Writes keys and values of the positions 0 .. count - 1 to a stream, in the order of the memory.</summary>
    public void Save(Stream stream, int count)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan(count, Capacity);
        ClearRestOfBlock(count);
        Transfer(count, (pointer, length) => stream.Write(new ReadOnlySpan<byte>((void*)pointer, length)));
    }

    /// <summary>Keys are written in whole blocks: what stands in memory behind the last position must not reach the file.</summary>
    void ClearRestOfBlock(int count)
    {
        var zeros = stackalloc float[HeadDim];
        new Span<float>(zeros, HeadDim).Clear();
        for (var head = 0; head < Heads; head++)
            for (var position = count; position % Positions != 0; position++) StoreKey(head, position, zeros);
    }

    /// <summary>Reads what <see cref="Save"/> wrote into a cache of the same shape.</summary>
    /// <exception cref="EndOfStreamException">The stream ends early.</exception>
    public void Restore(Stream stream, int count) => Transfer(count, (pointer, length) => stream.ReadExactly(new Span<byte>((void*)pointer, length)));

    /// <summary>Bytes that <see cref="Save"/> writes.</summary>
    public long SavedBytes(int count) =>
        Heads * ((long)(count + Positions - 1) / Positions * KeyBlockBytes + (long)count * ValueBytes);

    void Transfer(int count, Action<nint, int> copy)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan(count, Capacity);
        for (var head = 0; head < Heads; head++)
        {
            for (var block = 0; block * Positions < count; block++) copy((nint)KeyBlock(head, block), KeyBlockBytes);
            for (var position = 0; position < count; position++) copy((nint)Value(head, position), ValueBytes);
        }
    }

    static Half Quantize(float* source, sbyte* target)
    {
        var max = 0f;
        for (var i = 0; i < Group; i++) max = MathF.Max(max, MathF.Abs(source[i]));
        var scale = (Half)(max / LargestQuant);
        var inverse = (float)scale > 0 ? 1 / (float)scale : 0;
        for (var i = 0; i < Group; i++)
            target[i] = (sbyte)Math.Clamp((int)MathF.Round(source[i] * inverse), -(int)LargestQuant, (int)LargestQuant);
        return scale;
    }

    public void Dispose()
    {
        _keys.Dispose();
        _values.Dispose();
    }
}
