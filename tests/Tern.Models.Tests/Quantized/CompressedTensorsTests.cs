using System.Buffers.Binary;
using System.Runtime.InteropServices;
using CsCheck;
using Tern.Models.Configs;
using Tern.Models.Quantized;
using Tern.Models.Safetensors;
using Tern.Models.Tests.Gguf;
using Tern.Numerics.Formats;
using Tern.Testing;

namespace Tern.Models.Tests.Quantized;

public sealed class CompressedTensorsTests : IDisposable
{
    const string Weight = "model.layers.0.mlp.down_proj.weight";

    readonly TemporaryFolder folder = new();

    public void Dispose() => folder.Dispose();

    static string Json(int bits = 4, string format = "pack-quantized", string more = "\"symmetric\": true") => $$$"""
        {"quantization_config": {"quant_method": "compressed-tensors", "format": "{{{format}}}",
          "config_groups": {"group_0": {"targets": ["Linear"], "weights": {"num_bits": {{{bits}}}, "type": "int", {{{more}}} } } } } }
        """;

    Checkpoint Open(string json, params SafetensorsSource[] tensors)
    {
        File.WriteAllText(folder["config.json"], json);
        SafetensorsWriter.Write(folder["model.safetensors"], tensors, TestContext.Current.CancellationToken);
        var config = QuantizationConfig.Read(folder["config.json"])!;
        return CompressedTensorsCheckpoint.Wrap(SafetensorsCheckpoint.Open(folder["model.safetensors"]), config, folder["model.safetensors"]);
    }

    static SafetensorsSource Integers<T>(string name, TensorType type, long[] shape, params T[] values) where T : unmanaged =>
        new(name, type, shape, stream => stream.Write(MemoryMarshal.AsBytes(values.AsSpan())));

    static SafetensorsSource Floats(string name, TensorType type, long[] shape, params float[] values) => new(name, type, shape, stream =>
    {
        var bytes = new byte[type.BytesFor(values.Length)];
        WeightFormats.Of(type).Encode(values, bytes);
        stream.Write(bytes);
    });

    static SafetensorsSource[] Int4(sbyte[] codes, int columns, TensorType scaleType, float[] scales)
    {
        var rows = codes.Length / columns;
        var words = PackedIntegers.WordsFor(columns, 4);
        var packed = new byte[rows * words * 4];
        for (var row = 0; row < rows; row++) PackedIntegers.Pack(codes.AsSpan(row * columns, columns), 4, packed.AsSpan(row * words * 4, words * 4));
        return
        [
            Integers(Weight + "_packed", TensorType.I32, [rows, words], MemoryMarshal.Cast<byte, int>(packed).ToArray()),
            Floats(Weight + "_scale", scaleType, [rows, scales.Length / rows], scales),
            Integers(Weight + "_shape", TensorType.I64, [2], (long)rows, columns),
        ];
    }

    [Fact]
    public void Eight_codes_of_4_bits_make_a_word_low_bits_first_with_8_added()
    {
        var words = new byte[8];
        PackedIntegers.Pack([-8, -7, -1, 0, 1, 2, 6, 7, 3], 4, words);
        // Nibbles from the lowest: 0 1 7 8 9 A E F, then B and nothing.
        Assert.Equal(0xFEA98710u, BinaryPrimitives.ReadUInt32LittleEndian(words));
        Assert.Equal(0x0000000Bu, BinaryPrimitives.ReadUInt32LittleEndian(words.AsSpan(4)));
    }

    [Fact]
    public void Four_codes_of_8_bits_make_a_word_low_bits_first_with_128_added()
    {
        var words = new byte[8];
        PackedIntegers.Pack([-128, -1, 0, 127, 5], 8, words);
        Assert.Equal(0xFF807F00u, BinaryPrimitives.ReadUInt32LittleEndian(words));
        Assert.Equal(0x00000085u, BinaryPrimitives.ReadUInt32LittleEndian(words.AsSpan(4)));
    }

    [Fact]
    public void Packing_loses_nothing() => Gen.Select(Gen.Bool, Gen.SByte.Array[1, 70]).Sample((wide, codes) =>
    {
        var bits = wide ? 8 : 4;
        if (bits == 4) codes = [.. codes.Select(code => (sbyte)(code >> 4))];
        var words = new byte[4 * PackedIntegers.WordsFor(codes.Length, bits)];
        PackedIntegers.Pack(codes, bits, words);
        var read = new sbyte[codes.Length];
        PackedIntegers.Unpack(words, bits, read);
        Assert.Equal(codes, read);
    });

