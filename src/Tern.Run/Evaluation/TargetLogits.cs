using Tern.Models;

namespace Tern.Run.Evaluation;

/// <summary>The logits at the targets of a text, a few rows at a time and in order: from a model that runs, or from a file.</summary>
abstract class TargetLogits : IDisposable
{
    /// <summary>Logits in memory at a time; 64 MB of floats.</summary>
    const int MaxLogits = 16 << 20;

    public abstract int VocabSize { get; }

    /// <summary>Rows to ask for at a time.</summary>
    public int RowsAtOnce => Math.Clamp(MaxLogits / VocabSize, 1, 512);

    /// <summary>The logits [count, vocabSize] for the targets [target, target + count) of a window; valid until the next call.</summary>
    public abstract ReadOnlySpan<float> Read(TokenWindow window, int target, int count);

    public abstract void Dispose();
}

/// <summary>Runs the model over each window once; positions whose targets are already counted give no logits.</summary>
sealed unsafe class ModelLogits(LanguageModel model, TokenWindows windows, EvaluationOptions options) : TargetLogits
{
    readonly Sequence _sequence = model.CreateSequence(windows.Context, options.CacheType);
    TokenWindow _window;
    int[] _input = [];

    public override int VocabSize => model.Config.VocabSize;

    public override ReadOnlySpan<float> Read(TokenWindow window, int target, int count)
    {
        if (window != _window)
        {
            (_window, _input) = (window, windows.Input(window));
            _sequence.Truncate(0);
            var known = window.Counted - window.First;
            if (known > 0) model.Forward(new BatchItem(_sequence, _input.AsMemory(0, known), LogitsOf.None));
        }
        var logits = model.Forward(new BatchItem(_sequence, _input.AsMemory(target - window.First, count), LogitsOf.All));
        fixed (float* first = logits[0]) return new ReadOnlySpan<float>(first, checked(count * VocabSize));
    }

    public override void Dispose() => _sequence.Dispose();
}
