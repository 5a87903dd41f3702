using System.Text;
using System.Text.Json;
using Tern.Models;
using Tern.Models.Files;

namespace Tern.Train.Metrics;

/// <summary>
/// metrics.jsonl: one JSON object per line, appended and flushed as training goes, so that a run that dies loses nothing but what it had not written.
/// </summary>
public sealed class MetricsLog : IDisposable
{
    readonly FileStream _file;

    MetricsLog(FileStream file) => _file = file;

    /// <summary>
    /// Goes on from a checkpoint: lines after its step are dropped, as those steps will be done again, and so is a last line that was cut off. Without a file, or
    /// at step 0, the log begins empty.
    /// </summary>
    /// <param name="path">The file.</param>
    /// <param name="step">Of the checkpoint; 0 for a new run.</param>
    /// <exception cref="TernException">The file is not a log of metrics, or cannot be written.</exception>
    public static MetricsLog Open(string path, long step = 0)
    {
        var kept = step > 0 && File.Exists(path) ? Read(path).Where(line => line.Step <= step).ToList() : [];
        AtomicFile.Write(path, stream =>
        {
            foreach (var line in kept) stream.Write(MetricsJson.Write(line).Span);
        });
        try
        {
            return new MetricsLog(new FileStream(path, FileMode.Append, FileAccess.Write, FileShare.Read, bufferSize: 0));   // a line that failed is not tried again
        }
        catch (Exception problem) when (AtomicFile.Explain(problem, path) is { } explained)
        {
            throw explained;
        }
    }

    /// <summary>Every whole line. A last line without its end was cut off and is left out.</summary>
    /// <exception cref="TernException">The file is missing, or a line is not one of metrics; the message has its number.</exception>
    public static IReadOnlyList<MetricsLine> Read(string path)
    {
        var lines = new List<MetricsLine>();
        try
        {
            using var reader = new StreamReader(path, Encoding.UTF8, detectEncodingFromByteOrderMarks: true, new FileStreamOptions { Share = FileShare.ReadWrite });
            var text = reader.ReadToEnd();
            foreach (var line in text[..(text.LastIndexOf('\n') + 1)].Split('\n')[..^1]) lines.Add(MetricsJson.Read(line));
        }
        catch (JsonException problem)
        {
            throw new TernException($"{path}:{lines.Count + 1}: this is not a line of metrics: {problem.Message}", problem);
        }
        catch (Exception problem) when (problem is IOException or UnauthorizedAccessException)
        {
            throw new TernException($"{path}: cannot be read: {problem.Message}", problem);
        }
        return lines;
    }

    /// <summary>Appends a line; it is with the operating system when this returns.</summary>
    /// <exception cref="TernException">The disk is full.</exception>
    public void Write(MetricsLine line)
    {
        try
        {
            _file.Write(MetricsJson.Write(line).Span);
        }
        catch (Exception problem) when (AtomicFile.Explain(problem, _file.Name) is { } explained)
        {
            throw explained;
        }
    }

    public void Dispose() => _file.Dispose();
}
