using System.CommandLine;
using Tern.Cli.Terminal;
using Tern.Models;
using Tern.Run.Diagnostics;

namespace Tern.Cli.Verbs;

/// <summary>What Tern finds on this machine.</summary>
sealed class DoctorVerb : Verb
{
    readonly Option<bool> _quick = new("--quick") { Description = "Do not measure memory and processor" };
    readonly Option<bool> _kernels = new("--kernels") { Description = "List the kernels chosen for each type of weights" };
    readonly Option<string?> _disassemble = new("--disassemble") { Description = "Print the assembled kernel of a type: for one token, or type:n for n (1..16)", HelpName = "type[:n]" };
    readonly Option<bool> _json = new("--json") { Description = "Print one JSON object" };

    public DoctorVerb() : base("doctor", "Describes the machine, what Tern uses of it and why, and what could be better.")
    {
        Add(_quick);
        Add(_kernels);
        Add(_disassemble);
        Add(_json);
        SetAction(Run);
    }

    public override IReadOnlyList<string> Examples => ["tern doctor", "tern doctor --quick --json", "tern doctor --kernels", "tern doctor --disassemble q4_0:16"];

    int Run(ParseResult result)
    {
        if (result.GetValue(_disassemble) is { } kernel)
        {
            Console.Out.Write(KernelReport.Disassemble(kernel));
            return 0;
        }
        if (result.GetValue(_kernels))
        {
            var kernels = KernelReport.Collect();
            if (result.GetValue(_json)) JsonOutput.Print(kernels);
            else Print(kernels);
            return 0;
        }
        var report = MachineReport.Collect(measure: !result.GetValue(_quick));
        if (result.GetValue(_json)) JsonOutput.Print(report);
        else Print(report);
        return report.Advice.Any(advice => advice.IsProblem) ? TernCommand.Failed : 0;
    }

    static void Print(MachineReport report)
    {
        Line("system", $"{report.OperatingSystem}, {report.Architecture}");
        Line("runtime", report.Runtime);
        Line("processor", $"{report.Processor ?? "unknown"}, {report.Cores} cores to use");
        Line("caches", report.Caches.Count == 0 ? "unknown" : string.Join(", ", report.Caches.Select(cache =>
            $"{cache.Name} {Size(cache.Bytes)}{(cache.SharedBy > 1 ? $" for {cache.SharedBy} cores" : "")}")));
        Line("instructions", string.Join(", ", report.Instructions));
        Line("kernels", $"{report.IsaChosen} of {string.Join(", ", report.IsaAvailable)}: {report.IsaReason}");
        Line("memory", $"{Size(report.MemoryBytes)}{(report.MemoryFreeBytes is { } free ? $", {Size(free)} free" : "")}");
        Line("huge pages", report.HugePages ?? "unknown");
        if (report.Limits is { } limits)
        {
            Line("memory reads", $"{limits.ReadGbps:F1} GB/s with {limits.Threads} threads");
            Line("float32", $"{limits.Fp32Gflops:F0} GFLOP/s");
            if (limits.Bf16Gflops is { } bf16) Line("bfloat16", $"{bf16:F0} GFLOP/s");
            if (limits.Int8Gops is { } int8) Line("int8", $"{int8:F0} GOP/s");
        }
        Line("model", ShippedModel.Find() ?? "none came with this copy; name one with -m");
        PrintTraining(report.Torch);
        foreach (var advice in report.Advice) Line(advice.IsProblem ? "problem" : "advice", advice.Text);
        if (report.Advice.Count == 0) Line("advice", "none: everything is as it should be");
    }

    /// <summary>No advice: nothing that this version does needs libtorch.</summary>
    static void PrintTraining(TorchReport torch)
    {
        const string OnlyTraining = "needed only for training";
        Line("libtorch", torch switch
        {
            { Loads: true } => torch.Path ?? $"{torch.Library} is in the library search path",
            { Problem: { } problem } => $"cannot be loaded ({OnlyTraining}): {problem}",
            _ => $"{torch.Library} not found ({OnlyTraining})",
        });
        if (torch.HasCppRuntime is { } modern) Line("C++ runtime", modern ? "has GLIBCXX_3.4.32" : "lacks GLIBCXX_3.4.32 (GCC 13.2), for which TorchSharp asks: training loads a copy that does not");
        if (torch.Remedy is { } remedy) Line("for training", remedy);
    }

    static void Print(IReadOnlyList<KernelReport> kernels)
    {
        Console.Out.WriteLine("| weights | kernels | one token, bytes of code | 16 tokens |");
        Console.Out.WriteLine("|---|---|--:|--:|");
        foreach (var kernel in kernels) Console.Out.WriteLine($"| {kernel.Type} | {kernel.Kernels} | {kernel.OneTokenBytes} | {kernel.TileBytes} |");
    }

    static void Line(string name, string text) => Console.Out.WriteLine($"{name,-14}{text}");

    static string Size(long bytes) => bytes >= 1L << 30 ? $"{bytes / (double)(1L << 30):F1} GiB" : bytes >= 1 << 20 ? $"{bytes / (double)(1 << 20):F0} MiB" : $"{bytes / 1024} KiB";
}
