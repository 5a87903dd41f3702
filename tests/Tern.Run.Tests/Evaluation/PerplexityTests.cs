using CsCheck;
using Tern.Models;
using Tern.Numerics.Kernels;
using Tern.Run.Evaluation;
using Tern.Testing;

namespace Tern.Run.Tests.Evaluation;

/// <summary>Losses of trained models, computed by an independent float64 forward pass (NumPy) over windows cut the same way.</summary>
public class PerplexityTests
{
    static CancellationToken Cancel => TestContext.Current.CancellationToken;

    static string Beginning(int characters) => File.ReadAllText(RealData.Path("text/tinystories/tinystories.txt"))[..characters];

    /// <summary>float32 sums against float64: far below the last digit given.</summary>
    const double LastDigit = 6e-5;

    [Fact]
    public void Stories260K_has_the_loss_of_the_float64_reference()
    {
        using var model = LanguageModel.Load(RealData.Path("weights/stories260K/stories260K.bin"));
        var report = Perplexity.Measure(model, Beginning(12_000), new EvaluationOptions { Context = 511, MaxTargets = 5_621, CacheType = CacheType.F32 }, cancellation: Cancel);
        Assert.True(report.WithBos);
        Assert.Equal(5_621, report.Targets);
        Assert.Equal(1.4963, report.NatsPerToken.Value, LastDigit);
        Assert.Equal(Math.Exp(1.4963), report.Perplexity.Value, 4.5 * LastDigit);
        // 0.4776 tokens a character, all of one byte but 4 in 10,000.
        Assert.Equal(1.4963 * 0.4776 / Math.Log(2), report.BitsPerByte, 1e-3);
    }

    [Fact]
    public void Babyllama_has_the_overall_and_the_warm_loss_of_the_float64_reference()
    {
        using var model = LanguageModel.Load(RealData.Path("weights/babyllama-105/model5000.bin"));
        var options = new EvaluationOptions { Context = 255, WarmFrom = 128, MaxTargets = 39_780, CacheType = CacheType.F32 };
        var report = Perplexity.Measure(model, Beginning(40_000), options, cancellation: Cancel);
        Assert.Equal(0.8453, report.NatsPerToken.Value, LastDigit);
        Assert.Equal(0.7411, report.WarmNatsPerToken!.Value.Value, LastDigit);
        Assert.Equal(156 * 127, report.WarmTargets);
    }

    [Fact]
    public void The_shipped_model_has_the_loss_of_its_README()
    {
        using var model = LanguageModel.Load(Shipped.Folder);
        var report = Perplexity.Measure(model, File.ReadAllText(Path.Combine(Shipped.Folder, "held-out.txt")), new EvaluationOptions { MaxTargets = 4_096 }, cancellation: Cancel);
        Assert.Equal((512, 512, false, 55_735), (report.Context, report.Stride, report.WithBos, report.Tokens));
        // Keys and values in half precision move single losses by some 1e-3, their mean over 4,096 targets by less than 1e-4.
        Assert.Equal(3.40699, report.NatsPerToken.Value, 1e-4);
    }

    [Fact]
    public void Overlapping_windows_give_later_targets_more_context_and_a_lower_loss()
    {
        using var model = LanguageModel.Load(Shipped.Folder);
        var text = File.ReadAllText(Path.Combine(Shipped.Folder, "held-out.txt"))[..4_000];
        var apart = Perplexity.Measure(model, text, new EvaluationOptions { Context = 64 }, cancellation: Cancel);
        var overlapping = Perplexity.Measure(model, text, new EvaluationOptions { Context = 64, Stride = 16 }, cancellation: Cancel);
        Assert.Equal(apart.Targets, overlapping.Targets);
        Assert.True(overlapping.NatsPerToken.Value < apart.NatsPerToken.Value);
    }

    [Fact]
    public void Every_target_is_counted_once_whatever_the_stride() =>
        Gen.Select(Gen.Int[1, 200], Gen.Int[1, 40], Gen.Int[1, 40], Gen.Bool, Gen.Int[0, 100]).Sample((count, context, stride, bos, max) =>
        {
            stride = Math.Min(stride, context);
            var tokens = Enumerable.Range(100, count + 1).ToArray();
            var options = new EvaluationOptions { Context = context, Stride = stride, MaxTargets = max };
            var windows = TokenWindows.Of("", tokens, bos ? 1 : null, options, 512);
            var counted = windows.Windows.SelectMany(window => Enumerable.Range(window.Counted, window.End - window.Counted)).ToList();
            Assert.Equal(Enumerable.Range(bos ? 0 : 1, windows.Targets), counted);
            Assert.All(windows.Windows, window =>
            {
                var input = windows.Input(window);
                Assert.InRange(input.Length, 1, context);
                Assert.Equal(bos ? 1 : tokens[window.First - 1], input[0]);
                Assert.Equal(tokens[window.First..(window.End - 1)], input[1..]);
                if (window.First > windows.Windows[0].First) Assert.True(window.Counted - window.First >= context - stride);
            });
        });

    [Fact]
    public void The_standard_error_is_that_of_a_mean()
    {
        var moments = new Moments();
        foreach (var value in (double[])[1, 2, 3, 6]) moments.Add(value);
        // Mean 3, squares of the distances 4 + 1 + 0 + 9 = 14, variance 14 / 3, error sqrt(14 / 3 / 4).
        Assert.Equal(3, moments.Estimate.Value, 1e-12);
        Assert.Equal(Math.Sqrt(14.0 / 12), moments.Estimate.Error, 1e-12);
    }

    [Fact]
    public void Quantiles_lie_between_neighbours()
    {
        var quantiles = Quantiles.Of([40, 10, 30, 20, 0]);
        Assert.Equal((0, 20, 40), (quantiles.Min, quantiles.Median, quantiles.Max));
        Assert.Equal(36, quantiles.P90, 1e-12);             // place 3.6
        Assert.Equal(2, quantiles.P05, 1e-12);              // place 0.2
    }

    [Fact]
    public void A_text_without_targets_and_a_stride_beyond_the_context_are_refused()
    {
        using var model = LanguageModel.Load(Shipped.Folder);
        Assert.Contains("too short", Assert.Throws<TernException>(() => Perplexity.Measure(model, "a", cancellation: Cancel)).Message);
        var problem = Assert.Throws<TernException>(() => Perplexity.Measure(model, "some words", new EvaluationOptions { Context = 8, Stride = 9 }, cancellation: Cancel));
        Assert.Contains("left out", problem.Message);
    }

    [Fact]
    public void Cancelling_stops_within_a_window()
    {
        using var model = LanguageModel.Load(Shipped.Folder);
        using var cancel = new CancellationTokenSource();
        var windows = 0;
        var progress = new Callback(_ =>
        {
            windows++;
            cancel.Cancel();
        });
        Assert.ThrowsAny<OperationCanceledException>(() => Perplexity.Measure(model, new string('a', 5_000), progress: progress, cancellation: cancel.Token));
        Assert.Equal(1, windows);
    }

    sealed class Callback(Action<EvaluationProgress> action) : IProgress<EvaluationProgress>
    {
        public void Report(EvaluationProgress value) => action(value);
    }
}
