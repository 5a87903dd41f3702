#pragma warning disable xUnit1051 // what is generated here takes milliseconds

using System.Text;
using System.Text.Json;
using Tern.Models;
using Tern.Models.Tokenizers;
using Tern.Numerics.Kernels;
using Tern.Run.Constraints;
using Tern.Run.Generation;
using Tern.Run.Sampling;
using Tern.Testing;

namespace Tern.Run.Tests.Generation;

public class TextGeneratorTests
{
    /// <summary>expected_stdout of test_all.py in karpathy/llama2.c: stories260K, temperature 0, 200 steps from BOS.</summary>
    public const string GoldenStory =
        "Once upon a time, there was a little girl named Lily. She loved to play outside in the park. One day, she saw a big, red ball. " +
        "She wanted to play with it, but it was too high.\nLily's mom said, \"Lily, let's go to the park.\" Lily was sad and didn't know what to do. " +
        "She said, \"I want to play with your ball, but I can't find it.\"\nLily was sad and didn't know what to do. She said, \"I'm sorry, Lily. " +
        "I didn't know what to do.\"\nLily didn't want to help her mom, so she";

    static GenerationOptions Greedy(int tokens) => new() { MaxTokens = tokens, Sampling = SamplingOptions.Greedy };

    static GenerationOptions Seeded(int tokens, long seed) => new() { MaxTokens = tokens, Sampling = new SamplingOptions { Seed = seed } };

    [Fact]
    public void Greedy_text_is_that_of_llama2c()
    {
        using var model = TestModels.Stories();
        using var sequence = model.CreateSequence();
        var generation = new TextGenerator(model, sequence).Generate("", Greedy(200));
        var pieces = generation.ToList();
        Assert.Equal(GoldenStory, string.Concat(pieces.Select(piece => piece.Text)));
        Assert.Equal(GoldenStory, generation.Text);
        Assert.Equal([1], generation.Prompt.ToArray());
        Assert.Equal(generation.Tokens, pieces.Select(piece => piece.Token));
        Assert.Equal((FinishReason.Length, 1, 0, 200),
            (generation.Result!.Finish, generation.Result.PromptTokens, generation.Result.ReusedTokens, generation.Result.GeneratedTokens));
    }

    [Fact]
    public void A_character_of_several_tokens_comes_in_one_piece()
    {
        using var folder = new TemporaryFolder();
        using var model = TestModels.Bytes(folder);
        using var sequence = model.CreateSequence();
        var options = Seeded(-1, 5) with { Grammar = Grammar.Parse("root ::= [é漢😀]{20}") };
        var generation = new TextGenerator(model, sequence).Generate("x", options);
        foreach (var piece in generation) Assert.Contains(piece.Text, (string[])["", "é", "漢", "😀"]);
        Assert.Equal(FinishReason.Eos, generation.Result!.Finish);
        Assert.Equal(20, generation.Text.EnumerateRunes().Count());
        Assert.Equal(Encoding.UTF8.GetByteCount(generation.Text), generation.Tokens.Count);
    }

    [Fact]
    public void A_character_that_the_limit_cuts_is_replaced()
    {
        using var folder = new TemporaryFolder();
        using var model = TestModels.Bytes(folder);
        using var sequence = model.CreateSequence();
        var generation = new TextGenerator(model, sequence).Generate("x", Seeded(5, 5) with { Grammar = Grammar.Parse("root ::= \"😀\"*") });
        Assert.Equal("😀\uFFFD", generation.ReadToEnd());
    }

