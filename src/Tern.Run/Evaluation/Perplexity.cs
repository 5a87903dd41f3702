using Tern.Models;

namespace Tern.Run.Evaluation;

/// <summary>How well a model predicts a text. Logarithms are natural.</summary>
public sealed record PerplexityReport
{
    public required string Model { get; init; }

    /// <summary>Tokens that the model reads in a window.</summary>
    public required int Context { get; init; }

    /// <summary>Targets from one window to the next.</summary>
    public required int Stride { get; init; }

    /// <summary>Whether each window begins with BOS.</summary>
    public required bool WithBos { get; init; }

    /// <summary>Tokens of the text.</summary>
    public required int Tokens { get; init; }

    /// <summary>Tokens that were predicted, each counted once.</summary>
    public required int Targets { get; init; }

    /// <summary>Mean of -log p(target), with its standard error.</summary>
    public required Estimate NatsPerToken { get; init; }

    /// <summary>exp of <see cref="NatsPerToken"/>; the error to first order.</summary>
    public Estimate Perplexity
    {
        get
        {
            var perplexity = Math.Exp(NatsPerToken.Value);
            return new Estimate(perplexity, perplexity * NatsPerToken.Error);
        }
    }

    /// <summary>Bits for each UTF-8 byte of the text: comparable between tokenizers.</summary>
    public required double BitsPerByte { get; init; }

    /// <summary>Which position of a window <see cref="WarmNatsPerToken"/> begins at.</summary>
    public required int WarmFrom { get; init; }

    /// <summary>Targets at such positions.</summary>
    public required int WarmTargets { get; init; }

    /// <summary>The loss with some context at hand; null where there are no such targets.</summary>
    public required Estimate? WarmNatsPerToken { get; init; }

    public required double Seconds { get; init; }
}

/// <summary>The perplexity of a text: exp of the mean negative log-likelihood of its tokens, in windows (see <see cref="EvaluationOptions"/>).</summary>
public static class Perplexity
{
    /// <summary>Runs the model over the text.</summary>
    /// <param name="model">Any model with a tokenizer.</param>
    /// <param name="text">As it stands in the file: nothing is stripped.</param>
    /// <param name="options">Null for windows of 512 without overlap.</param>
    /// <param name="progress">Told after every few rows.</param>
    /// <param name="cancellation">Looked at between parts of a window.</param>
    /// <exception cref="TernException">The text is too short, the model has no tokenizer, or a logit is not a number.</exception>
    public static PerplexityReport Measure(LanguageModel model, string text, EvaluationOptions? options = null,
        IProgress<EvaluationProgress>? progress = null, CancellationToken cancellation = default)
    {
        options ??= new EvaluationOptions();
        var windows = TokenWindows.Of(model.Tokenizer, model.Config, text, options);
        using var logits = new ModelLogits(model, windows, options);
        return Measure(model.Files.Path, windows, logits, progress, cancellation);
    }

    internal static PerplexityReport Measure(string name, TokenWindows windows, TargetLogits logits, IProgress<EvaluationProgress>? progress, CancellationToken cancellation)
    {
        var started = TimeProvider.System.GetTimestamp();
        var losses = new LossSums(windows);
        TargetRows.ForEach(windows, logits, null, (rows, _) =>
        {
            losses.Add(rows);
            progress?.Report(new EvaluationProgress(losses.Count, windows.Targets, Math.Exp(losses.Mean)));
        }, cancellation);
        return losses.Report(name, windows, TimeProvider.System.GetElapsedTime(started).TotalSeconds);
    }
}

/// <summary>Sums up the losses of one model.</summary>
sealed class LossSums(TokenWindows windows)
{
    Moments _all, _warm;

    public int Count => _all.Count;

    public double Mean => _all.Mean;

    public void Add(TargetRows rows)
    {
        for (var i = 0; i < rows.Count; i++)
        {
            _all.Add(rows.Losses[i]);
            if (rows.Target + i - rows.Window.First >= windows.WarmFrom) _warm.Add(rows.Losses[i]);
        }
    }

    public PerplexityReport Report(string name, TokenWindows text, double seconds) => new()
    {
        Model = name,
        Context = text.Context,
        Stride = text.Stride,
        WithBos = text.Bos is not null,
        Tokens = text.Tokens.Length,
        Targets = _all.Count,
        NatsPerToken = _all.Estimate,
        BitsPerByte = _all.Mean * _all.Count / Math.Log(2) / text.TargetBytes,
        WarmFrom = text.WarmFrom,
        WarmTargets = _warm.Count,
        WarmNatsPerToken = _warm.Count > 0 ? _warm.Estimate : null,
        Seconds = seconds,
    };
}
