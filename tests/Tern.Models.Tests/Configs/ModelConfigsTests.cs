using System.Text;
using Tern.Models.Configs;
using Tern.Testing;

namespace Tern.Models.Tests.Configs;

public sealed class ModelConfigsTests
{
    static ModelConfig Parse(string json) => ModelConfigs.Parse(Encoding.UTF8.GetBytes(json));

    static string Problem(string json) => Assert.Throws<ModelFormatException>(() => Parse(json)).Message;

    // The defaults of the configuration classes of transformers.
    [Theory]
    [InlineData("llama", 32_000, 4096, 11_008, 32, 32, 32, 128, 2048, 1e-6, 10_000, false)]
    [InlineData("mistral", 32_000, 4096, 14_336, 32, 32, 8, 128, 131_072, 1e-6, 10_000, false)]
    [InlineData("qwen2", 151_936, 4096, 22_016, 32, 32, 32, 128, 32_768, 1e-6, 10_000, false)]
    [InlineData("qwen3", 151_936, 4096, 22_016, 32, 32, 32, 128, 32_768, 1e-6, 10_000, false)]
    [InlineData("gemma2", 256_000, 2304, 9216, 26, 8, 4, 256, 8192, 1e-6, 10_000, true)]
    [InlineData("gemma3_text", 262_208, 2304, 9216, 26, 8, 4, 256, 131_072, 1e-6, 1_000_000, true)]
    [InlineData("phi3", 32_064, 3072, 8192, 32, 32, 32, 96, 4096, 1e-5, 10_000, false)]
    public void Absent_keys_take_the_defaults_of_transformers(string type, int vocabulary, int hidden, int intermediate, int layers, int heads,
        int keyValueHeads, int headDim, int context, double epsilon, double theta, bool tied)
    {
        var config = Parse($$"""{"model_type":"{{type}}"}""");
        Assert.Equal(type, config.ModelType);
        Assert.Equal((vocabulary, hidden, intermediate, layers, heads, keyValueHeads), (config.VocabSize, config.HiddenSize,
            config.IntermediateSize, config.NumHiddenLayers, config.NumAttentionHeads, config.NumKeyValueHeads));
        Assert.Equal((headDim, context, epsilon, theta, tied), (config.HeadDim, config.MaxPositionEmbeddings, config.RmsNormEps, config.RopeTheta, config.TieWordEmbeddings));
        Assert.Null(config.RopeScaling);
    }

    public static TheoryData<string> Documents =>
    [
        """{"model_type":"llama","attention_bias":true,"mlp_bias":true,"eos_token_id":[128001,128009],"rope_theta":500000.0,"num_key_value_heads":8,"rope_scaling":{"factor":8.0,"low_freq_factor":1.0,"high_freq_factor":4.0,"original_max_position_embeddings":8192,"rope_type":"llama3"}}""",
        """{"model_type":"llama","rope_scaling":{"type":"linear","factor":2}}""",
        """{"model_type":"llama","rope_scaling":{"type":"dynamic","factor":4.5}}""",
        """{"model_type":"mistral","sliding_window":null,"head_dim":160,"pad_token_id":11}""",
        """{"model_type":"mistral","sliding_window":1024}""",
        """{"model_type":"qwen2","use_sliding_window":true,"sliding_window":2048,"max_window_layers":7,"bos_token_id":151643,"eos_token_id":151645}""",
        """{"model_type":"qwen3","head_dim":64,"attention_bias":true,"rope_scaling":{"rope_type":"yarn","factor":4.0,"original_max_position_embeddings":32768}}""",
        """{"model_type":"gemma2","attn_logit_softcapping":null,"query_pre_attn_scalar":144}""",
        """{"model_type":"gemma3_text","rope_scaling":{"factor":8.0,"rope_type":"linear"},"sliding_window":1024,"sliding_window_pattern":5}""",
        """{"model_type":"phi3","hidden_size":64,"num_attention_heads":8,"max_position_embeddings":131072,"original_max_position_embeddings":4096,"rope_scaling":{"type":"su","short_factor":[1,1,1,1.5],"long_factor":[1,2,3,4]}}""",
        """{"model_type":"phi3","partial_rotary_factor":0.75,"head_dim":128,"sliding_window":2047}""",
    ];

    [Theory]
    [MemberData(nameof(Documents))]
    public void Writing_and_reading_gives_the_same_configuration(string json)
    {
        var config = Parse(json);
        var written = ModelConfigs.ToJson(config, "bfloat16");
        Assert.Equal(written, ModelConfigs.ToJson(Parse(written), "bfloat16"));
        // Records compare lists by reference, so those are compared apart.
        var again = Parse(written) with { EosTokenIds = config.EosTokenIds, RopeScaling = config.RopeScaling };
        Assert.Equal(config, again);
        Assert.Equal(config.EosTokenIds, Parse(written).EosTokenIds);
        Assert.Equal(config.RopeScaling?.LongFactor, Parse(written).RopeScaling?.LongFactor);
        Assert.Equal(config.RopeScaling is null ? null : config.RopeScaling with { LongFactor = null, ShortFactor = null },
            Parse(written).RopeScaling is { } scaling ? scaling with { LongFactor = null, ShortFactor = null } : null);
    }

