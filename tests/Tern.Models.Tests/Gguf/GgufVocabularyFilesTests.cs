using Tern.Models.Gguf;
using Tern.Testing;

namespace Tern.Models.Tests.Gguf;

public class GgufVocabularyFilesTests
{
    [Theory]
    [InlineData("llama-spm", "llama", 32_000)]
    [InlineData("phi-3", "llama", 32_064)]
    [InlineData("gpt-2", "gpt2", 50_257)]
    [InlineData("falcon", "gpt2", 65_024)]
    [InlineData("deepseek-llm", "gpt2", 102_400)]
    [InlineData("bert-bge", "bert", 30_522)]
    public void Real_vocabulary_files_hold_the_published_number_of_tokens(string name, string model, int tokens)
    {
        using var file = GgufFile.Open(RealData.Path($"tokenizers/gguf-vocab/ggml-vocab-{name}.gguf"));
        Assert.Equal(3, file.Version);
        Assert.Empty(file.Tensors);
        Assert.Equal(model, file.Metadata.String("tokenizer.ggml.model"));
        Assert.Equal(tokens, file.Metadata.StringsOrNull("tokenizer.ggml.tokens")!.Length);
        Assert.Equal(tokens, file.Metadata.Int32sOrNull("tokenizer.ggml.token_type")!.Length);
        Assert.Equal(32, file.Alignment);
    }
}
