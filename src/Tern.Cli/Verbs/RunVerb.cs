using System.CommandLine;
using System.Text.Json;
using Tern.Cli.Flags;
using Tern.Cli.Terminal;
using Tern.Models.Tokenizers;
using Tern.Run;
using Tern.Run.Generation;
using Tern.Run.Sampling;

namespace Tern.Cli.Verbs;

/// <summary>Continues a text.</summary>
sealed class RunVerb : Verb
{
    /// <summary>For who just wants to see something happen.</summary>
    const string DefaultOpening = "It was a dark and stormy night";

    readonly CancellationToken _cancellation;
    readonly ModelFlags _model = new();
    readonly InputText _text = new();
    readonly GenerationFlags _generation = new();
    readonly PromptCacheFlag _cache = new();
    readonly Flag<int?> _logProbs = new("--logprobs", [], "With --json: log-probability of each token and of the n best", null, "n", fromEnvironment: false);
    readonly Option<bool> _noDisplayPrompt = new("--no-display-prompt") { Description = "Print the continuation only" };
    readonly Option<bool> _json = new("--json") { Description = "Print one JSON object when the text is complete" };

    public RunVerb(CancellationToken cancellation) : base("run", "Continues a text. Without -p and -f, the text is stdin; on a terminal, an opening of its own.")
    {
        _cancellation = cancellation;
        _text.AddTo(this);
        _model.AddTo(this);
        _generation.AddTo(this);
        _cache.AddTo(this);
        foreach (var option in (Option[])[_logProbs, _noDisplayPrompt, _json]) Add(option);
        SetAction(Run);
    }

    public override IReadOnlyList<string> Examples =>
    [
        "tern run",
        "tern run -m model.gguf -p \"Once upon a time\" -n 200 --temp 0.7 --seed 1",
        "tern run -m model.gguf -f report.txt --prompt-cache report.cache -n 100",
        "tern run -m model.gguf -p \"A person as JSON: \" --json-schema-file person.schema.json",
    ];

    int Run(ParseResult result)
    {
        var options = _generation.Read(result, _cancellation, result.GetValue(_logProbs));
        if (options.Sampling.LogProbs is not null && !result.GetValue(_json)) throw new WrongUseException("--logprobs: log-probabilities are part of --json; add it");
        var prompt = Prompt(result);
        using var model = _model.Load(result, _cancellation);
        using var sequence = _model.CreateSequence(result, model);
        _cache.Load(result, sequence);
        var generation = new TextGenerator(model, sequence).Generate(prompt, options, _cancellation);
        if (result.GetValue(_json)) PrintJson(generation, model.Tokenizer, prompt);
        else Print(generation, result.GetValue(_noDisplayPrompt) ? "" : prompt);
        _cache.Save(result, sequence);
        PrintTimings(generation.Result!, sequence);
        return generation.Result!.Finish == FinishReason.Cancelled ? TernCommand.Interrupted : 0;
    }

    string Prompt(ParseResult result)
    {
        if (_text.Read(result, _cancellation) is { } given) return result.GetValue(_text.File) is null ? given : WithoutLastLineBreak(given);
        if (Console.IsInputRedirected && WithoutLastLineBreak(InputText.ReadStandardInput(_cancellation)) is { Length: > 0 } piped) return piped;
        Console.Error.WriteLine($"no prompt (-p, -f or stdin): continuing \"{DefaultOpening}\"");
        return DefaultOpening;
    }

    /// <summary>Editors and echo end a file with one; the text is meant to go on.</summary>
    static string WithoutLastLineBreak(string text) => text.EndsWith("\r\n", StringComparison.Ordinal) ? text[..^2] : text.EndsWith('\n') ? text[..^1] : text;

    static void Print(GeneratedText generation, string prompt)
    {
        Console.Out.Write(prompt);
        foreach (var piece in generation) Console.Out.Write(piece.Text);
        Console.Out.WriteLine();
    }

    static void PrintJson(GeneratedText generation, Tokenizer tokenizer, string prompt)
    {
        var logProbs = new List<object>();
        foreach (var piece in generation)
            if (piece.LogProbs is { } found) logProbs.Add(new { Sampled = Described(found.Sampled), Top = found.Top.ToArray().Select(Described).ToArray() });
        var result = generation.Result!;
        JsonOutput.Print(new
        {
            Prompt = prompt,
            PromptTokens = generation.Prompt.ToArray(),
            generation.Tokens,
            generation.Text,
            Finish = JsonNamingPolicy.SnakeCaseLower.ConvertName(result.Finish.ToString()),
            result.StopString,
            generation.Seed,
            Timings = new
            {
                PromptN = result.PromptTokens,
                CacheN = result.ReusedTokens,
                PromptMs = 1000 * result.PromptSeconds,
                PromptPerSecond = result.PromptTokensPerSecond,
                PredictedN = result.GeneratedTokens,
                PredictedMs = 1000 * result.DecodeSeconds,
                PredictedPerSecond = result.DecodeTokensPerSecond,
                result.Shifts,
            },
            Logprobs = logProbs.Count > 0 ? logProbs : null,
        });

        object Described(TokenLogProb entry) => new { entry.Token, Piece = entry.Token < tokenizer.VocabSize ? tokenizer.PieceOf(entry.Token) : "", Logprob = entry.LogProb };
    }

    static void PrintTimings(GenerationResult result, Sequence sequence)
    {
        var reused = result.ReusedTokens > 0 ? $" ({result.ReusedTokens} of {result.PromptTokens} from the cache)" : "";
        Console.Error.WriteLine();
        Console.Error.WriteLine($"prompt {result.PromptTokens - result.ReusedTokens,8} tokens {1000 * result.PromptSeconds,10:F1} ms {result.PromptTokensPerSecond,10:F1} tokens/s{reused}");
        Console.Error.WriteLine($"decode {Math.Max(0, result.GeneratedTokens - 1),8} tokens {1000 * result.DecodeSeconds,10:F1} ms {result.DecodeTokensPerSecond,10:F1} tokens/s");
        if (result.Shifts > 0) Console.Error.WriteLine($"shifts {result.Shifts,8}: the beginning of the text was forgotten");
        Console.Error.WriteLine("ended by " + result.Finish switch
        {
            FinishReason.Eos => "the model",
            FinishReason.Stop => $"the stop string {JsonSerializer.Serialize(result.StopString)}",
            FinishReason.Length => "-n",
            FinishReason.ContextFull => $"the full context of {sequence.ContextLength} tokens (-c for a longer one, -n with a larger number to shift it)",
            _ => "Ctrl+C",
        });
    }
}
