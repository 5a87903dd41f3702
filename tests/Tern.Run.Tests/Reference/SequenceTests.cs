using Tern.Models;
using Tern.Numerics.Kernels;
using Tern.Run.Generation;
using Tern.Testing;

namespace Tern.Run.Tests.Reference;

public sealed class SequenceTests : IDisposable
{
    readonly TemporaryFolder folder = new();
    readonly LanguageModel model;

    public SequenceTests() => model = LanguageModel.Load(TinyModels.Write(folder["model"], TinyModels.Qwen3), new LoadOptions { MaxBatch = 16 });

    public void Dispose()
    {
        model.Dispose();
        folder.Dispose();
    }

    public static TheoryData<CacheType> CacheTypes => [.. Enum.GetValues<CacheType>()];

    static int[] Text(int length, int seed = 1) => RandomArchitectures.Tokens(TinyModels.Qwen3, length, new Random(seed));

    [Theory]
    [MemberData(nameof(CacheTypes))]
    public void A_truncated_sequence_goes_on_as_if_the_rest_had_never_been(CacheType cache)
    {
        var tokens = Text(40);
        using var sequence = model.CreateSequence(64, cache);
        var expected = model.Forward(sequence, tokens).ToArray();
        model.Forward(sequence, Text(20, seed: 2));
        foreach (var length in new[] { 40, 17, 16, 1, 0 })
        {
            sequence.Truncate(Math.Min(length, 39));
            Assert.Equal(tokens[..Math.Min(length, 39)], sequence.Tokens);
            Assert.Equal(expected, model.Forward(sequence, tokens.AsSpan(sequence.Length)).ToArray());
        }
        Assert.Throws<ArgumentOutOfRangeException>(() => sequence.Truncate(41));
        Assert.Throws<ArgumentOutOfRangeException>(() => sequence.Truncate(-1));
        Assert.Equal(40, sequence.Length);
    }

    [Theory]
    [MemberData(nameof(CacheTypes))]
    public void Save_and_restore_gives_the_same_logits(CacheType cache)
    {
        var tokens = Text(37);
        using var sequence = model.CreateSequence(64, cache);
        model.Forward(sequence, tokens.AsSpan(0, 33));
        sequence.Save(folder["saved"]);
        var expected = model.Forward(sequence, tokens.AsSpan(33)).ToArray();

        using var other = model.CreateSequence(100, cache);      // of another length
        model.Forward(other, Text(60, seed: 5));
        other.Restore(folder["saved"]);
        Assert.Equal(tokens[..33], other.Tokens);
        Assert.Equal(expected, model.Forward(other, tokens.AsSpan(33)).ToArray());
    }

    [Fact]
    public void An_empty_sequence_can_be_saved_and_restored()
    {
        using var sequence = model.CreateSequence(16);
        sequence.Save(folder["saved"]);
        model.Forward(sequence, 1, 2, 3);
        sequence.Restore(folder["saved"]);
        Assert.Equal(0, sequence.Length);
    }

    [Fact]
    public void Damaged_files_are_refused_and_leave_the_sequence_empty_and_usable()
    {
        using var sequence = model.CreateSequence(64);
        var tokens = Text(20);
        var expected = model.Forward(sequence, tokens).ToArray();
        sequence.Save(folder["saved"]);
        var whole = File.ReadAllBytes(folder["saved"]);
        var mutations = new Mutations(3);
        var headerLength = whole.AsSpan().IndexOf("weights"u8) + 30 + 4 * tokens.Length;
        List<byte[]> damaged = [whole[..^1], [.. whole, 0], whole[..10], [], [.. "text"u8, .. whole[4..]], [.. whole[..8], 0xFF, 0xFF, 0xFF, 0xFF, 0x07, .. whole[9..]]];
        for (var i = 0; i < 300; i++) damaged.Add([.. mutations.Mutate(whole[..headerLength]), .. whole[headerLength..]]);
        foreach (var bytes in damaged)
        {
            File.WriteAllBytes(folder["damaged"], bytes);
            if (bytes.AsSpan().SequenceEqual(whole)) continue;             // a splice may put back what was there
            Assert.Contains(folder["damaged"], Assert.ThrowsAny<TernException>(() => sequence.Restore(folder["damaged"])).Message);
            Assert.Equal(0, sequence.Length);
        }
        Assert.Equal(expected, model.Forward(sequence, tokens).ToArray());
    }

