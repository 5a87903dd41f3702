namespace Tern.Models.Gguf;

/// <summary>The tensor infos between the key-values and the data, with every offset and size checked against the file.</summary>
static class GgufTensorTable
{
    public static GgufTensorInfo[] Read(GgufReader reader, string path, ulong count, int alignment, long fileLength)
    {
        var tensors = new GgufTensorInfo[count];
        var offsets = new ulong[count];
        var names = new HashSet<string>((int)count, StringComparer.Ordinal);
        for (var i = 0; i < tensors.Length; i++)
        {
            (tensors[i], offsets[i]) = ReadInfo(reader, i);
            if (!names.Add(tensors[i].Name)) throw reader.Bad($"the tensor '{tensors[i].Name}' appears twice");
        }

        if (tensors.Length == 0) return tensors;
        var dataStart = AlignUp(reader.Position, alignment);
        for (var i = 0; i < tensors.Length; i++) tensors[i] = Place(path, tensors[i], offsets[i], dataStart, alignment, fileLength);
        CheckOverlaps(path, tensors);
        return tensors;
    }

    /// <summary>The smallest multiple of <paramref name="alignment"/> (a power of two) that is not below the position.</summary>
    public static long AlignUp(long position, int alignment) => checked(position + alignment - 1) & -(long)alignment;

    /// <summary>One info; its offset is still as in the file, relative to the start of the data.</summary>
    static (GgufTensorInfo Info, ulong Offset) ReadInfo(GgufReader reader, int index)
    {
        var name = reader.Name($"the name of tensor {index}", GgufFile.MaxTensorNameBytes);
        var dimensions = reader.Read<uint>($"the shape of '{name}'");
        if (dimensions > GgufFile.MaxDimensions)
            throw reader.Bad($"the tensor '{name}' has {dimensions} dimensions; at most {GgufFile.MaxDimensions} are possible");
        var shape = new long[dimensions];
        for (var i = shape.Length - 1; i >= 0; i--)
        {
            var size = reader.Read<ulong>($"the shape of '{name}'");
            if (size is 0 or > long.MaxValue) throw reader.Bad($"the tensor '{name}' has a dimension of {size}");
            shape[i] = (long)size;
        }

        var id = reader.Read<uint>($"the type of '{name}'");
        var type = GgmlType.Find(id);
        if (type?.Type is not { } tensorType)
        {
            var known = type is null ? $"the unknown type {id}" : $"the type {type.Name}, which is not supported";
            throw reader.Bad($"the tensor '{name}' has {known}; supported are {GgmlType.Supported}. Use a model in one of these");
        }

        return (new GgufTensorInfo(name, tensorType, shape, 0, ByteLength(reader, name, shape, type)), reader.Read<ulong>($"the offset of '{name}'"));
    }

    static long ByteLength(GgufReader reader, string name, long[] shape, GgmlType.Entry type)
    {
        var columns = shape.Length == 0 ? 1 : shape[^1];
        if (columns % type.WeightsPerBlock != 0)
            throw reader.Bad($"the tensor '{name}' has rows of {columns}, not a multiple of the {type.WeightsPerBlock} weights of a {type.Name} block");
        try
        {
            long count = 1;
            foreach (var dimension in shape) count = checked(count * dimension);
            return checked(count / type.WeightsPerBlock * type.BytesPerBlock);
        }
        catch (OverflowException)
        {
            throw reader.Bad($"the tensor '{name}' of shape [{string.Join(", ", shape)}] is larger than any file");
        }
    }

    static GgufTensorInfo Place(string path, GgufTensorInfo tensor, ulong offset, long dataStart, int alignment, long fileLength)
    {
        if (offset % (ulong)alignment != 0)
            throw new ModelFormatException(path, $"the tensor '{tensor.Name}' begins at offset {offset}, not a multiple of the alignment {alignment}");
        var available = fileLength - dataStart;
        if (available < 0 || offset > (ulong)available || tensor.ByteLength > available - (long)offset)
        {
            throw new ModelFormatException(path,
                $"the tensor '{tensor.Name}' ({tensor.ByteLength} bytes at offset {offset} of the data) reaches beyond the end of the file "
                + $"({fileLength} bytes); the file is cut short, download it again");
        }

        return tensor with { Offset = dataStart + (long)offset };
    }

    static void CheckOverlaps(string path, GgufTensorInfo[] tensors)
    {
        var sorted = tensors.ToArray();
        Array.Sort(sorted, (left, right) => left.Offset.CompareTo(right.Offset));
        for (var i = 1; i < sorted.Length; i++)
        {
            if (sorted[i].Offset < sorted[i - 1].Offset + sorted[i - 1].ByteLength)
                throw new ModelFormatException(path, $"the tensors '{sorted[i - 1].Name}' and '{sorted[i].Name}' overlap");
        }
    }
}
