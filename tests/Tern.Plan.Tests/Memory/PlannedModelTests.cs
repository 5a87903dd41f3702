using Tern.Models;
using Tern.Models.Configs;
using Tern.Numerics.Formats;
using Tern.Numerics.Kernels;
using Tern.Plan.Memory;

namespace Tern.Plan.Tests.Memory;

public sealed class PlannedModelTests
{
    const string Llama1B = """{"model_type":"llama","vocab_size":128256,"hidden_size":2048,"intermediate_size":8192,"num_hidden_layers":16,"num_attention_heads":32,"num_key_value_heads":8,"head_dim":64,"max_position_embeddings":131072,"rms_norm_eps":1e-5,"tie_word_embeddings":true}""";

    static PlannedModel Model(string json, TensorType type = TensorType.BF16) => PlannedModel.Of(ModelConfigs.Parse(System.Text.Encoding.UTF8.GetBytes(json)), type);

    /// <summary>The numbers of parameters that Hugging Face counts in the safetensors files of Llama-3.2-1B, Mistral-7B-v0.1, Qwen2.5-0.5B, Qwen3-0.6B, gemma-2-2b, gemma-3-1b-pt and Phi-3-mini-4k-instruct.</summary>
    [Theory]
    [InlineData(Llama1B, 1_235_814_400)]
    [InlineData("""{"model_type":"mistral","vocab_size":32000,"hidden_size":4096,"intermediate_size":14336,"num_hidden_layers":32,"num_attention_heads":32,"num_key_value_heads":8,"max_position_embeddings":32768,"rms_norm_eps":1e-5,"tie_word_embeddings":false,"sliding_window":4096}""", 7_241_732_096)]
    [InlineData("""{"model_type":"qwen2","vocab_size":151936,"hidden_size":896,"intermediate_size":4864,"num_hidden_layers":24,"num_attention_heads":14,"num_key_value_heads":2,"max_position_embeddings":32768,"rms_norm_eps":1e-6,"tie_word_embeddings":true}""", 494_032_768)]
    [InlineData("""{"model_type":"qwen3","vocab_size":151936,"hidden_size":1024,"intermediate_size":3072,"num_hidden_layers":28,"num_attention_heads":16,"num_key_value_heads":8,"head_dim":128,"max_position_embeddings":40960,"rms_norm_eps":1e-6,"tie_word_embeddings":true}""", 596_049_920)]
    [InlineData("""{"model_type":"gemma2","vocab_size":256000,"hidden_size":2304,"intermediate_size":9216,"num_hidden_layers":26,"num_attention_heads":8,"num_key_value_heads":4,"head_dim":256,"max_position_embeddings":8192,"rms_norm_eps":1e-6}""", 2_614_341_888)]
    [InlineData("""{"model_type":"gemma3_text","vocab_size":262144,"hidden_size":1152,"intermediate_size":6912,"num_hidden_layers":26,"num_attention_heads":4,"num_key_value_heads":1,"head_dim":256,"max_position_embeddings":32768,"rms_norm_eps":1e-6}""", 999_885_952)]
    [InlineData("""{"model_type":"phi3","vocab_size":32064,"hidden_size":3072,"intermediate_size":8192,"num_hidden_layers":32,"num_attention_heads":32,"num_key_value_heads":32,"max_position_embeddings":4096,"rms_norm_eps":1e-5,"tie_word_embeddings":false}""", 3_821_079_552)]
    public void Parameters_of_a_configuration_are_those_of_the_published_weights(string config, long parameters) => Assert.Equal(parameters, Model(config).Parameters);

    [Fact]
    public void Keys_and_values_of_grouped_heads_take_two_bytes_a_number()
    {
        var memory = ServingMemory.Of(Model(Llama1B), new ServingSetup { Context = 8192, Batch = 4 });
        Assert.Equal(4L * 16 * 2 * 8 * 64 * 8192 * 2, memory.KeysAndValues);                // sequences, layers, keys and values, heads, numbers, positions, bytes
    }

    [Fact]
    public void Keys_and_values_come_in_panels_of_16_positions()
    {
        long Of(int context) => ServingMemory.Of(Model(Llama1B), new ServingSetup { Context = context }).KeysAndValues;
        Assert.Equal(Of(32), Of(17));
        Assert.Equal(2 * Of(16), Of(32));
    }

    [Theory]
    [InlineData(CacheType.F32, 1)]
    [InlineData(CacheType.F16, 5)]
    [InlineData(CacheType.Q8_0, 3)]
    public void The_largest_context_and_batch_fit_and_the_next_do_not(CacheType type, int batch)
    {
        var model = Model(Llama1B).ConvertedTo(TensorType.Q4_0);
        var memory = MemorySize.Parse("4GB");
        var setup = new ServingSetup { Context = 4096, Batch = batch, CacheType = type };
        var context = ServingMemory.LargestContext(model, setup, memory);
        Assert.InRange(context, 16, 131_072 - 16);
        Assert.True(ServingMemory.Of(model, setup with { Context = context }).Total <= memory.Bytes);
        Assert.True(ServingMemory.Of(model, setup with { Context = context + 16 }).Total > memory.Bytes);
        var most = ServingMemory.LargestBatch(model, setup, memory);
        Assert.InRange(most, 1, 1000);
        Assert.True(ServingMemory.Of(model, setup with { Batch = most }).Total <= memory.Bytes);
        Assert.True(ServingMemory.Of(model, setup with { Batch = most + 1 }).Total > memory.Bytes);
    }

    [Fact]
    public void Nothing_fits_into_less_than_the_weights_take() =>
        Assert.Equal((0, 0), (ServingMemory.LargestContext(Model(Llama1B), new ServingSetup { Context = 1 }, new(1)), ServingMemory.LargestBatch(Model(Llama1B), new ServingSetup { Context = 1 }, new(1))));

    [Fact]
    public void Impossible_contexts_batches_and_types_are_refused()
    {
        var model = Model(Llama1B);
        foreach (var (setup, says) in ((ServingSetup, string)[])[(new() { Context = 0 }, "context of 0"), (new() { Context = -1 }, "context of -1"), (new() { Context = 131_073 }, "131,072 positions"), (new() { Context = 1, Batch = 0 }, "batch of 0")])
            Assert.Contains(says, Assert.Throws<TernException>(() => ServingMemory.Of(model, setup)).Message, StringComparison.Ordinal);
        Assert.Contains("F8E4M3", Assert.Throws<TernException>(() => model.ConvertedTo(TensorType.F8E4M3)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Unknown_optimizers_are_named_with_the_nearest() =>
        Assert.Contains("did you mean 'soap'?", Assert.Throws<TernException>(() => OptimizerMemory.Named("soup")).Message, StringComparison.Ordinal);
}
