using Tern.Models.Gguf;
using Tern.Numerics.Formats;
using Tern.Testing;
using static Tern.Models.Tests.Gguf.GgufBytes;

namespace Tern.Models.Tests.Gguf;

/// <summary>Damaged and malicious files end in a message that names the trouble.</summary>
public class GgufHostileFilesTests
{
    [Fact]
    public void An_empty_file_is_called_empty() => Refuses(new GgufBytes(), "empty");

    [Fact]
    public void A_file_of_another_kind_is_told_apart() => Refuses(new GgufBytes().Text("<!DOCTYPE html>"), "not a GGUF file");

    [Fact]
    public void A_file_that_ends_in_the_header_is_called_cut() => Refuses(new GgufBytes().UInt32(GgufFile.Magic).UInt32(3), "ends at byte 8");

    [Fact]
    public void Version_1_is_refused() => Refuses(Header(0, 0, version: 1), "version 1");

    [Fact]
    public void Big_endian_files_are_named_so() => Refuses(Header(0, 0, version: 0x03000000), "big-endian");

    [Fact]
    public void More_key_values_than_bytes_are_refused() => Refuses(Header(0, ulong.MaxValue), "key-values, more than the file can hold");

    [Fact]
    public void More_tensors_than_bytes_are_refused() => Refuses(Header(1UL << 63, 0), "tensors, more than the file can hold");

    [Theory]
    [InlineData(ulong.MaxValue)]
    [InlineData(1UL << 63)]
    [InlineData(1000UL)]
    public void A_key_longer_than_the_file_is_refused(ulong length) => Refuses(Header(0, 1).UInt64(length).Bytes(new byte[20]), "metadata key 0 claims");

    [Fact]
    public void An_empty_key_is_refused() => Refuses(Header(0, 1).Text("").UInt32(0).Bytes(new byte[20]), "metadata key 0 has 0 bytes");

    [Fact]
    public void A_key_that_is_not_UTF8_is_refused() => Refuses(Header(0, 1).UInt64(1).Bytes(0xFF).UInt32(0).Bytes(1), "not valid UTF-8");

    [Fact]
    public void A_key_that_appears_twice_is_refused() =>
        Refuses(Header(0, 2).Key("a", GgufValueType.UInt8).Bytes(1).Key("a", GgufValueType.UInt8).Bytes(1), "'a' appears twice");

    [Fact]
    public void An_unknown_value_type_is_refused() => Refuses(Header(0, 1).Text("a").UInt32(13).Bytes(1), "unknown value type 13");

    [Fact]
    public void A_bool_of_2_is_refused() => Refuses(Header(0, 1).Key("a", GgufValueType.Bool).Bytes(2), "bool value 2");

    [Fact]
    public void A_string_longer_than_the_file_is_refused() =>
        Refuses(Header(0, 1).Key("a", GgufValueType.String).UInt64(uint.MaxValue).Bytes(1), "claims 4294967295 bytes");

    [Theory]
    [InlineData(GgufValueType.UInt8, ulong.MaxValue)]
    [InlineData(GgufValueType.Int64, 1UL << 61)]               // 2^61 * 8 overflows to 0
    [InlineData(GgufValueType.String, 1UL << 62)]
    [InlineData(GgufValueType.Array, 100UL)]
    [InlineData(GgufValueType.Float32, 2UL)]
    public void An_array_longer_than_the_file_is_refused(GgufValueType type, ulong count) =>
        Refuses(Header(0, 1).Key("a", GgufValueType.Array).UInt32((uint)type).UInt64(count).Bytes(1, 2, 3, 4), "elements, more than");

    [Fact]
    public void Arrays_nested_too_deep_are_refused()
    {
        var bytes = Header(0, 1).Key("a", GgufValueType.Array);
        for (var depth = 0; depth < 1000; depth++) bytes.UInt32((uint)GgufValueType.Array).UInt64(1);
        Refuses(bytes, "nests arrays deeper than 8");
    }

    [Theory]
    [InlineData(0u)]
    [InlineData(24u)]
    [InlineData(1u << 31)]
    public void An_alignment_that_is_no_power_of_two_or_huge_is_refused(uint alignment) =>
        Refuses(Header(0, 1).Key("general.alignment", GgufValueType.UInt32).UInt32(alignment), "general.alignment");

    [Fact]
    public void Five_dimensions_are_refused() => Refuses(OneTensor([1, 1, 1, 1, 1], 0, 0), "5 dimensions");

    [Theory]
    [InlineData(0UL)]
    [InlineData(1UL << 63)]
    public void Empty_and_negative_dimensions_are_refused(ulong size) => Refuses(OneTensor([size], 0, 0), "dimension of");

    [Fact]
    public void A_product_of_dimensions_beyond_63_bits_is_refused() => Refuses(OneTensor([1UL << 32, 1UL << 32], 0, 0), "larger than any file");

    [Fact]
    public void A_byte_length_beyond_63_bits_is_refused() => Refuses(OneTensor([1UL << 62], 0, 0), "larger than any file");

    [Fact]
    public void A_type_that_ggml_knows_is_named() => Refuses(OneTensor([256], 16, 0), "IQ2_XXS");