    [Fact]
    public void A_flipped_byte_anywhere_is_noticed()
    {
        using var sequence = model.CreateSequence(64);
        var tokens = Text(20);
        var expected = model.Forward(sequence, tokens).ToArray();
        sequence.Save(folder["saved"]);
        var whole = File.ReadAllBytes(folder["saved"]);
        var random = new Random(4);
        for (var at = 0; at < whole.Length; at += at < 300 ? 1 : 7)          // every byte of header and tokens, some of keys and values
        {
            byte[] flipped = [.. whole];
            flipped[at] ^= (byte)random.Next(1, 256);
            File.WriteAllBytes(folder["flipped"], flipped);
            Assert.Contains(folder["flipped"], Assert.Throws<ModelFormatException>(() => sequence.Restore(folder["flipped"])).Message);
            Assert.Equal(0, sequence.Length);
        }
        Assert.Equal(expected, model.Forward(sequence, tokens).ToArray());
    }

    [Fact]
    public void A_file_of_another_version_is_told_from_a_damaged_one()
    {
        using var sequence = model.CreateSequence(64);
        File.WriteAllBytes(folder["old"], [.. "TERNSEQ2"u8, .. new byte[100]]);
        Assert.Contains("was saved by another version of Tern (format '2', this one reads '3')", Assert.Throws<ModelFormatException>(() => sequence.Restore(folder["old"])).Message);
        Assert.Contains("another version", PromptCache.Load(sequence, folder["old"]));
    }

    [Fact]
    public void Files_that_do_not_fit_are_refused_with_the_reason()
    {
        using var sequence = model.CreateSequence(64);
        model.Forward(sequence, Text(20));
        sequence.Save(folder["saved"]);

        using var shorter = model.CreateSequence(19);
        Assert.Contains("holds 20 tokens", Assert.Throws<ModelFormatException>(() => shorter.Restore(folder["saved"])).Message);
        using var otherType = model.CreateSequence(64, CacheType.F32);
        Assert.Contains("F16", Assert.Throws<ModelFormatException>(() => otherType.Restore(folder["saved"])).Message);
        using var otherWeights = LanguageModel.Load(TinyModels.Write(folder["other"], TinyModels.Qwen3, seed: 2));
        using var ofOther = otherWeights.CreateSequence(64);
        Assert.Contains("saved from a model", Assert.Throws<ModelFormatException>(() => ofOther.Restore(folder["saved"])).Message);
        Assert.Contains("no saved sequence", Assert.Throws<TernException>(() => sequence.Restore(folder["missing"])).Message);
        Assert.Contains("no saved sequence", Assert.Throws<TernException>(() => sequence.Restore(Path.Combine(folder["missing"], "x"))).Message);
        Assert.Contains(folder.Path, Assert.Throws<TernException>(() => sequence.Restore(folder.Path)).Message);
    }