    [Theory]
    [InlineData(TensorType.F16)]
    [InlineData(TensorType.BF16)]
    public void Int4_in_whole_blocks_becomes_Q4_0_with_exactly_code_times_scale(TensorType scaleType)
    {
        var random = new Random(5);
        var codes = new sbyte[3 * 128];
        foreach (ref var code in codes.AsSpan()) code = (sbyte)random.Next(-8, 8);
        float[] scales = [0.5f, 0.015625f, 3f, 0.125f, 0, 0.25f];                 // exact in both types
        using var checkpoint = Open(Json(), Int4(codes, 128, scaleType, scales));
        var tensor = checkpoint[Weight];
        Assert.Equal(TensorType.Q4_0, tensor.Type);
        Assert.Equal([3L, 128L], tensor.Shape.ToArray());
        Assert.Equal(codes.Select((code, i) => code * scales[i / 64]), MemoryCheckpoint.Weights(tensor));
        Assert.Equal("int4, groups of 64", checkpoint.StoredAs(tensor));
        Assert.Equal(3 * 64 + 6 * 2, checkpoint.StoredBytes(tensor));
        Assert.False(checkpoint.IsMapped(tensor));
        Assert.Equal([Weight], checkpoint.Tensors.Select(each => each.Name));
    }

    [Fact]
    public void Groups_that_are_no_blocks_of_32_become_F32()
    {
        sbyte[] codes = [.. Enumerable.Range(0, 2 * 40).Select(i => (sbyte)(i % 16 - 8))];
        float[] scales = [.. Enumerable.Range(1, 10).Select(i => i * 0.1f)];
        using var checkpoint = Open(Json(), Int4(codes, 40, TensorType.F32, scales));
        Assert.Equal(TensorType.F32, checkpoint[Weight].Type);
        Assert.Equal(codes.Select((code, i) => code * scales[i / 8]), MemoryCheckpoint.Weights(checkpoint[Weight]));
    }

    [Fact]
    public void A_scale_beyond_half_precision_makes_the_tensor_F32()
    {
        sbyte[] codes = [.. Enumerable.Repeat((sbyte)3, 64)];
        using var checkpoint = Open(Json(), Int4(codes, 64, TensorType.BF16, [1f, 131072f]));
        Assert.Equal(TensorType.F32, checkpoint[Weight].Type);
        Assert.Equal([3f, 393216f], MemoryCheckpoint.Weights(checkpoint[Weight]).Distinct());
    }

    [Fact]
    public void Int8_per_row_becomes_Q8_0_packed_or_not()
    {
        sbyte[] codes = [.. Enumerable.Range(0, 2 * 64).Select(i => (sbyte)(i * 2 - 128))];
        var expected = codes.Select((code, i) => code * (i < 64 ? 0.5f : 0.25f));
        var packed = new byte[128];
        for (var row = 0; row < 2; row++) PackedIntegers.Pack(codes.AsSpan(64 * row, 64), 8, packed.AsSpan(64 * row, 64));
        var scale = Floats(Weight + "_scale", TensorType.F16, [2, 1], 0.5f, 0.25f);
        using (var checkpoint = Open(Json(8), Integers(Weight + "_packed", TensorType.I32, [2, 16], MemoryMarshal.Cast<byte, int>(packed).ToArray()), scale,
            Integers(Weight + "_shape", TensorType.I64, [2], 2L, 64)))
        {
            Assert.Equal(TensorType.Q8_0, checkpoint[Weight].Type);
            Assert.Equal(expected, MemoryCheckpoint.Weights(checkpoint[Weight]));
        }
        using (var checkpoint = Open(Json(8, "int-quantized"), Integers(Weight, TensorType.I8, [2, 64], codes), scale, Floats("model.norm.weight", TensorType.F16, [1], 2)))
        {
            Assert.Equal(expected, MemoryCheckpoint.Weights(checkpoint[Weight]));
            Assert.Equal("int8, one scale per row", checkpoint.StoredAs(checkpoint[Weight]));
            Assert.Equal(TensorType.F16, checkpoint["model.norm.weight"].Type);
        }
    }

    [Theory]
    [InlineData("""{"quantization_config": {"quant_method": "gptq", "bits": 4}}""", "quantised with gptq")]
    [InlineData("""{"quantization_config": {"quant_method": "fp8"}}""", "quantised with fp8")]
    [InlineData("""{"quantization_config": {"load_in_4bit": true}}""", "quantised with bitsandbytes")]
    [InlineData("""{"quantization_config": {"quant_method": "sorcery"}}""", "'sorcery'")]
    [InlineData("""{"quantization_config": {"quant_method": "compressed-tensors", "format": "float-quantized"}}""", "'float-quantized'")]
    public void Other_quantisations_are_named_together_with_what_is_supported(string json, string message)
    {
        File.WriteAllText(folder["config.json"], json);
        var problem = Assert.Throws<ModelFormatException>(() => QuantizationConfig.Read(folder["config.json"]));
        Assert.Contains(message, problem.Message);
        Assert.Contains("Tern reads compressed-tensors with symmetric int4 and int8", problem.Message);
    }