    [Theory]
    [InlineData("little girl")]
    [InlineData("\nLily's mom said, \"")]
    [InlineData("One day, she saw a big, red b")]
    [InlineData("O")]
    public void A_stop_string_over_several_tokens_never_shows(string stop)
    {
        using var model = TestModels.Stories();
        using var sequence = model.CreateSequence();
        var generation = new TextGenerator(model, sequence).Generate("", Greedy(200) with { Stop = ["never to be seen", stop] });
        var shown = "";
        foreach (var piece in generation)
        {
            shown += piece.Text;
            Assert.StartsWith(shown, GoldenStory[..GoldenStory.IndexOf(stop, StringComparison.Ordinal)], StringComparison.Ordinal);
        }
        Assert.Equal(GoldenStory[..GoldenStory.IndexOf(stop, StringComparison.Ordinal)], shown);
        Assert.Equal((FinishReason.Stop, stop), (generation.Result!.Finish, generation.Result.StopString));
    }

    [Fact]
    public void What_only_looked_like_a_stop_string_is_shown_at_the_end()
    {
        using var model = TestModels.Stories();
        using var sequence = model.CreateSequence();
        var generation = new TextGenerator(model, sequence).Generate("", Greedy(200) with { Stop = [" so she went"] });
        Assert.Equal(GoldenStory, generation.ReadToEnd());
    }

    [Fact]
    public void The_same_seed_gives_the_same_text()
    {
        using var model = TestModels.Gutenberg();
        string Text(long seed)
        {
            using var sequence = model.CreateSequence();
            return new TextGenerator(model, sequence).Generate("The whale", Seeded(40, seed)).ReadToEnd();
        }

        Assert.Equal(Text(1), Text(1));
        Assert.NotEqual(Text(1), Text(2));
        Assert.NotEqual(Text(-1), Text(-1));
    }

    [Fact]
    public void A_reused_prefix_gives_the_same_continuation()
    {
        using var model = TestModels.Gutenberg();
        using var sequence = model.CreateSequence();
        var generator = new TextGenerator(model, sequence);
        var first = generator.Generate("It was a dark and stormy night", Seeded(30, 3));
        var text = first.ReadToEnd();
        var again = generator.Generate("It was a dark and stormy night", Seeded(30, 3));
        Assert.Equal(text, again.ReadToEnd());
        Assert.Equal(8, again.Result!.ReusedTokens);             // of 9: the last one gives the logits
        var longer = generator.Generate((int[])[.. first.Prompt.Span, .. first.Tokens, 300], Seeded(30, 4));
        var continued = longer.ReadToEnd();
        Assert.Equal(first.Prompt.Length + first.Tokens.Count - 1, longer.Result!.ReusedTokens);

        using var fresh = model.CreateSequence();
        var alone = new TextGenerator(model, fresh).Generate(longer.Prompt, Seeded(30, 4));
        Assert.Equal(continued, alone.ReadToEnd());
        Assert.Equal(0, alone.Result!.ReusedTokens);
    }

    [Theory]
    [InlineData(CacheType.F32)]
    [InlineData(CacheType.F16)]
    [InlineData(CacheType.BF16)]
    [InlineData(CacheType.Q8_0)]
    public void A_prompt_cache_gives_the_same_continuation(CacheType type)
    {
        using var folder = new TemporaryFolder();
        using var model = TestModels.Gutenberg();
        using var first = model.CreateSequence(0, type);
        var expected = new TextGenerator(model, first).Generate("\"My dear Emma,\" said Anne,", Seeded(30, 3)).ReadToEnd();
        first.Save(folder["cache"]);
        using var second = model.CreateSequence(0, type);
        Assert.Null(PromptCache.Load(second, folder["cache"]));
        var generation = new TextGenerator(model, second).Generate("\"My dear Emma,\" said Anne,", Seeded(30, 3));
        Assert.Equal(expected, generation.ReadToEnd());
        Assert.Equal(generation.Prompt.Length - 1, generation.Result!.ReusedTokens);
    }

