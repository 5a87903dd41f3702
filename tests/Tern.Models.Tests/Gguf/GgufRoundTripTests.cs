using CsCheck;
using Tern.Models.Gguf;
using Tern.Numerics.Formats;
using Tern.Testing;

namespace Tern.Models.Tests.Gguf;

public class GgufRoundTripTests
{
    static readonly Gen<object> Scalar = Gen.OneOf<object>(
        Gen.Byte.Select(value => (object)value), Gen.SByte.Select(value => (object)value), Gen.UShort.Select(value => (object)value),
        Gen.Short.Select(value => (object)value), Gen.UInt.Select(value => (object)value), Gen.Int.Select(value => (object)value),
        Gen.Float.Select(value => (object)value), Gen.Bool.Select(value => (object)value), Text.Select(value => (object)value),
        Gen.ULong.Select(value => (object)value), Gen.Long.Select(value => (object)value), Gen.Double.Select(value => (object)value));

    static readonly Gen<object> Sequence = Gen.OneOf<object>(
        Gen.Byte.Array[0, 5].Select(value => (object)value), Gen.SByte.Array[0, 5].Select(value => (object)value),
        Gen.UShort.Array[0, 5].Select(value => (object)value), Gen.Short.Array[0, 5].Select(value => (object)value),
        Gen.UInt.Array[0, 5].Select(value => (object)value), Gen.Int.Array[0, 5].Select(value => (object)value),
        Gen.Float.Array[0, 5].Select(value => (object)value), Gen.Bool.Array[0, 5].Select(value => (object)value),
        Text.Array[0, 5].Select(value => (object)value), Gen.ULong.Array[0, 5].Select(value => (object)value),
        Gen.Long.Array[0, 5].Select(value => (object)value), Gen.Double.Array[0, 5].Select(value => (object)value));

    static readonly Gen<object> Value = Gen.OneOf(Scalar, Sequence, Sequence.Array[0, 3].Select(value => (object)value));

    /// <summary>Text without lone surrogates, which UTF-8 cannot hold.</summary>
    static Gen<string> Text => Gen.String.Select(text => text.Replace('\ud800', '?')).Where(text => text.All(letter => !char.IsSurrogate(letter)));

    [Fact]
    public void Metadata_of_every_type_reads_as_written()
    {
        using var folder = new TemporaryFolder();
        var path = folder["metadata.gguf"];
        Gen.Dictionary(Gen.Char.AlphaNumeric.Array[1, 20].Select(letters => new string(letters)), Value)[0, 20].Sample(metadata =>
        {
            GgufBytes.Write(path, metadata);
            using var file = GgufFile.Open(path);
            Assert.Equal(metadata.Keys, file.Metadata.Keys);
            foreach (var (key, value) in metadata)
            {
                Assert.Equal(value.GetType(), file.Metadata[key].GetType());
                Assert.Equal(value, file.Metadata[key]);
            }
        }, iter: 300, threads: 1);
    }

    [Fact]
    public void Tensors_of_every_type_read_as_written()
    {
        using var folder = new TemporaryFolder();
        var path = folder["tensors.gguf"];
        var types = Enum.GetValues<TensorType>().Where(type => GgmlType.Find(type) is not null).ToArray();
        var tensor = Gen.Select(Gen.Int[0, types.Length - 1].Select(i => types[i]), Gen.Long[1, 3], Gen.Long[1, 3], Gen.Int[0, 2], Gen.Int);
        Gen.Select(tensor.Array[0, 6], Gen.Int[3, 12].Select(log => 1u << log)).Sample((tensors, alignment) =>
        {
            var sources = tensors.Select((t, i) => Source(i, t.Item1, t.Item2, t.Item3, t.Item4, t.Item5)).ToArray();
            GgufBytes.Write(path, new Dictionary<string, object> { ["general.alignment"] = alignment }, sources);
            using var file = GgufFile.Open(path);
            Assert.Equal((int)alignment, file.Alignment);
            Assert.Equal(sources.Select(source => source.Name), file.Tensors.Select(info => info.Name));
            for (var i = 0; i < sources.Length; i++)
            {
                var (info, source) = (file.Tensors[i], sources[i]);
                Assert.Equal(source.Type, info.Type);
                Assert.Equal(source.Shape, info.Shape);
                Assert.Equal(0, info.Offset % alignment);
                using var expected = new MemoryStream();
                source.Write(expected);
                Assert.Equal(expected.ToArray(), BytesOf(file.View(info, "view")));
            }
        }, iter: 200, threads: 1);
    }

