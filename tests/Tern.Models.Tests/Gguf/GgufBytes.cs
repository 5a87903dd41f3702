using System.Text;
using Tern.Models.Gguf;

namespace Tern.Models.Tests.Gguf;

/// <summary>Builds GGUF files byte by byte, good and bad ones, without using the writer.</summary>
sealed class GgufBytes
{
    readonly List<byte> bytes = [];

    public static GgufBytes Header(ulong tensors, ulong keyValues, uint version = 3) =>
        new GgufBytes().UInt32(GgufFile.Magic).UInt32(version).UInt64(tensors).UInt64(keyValues);

    public GgufBytes UInt32(uint value) => Bytes(BitConverter.GetBytes(value));

    public GgufBytes UInt64(ulong value) => Bytes(BitConverter.GetBytes(value));

    public GgufBytes Bytes(params byte[] more)
    {
        bytes.AddRange(more);
        return this;
    }

    public GgufBytes Text(string text) => UInt64((ulong)Encoding.UTF8.GetByteCount(text)).Bytes(Encoding.UTF8.GetBytes(text));

    public GgufBytes Key(string key, GgufValueType type) => Text(key).UInt32((uint)type);

    public GgufBytes Tensor(string name, ulong[] dimensions, uint type, ulong offset)
    {
        Text(name).UInt32((uint)dimensions.Length);
        foreach (var dimension in dimensions) UInt64(dimension);
        return UInt32(type).UInt64(offset);
    }

    /// <summary>Zeros up to the alignment, then that many bytes of data.</summary>
    public GgufBytes Data(int count, int alignment = 32)
    {
        while (bytes.Count % alignment != 0) bytes.Add(0);
        return Bytes(new byte[count]);
    }

    public byte[] ToArray() => [.. bytes];

    /// <summary>Through the writer, cancelled with the test.</summary>
    public static void Write(string path, IReadOnlyDictionary<string, object> metadata, params IReadOnlyList<GgufTensorSource> tensors) =>
        GgufWriter.Write(path, metadata, tensors, TestContext.Current.CancellationToken);
}
