using Microsoft.Extensions.AI;
using Tern.Models;
using Tern.Run.Embeddings;
using Tern.Run.Tests.Reference;
using Tern.Testing;

namespace Tern.Run.Tests.Embeddings;

public sealed class EmbeddingModelTests
{
    static readonly string[] Texts = ["Once upon a time", "Lily had a big red ball.", "Tom", "The dog ran to the park and saw a cat. It was a sunny day, and they all played."];

    static LanguageModel Load() => LanguageModel.Load(RealData.Path("weights/stories260K/stories260K.bin"));

    [Theory]
    [InlineData(Pooling.Mean, true)]
    [InlineData(Pooling.Mean, false)]
    [InlineData(Pooling.Last, true)]
    [InlineData(Pooling.Cls, false)]
    public async Task Vectors_are_the_pooled_hidden_states_of_the_float64_reference(Pooling pooling, bool normalize)
    {
        using var model = Load();
        using var generator = new EmbeddingModel(model, new EmbeddingOptions { Pooling = pooling, Normalize = normalize });
        var embeddings = await generator.GenerateAsync(Texts, cancellationToken: TestContext.Current.CancellationToken);
        Assert.Equal(Texts.Length, embeddings.Count);
        var reference = new ReferenceDecoder(model.Files);
        foreach (var (text, embedding) in Texts.Zip(embeddings))
        {
            var states = reference.HiddenStates(model.Tokenizer.Encode(text), model.Config.MaxPositionEmbeddings);
            var expected = pooling switch
            {
                Pooling.Mean => [.. Enumerable.Range(0, states[0].Length).Select(i => states.Average(state => state[i]))],
                Pooling.Last => states[^1],
                _ => states[0],
            };
            var length = normalize ? Math.Sqrt(expected.Sum(value => value * value)) : 1;
            var largest = expected.Max(Math.Abs) / length;
            // Keys and values are kept as halves, 11 bits of each.
            Assert.All(expected.Zip(embedding.Vector.ToArray()), pair => Assert.Equal(pair.First / length, pair.Second, 2e-3 * largest));
        }
        Assert.Equal(Texts.Sum(text => model.Tokenizer.Encode(text).Length), embeddings.Usage!.InputTokenCount);
        Assert.Equal(embeddings.Usage.InputTokenCount, embeddings.Usage.TotalTokenCount);
    }

    [Fact]
    public async Task A_vector_does_not_depend_on_the_texts_beside_it()
    {
        using var model = Load();
        using var generator = new EmbeddingModel(model);
        var many = Enumerable.Range(0, 70).Select(i => Texts[i % Texts.Length] + string.Concat(Enumerable.Repeat(" big", i / 9))).ToArray();
        var together = await generator.GenerateAsync(many, cancellationToken: TestContext.Current.CancellationToken);
        for (var i = 0; i < many.Length; i += 7)
            Assert.Equal((await generator.GenerateVectorAsync(many[i], cancellationToken: TestContext.Current.CancellationToken)).ToArray(), together[i].Vector.ToArray());
        Assert.Empty(await generator.GenerateAsync([], cancellationToken: TestContext.Current.CancellationToken));
    }

    [Fact]
    public async Task Long_texts_are_refused_or_lose_their_end()
    {
        using var model = Load();
        using var strict = new EmbeddingModel(model, new EmbeddingOptions { MaxTokens = 5 });
        var error = await Assert.ThrowsAsync<TernException>(() => strict.GenerateAsync(["Tom", Texts[1]], cancellationToken: TestContext.Current.CancellationToken));
        Assert.Contains("Text 2 has", error.Message);
        using var lenient = new EmbeddingModel(model, new EmbeddingOptions { MaxTokens = 5, Truncate = true });
        var embeddings = await lenient.GenerateAsync([Texts[0], Texts[0] + ", there was"], cancellationToken: TestContext.Current.CancellationToken);
        Assert.Equal(embeddings[0].Vector.ToArray(), embeddings[1].Vector.ToArray());
        Assert.Equal(10, embeddings.Usage!.InputTokenCount);
    }

    [Fact]
    public async Task Fewer_dimensions_are_the_first_ones_at_length_one()
    {
        using var model = Load();
        using var generator = new EmbeddingModel(model);
        var whole = (await generator.GenerateVectorAsync("Tom", cancellationToken: TestContext.Current.CancellationToken)).ToArray();
        var cut = (await generator.GenerateVectorAsync("Tom", new EmbeddingGenerationOptions { Dimensions = 16 }, TestContext.Current.CancellationToken)).ToArray();
        var length = Math.Sqrt(whole[..16].Sum(value => (double)value * value));
        Assert.All(whole.Zip(cut), pair => Assert.Equal(pair.First / length, pair.Second, 1e-6));   // float32 of the first length
        await Assert.ThrowsAsync<TernException>(() => generator.GenerateAsync(["Tom"], new EmbeddingGenerationOptions { Dimensions = 65 }, TestContext.Current.CancellationToken));
    }

    [Fact]
    public async Task The_generator_says_what_it_is_and_ends_with_its_model()
    {
        var model = Load();
        var generator = new EmbeddingModel(model, ownsModel: true);
        var metadata = generator.GetRequiredService<EmbeddingGeneratorMetadata>();
        Assert.Equal(("tern", "stories260K.bin", 64), (metadata.ProviderName, metadata.DefaultModelId, metadata.DefaultModelDimensions));
        Assert.Same(model, generator.GetService(typeof(LanguageModel)));
        generator.Dispose();
        generator.Dispose();
        Assert.Throws<ObjectDisposedException>(() => model.CreateSequence());
        await Assert.ThrowsAsync<ObjectDisposedException>(() => generator.GenerateAsync(["Tom"], cancellationToken: TestContext.Current.CancellationToken));
    }
}