    [Fact]
    public void A_prompt_cache_that_does_not_fit_is_not_used_and_a_foreign_file_is_refused()
    {
        using var folder = new TemporaryFolder();
        using var model = TestModels.Gutenberg();
        using var sequence = model.CreateSequence(64);
        Assert.Null(PromptCache.Load(sequence, folder["none"]));
        model.Forward(sequence, 300, 301);
        sequence.Save(folder["cache"]);
        using var other = model.CreateSequence(64, CacheType.F32);
        Assert.Contains("saved from a model of shape", PromptCache.Load(other, folder["cache"]));
        File.WriteAllBytes(folder["cut"], File.ReadAllBytes(folder["cache"])[..^1]);
        Assert.Contains("damaged", PromptCache.Load(sequence, folder["cut"]));
        Assert.Equal(0, sequence.Length);
        File.WriteAllText(folder["letter"], "Dear Emma");
        Assert.Contains("is not a prompt cache", Assert.Throws<TernException>(() => PromptCache.Load(sequence, folder["letter"])).Message);
    }

    [Fact]
    public void A_prompt_cache_of_other_weights_is_not_used()
    {
        using var folder = new TemporaryFolder();
        var shape = Tern.Run.Benchmarking.RandomModel.ParseShape("64,1,2,1,96,300");
        using var one = TestModels.Random(folder, shape with { RopeInterleaved = false });
        using var sequence = one.CreateSequence(64);
        one.Forward(sequence, 5, 6, 7);
        sequence.Save(folder["cache"]);
        using var elsewhere = new TemporaryFolder();
        using var other = TestModels.Bytes(elsewhere);
        using var target = other.CreateSequence(64);
        Assert.Contains("weights", PromptCache.Load(target, folder["cache"]));
    }

    [Fact]
    public void A_prompt_longer_than_the_context_is_refused_with_its_length_and_advice()
    {
        using var model = TestModels.Gutenberg();
        using var sequence = model.CreateSequence(64);
        var generator = new TextGenerator(model, sequence);
        var problem = Assert.Throws<TernException>(() => generator.Generate(new int[100]));
        Assert.Contains("100 tokens", problem.Message);
        Assert.Contains("64", problem.Message);
        Assert.Contains("-c 256", problem.Message);
        Assert.Contains("trained for 512", Assert.Throws<TernException>(() => generator.Generate(new int[600])).Message);
        Assert.Single(generator.Generate(new int[64]));
    }

    [Fact]
    public void Without_a_limit_the_text_ends_with_the_context_and_with_one_it_goes_on()
    {
        using var model = TestModels.Gutenberg();
        using var sequence = model.CreateSequence(32);
        var generator = new TextGenerator(model, sequence);
        var options = Seeded(-1, 2) with { IgnoreEos = true };
        var full = generator.Generate("The whale", options);
        full.ReadToEnd();
        Assert.Equal(FinishReason.ContextFull, full.Result!.Finish);
        Assert.Equal(32 + 1, full.Prompt.Length + full.Tokens.Count);       // the last token needs no place
        var stopped = generator.Generate("The whale", options with { MaxTokens = 100, FullContext = FullContext.Stop });
        stopped.ReadToEnd();
        Assert.Equal(full.Tokens, stopped.Tokens);
        var shifted = generator.Generate("The whale", options with { MaxTokens = 100, Keep = -1 });
        shifted.ReadToEnd();
        Assert.Equal((FinishReason.Length, 100), (shifted.Result!.Finish, shifted.Tokens.Count));
        Assert.Equal(full.Tokens, shifted.Tokens.Take(full.Tokens.Count));
        Assert.Equal(shifted.Prompt.ToArray(), sequence.Tokens.Take(shifted.Prompt.Length));
    }

