using System.Diagnostics;
using System.Security.Cryptography;
using System.Text;
using Tern.Models;
using Tern.Models.Files;
using Tern.Papers.Results;

namespace Tern.Papers;

/// <summary>
/// What a paper's experiment runs in: its size, its text, its seed, and a folder in which every finished trial is kept, so that an experiment that was interrupted goes on
/// with the next trial.
/// </summary>
sealed class Experiment(ReproductionScale scale, string text, string folder, int seed, Action<string> tell, CancellationToken cancellation)
{
    readonly List<Trial> _trials = [];

    public ReproductionScale Scale => scale;

    public bool IsFull => scale == ReproductionScale.Full;

    /// <summary>The file that models are trained on, or the pattern of the files.</summary>
    public string Text { get; } = Directory.Exists(text) ? Path.Combine(text, "*.txt") : text;

    /// <summary>Of the content of <see cref="Text"/>: trials belong to what was read, wherever it lies.</summary>
    public string TextHash { get; } = Path.Exists(text) ? HashOf(text) : "";

    /// <summary>Tells the user something, in a line.</summary>
    public void Tell(string line) => tell(line);

    /// <summary>For tokens and other things that trials share.</summary>
    public string Folder => folder;

    public int Seed => seed;

    public CancellationToken Cancellation => cancellation;

    /// <summary>In the order in which they were asked for.</summary>
    public IReadOnlyList<Trial> Trials => _trials;

    /// <summary>The trial of this setting: from the folder if it was finished before, else run now.</summary>
    /// <param name="name">For people.</param>
    /// <param name="setting">Everything that decides on the numbers.</param>
    /// <param name="run">Gets an empty folder.</param>
    public Trial Trial(string name, string setting, Func<string, TrialNumbers> run)
    {
        cancellation.ThrowIfCancellationRequested();
        var fingerprint = Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(setting)))[..16];
        var file = Path.Combine(folder, "trials", fingerprint + ".json");
        var trial = File.Exists(file) ? Reproduction.FromJson<Trial>(file) with { Name = name } : Run(name, fingerprint, run);
        AtomicFile.WriteText(file, Reproduction.ToJson(trial), CancellationToken.None);
        _trials.Add(trial);
        tell($"{_trials.Count,3}  {name}: {string.Join(", ", trial.Values.Select(value => $"{value.Key} {value.Value:G5}"))}");
        return trial;
    }

    /// <summary>Of the content of a file, or of those of all .txt files of a folder, in the order of their names.</summary>
    public static string HashOf(string path)
    {
        if (Directory.Exists(path))
        {
            var files = Directory.GetFiles(path, "*.txt").Order(StringComparer.Ordinal).ToList();
            if (files.Count == 0)
            {
                throw new TernException($"{path}: there is no .txt file in this folder.");
            }

            return Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(string.Join('\n', files.Select(HashOf)))))[..16];
        }

        using var stream = DiskFile.OpenRead(path);
        return Convert.ToHexStringLower(SHA256.HashData(stream))[..16];
    }

    Trial Run(string name, string fingerprint, Func<string, TrialNumbers> run)
    {
        var scratch = Path.Combine(folder, "scratch");
        if (Directory.Exists(scratch))
        {
            Directory.Delete(scratch, recursive: true);
        }

        Directory.CreateDirectory(scratch);
        Directory.CreateDirectory(Path.Combine(folder, "trials"));
        var watch = Stopwatch.StartNew();
        var numbers = run(scratch);
        Directory.Delete(scratch, recursive: true);
        return new Trial(name, fingerprint, watch.Elapsed.TotalSeconds, numbers.Values, numbers.Curves);
    }
}

/// <summary>What a trial measured.</summary>
sealed record TrialNumbers(IReadOnlyDictionary<string, double> Values, IReadOnlyDictionary<string, IReadOnlyList<CurvePoint>> Curves);
