using Tern.Models;
using Tern.Models.Gguf;
using Tern.Numerics;
using Tern.Numerics.Formats;
using Tern.Numerics.Kernels;
using Tern.Run.Tests.Generation;
using Tern.Testing;

namespace Tern.Run.Tests;

/// <summary>
/// Trained models in every format that Tern writes: whichever kernels multiply, the text is the same. Block formats give the same bits on every level; matrices
/// whose rows are no whole blocks, keys and values are F32 here, because the assembled kernels add products of 16-bit floats in another order, and one rounding of
/// an activation to 8 bits that falls the other way is enough to turn a text.
/// </summary>
public class QuantizedModelsTests
{
    const int Tokens = 32;

    /// <summary>GGUF has no F8; F64 is F32 to the kernels.</summary>
    public static TheoryData<TensorType> Types =>
        [.. WeightFormats.All.Where(format => format.CanEncode).Select(format => format.Type).Except([TensorType.F64, TensorType.F8E4M3, TensorType.F8E5M2])];

    [Theory]
    [MemberData(nameof(Types))]
    public void The_shipped_model_writes_the_same_text_on_every_level(TensorType type) =>
        AssertSameText(TestModels.Shipped, type, "The old man went down to the river in the morning, and there he found the boat, and his brother sitting in it.");

    [Theory]
    [MemberData(nameof(Types))]
    public void Stories260K_writes_the_same_text_on_every_level(TensorType type) =>
        AssertSameText(RealData.Path("weights/stories260K/stories260K.bin"), type, "One day, a little boy named Tim found a shiny red ball in the garden and");

    /// <summary>A prompt long enough for tiles of 16 tokens, then tokens one by one.</summary>
    static void AssertSameText(string source, TensorType type, string prompt)
    {
        if (Isa.Current != Isa.Best) Assert.Skip("all levels were compared in the run on the best one");
        using var folder = new TemporaryFolder();
        var path = folder["model.gguf"];
        using (var files = ModelOnDisk.Open(source))
        {
            if (files.Config.HiddenSize % type.ElementsPerBlock() != 0)
                Assert.Skip($"{Path.GetFileName(source)} has rows of {files.Config.HiddenSize}: no whole blocks of {type}, which has {type.ElementsPerBlock()} weights in one");
            GgufExport.Write(path, files, tensor => tensor.Shape[^1] % type.ElementsPerBlock() == 0 ? type : TensorType.F32, cancellation: TestContext.Current.CancellationToken);
        }

        (int[] Tokens, float[] Logits)? scalar = null;
        foreach (var level in Isa.Available)                        // scalar first
        {
            var text = GreedyText(path, level, type, prompt);
            scalar ??= text;
            Assert.True(scalar.Value.Tokens.SequenceEqual(text.Tokens), $"{level} wrote [{string.Join(' ', text.Tokens)}] instead of [{string.Join(' ', scalar.Value.Tokens)}]");
            if (type is not (TensorType.F16 or TensorType.BF16)) Assert.Equal(scalar.Value.Logits, text.Logits);
        }
        Assert.True(scalar!.Value.Tokens.Distinct().Count() > Tokens / 8, "a text of one word says nothing");
    }

    static (int[] Tokens, float[] Logits) GreedyText(string path, IsaLevel level, TensorType type, string prompt)
    {
        using var model = LanguageModel.Load(path, new LoadOptions { Level = level });
        Assert.Equal(type, model.Files.Weights["model.layers.0.self_attn.q_proj.weight"].Type);
        using var sequence = model.CreateSequence(256, CacheType.F32);
        var ids = model.Tokenizer.Encode(prompt);
        Assert.True(ids.Length > 16, "the prompt fills no tile");
        var tokens = new int[Tokens];
        var logits = model.Forward(sequence, ids);
        for (var i = 0; i < Tokens; i++)
        {
            tokens[i] = ArgMax(logits);
            logits = model.Forward(sequence, tokens[i]);
        }
        return (tokens, logits.ToArray());
    }

    static int ArgMax(ReadOnlySpan<float> logits)
    {
        var best = 0;
        for (var i = 1; i < logits.Length; i++)
            if (logits[i] > logits[best]) best = i;
        return best;
    }
}
