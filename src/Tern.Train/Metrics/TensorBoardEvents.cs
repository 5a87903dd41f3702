using System.Globalization;
using Tern.Models;
using Tern.Models.Files;

namespace Tern.Train.Metrics;

/// <summary>Scalars for TensorBoard: a file of TFRecords, each an Event of tensorflow/core/util/event.proto. A run that goes on begins a file of its own.</summary>
public sealed class TensorBoardEvents : IDisposable
{
    /// <summary>Field numbers of event.proto and summary.proto.</summary>
    const int EventWallTime = 1, EventStep = 2, EventFileVersion = 3, EventSummary = 5, EventSessionLog = 7, SessionLogStatus = 1, SummaryValue = 1, ValueTag = 1, ValueSimple = 2;

    const int SessionStart = 1;

    readonly FileStream _file;
    readonly TimeProvider _clock;

    TensorBoardEvents(FileStream file, TimeProvider clock) => (_file, _clock) = (file, clock);

    /// <summary>Begins an event file in a folder.</summary>
    /// <param name="folder">Of the run; it exists.</param>
    /// <param name="step">Of the checkpoint that the run goes on from: TensorBoard forgets what earlier files say about later steps. 0 for a new run.</param>
    /// <param name="clock">Stamps the events; null: the system's.</param>
    /// <exception cref="TernException">The file cannot be written.</exception>
    public static TensorBoardEvents Open(string folder, long step = 0, TimeProvider? clock = null)
    {
        clock ??= TimeProvider.System;
        var events = new TensorBoardEvents(Create(folder, clock.GetUtcNow().ToUnixTimeSeconds()), clock);
        events.Append(events.Event().Text(EventFileVersion, "brain.Event:2"));
        if (step > 0) events.Append(events.Event().Integer(EventStep, step + 1).Message(EventSessionLog, new ProtobufMessage().Integer(SessionLogStatus, SessionStart)));
        return events;
    }

    /// <summary>A scalar for each value of the line, tagged as in metrics.jsonl.</summary>
    /// <exception cref="TernException">The disk is full.</exception>
    public void Write(MetricsLine line)
    {
        var summary = new ProtobufMessage();
        foreach (var (name, value) in MetricsJson.Values(line))
            summary.Message(SummaryValue, new ProtobufMessage().Text(ValueTag, name).Float(ValueSimple, (float)value));
        Append(Event().Integer(EventStep, line.Step).Message(EventSummary, summary));
    }

    public void Dispose() => _file.Dispose();

    /// <summary>Names sort by the time of their beginning; a second file of the same second has a higher number.</summary>
    static FileStream Create(string folder, long seconds)
    {
        for (var number = 0; ; number++)
        {
            var path = Path.Combine(folder, string.Create(CultureInfo.InvariantCulture, $"events.out.tfevents.{seconds:D10}.tern.{number}"));
            try
            {
                if (!File.Exists(path)) return new FileStream(path, FileMode.CreateNew, FileAccess.Write, FileShare.Read, bufferSize: 0);   // a record that failed is not tried again
            }
            catch (Exception problem) when (AtomicFile.Explain(problem, path) is { } explained)
            {
                throw explained;
            }
        }
    }

    ProtobufMessage Event() => new ProtobufMessage().Double(EventWallTime, (_clock.GetUtcNow() - DateTimeOffset.UnixEpoch).TotalSeconds);

    void Append(ProtobufMessage message)
    {
        try
        {
            RecordFile.Append(_file, message.Bytes);
        }
        catch (Exception problem) when (AtomicFile.Explain(problem, _file.Name) is { } explained)
        {
            throw explained;
        }
    }
}
