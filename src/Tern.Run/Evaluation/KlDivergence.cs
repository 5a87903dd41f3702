using Tern.Models;

namespace Tern.Run.Evaluation;

/// <summary>
/// How far a model's predictions are from those of a reference on the same tokens. P is the reference, Q the model; the figures are those of
/// llama.cpp's <c>llama-perplexity --kl-divergence</c>. Probabilities are shares of 1, not percent.
/// </summary>
public sealed record KlReport
{
    public required PerplexityReport Model { get; init; }

    public required PerplexityReport Reference { get; init; }

    /// <summary>PPL(Q) / PPL(P): what the change costs. The error takes into account that both saw the same tokens.</summary>
    public required Estimate PerplexityRatio { get; init; }

    /// <summary>Correlation of the two losses over the tokens.</summary>
    public required double LossCorrelation { get; init; }

    /// <summary>Mean of KL(P || Q) in nats.</summary>
    public required Estimate MeanDivergence { get; init; }

    public required Quantiles Divergence { get; init; }

    /// <summary>Mean of q(target) - p(target): below zero where the model lost certainty about the text.</summary>
    public required Estimate MeanDeltaP { get; init; }

    public required Quantiles DeltaP { get; init; }

    /// <summary>Root of the mean square of q(target) - p(target).</summary>
    public required Estimate RmsDeltaP { get; init; }

    /// <summary>Share of positions at which both find the same token most probable.</summary>
    public required Estimate SameTop { get; init; }
}

/// <summary>Compares a model with the one that it was made from, token by token.</summary>
public static class KlDivergence
{
    /// <summary>Runs both models side by side, window by window.</summary>
    /// <param name="model">Q, usually the compressed one.</param>
    /// <param name="reference">P.</param>
    /// <param name="text">Any text.</param>
    /// <param name="options">Null for windows of 512 without overlap.</param>
    /// <param name="saveReference">A file that takes the logits of the reference for later comparisons; null for none.</param>
    /// <param name="progress">Told after every few rows.</param>
    /// <param name="cancellation">Looked at between parts of a window; a file half written disappears.</param>
    /// <exception cref="TernException">The vocabularies differ, the text is too short, or a logit is not a number.</exception>
    public static KlReport Measure(LanguageModel model, LanguageModel reference, string text, EvaluationOptions? options = null, string? saveReference = null,
        IProgress<EvaluationProgress>? progress = null, CancellationToken cancellation = default)
    {
        options = Fixed(options ?? new EvaluationOptions(), model, reference);
        var windows = TokenWindows.Of(reference.Tokenizer, reference.Config, text, options);
        RequireSameTokens(model, windows, reference.Config.VocabSize, reference.Files.Path);
        using var q = new ModelLogits(model, windows, options);
        KlReport Run(TargetLogits p) => Measure(model.Files.Path, reference.Files.Path, windows, q, p, progress, cancellation);
        if (saveReference is not null)
            return SavedLogits.Record(saveReference, reference.Files.Path, windows, () => new ModelLogits(reference, windows, options), Run, cancellation);
        using var logits = new ModelLogits(reference, windows, options);
        return Run(logits);
    }

    /// <summary>Compares with logits that <see cref="ReferenceLogits"/> saved; text and windows are those of the file.</summary>
    /// <exception cref="TernException">The file is damaged or was made with another vocabulary.</exception>
    public static KlReport Measure(LanguageModel model, string referenceLogits, EvaluationOptions? options = null,
        IProgress<EvaluationProgress>? progress = null, CancellationToken cancellation = default)
    {
        using var saved = SavedLogits.Open(referenceLogits);
        RequireSameTokens(model, saved.Windows, saved.VocabSize, referenceLogits);
        using var q = new ModelLogits(model, saved.Windows, options ?? new EvaluationOptions());
        return Measure(model.Files.Path, saved.ModelName, saved.Windows, q, saved, progress, cancellation);
    }

    /// <summary>A context that is not given is that of the model with the shorter one.</summary>
    static EvaluationOptions Fixed(EvaluationOptions options, LanguageModel model, LanguageModel reference) => options.Context > 0
        ? options
        : options with { Context = Math.Min(512, Math.Min(model.Config.MaxPositionEmbeddings, reference.Config.MaxPositionEmbeddings)) };

