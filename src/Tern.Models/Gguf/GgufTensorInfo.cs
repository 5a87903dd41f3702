using Tern.Numerics.Formats;

namespace Tern.Models.Gguf;

/// <summary>What the header says of one tensor.</summary>
/// <param name="Name">The GGUF name, such as <c>blk.0.attn_q.weight</c>.</param>
/// <param name="Shape">Outermost dimension first (the file has it innermost first).</param>
/// <param name="Offset">Bytes from the start of the file, checked.</param>
/// <param name="ByteLength">Bytes of the data, checked against the end of the file.</param>
public sealed record GgufTensorInfo(string Name, TensorType Type, long[] Shape, long Offset, long ByteLength);
