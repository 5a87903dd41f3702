using System.Diagnostics;
using System.Reflection;
using System.Runtime.InteropServices;
using System.Text;
using Tern.Models;

namespace Tern.Plan.Sweeps;

/// <summary>Runs recipes by <c>tern train</c>, each in a process of its own.</summary>
/// <param name="program">The program and what comes before its verb.</param>
public sealed class TrainProcess(IReadOnlyList<string> program) : ITrainProgram
{
    const int SignalTerminate = 15;                                   // SIGTERM, signal.h

    /// <summary>By the program that runs now, where that is tern; else by the tern that lies beside it.</summary>
    /// <exception cref="TernException">There is none.</exception>
    public static TrainProcess OfTern()
    {
        const string Name = "tern";
        var running = Environment.ProcessPath!;
        if (Assembly.GetEntryAssembly()?.GetName().Name == Name)
            return new(Path.GetFileNameWithoutExtension(running) == "dotnet" ? [running, Environment.GetCommandLineArgs()[0]] : [running]);
        var beside = Path.Combine(AppContext.BaseDirectory, OperatingSystem.IsWindows() ? Name + ".exe" : Name);
        return File.Exists(beside) ? new([beside]) : throw new TernException($"{beside}: there is no program tern, which the runs of a sweep are run by. Put it there, or run the sweep with tern itself.");
    }

    public TrainEnd Run(TrainOrder order, CancellationToken cancellationToken)
    {
        using var log = new StreamWriter(order.Log, append: true, new UTF8Encoding(false)) { AutoFlush = true };
        using var process = Start(order);
        using var stop = cancellationToken.Register(() => Terminate(process));
        var output = process.StandardOutput.ReadToEndAsync(CancellationToken.None);
        var last = "";
        while (process.StandardError.ReadLine() is { } line)
        {
            log.WriteLine(line);
            if (!string.IsNullOrWhiteSpace(line)) last = line;
        }
        process.WaitForExit();
        return new TrainEnd(process.ExitCode, output.GetAwaiter().GetResult(), last);
    }

    Process Start(TrainOrder order)
    {
        var start = new ProcessStartInfo(program[0]) { RedirectStandardOutput = true, RedirectStandardError = true, RedirectStandardInput = true };
        foreach (var argument in program.Skip(1).Concat(["train", order.Recipe, "--json"])) start.ArgumentList.Add(argument);
        if (order.Resume) start.ArgumentList.Add("--resume");
        if (order.SingleThread) start.Environment["OMP_NUM_THREADS"] = "1";
        var process = Process.Start(start) ?? throw new TernException($"{program[0]}: could not be started.");
        process.StandardInput.Close();
        return process;
    }

    /// <summary>Asks for a checkpoint and the end. On Windows Ctrl+C has reached the process already, as it has the same console.</summary>
    static void Terminate(Process process)
    {
        if (OperatingSystem.IsWindows() || process.HasExited) return;
        _ = Kill(process.Id, SignalTerminate);
    }

    [DllImport("libc", EntryPoint = "kill")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    static extern int Kill(int process, int signal);
}