    static void RequireSameTokens(LanguageModel model, TokenWindows windows, int vocabSize, string reference)
    {
        if (model.Config.VocabSize != vocabSize)
        {
            throw new TernException($"{model.Files.Path} has a vocabulary of {model.Config.VocabSize} tokens, {reference} one of {vocabSize}: "
                + "their probabilities cannot be compared. Compare a model with the one that it was made from.");
        }
        var tokens = model.Tokenizer.Encode(windows.Text, addSpecial: false);
        var same = tokens.AsSpan().CommonPrefixLength(windows.Tokens);
        if (same == tokens.Length && same == windows.Tokens.Length) return;
        throw new TernException($"{model.Files.Path} and {reference} cut the text into different tokens, the first at place {same}: their tokenizers do not match. "
            + "Compare a model with the one that it was made from.");
    }

    internal static KlReport Measure(string model, string reference, TokenWindows windows, TargetLogits q, TargetLogits p,
        IProgress<EvaluationProgress>? progress, CancellationToken cancellation)
    {
        var started = TimeProvider.System.GetTimestamp();
        var sums = new DivergenceSums(windows);
        TargetRows.ForEach(windows, q, p, (ours, theirs) =>
        {
            sums.Add(ours, theirs!);
            progress?.Report(new EvaluationProgress(sums.Count, windows.Targets, sums.MeanDivergence));
        }, cancellation);
        return sums.Report(model, reference, windows, TimeProvider.System.GetElapsedTime(started).TotalSeconds);
    }
}

/// <summary>Sums up the comparison. 16 bytes a target are kept for the quantiles.</summary>
sealed class DivergenceSums(TokenWindows windows)
{
    readonly LossSums _model = new(windows), _reference = new(windows);
    readonly double[] _divergences = new double[windows.Targets], _deltas = new double[windows.Targets];
    Moments _divergence, _delta, _deltaSquared, _lossQ, _lossP, _lossDifference;
    int _sameTop;

    public int Count => _divergence.Count;

    public double MeanDivergence => _divergence.Mean;

    public void Add(TargetRows model, TargetRows reference)
    {
        _model.Add(model);
        _reference.Add(reference);
        for (var i = 0; i < model.Count; i++)
        {
            var delta = Math.Exp(-model.Losses[i]) - Math.Exp(-reference.Losses[i]);
            _divergences[Count] = model.Divergences[i];
            _deltas[Count] = delta;
            _divergence.Add(model.Divergences[i]);
            _delta.Add(delta);
            _deltaSquared.Add(delta * delta);
            _lossQ.Add(model.Losses[i]);
            _lossP.Add(reference.Losses[i]);
            _lossDifference.Add(model.Losses[i] - reference.Losses[i]);
            if (model.Best[i] == reference.Best[i]) _sameTop++;
        }
    }

    public KlReport Report(string model, string reference, TokenWindows text, double seconds)
    {
        var ratio = Math.Exp(_lossDifference.Mean);
        var same = (double)_sameTop / Count;
        var rms = Math.Sqrt(_deltaSquared.Mean);
        return new KlReport
        {
            Model = _model.Report(model, text, seconds),
            Reference = _reference.Report(reference, text, seconds),
            PerplexityRatio = new Estimate(ratio, ratio * _lossDifference.Estimate.Error),
            LossCorrelation = Correlation(),
            MeanDivergence = _divergence.Estimate,
            Divergence = Quantiles.Of(_divergences),
            MeanDeltaP = _delta.Estimate,
            DeltaP = Quantiles.Of(_deltas),
            RmsDeltaP = new Estimate(rms, rms > 0 ? _deltaSquared.Estimate.Error / (2 * rms) : 0),
            SameTop = new Estimate(same, Count > 1 ? Math.Sqrt(same * (1 - same) / (Count - 1)) : 0),
        };
    }

    /// <summary>var(q - p) = var q + var p - 2 cov.</summary>
    double Correlation()
    {
        var scale = Math.Sqrt(_lossQ.Variance * _lossP.Variance);
        return scale > 0 ? Math.Clamp((_lossQ.Variance + _lossP.Variance - _lossDifference.Variance) / (2 * scale), -1, 1) : 1;
    }
}
