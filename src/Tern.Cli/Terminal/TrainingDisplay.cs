using System.Globalization;
using Tern.Train.Loop;

namespace Tern.Cli.Terminal;

/// <summary>
/// A run on stderr. On a terminal: a chart of the losses with the newest numbers below, drawn over itself, and above it what stays (evaluations, samples, notes).
/// Elsewhere, and on terminals that cannot move the cursor or show Braille: one line for each event.
/// </summary>
sealed class TrainingDisplay
{
    const int ChartHeight = 10, MaxWidth = 100, FallbackWidth = 80;
    const string Yellow = "\e[33m", Plain = "\e[39m", ToLineStart = "\r", ClearBelow = "\e[J";

    readonly TextWriter _out;
    readonly Func<int>? _width;
    readonly bool _colors;
    readonly List<LossPoint> _training = [], _heldOut = [];
    string _newest = "";
    int _drawn;

    /// <param name="output">Where it is shown.</param>
    /// <param name="width">Characters of a line of the terminal, now; null: no chart, lines only.</param>
    /// <param name="colors">Held-out losses are yellow.</param>
    public TrainingDisplay(TextWriter output, Func<int>? width, bool colors) => (_out, _width, _colors) = (output, width, colors);

    /// <summary>On stderr, as it is: NO_COLOR leaves the colours out (no-color.org), TERM=dumb the chart.</summary>
    public static TrainingDisplay OnStandardError()
    {
        bool Given(string variable) => !string.IsNullOrEmpty(Environment.GetEnvironmentVariable(variable));
        var terminal = !Console.IsErrorRedirected && Environment.GetEnvironmentVariable("TERM") != "dumb" && Console.Error.Encoding.CodePage == 65001
            && (!OperatingSystem.IsWindows() || Given("WT_SESSION"));
        return new TrainingDisplay(Console.Error, terminal ? WidthOfTerminal : null, !Given("NO_COLOR"));
    }

    public void Show(TrainingEvent what)
    {
        switch (what)
        {
            case TrainingInterval { Metrics: var at } interval:
                _training.Add(new LossPoint(at.Step, at.Loss));
                _newest = Line(interval);
                if (_width is null) _out.WriteLine(_newest);
                break;
            case HeldOutEvaluation { Metrics: var at } evaluation:
                _heldOut.Add(new LossPoint(at.Step, at.HeldOutLoss));
                Keep([Line(evaluation), .. evaluation.Samples.Select(sample => "  | " + sample.ReplaceLineEndings("\n  | "))]);
                break;
            case PostTrainingEvaluation { Metrics: var at }:
                Keep([string.Create(CultureInfo.InvariantCulture, $"step {at.Step}  held-out loss {at.HeldOutLoss:F4} with weights of {at.Bits} bits")]);
                break;
            case TrainingNote note:
                Keep([note.Text]);
                break;
        }
        if (_width is not null) Draw();
    }

    static string Line(TrainingInterval interval)
    {
        var at = interval.Metrics;
        return string.Create(CultureInfo.InvariantCulture,
            $"step {at.Step}/{interval.Steps}  loss {at.Loss:F4}  ppl {at.Perplexity:F2}  lr {at.LearningRate:G3}  norm {at.GradientNorm:F2}  {(at.Noise is { } noise ? $"noise scale {noise.ScaleTokens:G3} tok  " : "")}{at.TokensPerSecond:F0} tok/s  {at.FlopsPerSecond / 1e9:F0} GFLOP/s  {(at.Mfu is { } mfu ? $"mfu {mfu:P0}  " : "")}left {Duration.Of(interval.TimeLeft)}");
    }

    static string Line(HeldOutEvaluation evaluation)
    {
        var at = evaluation.Metrics;
        return string.Create(CultureInfo.InvariantCulture, $"step {at.Step}  held-out loss {at.HeldOutLoss:F4}  ppl {Math.Exp(at.HeldOutLoss):F2}{(evaluation.IsBest ? "  (best)" : "")}");
    }

    /// <summary>Lines that stay, in the place of the chart, which is drawn again below.</summary>
    void Keep(IEnumerable<string> lines)
    {
        _out.Write(Erase());
        foreach (var line in lines) _out.WriteLine(line);
    }

    void Draw()
    {
        var width = Math.Min(_width!(), MaxWidth) - 1;                        // a full line would break
        var chart = LossChart.Lines(_training, _heldOut, width, ChartHeight);
        string[] lines = [.. chart.Select(Colored), .. Wrapped(_newest, width)];
        var text = Erase() + string.Concat(lines.Select(line => line + "\n"));
        _drawn = lines.Length;
        _out.Write(text);                                                     // at once, so that it does not flicker
    }

    string Erase()
    {
        var text = _drawn > 0 ? $"\e[{_drawn}A{ToLineStart}{ClearBelow}" : "";
        _drawn = 0;
        return text;
    }

    string Colored(string line) => _colors ? line.Replace($"{LossChart.HeldOut}", $"{Yellow}{LossChart.HeldOut}{Plain}", StringComparison.Ordinal) : line;

    /// <summary>The parts of a line, which two blanks separate, on as few lines as hold them.</summary>
    static List<string> Wrapped(string text, int width)
    {
        var lines = new List<string>();
        foreach (var part in text.Split("  ", StringSplitOptions.RemoveEmptyEntries))
        {
            if (lines.Count > 0 && lines[^1].Length + 2 + part.Length <= width) lines[^1] += "  " + part;
            else lines.Add(part[..Math.Min(part.Length, width)]);
        }
        return lines;
    }

    static int WidthOfTerminal()
    {
        try
        {
            return Console.WindowWidth is > 0 and var width ? width : FallbackWidth;
        }
        catch (Exception unknown) when (unknown is IOException or PlatformNotSupportedException)
        {
            return FallbackWidth;
        }
    }
}