    [Fact]
    public void Tokens_that_are_not_UTF8_keep_their_bytes()
    {
        using var folder = new TemporaryFolder();
        var (first, second) = (folder["first.gguf"], folder["second.gguf"]);
        File.WriteAllBytes(first, GgufBytes.Header(0, 1).Key("tokenizer.ggml.tokens", GgufValueType.Array).UInt32((uint)GgufValueType.String).UInt64(3)
            .Text("ok").UInt64(1).Bytes(0xE2).UInt64(1).Bytes(0xE3).ToArray());
        using (var file = GgufFile.Open(first))
        {
            Assert.Equal(["ok", "\uFFFD", "\uFFFD"], file.Metadata.StringsOrNull("tokenizer.ggml.tokens")!);
            Assert.Equal([[.. "ok"u8], [0xE2], [0xE3]], file.Metadata.RawStrings("tokenizer.ggml.tokens")!);
            GgufBytes.Write(second, file.Metadata);
        }

        using var copy = GgufFile.Open(second);
        Assert.Equal([[.. "ok"u8], [0xE2], [0xE3]], copy.Metadata.RawStrings("tokenizer.ggml.tokens")!);
    }

    [Fact]
    public void Version_2_reads_like_version_3()
    {
        using var folder = new TemporaryFolder();
        File.WriteAllBytes(folder["two.gguf"], GgufBytes.Header(1, 1, version: 2).Key("a", GgufValueType.UInt8).Bytes(7).Tensor("w", [4, 2], 0, 0).Data(32).ToArray());
        using var file = GgufFile.Open(folder["two.gguf"]);
        Assert.Equal(2, file.Version);
        Assert.Equal(7, file.Metadata.Int32("a"));
        Assert.Equal([2L, 4L], file.Tensors[0].Shape);                 // innermost first in the file
    }

    [Fact]
    public void A_callback_that_writes_too_little_or_too_much_leaves_no_file()
    {
        using var folder = new TemporaryFolder();
        foreach (var bytes in new[] { 15, 17 })
        {
            GgufTensorSource source = new("w", TensorType.F32, [4], stream => stream.Write(new byte[bytes]));
            Assert.Throws<InvalidOperationException>(() => GgufBytes.Write(folder["w.gguf"], new Dictionary<string, object>(), source));
            Assert.Empty(Directory.EnumerateFileSystemEntries(folder.Path));
        }
    }

    [Fact]
    public void Values_that_GGUF_cannot_hold_are_refused()
    {
        foreach (var value in new object[] { 1m, new[] { 'a' }, new object[] { 1, "a" }, DateTime.UnixEpoch })
            Assert.Throws<ArgumentException>(() => GgufWriter.Write(Stream.Null, new Dictionary<string, object> { ["a"] = value }, [], TestContext.Current.CancellationToken));
    }

    [Fact]
    public void Getters_widen_integers_and_name_the_key_that_is_wrong()
    {
        using var folder = new TemporaryFolder();
        GgufBytes.Write(folder["m.gguf"], new Dictionary<string, object>
        {
            ["byte"] = (byte)200,
            ["long"] = 5L,
            ["huge"] = ulong.MaxValue,
            ["epsilon"] = 1e-5f,
            ["text"] = "a",
            ["layers"] = new ushort[] { 1, 2 },
        });
        using var file = GgufFile.Open(folder["m.gguf"]);
        Assert.Equal(200, file.Metadata.Int32("byte"));
        Assert.Equal(5, file.Metadata.Int32("long"));
        Assert.Equal(1e-5, file.Metadata.NumberOrNull("epsilon"));
        Assert.Equal([1, 2], file.Metadata.Int32sOrNull("layers")!);
        Assert.Equal([200], file.Metadata.Int32sOrNull("byte")!);
        Assert.Contains("'huge'", Assert.Throws<ModelFormatException>(() => file.Metadata.Int32("huge")).Message);
        Assert.Contains("'text' is of type String, expected an integer", Assert.Throws<ModelFormatException>(() => file.Metadata.Int32("text")).Message);
        Assert.Contains("'none' is missing", Assert.Throws<ModelFormatException>(() => file.Metadata.String("none")).Message);
    }

    static GgufTensorSource Source(int index, TensorType type, long rows, long blocks, int extraDimensions, int seed)
    {
        var entry = GgmlType.Find(type)!;
        long[] shape = [.. Enumerable.Repeat(1L, extraDimensions), rows, blocks * entry.WeightsPerBlock];
        var bytes = new byte[GgufWriter.ByteLength(type, shape)];
        new Random(seed).NextBytes(bytes);
        return new GgufTensorSource($"tensor.{index}", type, shape, stream => stream.Write(bytes));
    }

    static unsafe byte[] BytesOf(Tensor tensor) => new ReadOnlySpan<byte>(tensor.Data, (int)tensor.ByteLength).ToArray();
}