    [Fact]
    public void Sequences_of_any_lengths_share_a_batch_without_touching_each_other()
    {
        var random = new Random(2);
        for (var round = 0; round < 10; round++)
        {
            var texts = Enumerable.Range(0, random.Next(2, 7)).Select(i => Text(random.Next(1, 40), seed: round * 100 + i)).ToArray();
            var caches = texts.Select(_ => random.GetItems(Enum.GetValues<CacheType>(), 1)[0]).ToArray();
            var alone = texts.Select((text, i) =>
            {
                using var sequence = model.CreateSequence(64, caches[i]);
                return model.Forward(sequence, text).ToArray();
            }).ToArray();

            var sequences = caches.Select(cache => model.CreateSequence(random.Next(45, 100), cache)).ToArray();
            while (Array.Exists(sequences.Zip(texts).ToArray(), pair => pair.First.Length < pair.Second.Length))
            {
                BatchItem[] items = [.. sequences.Zip(texts, (sequence, text) =>
                    new BatchItem(sequence, text.AsMemory(sequence.Length, Math.Min(random.Next(0, 12), text.Length - sequence.Length))))];
                var logits = model.Forward(items);
                var row = 0;
                foreach (var (item, i) in items.Select((item, i) => (item, i)).Where(pair => pair.item.Tokens.Length > 0))
                {
                    if (item.Sequence.Length == texts[i].Length) Assert.Equal(alone[i], logits[row].ToArray());
                    row++;
                }
                Assert.Equal(row, logits.Rows);
            }
            foreach (var sequence in sequences) sequence.Dispose();
        }
    }

    [Fact]
    public void A_full_context_is_refused_with_what_to_do_and_changes_nothing()
    {
        using var sequence = model.CreateSequence(10);
        using var roomy = model.CreateSequence(30);
        var expected = model.Forward(sequence, Text(9)).ToArray();
        var error = Assert.Throws<TernException>(() => model.Forward(sequence, 1, 2));
        Assert.Contains("11 tokens do not fit into the context of 10", error.Message);
        Assert.Contains("longer context", error.Message);
        Assert.Throws<TernException>(() => model.Forward(new BatchItem(roomy, Text(5)), new BatchItem(sequence, Text(2))).Rows);
        Assert.Throws<TernException>(() => model.Forward(roomy, 1, -1));
        Assert.Throws<TernException>(() => model.Forward(roomy, 1, TinyModels.Vocab));
        Assert.Equal((9, 0), (sequence.Length, roomy.Length));
        sequence.Truncate(8);
        Assert.Equal(expected, model.Forward(sequence, Text(9)[8]).ToArray());
    }

    [Fact]
    public void Misuse_is_refused_before_it_touches_memory()
    {
        var disposed = model.CreateSequence(10);
        disposed.Dispose();
        disposed.Dispose();
        Assert.Throws<ObjectDisposedException>(() => model.Forward(disposed, 1));
        Assert.Throws<ObjectDisposedException>(() => disposed.Save(folder["saved"]));
        Assert.Throws<ObjectDisposedException>(() => disposed.Restore(folder["saved"]));

        using var sequence = model.CreateSequence(10);
        Assert.Throws<ArgumentException>(() => model.Forward(new BatchItem(sequence, Text(1)), new BatchItem(sequence, Text(1))).Rows);
        Assert.Throws<ArgumentException>(() => model.Forward(sequence));
        Assert.Equal(0, sequence.Length);

        var other = LanguageModel.Load(TinyModels.Write(folder["other"], TinyModels.Llama));
        using var ofOther = other.CreateSequence(10);
        Assert.Throws<ArgumentException>(() => model.Forward(ofOther, 1));
        other.Dispose();
        other.Dispose();
        Assert.Throws<ObjectDisposedException>(() => other.Forward(ofOther, 1));
        Assert.Throws<ObjectDisposedException>(() => other.Forward(new BatchItem(ofOther, Text(1))).Rows);
        Assert.Throws<ObjectDisposedException>(() => other.CreateSequence());
    }

