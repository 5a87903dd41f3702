using CsCheck;
using Tern.Models;
using Tern.Models.Gguf;
using Tern.Numerics.Formats;
using Tern.Run.Evaluation;
using Tern.Testing;

namespace Tern.Run.Tests.Evaluation;

public sealed class KlDivergenceTests : IDisposable
{
    static CancellationToken Cancel => TestContext.Current.CancellationToken;

    static readonly EvaluationOptions Short = new() { Context = 128, MaxTargets = 600 };

    readonly TemporaryFolder folder = new();

    public void Dispose() => folder.Dispose();

    static string HeldOut => File.ReadAllText(Path.Combine(Shipped.Folder, "held-out.txt"))[..6_000];

    /// <summary>Rows of logits that are given.</summary>
    sealed class GivenLogits(params double[][] probabilities) : TargetLogits
    {
        float[] buffer = [];

        public override int VocabSize => probabilities[0].Length;

        public override ReadOnlySpan<float> Read(TokenWindow window, int target, int count)
        {
            // Any constant may be added to a row of logits.
            buffer = [.. probabilities.Skip(target).Take(count).SelectMany(row => row.Select(p => (float)(Math.Log(p) + 3)))];
            return buffer;
        }

        public override void Dispose()
        {
        }
    }

    [Fact]
    public void Three_tokens_give_the_figures_computed_by_hand()
    {
        var windows = TokenWindows.Of("abcd", [0, 2, 1, 1], bos: 0, new EvaluationOptions { Context = 4 }, 4);
        using var p = new GivenLogits([0.5, 0.25, 0.25], [0.8, 0.1, 0.1], [0.25, 0.5, 0.25], [0.25, 0.5, 0.25]);
        using var q = new GivenLogits([0.25, 0.25, 0.5], [0.8, 0.1, 0.1], [0.25, 0.5, 0.25], [0.5, 0.25, 0.25]);
        var report = KlDivergence.Measure("q", "p", windows, q, p, null, Cancel);

        // Rows 0 and 3: 1/2 ln 2 + 1/4 ln(1/2) = 1/4 ln 2, and 1/4 ln(1/2) + 1/2 ln 2 = 1/4 ln 2; rows 1 and 2 agree.
        const double Single = 1e-6;                          // logits are rounded to float32
        Assert.Equal(Math.Log(2) / 8, report.MeanDivergence.Value, Single);
        Assert.Equal(Math.Log(2) / 4, report.Divergence.Max, Single);
        Assert.Equal(0, report.Divergence.Min, Single);
        // Targets 0, 2, 1, 1: p has 1/2, 1/10, 1/2, 1/2; q has 1/4, 1/10, 1/2, 1/4.
        Assert.Equal(-0.125, report.MeanDeltaP.Value, Single);
        Assert.Equal(Math.Sqrt(2 * 0.0625 / 4), report.RmsDeltaP.Value, Single);
        Assert.Equal(0.5, report.SameTop.Value);
        Assert.Equal(Math.Sqrt(0.25 / 3), report.SameTop.Error, 1e-12);
        // Mean loss of q less that of p: (2 ln 2) / 4.
        Assert.Equal(Math.Sqrt(2), report.PerplexityRatio.Value, Single);
        Assert.Equal((3 * Math.Log(2) + Math.Log(10)) / 4, report.Reference.NatsPerToken.Value, Single);
    }

    [Fact]
    public void The_divergence_is_never_negative_and_agrees_with_the_plain_sum() =>
        Gen.Select(Gen.Double[-8, 8].Array[1, 37], Gen.Double[-8, 8].Array[37]).Sample((a, b) =>
        {
            float[] p = [.. a.Select(x => (float)x)], q = [.. b.Take(p.Length).Select(x => (float)x)];
            double Log(float[] row, int i) => row[i] - Math.Log(row.Sum(x => Math.Exp(x)));
            var expected = Enumerable.Range(0, p.Length).Sum(i => Math.Exp(Log(p, i)) * (Log(p, i) - Log(q, i)));
            var actual = LogSoftmax.Divergence(p, LogSoftmax.Normalizer(p).LogSumExp, q, LogSoftmax.Normalizer(q).LogSumExp);
            // Sums of at most 37 terms below 16 in another order.
            Assert.Equal(expected, actual, 1e-11);
            Assert.True(actual > -1e-11);
        });

