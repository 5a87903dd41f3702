using System.Buffers.Binary;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace Tern.Cli.Tests;

/// <summary>A Llama of one layer and four tokens as a Hugging Face folder, of which any part can be spoiled.</summary>
static class DamagedModel
{
    static readonly (string Name, int[] Shape)[] Tensors =
    [
        ("model.embed_tokens.weight", [4, 8]), ("model.norm.weight", [8]),
        ("model.layers.0.input_layernorm.weight", [8]), ("model.layers.0.post_attention_layernorm.weight", [8]),
        ("model.layers.0.self_attn.q_proj.weight", [8, 8]), ("model.layers.0.self_attn.k_proj.weight", [4, 8]),
        ("model.layers.0.self_attn.v_proj.weight", [4, 8]), ("model.layers.0.self_attn.o_proj.weight", [8, 8]),
        ("model.layers.0.mlp.gate_proj.weight", [16, 8]), ("model.layers.0.mlp.up_proj.weight", [16, 8]), ("model.layers.0.mlp.down_proj.weight", [8, 16]),
    ];

    public static IEnumerable<string> TensorNames => Tensors.Select(tensor => tensor.Name);

    /// <param name="folder">Where it goes; created.</param>
    /// <param name="editConfig">Changes config.json.</param>
    /// <param name="editHeader">Changes the header of model.safetensors.</param>
    /// <param name="editData">Changes the bytes behind the header.</param>
    public static string Write(string folder, Action<JsonObject>? editConfig = null, Action<JsonObject>? editHeader = null, Func<byte[], byte[]>? editData = null)
    {
        Directory.CreateDirectory(folder);
        var config = JsonNode.Parse("""
            {"model_type":"llama","hidden_size":8,"intermediate_size":16,"num_hidden_layers":1,"num_attention_heads":2,"num_key_value_heads":1,
            "vocab_size":4,"max_position_embeddings":16,"rms_norm_eps":1e-5,"rope_theta":10000.0,"tie_word_embeddings":true}
            """)!.AsObject();
        editConfig?.Invoke(config);
        File.WriteAllText(Path.Combine(folder, "config.json"), config.ToJsonString());
        var header = new JsonObject();
        var offset = 0;
        foreach (var (name, shape) in Tensors)
        {
            var end = offset + 4 * shape.Aggregate(1, (product, dimension) => product * dimension);
            header[name] = new JsonObject { ["dtype"] = "F32", ["shape"] = new JsonArray([.. shape.Select(dimension => (JsonNode)dimension)]), ["data_offsets"] = new JsonArray(offset, end) };
            offset = end;
        }
        editHeader?.Invoke(header);
        var data = new byte[offset];
        WriteWeights(folder, header.ToJsonString(), editData?.Invoke(data) ?? data);
        return folder;
    }

    /// <summary>model.safetensors with any text as its header.</summary>
    public static void WriteWeights(string folder, string header, byte[] data)
    {
        var length = new byte[8];
        BinaryPrimitives.WriteInt64LittleEndian(length, header.Length);
        File.WriteAllBytes(Path.Combine(folder, "model.safetensors"), [.. length, .. Encoding.UTF8.GetBytes(header), .. data]);
    }

    /// <summary>Shards that the index names; only the index is written.</summary>
    public static void WriteIndex(string folder, string shard)
    {
        File.Delete(Path.Combine(folder, "model.safetensors"));
        File.WriteAllText(Path.Combine(folder, "model.safetensors.index.json"), JsonSerializer.Serialize(new { weight_map = TensorNames.ToDictionary(name => name, _ => shard) }));
    }
}
