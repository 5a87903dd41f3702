namespace Tern.Cli.Terminal;

/// <summary>One line on stderr that is written over again and again; nothing where stderr is not a terminal. At most ten times a second.</summary>
sealed class ProgressLine : IDisposable
{
    readonly bool _visible = !Console.IsErrorRedirected;
    long _next;
    int _width;

    /// <summary>Replaces the line. The text is only made when it is shown.</summary>
    public void Show(Func<string> text)
    {
        var now = Environment.TickCount64;
        if (!_visible || now < _next) return;
        _next = now + 100;
        Write(text());
    }

    /// <summary>"label  42 %".</summary>
    public void Show(string label, long done, long total) => Show(() => $"{label}  {(total > 0 ? 100.0 * done / total : 100):F0} %");

    void Write(string text)
    {
        Console.Error.Write('\r' + text.PadRight(_width));
        _width = text.Length;
    }

    /// <summary>Clears the line.</summary>
    public void Dispose()
    {
        if (_width == 0) return;
        Write("");
        Console.Error.Write('\r');
    }
}