    [Fact]
    public void An_end_token_ends_the_text_and_can_be_banned_or_shown()
    {
        using var model = TestModels.Gutenberg();
        using var sequence = model.CreateSequence();
        var generator = new TextGenerator(model, sequence);
        var eager = Greedy(5) with { Sampling = SamplingOptions.Greedy with { LogitBias = new Dictionary<int, float> { [0] = 1000 } } };
        var ended = generator.Generate("The", eager);
        Assert.Equal("", ended.ReadToEnd());
        Assert.Equal((FinishReason.Eos, 1, 0), (ended.Result!.Finish, ended.Result.GeneratedTokens, ended.Tokens.Count));
        Assert.Equal("<|endoftext|>", generator.Generate("The", eager with { ShowSpecial = true }).ReadToEnd());
        var banned = generator.Generate("The", eager with { IgnoreEos = true });
        banned.ReadToEnd();
        Assert.Equal(5, banned.Tokens.Count(token => token != 0));
        Assert.Empty(generator.Generate("The", eager with { MaxTokens = 0 }));
    }

    [Fact]
    public void Cancelling_ends_the_text_where_it_is_and_the_sequence_goes_on()
    {
        using var model = TestModels.Gutenberg();
        using var sequence = model.CreateSequence();
        var generator = new TextGenerator(model, sequence);
        using var cancellation = new CancellationTokenSource();
        var generation = generator.Generate("The whale", Greedy(50), cancellation.Token);
        var count = 0;
        foreach (var _ in generation)
            if (++count == 5) cancellation.Cancel();
        Assert.Equal((FinishReason.Cancelled, 5), (generation.Result!.Finish, generation.Tokens.Count));
        Assert.Equal(FinishReason.Cancelled, Finished(generator.Generate("The whale", Greedy(50), cancellation.Token)));

        var whole = generator.Generate("The whale", Greedy(50));
        Assert.StartsWith(generation.Text, whole.ReadToEnd(), StringComparison.Ordinal);
        var left = generator.Generate("The whale", Greedy(50));
        foreach (var _ in left) break;
        Assert.Equal(FinishReason.Cancelled, left.Result!.Finish);

        static FinishReason Finished(GeneratedText text)
        {
            text.ReadToEnd();
            return text.Result!.Finish;
        }
    }

    [Fact]
    public async Task Async_pieces_are_the_same()
    {
        using var model = TestModels.Gutenberg();
        using var sequence = model.CreateSequence();
        var generator = new TextGenerator(model, sequence);
        var expected = generator.Generate("The whale", Seeded(20, 1)).Select(piece => (piece.Text, piece.Token)).ToList();
        var actual = new List<(string, int)>();
        await foreach (var piece in generator.Generate("The whale", Seeded(20, 1)).OnThreadPool()) actual.Add((piece.Text, piece.Token));
        Assert.Equal(expected, actual);
    }

    [Fact]
    public void Generators_on_several_threads_write_what_each_writes_alone()
    {
        using var model = TestModels.Gutenberg();
        string[] prompts = ["The whale", "Emma", "Alice was beginning", "To be or"];
        string Text(string prompt)
        {
            using var sequence = model.CreateSequence();
            return new TextGenerator(model, sequence).Generate(prompt, Seeded(40, 9)).ReadToEnd();
        }

        var alone = prompts.Select(Text).ToArray();
        var together = new string[prompts.Length];
        Parallel.For(0, prompts.Length, new ParallelOptions { MaxDegreeOfParallelism = prompts.Length }, i => together[i] = Text(prompts[i]));
        Assert.Equal(alone, together);
    }

    [Fact]
    public void Text_under_a_grammar_belongs_to_it()
    {
        using var model = TestModels.Gutenberg();
        using var sequence = model.CreateSequence();
        var generator = new TextGenerator(model, sequence);
        var grammar = Grammar.Parse("root ::= \"{\\\"name\\\": \\\"\" [a-zA-Z ]{1,12} \"\\\", \\\"age\\\": \" [1-9] [0-9]? \"}\"");
        for (var seed = 0; seed < 10; seed++)
        {
            var generation = generator.Generate("A person: ", Seeded(-1, seed) with { Grammar = grammar });
            using var json = JsonDocument.Parse(generation.ReadToEnd());
            Assert.InRange(json.RootElement.GetProperty("age").GetInt32(), 1, 99);
            Assert.Equal(FinishReason.Eos, generation.Result!.Finish);
        }
        Assert.Throws<TernException>(() => generator.Generate("A", new GenerationOptions { Grammar = grammar, IgnoreEos = true }));
    }

