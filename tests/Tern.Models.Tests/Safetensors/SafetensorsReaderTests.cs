using System.Text;
using Tern.Models.Safetensors;
using Tern.Numerics.Formats;
using Tern.Testing;

namespace Tern.Models.Tests.Safetensors;

public sealed class SafetensorsReaderTests : IDisposable
{
    readonly TemporaryFolder folder = new();

    public void Dispose() => folder.Dispose();

    [Fact]
    public unsafe void A_file_written_by_hand_is_read_without_copies()
    {
        WriteFile("m.safetensors", """{"b":{"dtype":"U8","shape":[3],"data_offsets":[4,7]},"a":{"dtype":"BF16","shape":[1,2],"data_offsets":[0,4]}}  """, [1, 2, 3, 4, 5, 6, 7]);
        using var checkpoint = SafetensorsCheckpoint.Open(folder["m.safetensors"]);
        Assert.Equal(["a", "b"], checkpoint.Tensors.Select(tensor => tensor.Name)); // file order
        Assert.Equal((TensorType.BF16, 4L, 1L, 2L), (checkpoint["a"].Type, checkpoint["a"].ByteLength, checkpoint["a"].Rows, checkpoint["a"].Columns));
        Assert.Equal([5, 6, 7], new ReadOnlySpan<byte>(checkpoint["b"].Data, 3).ToArray());
        Assert.False(checkpoint.TryGet("c", out _));
        Assert.Throws<TernException>(() => checkpoint["c"].Name);
    }

    [Theory]
    [InlineData("""{"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]},"b":{"dtype":"F32","shape":[1],"data_offsets":[2,6]}}""", 6, "inside the one before")]
    [InlineData("""{"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]},"b":{"dtype":"F32","shape":[1],"data_offsets":[5,9]}}""", 9, "hole of 1 bytes")]
    [InlineData("""{"a":{"dtype":"F32","shape":[1],"data_offsets":[1,5]}}""", 5, "hole")]
    [InlineData("""{"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}}""", 5, "no bytes after")]
    [InlineData("""{"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}}""", 3, "truncated")]
    [InlineData("""{"a":{"dtype":"F32","shape":[2],"data_offsets":[0,4]}}""", 4, "takes 8 bytes")]
    [InlineData("""{"a":{"dtype":"F32","shape":[1],"data_offsets":[4,0]}}""", 4, "data_offsets are 4 to 0")]
    [InlineData("""{"a":{"dtype":"F32","shape":[4294967296,4294967296],"data_offsets":[0,0]}}""", 0, "too large")]
    [InlineData("""{"a":{"dtype":"F32","shape":[9223372036854775807],"data_offsets":[0,4]}}""", 4, "too large")]
    [InlineData("""{"a":{"dtype":"F32","shape":[-1],"data_offsets":[0,4]}}""", 4, "whole number")]
    [InlineData("""{"a":{"dtype":"F32","shape":[1.5],"data_offsets":[0,4]}}""", 4, "whole number")]
    [InlineData("""{"a":{"dtype":"F32","shape":[1],"data_offsets":[0,18446744073709551615]}}""", 4, "whole number")]
    [InlineData("""{"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4,8]}}""", 4, "more than 2")]
    [InlineData("""{"a":{"dtype":"F32","shape":[1],"data_offsets":[0]}}""", 4, "lacks")]
    [InlineData("""{"a":{"dtype":"F32","shape":[1]}}""", 4, "lacks")]
    [InlineData("""{"a":{"dtype":"Q4","shape":[1],"data_offsets":[0,4]}}""", 4, "known are F64, F32")]
    [InlineData("""{"a":{"dtype":"F32","dtype":"F32","shape":[1],"data_offsets":[0,4]}}""", 4, "appears twice")]
    [InlineData("""{"a":{"dtype":"F32","shape":[0],"data_offsets":[0,0]},"a":{"dtype":"F32","shape":[0],"data_offsets":[0,0]}}""", 0, "appears twice")]
    [InlineData("""{"":{"dtype":"F32","shape":[0],"data_offsets":[0,0]}}""", 0, "name is empty")]
    [InlineData("""{"a\u0000b":{"dtype":"F32","shape":[0],"data_offsets":[0,0]}}""", 0, "control characters")]
    [InlineData("""{"\ud800":{"dtype":"F32","shape":[0],"data_offsets":[0,0]}}""", 0, "not valid JSON")]
    [InlineData("""{"a":[1]}""", 0, "not an object")]
    [InlineData("""{"__metadata__":{"format":1}}""", 0, "not a string")]
    [InlineData("""{"a":{"x":[[[[[[[[[[[[]]]]]]]]]]]]}}""", 0, "not valid JSON")]
    [InlineData("""{} {}""", 0, "not valid JSON")]
    [InlineData("""{"a":""", 0, "not valid JSON")]
    [InlineData(""" {}""", 0, "does not begin")]
    public void A_header_that_breaks_the_format_is_refused_with_the_reason(string json, int dataLength, string reason)
    {
        var problem = Assert.Throws<ModelFormatException>(() => SafetensorsHeader.Parse(Encoding.UTF8.GetBytes(json), dataLength, "m.safetensors"));
        Assert.Contains(reason, problem.Message);
        Assert.StartsWith("m.safetensors: ", problem.Message);
    }