    [Fact]
    public void A_logit_that_is_no_number_is_named()
    {
        var problem = Assert.Throws<TernException>(() => LogSoftmax.Normalizer([1, float.NaN, 2]));
        Assert.Contains("token 1 is NaN", problem.Message);
    }

    [Fact]
    public void A_token_that_both_rule_out_adds_nothing()
    {
        float[] row = [1, float.NegativeInfinity, 2, 3, float.NegativeInfinity];
        Assert.Equal(0, LogSoftmax.Divergence(row, LogSoftmax.Normalizer(row).LogSumExp, row, LogSoftmax.Normalizer(row).LogSumExp));
    }

    [Fact]
    public void A_model_does_not_diverge_from_itself_not_even_through_a_file()
    {
        using var model = LanguageModel.Load(Shipped.Folder);
        using var twin = LanguageModel.Load(Shipped.Folder);
        var report = KlDivergence.Measure(model, twin, HeldOut, Short, folder["logits"], cancellation: Cancel);
        foreach (var again in (KlReport[])[report, KlDivergence.Measure(model, folder["logits"], cancellation: Cancel)])
        {
            Assert.Equal((0, 0, 0), (again.MeanDivergence.Value, again.Divergence.Max, again.RmsDeltaP.Value));
            Assert.Equal((1, 1), (again.SameTop.Value, again.PerplexityRatio.Value));
            Assert.Equal(600, again.Model.Targets);
            Assert.Equal(report.Reference.NatsPerToken, again.Model.NatsPerToken);
            Assert.Equal(report.Model.BitsPerByte, again.Model.BitsPerByte);
        }
    }

    [Fact]
    public void Fewer_bits_diverge_more_and_saved_logits_give_the_same_report()
    {
        using (var source = ModelOnDisk.Open(Shipped.Folder))
        {
            GgufExport.Write(folder["q8.gguf"], source, _ => TensorType.Q8_0, cancellation: Cancel);
            GgufExport.Write(folder["q3.gguf"], source, _ => TensorType.Q3_K, cancellation: Cancel);
        }
        using var reference = LanguageModel.Load(Shipped.Folder);
        var perplexity = ReferenceLogits.Save(folder["logits"], reference, HeldOut, Short, cancellation: Cancel);
        var means = new List<double>();
        foreach (var name in (string[])["q8.gguf", "q3.gguf"])
        {
            using var model = LanguageModel.Load(folder[name]);
            var direct = KlDivergence.Measure(model, reference, HeldOut, Short, cancellation: Cancel);
            var saved = KlDivergence.Measure(model, folder["logits"], cancellation: Cancel);
            Assert.Equal(direct.MeanDivergence, saved.MeanDivergence);
            Assert.Equal(direct.DeltaP, saved.DeltaP);
            Assert.Equal(perplexity.NatsPerToken, saved.Reference.NatsPerToken);
            means.Add(direct.MeanDivergence.Value);
        }
        Assert.InRange(means[0], 1e-6, 5e-3);                // Q8_0 is all but lossless
        Assert.True(means[1] > 10 * means[0]);
    }

    [Fact]
    public void Other_tokenizers_and_damaged_files_are_refused()
    {
        using var reference = LanguageModel.Load(Shipped.Folder);
        ReferenceLogits.Save(folder["logits"], reference, HeldOut, new EvaluationOptions { Context = 32, MaxTargets = 40 }, cancellation: Cancel);
        var bytes = File.ReadAllBytes(folder["logits"]);
        void Damaged(byte[] contents, string message)
        {
            File.WriteAllBytes(folder["bad"], contents);
            Assert.Contains(message, Assert.Throws<ModelFormatException>(() => KlDivergence.Measure(reference, folder["bad"], cancellation: Cancel)).Message);
        }

        Damaged(bytes[..^4], "damaged");
        Damaged([.. bytes, 0, 0, 0, 0], "damaged");
        Damaged(bytes[..30], "damaged");
        Damaged([.. "GGUF"u8, .. bytes[4..]], "is no file of saved logits");
        for (var at = 8; at < 700; at += 23)
        {
            var flipped = (byte[])bytes.Clone();
            flipped[at] ^= 4;
            Damaged(flipped, "damaged");
        }
        using var stories = LanguageModel.Load(RealData.Path("weights/stories260K/stories260K.bin"));
        var problem = Assert.Throws<TernException>(() => KlDivergence.Measure(stories, reference, HeldOut, cancellation: Cancel));
        Assert.Contains("vocabulary of 512 tokens", problem.Message);
        Assert.Contains("one of 2048", problem.Message);
    }
}
