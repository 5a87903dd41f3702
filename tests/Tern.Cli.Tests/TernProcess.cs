using System.Diagnostics;
using System.Text;

namespace Tern.Cli.Tests;

/// <summary>What the program said.</summary>
/// <param name="ExitCode">0 it worked, 1 it failed, 2 wrong use, 130 Ctrl+C.</param>
public sealed record Answer(int ExitCode, string Output, string Errors)
{
    /// <summary>Stdout without the last line break.</summary>
    public string Text => Output.TrimEnd('\n');

    public override string ToString() => $"exit code {ExitCode}\n--- stdout\n{Output}\n--- stderr\n{Errors}";
}

/// <summary>Starts the program that was built, as a user would, in a process of its own, without any TERN_* of the surroundings, and with the small model where none is named.</summary>
public sealed class TernProcess : IDisposable
{
    static readonly string Program = Path.Combine(AppContext.BaseDirectory, "tern.dll");

    readonly Process _process;
    readonly StringBuilder _output = new();
    readonly Task _reading;
    readonly Task<string> _errors;

    TernProcess(string[] arguments, string? folder, (string Name, string Value)[] environment)
    {
        var start = new ProcessStartInfo("dotnet")
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            StandardOutputEncoding = new UTF8Encoding(false),
            StandardErrorEncoding = new UTF8Encoding(false),
            StandardInputEncoding = new UTF8Encoding(false),
            WorkingDirectory = folder ?? "",
        };
        start.ArgumentList.Add(Program);
        foreach (var argument in arguments) start.ArgumentList.Add(argument);
        foreach (var name in start.Environment.Keys.Where(name => name.StartsWith("TERN_", StringComparison.Ordinal)).ToList()) start.Environment.Remove(name);
        start.Environment["TERN_MODEL"] = Repository.Model;
        foreach (var (name, value) in environment) start.Environment[name] = value;
        _process = Process.Start(start)!;
        _reading = Task.Run(ReadOutput);
        _errors = _process.StandardError.ReadToEndAsync();
    }

    /// <summary>Everything on stdout so far.</summary>
    public string OutputSoFar
    {
        get
        {
            lock (_output) return _output.ToString();
        }
    }

    public static TernProcess Start(string[] arguments, string? folder = null, params (string Name, string Value)[] environment) =>
        new(arguments, folder, environment);

    /// <summary>Runs to the end.</summary>
    public static Answer Run(params string[] arguments) => Run(arguments, input: null);

    public static Answer Run(string[] arguments, string? input, string? folder = null, params (string Name, string Value)[] environment)
    {
        using var process = new TernProcess(arguments, folder, environment);
        if (input is not null) process.Type(input);
        return process.Finish();
    }

    public void Type(string text)
    {
        _process.StandardInput.Write(text);
        _process.StandardInput.Flush();
    }

    public bool HasExited => _process.HasExited;

    /// <summary>Whether it has given work to a thread of the pool (Linux).</summary>
    public bool UsesPool() => Directory.GetDirectories($"/proc/{_process.Id}/task").Any(thread => File.ReadAllText($"{thread}/comm").StartsWith(".NET TP Worker", StringComparison.Ordinal));

    /// <summary>Ctrl+C.</summary>
    public void Interrupt()
    {
        using var kill = Process.Start("kill", ["-INT", _process.Id.ToString()]);
        kill.WaitForExit();
    }

    /// <summary>kill -9; waits until it is gone.</summary>
    public void Kill()
    {
        _process.Kill();
        _process.WaitForExit();
    }

    /// <summary>Closes stdin and waits for the end.</summary>
    public Answer Finish()
    {
        try
        {
            _process.StandardInput.Close();
        }
        catch (IOException)
        {
            // It ended without reading everything.
        }
        if (!_process.WaitForExit(TimeSpan.FromMinutes(2))) throw new TimeoutException($"tern hangs; so far: {OutputSoFar}");
        _process.WaitForExit();
        _reading.Wait();
        return new Answer(_process.ExitCode, OutputSoFar, _errors.Result);
    }

    /// <summary>Waits until something is so; a minute at most.</summary>
    public static void Until(Func<bool> holds, string what)
    {
        var waited = Stopwatch.StartNew();
        while (!holds())
        {
            if (waited.Elapsed > TimeSpan.FromMinutes(1)) throw new TimeoutException(what);
            Thread.Sleep(10);
        }
    }

    void ReadOutput()
    {
        var buffer = new char[4096];
        for (int read; (read = _process.StandardOutput.Read(buffer)) > 0;)
            lock (_output) _output.Append(buffer, 0, read);
    }

    public void Dispose()
    {
        if (!_process.HasExited) _process.Kill(entireProcessTree: true);
        _process.Dispose();
    }
}