    [Fact]
    public void The_spelling_of_transformers_5_means_the_same()
    {
        var old = Parse("""{"model_type":"llama","rope_theta":500000,"rope_scaling":{"type":"linear","factor":2}}""");
        var now = Parse("""{"model_type":"llama","rope_parameters":{"rope_theta":500000,"rope_type":"linear","factor":2}}""");
        Assert.Equal((old.RopeTheta, old.RopeScaling), (now.RopeTheta, now.RopeScaling));
        var gemma = Assert.IsType<Gemma3Config>(Parse("""
            {"model_type":"gemma3_text","rope_parameters":{"full_attention":{"rope_type":"linear","factor":8,"rope_theta":2000000},"sliding_attention":{"rope_type":"default","rope_theta":20000}}}
            """));
        Assert.Equal((2_000_000, 20_000, 8.0), (gemma.RopeTheta, gemma.RopeLocalBaseFreq, gemma.RopeScaling!.Factor));
    }

    [Fact]
    public void Gemma_3_with_images_is_read_through_its_text_config()
    {
        var config = Parse("""{"model_type":"gemma3","eos_token_id":[1,106],"text_config":{"model_type":"gemma3_text","hidden_size":2560,"num_hidden_layers":34}}""");
        Assert.Equal(("gemma3_text", 2560, 34), (config.ModelType, config.HiddenSize, config.NumHiddenLayers));
        Assert.Equal([1, 106], config.EosTokenIds);
    }

    [Fact]
    public void The_pattern_of_Gemma_3_follows_from_layer_types()
    {
        var config = Parse("""{"model_type":"gemma3_text","num_hidden_layers":4,"layer_types":["sliding_attention","full_attention","sliding_attention","full_attention"]}""");
        Assert.Equal(2, Assert.IsType<Gemma3Config>(config).SlidingWindowPattern);
    }

    [Fact]
    public void End_tokens_of_generation_config_win()
    {
        using var folder = new TemporaryFolder();
        File.WriteAllText(folder["config.json"], """{"model_type":"llama","eos_token_id":2}""");
        File.WriteAllText(folder["generation_config.json"], """{"eos_token_id":[7,9],"temperature":0.6}""");
        Assert.Equal([7, 9], ModelConfigs.Read(folder.Path).EosTokenIds);
    }

    [Theory]
    [InlineData("""{"model_type":"bert"}""", "'model_type' is 'bert'; supported are llama, mistral")]
    [InlineData("""{"architectures":["BertModel"]}""", "BertModel")]
    [InlineData("""{"model_type":"llama","vocab_size":16777217}""", "'vocab_size' is 16777217; it must be between 1 and 16777216")]
    [InlineData("""{"model_type":"llama","hidden_size":0}""", "'hidden_size'")]
    [InlineData("""{"model_type":"llama","hidden_size":100}""", "32 heads do not divide")]
    [InlineData("""{"model_type":"llama","num_hidden_layers":1e9}""", "'num_hidden_layers'")]
    [InlineData("""{"model_type":"llama","num_key_value_heads":5}""", "does not divide the 32")]
    [InlineData("""{"model_type":"llama","head_dim":7}""", "even width")]
    [InlineData("""{"model_type":"llama","hidden_act":"relu"}""", "supported is 'silu'")]
    [InlineData("""{"model_type":"llama","rms_norm_eps":0}""", "'rms_norm_eps'")]
    [InlineData("""{"model_type":"llama","rope_theta":"big"}""", "'rope_theta'")]
    [InlineData("""{"model_type":"llama","rope_scaling":{"type":"magic"}}""", "'rope_scaling.rope_type' is 'magic'")]
    [InlineData("""{"model_type":"llama","rope_scaling":{"type":"linear"}}""", "'rope_scaling.factor' is missing")]
    [InlineData("""{"model_type":"phi3","rope_scaling":{"type":"longrope","short_factor":[1],"long_factor":[1]}}""", "48 numbers")]
    [InlineData("""{"model_type":"llama","model_type":"llama"}""", "not valid JSON")]
    [InlineData("""{"model_type":"gemma2","layer_types":["full_attention"]}""", "1 entries for 26")]
    [InlineData("[]", "not a JSON object")]
    [InlineData("version https://git-lfs.github.com/spec/v1", "git lfs pull")]
    public void Nonsense_is_refused_with_the_key_named(string json, string expected) => Assert.Contains(expected, Problem(json));

    [Fact]
    public void Frequency_factors_of_Llama_3_become_its_parameters_again()
    {
        var config = Parse("""{"model_type":"llama","rope_theta":500000}""");
        var scaling = new RopeScaling { Type = "llama3", Factor = 32, OriginalMaxPositionEmbeddings = 8192 };
        var factors = Llama3Factors.Of(scaling, config.RopeTheta, config.HeadDim).Select(factor => (double)(float)factor).ToArray();
        Assert.Equal(1, factors[0]);
        Assert.Equal(32, factors[^1]);
        var fromGguf = config with { RopeScaling = new RopeScaling { Type = "llama3", FrequencyFactors = factors } };
        Assert.Equal(scaling, Parse(ModelConfigs.ToJson(fromGguf)).RopeScaling);

        factors[3] = 5;
        Assert.Throws<TernException>(() => ModelConfigs.ToJson(fromGguf));
    }
}