    [Fact]
    public void Zero_points_other_widths_and_floats_are_refused()
    {
        void Refused(string json, string message)
        {
            File.WriteAllText(folder["config.json"], json);
            Assert.Contains(message, Assert.Throws<ModelFormatException>(() => QuantizationConfig.Read(folder["config.json"])).Message);
        }

        Refused(Json(more: "\"symmetric\": false"), "asymmetric");
        Refused(Json(bits: 3), "int3 weights");
        Refused(Json(more: "\"strategy\": \"block\""), "scales by block");
        Refused(Json().Replace("\"int\"", "\"float\""), "float4 weights");
        Refused("""{"quantization_config": {"quant_method": "compressed-tensors", "format": "pack-quantized", "config_groups": {}}}""", "empty");
        Refused("""{"quantization_config": {"quant_method": "compressed-tensors", "format": "pack-quantized", "config_groups": {"W8A8": ["Linear"]}}}""", "must be an object");
    }

    [Fact]
    public void Parts_that_do_not_fit_together_are_refused()
    {
        var whole = Int4(new sbyte[2 * 64], 64, TensorType.F16, [1, 1, 1, 1]);
        void Refused(string message, params SafetensorsSource[] tensors) => Assert.Contains(message, Assert.Throws<ModelFormatException>(() => Open(Json(), tensors)).Message);

        Refused("has no", whole[0], whole[2]);
        Refused("has no", whole[0], whole[1]);
        Refused("but no", whole[1]);
        Refused("has codes [2, 8]", whole[0], whole[1], Integers(Weight + "_shape", TensorType.I64, [2], 2L, 128));
        Refused("has codes [2, 8]", whole[0], whole[1], Integers(Weight + "_shape", TensorType.I64, [2], 3L, 64));
        Refused("has the shape [-2, 64]", whole[0], whole[1], Integers(Weight + "_shape", TensorType.I64, [2], -2L, 64));
        Refused("two integers", whole[0], whole[1], Integers(Weight + "_shape", TensorType.I64, [1], 2L));
        Refused("has scales [2, 3]", whole[0], Floats(Weight + "_scale", TensorType.F16, [2, 3], new float[6]), whole[2]);
        Refused("has scales [5]", whole[0], Floats(Weight + "_scale", TensorType.F16, [5], new float[5]), whole[2]);
        Refused("has scales of I32", whole[0], Integers(Weight + "_scale", TensorType.I32, [2, 1], 1, 1), whole[2]);
        Refused("both plain and packed", [.. whole, Floats(Weight, TensorType.F16, [1], 1)]);
        Refused("does not read", [.. whole, Integers(Weight + "_zero_point", TensorType.I32, [1], 1)]);
        Refused("does not read", [.. whole, Integers("model.layers.0.mlp.down_proj.weight_g_idx", TensorType.I32, [1], 1)]);
    }

    [Fact]
    public void Damaged_folders_give_a_message_or_a_model_but_never_a_crash()
    {
        Open(Json(), Int4(new sbyte[2 * 64], 64, TensorType.F16, [1, 1, 1, 1])).Dispose();
        var (file, json) = (File.ReadAllBytes(folder["model.safetensors"]), File.ReadAllBytes(folder["config.json"]));
        for (var seed = 0; seed < 400; seed++)
        {
            var mutations = new Mutations(seed);
            File.WriteAllBytes(folder["model.safetensors"], seed % 2 == 0 ? mutations.Mutate(file) : file);
            File.WriteAllBytes(folder["config.json"], seed % 2 == 1 ? mutations.Mutate(json) : json);
            try
            {
                if (QuantizationConfig.Read(folder["config.json"]) is not { } config) continue;
                using var checkpoint = CompressedTensorsCheckpoint.Wrap(SafetensorsCheckpoint.Open(folder["model.safetensors"]), config, "x");
                foreach (var tensor in checkpoint.Tensors.Where(tensor => tensor.Type == TensorType.Q4_0)) MemoryCheckpoint.Weights(tensor);
            }
            catch (TernException)
            {
                // A message: as it should be.
            }
        }
    }
}
