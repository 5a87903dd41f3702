using Tern.Models.Safetensors;
using Tern.Numerics.Formats;
using Tern.Testing;

namespace Tern.Models.Tests.Safetensors;

public sealed class SafetensorsWriterTests : IDisposable
{
    static CancellationToken Cancel => TestContext.Current.CancellationToken;

    readonly TemporaryFolder folder = new();

    public void Dispose() => folder.Dispose();

    [Fact]
    public unsafe void What_is_written_is_read_back_and_aligned_to_its_elements()
    {
        SafetensorsSource[] tensors =
        [
            Source("z.u8", TensorType.U8, [3]), Source("b.f16", TensorType.F16, [5]), Source("a.f32", TensorType.F32, [2, 3]),
            Source("e4m3", TensorType.F8E4M3, [7]), Source("i64", TensorType.I64, []), Source("empty", TensorType.BF16, [0, 4]),
        ];
        SafetensorsWriter.Write(folder["m.safetensors"], tensors, Cancel);
        using var checkpoint = SafetensorsCheckpoint.Open(folder["m.safetensors"]);
        Assert.Equal("pt", checkpoint.Metadata["format"]);
        Assert.Equal(["i64", "a.f32", "b.f16", "e4m3", "z.u8"], checkpoint.Tensors.Where(tensor => tensor.Count > 0).Select(tensor => tensor.Name));
        foreach (var source in tensors)
        {
            var tensor = checkpoint[source.Name];
            Assert.Equal(source.Type, tensor.Type);
            Assert.Equal(source.Shape, tensor.Shape.ToArray());
            Assert.Equal(BytesOf(source), new ReadOnlySpan<byte>(tensor.Data, (int)tensor.ByteLength).ToArray());
            Assert.Equal(0, (long)tensor.Data % SafetensorsTypes.BytesPerElement(tensor.Type));
        }
    }

    [Fact]
    public void The_order_of_the_tensors_does_not_change_the_bytes()
    {
        SafetensorsSource[] tensors = [Source("b", TensorType.F32, [2]), Source("a", TensorType.F32, [3])];
        SafetensorsWriter.Write(folder["1"], tensors, Cancel);
        SafetensorsWriter.Write(folder["2"], [tensors[1], tensors[0]], Cancel);
        Assert.Equal(File.ReadAllBytes(folder["1"]), File.ReadAllBytes(folder["2"]));
    }

    [Fact]
    public unsafe void Shards_respect_the_limit_and_are_read_as_one_model()
    {
        SafetensorsSource[] tensors = [.. Enumerable.Range(0, 10).Select(i => Source($"t{i}", TensorType.F32, [i == 5 ? 40 : 10]))];
        SafetensorsWriter.WriteFolder(folder.Path, tensors, maxShardBytes: 100, Cancel);
        // 40 bytes each, two to a shard; t5 with its 160 bytes has one to itself.
        Assert.Equal(6, Directory.GetFiles(folder.Path, "model-0000?-of-00006.safetensors").Length);
        using var checkpoint = SafetensorsCheckpoint.Open(folder.Path);
        Assert.Equal(10, checkpoint.Tensors.Count);
        foreach (var source in tensors)
            Assert.Equal(BytesOf(source), new ReadOnlySpan<byte>(checkpoint[source.Name].Data, (int)checkpoint[source.Name].ByteLength).ToArray());
    }

    [Fact]
    public void A_small_model_is_one_file_without_an_index()
    {
        SafetensorsWriter.WriteFolder(folder.Path, [Source("a", TensorType.F32, [1])], cancellationToken: Cancel);
        Assert.Equal([folder["model.safetensors"]], Directory.GetFiles(folder.Path));
    }

    [Fact]
    public void Mistakes_of_the_caller_leave_no_file()
    {
        var a = Source("a", TensorType.F32, [1]);
        Assert.Throws<TernException>(() => SafetensorsWriter.Write(folder["m"], [a, a], Cancel));
        Assert.Throws<TernException>(() => SafetensorsWriter.Write(folder["m"], [a with { Type = TensorType.Q4_0 }], Cancel));
        Assert.Throws<InvalidOperationException>(() => SafetensorsWriter.Write(folder["m"], [a with { Write = stream => stream.WriteByte(1) }], Cancel));
        Assert.Empty(Directory.GetFileSystemEntries(folder.Path));
    }

    static SafetensorsSource Source(string name, TensorType type, long[] shape)
    {
        var source = new SafetensorsSource(name, type, shape, _ => { });
        return source with { Write = stream => stream.Write(BytesOf(source)) };
    }

    static byte[] BytesOf(SafetensorsSource source)
    {
        var bytes = new byte[source.ByteLength];
        new Random(source.Name.Length + bytes.Length).NextBytes(bytes);
        return bytes;
    }
}
