using Tern.Models;
using Tern.Models.Safetensors;
using Tern.Numerics.Formats;
using TorchSharp;
using static TorchSharp.torch;
using Tensor = TorchSharp.torch.Tensor;

namespace Tern.Train.Checkpoints;

/// <summary>Named tensors of torch in a safetensors file, bit for bit.</summary>
static class TensorFile
{
    const int Piece = 1 << 20;

    /// <summary>What a safetensors writer needs to write a tensor.</summary>
    public static SafetensorsSource Source(string name, Tensor value) => new(name, TypeOf(value.dtype), value.shape, stream =>
    {
        using var contiguous = value.detach().contiguous();
        var bytes = contiguous.bytes;
        for (var at = 0; at < bytes.Length; at += Piece) stream.Write(bytes.Slice(at, Math.Min(Piece, bytes.Length - at)));
    });

    /// <exception cref="TernException">The disk refuses.</exception>
    public static void Write(string path, IEnumerable<(string Name, Tensor Value)> tensors, CancellationToken cancellationToken = default) =>
        SafetensorsWriter.Write(path, [.. tensors.Select(tensor => Source(tensor.Name, tensor.Value))], cancellationToken);

    /// <summary>All tensors of a file; the caller disposes of them.</summary>
    /// <exception cref="TernException">The file is missing or damaged.</exception>
    public static Dictionary<string, Tensor> Read(string path)
    {
        using var file = SafetensorsCheckpoint.Open(path);
        return file.Tensors.ToDictionary(stored => stored.Name, ToTorch);
    }

    /// <summary>A stored tensor as it is; floats of any width keep their type.</summary>
    public static unsafe Tensor ToTorch(Tern.Models.Tensor stored)
    {
        var value = empty(stored.Shape.ToArray(), TypeOf(stored));
        new ReadOnlySpan<byte>(stored.Data, checked((int)stored.ByteLength)).CopyTo(value.bytes);
        return value;
    }

    static ScalarType TypeOf(Tern.Models.Tensor stored) => stored.Type switch
    {
        TensorType.F32 => ScalarType.Float32,
        TensorType.F64 => ScalarType.Float64,
        TensorType.BF16 => ScalarType.BFloat16,
        TensorType.F16 => ScalarType.Float16,
        TensorType.I64 => ScalarType.Int64,
        TensorType.U8 => ScalarType.Byte,
        _ => throw new TernException($"the tensor '{stored.Name}' is {stored.Type}, which training does not read."),
    };

    static TensorType TypeOf(ScalarType type) => type switch
    {
        ScalarType.Float32 => TensorType.F32,
        ScalarType.Float64 => TensorType.F64,
        ScalarType.BFloat16 => TensorType.BF16,
        ScalarType.Float16 => TensorType.F16,
        ScalarType.Int64 => TensorType.I64,
        ScalarType.Byte => TensorType.U8,
        _ => throw new ArgumentException($"{type} is not kept in checkpoints", nameof(type)),
    };
}