    /// <summary>Three texts that end in different parts of 1024 positions: one token is decoded in parts by several threads, and whole by one.</summary>
    [Theory]
    [MemberData(nameof(CacheTypes))]
    public void A_token_behind_a_long_text_has_the_same_bits_for_any_number_of_threads(CacheType cache)
    {
        int[][] texts = [Text(1023), Text(2100, seed: 2), Text(5, seed: 3)];
        float[][]? expected = null;
        for (var threads = 1; threads <= 4; threads++)
        {
            using var decoder = LanguageModel.Load(folder["model"], new LoadOptions { Threads = threads });
            var sequences = texts.Select(text => decoder.CreateSequence(2200, cache)).ToArray();
            var logits = sequences.Zip(texts, (sequence, text) => decoder.Forward(sequence, text).ToArray()).ToList();
            for (var step = 0; step < 3; step++)
            {
                var together = decoder.Forward([.. sequences.Select(sequence => new BatchItem(sequence, new[] { 7 + step }))]);
                for (var row = 0; row < together.Rows; row++) logits.Add(together[row].ToArray());
                logits.Add(decoder.Forward(sequences[1], 9).ToArray());
            }
            foreach (var sequence in sequences) sequence.Dispose();
            expected ??= [.. logits];
            Assert.Equal(expected, logits);
        }
    }

    [Fact]
    public void A_long_text_has_the_same_bits_however_it_is_cut_if_its_cache_is_F32()
    {
        using var large = LanguageModel.Load(folder["model"]);
        var text = Text(1300, seed: 4);
        float[]? expected = null;
        foreach (var sizes in (int[][])[[1300], [1, 511, 788], [1020, 3, 1, 276], [1299, 1]])
        {
            using var sequence = large.CreateSequence(1300, CacheType.F32);
            float[] logits = [];
            foreach (var size in sizes) logits = large.Forward(sequence, text.AsSpan(sequence.Length, size)).ToArray();
            Assert.Equal(expected ??= logits, logits);
        }
    }

    /// <summary>
    /// Behind position 128 a prompt's attention rounds queries and weights to 8 bits, and keys and values beyond the cache's own rounding: 2^-8 of a
    /// number each, of independent signs, in every layer; 3.9e-3 of the largest logit were seen, three times that is allowed. What a single key weighs is tested where the kernels are.
    /// </summary>
    [Theory]
    [InlineData(CacheType.F16)]
    [InlineData(CacheType.BF16)]
    [InlineData(CacheType.Q8_0)]
    public void A_long_prompt_in_tiles_is_near_the_exact_one(CacheType cache)
    {
        var text = Text(900, seed: 6);
        float[] Logits(Tern.Numerics.IsaLevel level)
        {
            using var large = LanguageModel.Load(folder["model"], new LoadOptions { Level = level });
            using var sequence = large.CreateSequence(900, cache);
            return large.Forward(sequence, text).ToArray();
        }

        float[] exact = Logits(Tern.Numerics.IsaLevel.Scalar), tiled = Logits(Tern.Numerics.Isa.Best);
        Assert.Equal(0, exact.Zip(tiled, (a, b) => Math.Abs(a - b)).Max() / exact.Max(Math.Abs), 1.2e-2);
    }

    [Theory]
    [InlineData(CacheType.F32, 1)]
    [InlineData(CacheType.F16, 2)]
    [InlineData(CacheType.Q8_0, 2)]
    public void A_decoded_token_allocates_nothing(CacheType cache, int threads)
    {
        using var decoder = LanguageModel.Load(folder["model"], new LoadOptions { Threads = threads });
        using var sequence = decoder.CreateSequence(256, cache);
        using var other = decoder.CreateSequence(256, cache);
        var token = new int[] { 1 };
        var row = new float[TinyModels.Vocab];
        for (var i = 0; i < 30; i++) Step();                     // kernels are assembled when they are first needed, some only behind 16 positions
        var before = GC.GetAllocatedBytesForCurrentThread();
        for (var i = 0; i < 50; i++) Step();
        Assert.Equal(0, GC.GetAllocatedBytesForCurrentThread() - before);

        void Step()
        {
            decoder.Forward(sequence, 3);
            decoder.Forward(sequence, token, row);
            decoder.Forward(new BatchItem(sequence, token), new BatchItem(other, token));
            decoder.HiddenStates(new BatchItem(other, token));
        }
    }
}
