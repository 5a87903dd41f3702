using System.Runtime.InteropServices;

namespace Tern.Cli.Terminal;

/// <summary>
/// Ctrl+C and SIGTERM. The first one asks the work to stop, so that it can remove what is half written; the second one of its kind ends
/// the program at once. One of either kind is one request: on a terminal Ctrl+C also reaches the processes that the program started, and so does the SIGTERM that it sends them.
/// </summary>
sealed class Interruption : IDisposable
{
    readonly PosixSignalRegistration _interrupt, _terminate;
    readonly Lock _gate = new();
    CancellationTokenSource _source = new();
    readonly HashSet<PosixSignal> _asked = [];

    public Interruption()
    {
        _interrupt = PosixSignalRegistration.Create(PosixSignal.SIGINT, OnSignal);
        _terminate = PosixSignalRegistration.Create(PosixSignal.SIGTERM, OnSignal);
    }

    /// <summary>Cancelled by the first Ctrl+C (since the last <see cref="Reset"/>).</summary>
    public CancellationToken Token
    {
        get
        {
            lock (_gate) return _source.Token;
        }
    }

    /// <summary>A conversation goes on after an interrupted answer.</summary>
    public void Reset()
    {
        lock (_gate)
        {
            if (_asked.Count == 0) return;
            _asked.Clear();
            _source = new CancellationTokenSource();
        }
    }

    void OnSignal(PosixSignalContext context)
    {
        lock (_gate)
        {
            if (!_asked.Add(context.Signal)) Environment.Exit(TernCommand.Interrupted);
            context.Cancel = true;
            _source.Cancel();
        }
    }

    public void Dispose()
    {
        _interrupt.Dispose();
        _terminate.Dispose();
        _source.Dispose();
    }
}
