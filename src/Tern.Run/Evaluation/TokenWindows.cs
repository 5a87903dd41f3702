using System.Text;
using Tern.Models;
using Tern.Models.Configs;
using Tern.Models.Tokenizers;

namespace Tern.Run.Evaluation;

/// <summary>One window over the tokens of a text.</summary>
/// <param name="First">The token that is the target of its first position.</param>
/// <param name="Counted">The first target that no earlier window had.</param>
/// <param name="End">One past its last target.</param>
readonly record struct TokenWindow(int First, int Counted, int End)
{
    public int Length => End - First;
}

/// <summary>
/// The tokens of a text and the windows over them. A window reads BOS, or the token before its first target where the model knows no BOS, then
/// all its targets but the last. Without BOS the first token of the text is no target. The last window may be shorter.
/// </summary>
sealed class TokenWindows
{
    const int DefaultContext = 512;

    readonly int? _bos;

    TokenWindows(string text, int[] tokens, int? bos, EvaluationOptions options, int trainedContext)
    {
        Text = text;
        Tokens = tokens;
        _bos = bos;
        Context = options.Context > 0 ? options.Context : Math.Min(DefaultContext, trainedContext);
        Stride = options.Stride > 0 ? options.Stride : Context;
        WarmFrom = options.WarmFrom > 0 ? options.WarmFrom : Context / 2;
        var first = bos is null ? 1 : 0;
        var available = Math.Max(0, tokens.Length - first);
        Targets = options.MaxTargets > 0 ? Math.Min(options.MaxTargets, available) : available;
        var end = first + Targets;
        var windows = new List<TokenWindow>();
        for (int start = first, done = first; done < end; start += Stride)
        {
            var last = Math.Min(start + Context, end);
            if (last > done) windows.Add(new TokenWindow(start, done, last));
            done = Math.Max(done, last);
        }
        Windows = windows;
    }

    public string Text { get; }

    public int[] Tokens { get; }

    public int? Bos => _bos;

    public int Context { get; }

    public int Stride { get; }

    public int WarmFrom { get; }

    /// <summary>All targets, each counted once.</summary>
    public int Targets { get; }

    public IReadOnlyList<TokenWindow> Windows { get; }

    /// <summary>The UTF-8 bytes of the text that the targets stand for. Bytes are shared out evenly: a part of the tokens counts its share.</summary>
    public double TargetBytes => (double)Encoding.UTF8.GetByteCount(Text) * Targets / Math.Max(1, Tokens.Length);

    /// <exception cref="TernException">The text is too short, or an option makes no sense.</exception>
    public static TokenWindows Of(Tokenizer tokenizer, ModelConfig config, string text, EvaluationOptions options)
    {
        var bos = tokenizer.AddsBos ? tokenizer.BosTokenId ?? config.BosTokenId : null;
        return Of(text, tokenizer.Encode(text, addSpecial: false), bos, options, config.MaxPositionEmbeddings);
    }

    /// <inheritdoc cref="Of(Tokenizer, ModelConfig, string, EvaluationOptions)"/>
    public static TokenWindows Of(string text, int[] tokens, int? bos, EvaluationOptions options, int trainedContext)
    {
        if (options.Context < 0 || options.Stride < 0 || options.WarmFrom < 0 || options.MaxTargets < 0)
            throw new TernException("Context, stride, warm position and number of targets must not be negative.");
        var windows = new TokenWindows(text, tokens, bos, options, trainedContext);
        if (windows.Stride > windows.Context)
            throw new TernException($"The stride {windows.Stride} is longer than the context {windows.Context}: tokens between two windows would be left out.");
        if (windows.Targets == 0) throw new TernException("The text is too short to evaluate: it has no token that follows another.");
        return windows;
    }

    /// <summary>What the model reads: as many tokens as the window has targets.</summary>
    public int[] Input(TokenWindow window)
    {
        var input = new int[window.Length];
        input[0] = _bos ?? Tokens[window.First - 1];
        Tokens.AsSpan(window.First, window.Length - 1).CopyTo(input.AsSpan(1));
        return input;
    }
}