    [Fact]
    public void A_type_that_nobody_knows_is_numbered_and_the_supported_ones_are_listed() => Refuses(OneTensor([256], 4711, 0), "4711; supported are F32, F16");

    [Fact]
    public void Rows_of_half_blocks_are_refused() => Refuses(OneTensor([48, 2], 8, 0), "rows of 48");

    [Fact]
    public void An_offset_off_the_alignment_is_refused() => Refuses(OneTensor([4], 0, 16), "not a multiple of the alignment");

    [Theory]
    [InlineData(64UL)]
    [InlineData(1UL << 63)]
    [InlineData(0xFFFFFFFFFFFFFFE0UL)]
    public void Data_beyond_the_end_is_refused(ulong offset) => Refuses(OneTensor([4], 0, offset), "beyond the end of the file");

    [Fact]
    public void Data_that_is_cut_short_is_refused() => Refuses(OneTensor([17], 0, 0), "beyond the end of the file");

    [Fact]
    public void Overlapping_tensors_are_refused() =>
        Refuses(Header(2, 0).Tensor("a", [16], 0, 0).Tensor("b", [8], 0, 32).Data(64), "'a' and 'b' overlap");

    [Fact]
    public void Two_tensors_of_one_name_are_refused() =>
        Refuses(Header(2, 0).Tensor("a", [8], 0, 0).Tensor("a", [8], 0, 32).Data(64), "'a' appears twice");

    [Fact]
    public void A_vocabulary_is_no_model()
    {
        using var folder = new TemporaryFolder();
        var path = folder["vocabulary.gguf"];
        GgufBytes.Write(path, new OrderedDictionary<string, object> { ["general.architecture"] = "llama" });
        Assert.Contains("only a vocabulary", Assert.Throws<ModelFormatException>(() => GgufModel.Open(path)).Message);
    }

    [Fact]
    public void An_unsupported_architecture_is_named_with_the_supported_ones()
    {
        using var folder = new TemporaryFolder();
        var path = folder["mamba.gguf"];
        GgufBytes.Write(path, new OrderedDictionary<string, object> { ["general.architecture"] = "mamba" });
        Assert.Contains("'mamba' is not supported; supported are llama, qwen2", Assert.Throws<ModelFormatException>(() => GgufModel.Open(path)).Message);
    }

    [Theory]
    [InlineData("llama.attention.head_count", 1000u, "key_length (not in the file) is 0")]
    [InlineData("llama.attention.head_count", 0u, "head_count is 0")]
    [InlineData("llama.attention.head_count_kv", 3u, "4 heads cannot share 3")]
    [InlineData("llama.attention.key_length", 15u, "4 heads of 15")]
    [InlineData("llama.block_count", 4_000_000_000u, "out of range")]
    [InlineData("llama.embedding_length", 65u, "rows of 64")]
    [InlineData("llama.rope.dimension_count", 8u, "partial rotation")]
    [InlineData("llama.expert_count", 8u, "mixtures of experts")]
    public void Settings_that_make_no_sense_are_named(string key, uint value, string because)
    {
        using var folder = new TemporaryFolder();
        var metadata = Tiny();
        metadata[key] = value;
        if (key == "llama.attention.head_count" && value > 64) metadata.Remove("llama.attention.head_count_kv");
        Write(folder["model.gguf"], metadata, Embeddings(TensorType.F32));
        Assert.Contains(because, Assert.Throws<ModelFormatException>(() => GgufModel.Open(folder["model.gguf"])).Message);
    }

    [Fact]
    public void Integers_are_no_weights()
    {
        using var folder = new TemporaryFolder();
        Write(folder["model.gguf"], Tiny(), Embeddings(TensorType.I32));
        Assert.Contains("holds integers (I32)", Assert.Throws<ModelFormatException>(() => GgufModel.Open(folder["model.gguf"])).Message);
    }

    static OrderedDictionary<string, object> Tiny() => new()
    {
        ["general.architecture"] = "llama",
        ["llama.block_count"] = 1u,
        ["llama.context_length"] = 16u,
        ["llama.embedding_length"] = 64u,
        ["llama.feed_forward_length"] = 64u,
        ["llama.attention.head_count"] = 4u,
        ["llama.attention.head_count_kv"] = 2u,
        ["llama.attention.layer_norm_rms_epsilon"] = 1e-5f,
    };

    static GgufTensorSource Embeddings(TensorType type) => new("token_embd.weight", type, [2, 64], stream => stream.Write(new byte[2 * 64 * 4]));

    static GgufBytes OneTensor(ulong[] dimensions, uint type, ulong offset) => Header(1, 0).Tensor("weight", dimensions, type, offset).Data(64);

    static void Refuses(GgufBytes bytes, string because)
    {
        using var folder = new TemporaryFolder();
        var path = folder["hostile.gguf"];
        File.WriteAllBytes(path, bytes.ToArray());
        var problem = Assert.Throws<ModelFormatException>(() => GgufFile.Open(path));
        Assert.Contains(because, problem.Message);
        Assert.StartsWith(path, problem.Message);
    }
}