    [Fact]
    public void Log_probabilities_come_with_the_tokens()
    {
        using var model = TestModels.Gutenberg();
        using var sequence = model.CreateSequence(0, CacheType.F32);
        var options = Greedy(3) with { Sampling = SamplingOptions.Greedy with { LogProbs = 2 } };
        var first = new TextGenerator(model, sequence).Generate("It was a dark and stormy night", options).First();
        // models/gutenberg-2m/README.md: logits 6.3427 and 6.3293, log-sum-exp 7.9340; F32 kernels agree to about 1e-3.
        Assert.Equal(12, first.LogProbs!.Value.Sampled.Token);
        Assert.Equal(6.3427 - 7.9340, first.LogProbs.Value.Sampled.LogProb, 2e-3);
        Assert.Equal(14, first.LogProbs.Value.Top.Span[1].Token);
        Assert.Equal(6.3293 - 7.9340, first.LogProbs.Value.Top.Span[1].LogProb, 2e-3);
    }

    [Fact]
    public void A_decode_step_allocates_nothing()
    {
        using var model = TestModels.Gutenberg();
        using var sequence = model.CreateSequence();
        var options = new SamplingOptions { Seed = 1, RepeatPenalty = 1.1, Dry = new Dry { Multiplier = 0.8, SequenceBreakers = [] }, Xtc = new Xtc { Probability = 0.5 } };
        var sampler = new Sampler(options, model.Config.VocabSize);
        var logits = new float[model.Config.VocabSize];
        var next = new int[] { 300 };
        void Step()
        {
            model.Forward(sequence, next, logits);
            next[0] = sampler.Sample(logits);
            sampler.Accept(next[0]);
        }

        for (var i = 0; i < 260; i++) Step();                    // buffers that double have room now; loops are compiled
        var before = GC.GetAllocatedBytesForCurrentThread();
        for (var i = 0; i < 100; i++) Step();
        Assert.Equal(0, GC.GetAllocatedBytesForCurrentThread() - before);
    }

    [Fact]
    public void A_generation_is_enumerated_once()
    {
        using var model = TestModels.Gutenberg();
        using var sequence = model.CreateSequence();
        var generation = new TextGenerator(model, sequence).Generate("The", Greedy(2));
        generation.ReadToEnd();
        Assert.Throws<InvalidOperationException>(() => generation.ReadToEnd());
    }

    [Fact]
    public void A_cache_type_that_the_heads_do_not_allow_falls_back()
    {
        using var model = TestModels.Stories();
        using var sequence = model.CreateSequence(0, CacheType.Q8_0);
        Assert.Equal(CacheType.F16, sequence.CacheType);
    }

    [Fact]
    public void Stop_tokens_are_those_of_configuration_tokenizer_and_chat_formats()
    {
        using var shipped = TestModels.Gutenberg();
        Assert.Equal([0], shipped.StopTokens);
        using var stories = TestModels.Stories();
        Assert.Equal([2, 1], stories.StopTokens);                // llama2.c ends at BOS too

        var tokenizer = GgufTokenizer.From(new Dictionary<string, object>
        {
            ["tokenizer.ggml.model"] = "llama",
            ["tokenizer.ggml.tokens"] = (string[])["<unk>", "<s>", "</s>", "<|im_end|>", "<|eot_id|>", "<end_of_turn>", "a"],
            ["tokenizer.ggml.scores"] = new float[7],
            ["tokenizer.ggml.token_type"] = (int[])[2, 3, 1, 3, 4, 1, 1],    // control, user-defined; </s> and <end_of_turn> are ordinary text
        });
        Assert.Equal([0, 3, 4], StopTokens.Of(shipped.Config, tokenizer));
    }
}
