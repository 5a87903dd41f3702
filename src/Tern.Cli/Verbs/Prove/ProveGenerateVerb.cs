using System.CommandLine;
using System.Diagnostics;
using System.Globalization;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using Tern.Cli.Flags;
using Tern.Cli.Terminal;
using Tern.Geometry.Generation;
using Tern.Geometry.Language;
using Tern.Geometry.Proposals;
using Tern.Models;
using Tern.Models.Files;

namespace Tern.Cli.Verbs.Prove;

/// <summary>Theorems that nobody asked for.</summary>
sealed class ProveGenerateVerb : Verb
{
    const string Problems = "problems", Words = "words", JsonLines = "jsonl";

    static readonly JsonSerializerOptions Readable = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    readonly CancellationToken _cancellation;
    readonly Flag<int> _count = new("--count", ["-n"], "How many theorems", 100, "n", fromEnvironment: false);
    readonly Flag<string?> _out = new("--out", ["-o"], "The file (default: stdout)", null, "path", fromEnvironment: false);
    readonly Flag<string> _format = new("--format", [], "problems: a file of problems, as tern prove reads it; words: a line each as a language model reads it; jsonl: the same as documents of tern train", Problems, "what", fromEnvironment: false);
    readonly Flag<string?> _tokenizer = new("--tokenizer", [], "Also write the tokenizer of words and jsonl, a token for each word", null, "tokenizer.json", fromEnvironment: false);
    readonly Flag<string?> _except = new("--except", [], "Leave out what this file of the same format has, so that it can be held out", null, "path", fromEnvironment: false);
    readonly Option<bool> _auxiliary = new("--auxiliary") { Description = "Only theorems whose proofs need auxiliary points, which are looked for as a search does" };
    readonly Flag<int> _orders = new("--orders", [], "Write each theorem in up to so many orders of its clauses, which are different texts to a language model", GeneratorOptions.Default.Orders, "n", fromEnvironment: false);
    readonly Flag<int> _minPoints = new("--min-points", [], "Points of a random figure at least", GeneratorOptions.Default.MinPoints, "n", fromEnvironment: false);
    readonly Flag<int> _maxPoints = new("--max-points", [], "Points of a random figure at most", GeneratorOptions.Default.MaxPoints, "n", fromEnvironment: false);
    readonly Flag<int> _minSteps = new("--min-steps", [], "Steps of a proof at least, without what is given", GeneratorOptions.Default.MinSteps, "n", fromEnvironment: false);
    readonly Flag<int> _threads = new("--threads", ["-t"], "Threads (default: one per core); the theorems do not depend on it", GeneratorOptions.Default.Threads, "n");
    readonly Flag<long> _seed = new("--seed", [], "Of figures and goals", 0, "n");

    public ProveGenerateVerb(CancellationToken cancellation) : base("generate", "Makes theorems: random figures, what follows from them, and the auxiliary points that the proofs need.")
    {
        _cancellation = cancellation;
        foreach (var option in (Option[])[_count, _out, _format, _tokenizer, _except, _auxiliary, _orders, _minPoints, _maxPoints, _minSteps, _threads, _seed]) Add(option);
        SetAction(Run);
    }

    public override IReadOnlyList<string> Examples => ["tern prove generate -n 10 --auxiliary", "tern prove generate -n 30000 --auxiliary --orders 4 --format jsonl --except held-out.jsonl -o theorems.jsonl --tokenizer tokenizer.json"];

    int Run(ParseResult result)
    {
        var count = Checked.AtLeast(result.GetValue(_count), 1, _count.Name);
        var format = Format(result.GetValue(_format)!);
        var except = result.GetValue(_except) is { } held ? InputText.ReadFile(held, _cancellation).Split('\n').ToHashSet() : [];
        var generator = new TheoremGenerator(Read(result));
        var written = 0;
        void Write(TextWriter text)
        {
            var started = Stopwatch.GetTimestamp();
            var needed = 0;
            using (var progress = new ProgressLine())
            {
                try
                {
                    foreach (var theorem in generator.Generate(_cancellation))
                    {
                        if (except.Contains(TextOf(theorem.Problem, format))) continue;
                        if (theorem.AuxiliaryPoints > 0) needed++;
                        written++;
                        foreach (var (i, line) in generator.InOrders(theorem).Select(problem => TextOf(problem, format)).Distinct().Index())
                            text.Write((format == Problems ? $"theorem_{written}{(i == 0 ? "" : $"_{i + 1}")}\n" : "") + line + "\n");
                        progress.Show("theorems", written, count);
                        if (written == count) break;
                    }
                }
                catch (OperationCanceledException)
                {
                    // What was made is kept.
                }
            }
            var seconds = Stopwatch.GetElapsedTime(started).TotalSeconds;
            Console.Error.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{written:N0} theorems from {generator.Figures:N0} figures in {seconds:F1} s, {needed:N0} of them with auxiliary points; {generator.Duplicates:N0} duplicates left out"));
        }

        if (result.GetValue(_tokenizer) is { } tokenizer) AtomicFile.WriteText(tokenizer, TheoremVocabulary.ToTokenizerJson());
        if (result.GetValue(_out) is { } path)
        {
            AtomicFile.Write(path, file =>
            {
                using var text = new StreamWriter(file, new UTF8Encoding(false), 1 << 16, leaveOpen: true);
                Write(text);
            });
            Console.Error.WriteLine($"written to {path}");
        }
        else
        {
            Write(Console.Out);
        }
        return written < count ? TernCommand.Interrupted : 0;
    }

    GeneratorOptions Read(ParseResult result)
    {
        var least = Checked.Within(result.GetValue(_minPoints), 3, 20, _minPoints.Name);
        var seed = result.GetValue(_seed);
        if (seed < 0) throw new WrongUseException($"--seed: {seed} is too small; it must be 0 or more");
        return new GeneratorOptions
        {
            Seed = (ulong)seed,
            Threads = Checked.Within(result.GetValue(_threads), 1, 1024, _threads.Name),
            OnlyAuxiliary = result.GetValue(_auxiliary),
            Orders = Checked.Within(result.GetValue(_orders), 1, 1000, _orders.Name),
            MinPoints = least,
            MaxPoints = Checked.Within(result.GetValue(_maxPoints), least, 20, _maxPoints.Name),
            MinSteps = Checked.Within(result.GetValue(_minSteps), 1, 1000, _minSteps.Name),
        };
    }

    static string TextOf(Problem problem, string format) => format switch
    {
        Words => TheoremText.OfTheorem(problem),
        JsonLines => JsonSerializer.Serialize(new { text = TheoremText.OfTheorem(problem) }, Readable),
        _ => problem.ToText(),
    };

    static string Format(string said)
    {
        string[] known = [Problems, Words, JsonLines];
        if (known.Contains(said)) return said;
        var near = EditDistance.Nearest(said, known);
        throw new WrongUseException($"--format: there is no '{said}'{(near is null ? "." : $"; did you mean '{near}'?")} Known are {string.Join(", ", known)}");
    }
}