    [Theory]
    [InlineData("{}")]
    [InlineData("""{"a":{"dtype":"F32","shape":[0,9223372036854775807],"data_offsets":[0,0]}}      """)]
    [InlineData("""{"a":{"dtype":"F32","shape":[0],"data_offsets":[0,0],"future":{"key":[1]}}}""")]
    public void Empty_tensors_trailing_blanks_and_unknown_keys_are_allowed(string json) =>
        Assert.Equal(json == "{}" ? 0 : 1, SafetensorsHeader.Parse(Encoding.UTF8.GetBytes(json), 0, "m").Entries.Count);

    [Theory]
    [InlineData(ulong.MaxValue, "limit")]
    [InlineData(100_000_001, "limit")]
    [InlineData(1000, "truncated")]
    public void A_header_length_beyond_the_file_or_the_limit_is_refused(ulong length, string reason)
    {
        File.WriteAllBytes(folder["m.safetensors"], [.. BitConverter.GetBytes(length), .. "{}"u8]);
        Assert.Contains(reason, Assert.Throws<ModelFormatException>(() => SafetensorsCheckpoint.Open(folder["m.safetensors"])).Message);
    }

    [Theory]
    [InlineData("../model-00001.safetensors")]
    [InlineData("/etc/model.safetensors")]
    [InlineData("a\\b.safetensors")]
    [InlineData("c:x.safetensors")]
    [InlineData(".safetensors")]
    [InlineData("model.bin")]
    public void An_index_cannot_name_files_elsewhere(string shard)
    {
        var json = $$$"""{"weight_map":{"a":"{{{shard.Replace("\\", "\\\\")}}}"}}""";
        Assert.Contains("not the name", Assert.Throws<ModelFormatException>(() => SafetensorsIndex.Parse(Encoding.UTF8.GetBytes(json), "i")).Message);
    }

    [Fact]
    public void Shards_that_are_missing_or_hold_the_wrong_tensors_are_named()
    {
        const string One = """{"a":{"dtype":"U8","shape":[1],"data_offsets":[0,1]}}""";
        WriteFile("s1.safetensors", One, [1]);
        Assert.Contains("s2.safetensors: this shard is named", OpenIndex("""{"weight_map":{"a":"s1.safetensors","b":"s2.safetensors"}}"""));
        WriteFile("s2.safetensors", One, [1]);
        Assert.Contains("says it is in s1", OpenIndex("""{"weight_map":{"a":"s1.safetensors","b":"s2.safetensors"}}"""));
        Assert.Contains("in two shards", OpenIndex("""{"weight_map":{"x":"s1.safetensors","b":"s2.safetensors"}}"""));
        WriteFile("s2.safetensors", One.Replace("\"a\"", "\"b\""), [1]);
        Assert.Contains("no shard has it", OpenIndex("""{"weight_map":{"a":"s1.safetensors","b":"s2.safetensors","c":"s2.safetensors"}}"""));
        Assert.Contains("listed twice", OpenIndex("""{"weight_map":{"a":"s1.safetensors","a":"s1.safetensors"}}"""));
        Assert.Contains("no weight_map", OpenIndex("{}"));
    }

    string OpenIndex(string json)
    {
        File.WriteAllText(folder[SafetensorsCheckpoint.IndexFileName], json);
        return Assert.ThrowsAny<TernException>(() => SafetensorsCheckpoint.Open(folder[SafetensorsCheckpoint.IndexFileName])).Message;
    }

    void WriteFile(string name, string json, byte[] data)
    {
        var header = Encoding.UTF8.GetBytes(json);
        File.WriteAllBytes(folder[name], [.. BitConverter.GetBytes((long)header.Length), .. header, .. data]);
    }
}
