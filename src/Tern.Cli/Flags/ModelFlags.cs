using System.CommandLine;
using Tern.Models;
using Tern.Numerics;
using Tern.Numerics.Kernels;
using Tern.Run;

namespace Tern.Cli.Flags;

/// <summary>Which model, and how it is loaded: the flags that every verb that runs a model has.</summary>
sealed class ModelFlags
{
    public Flag<string?> Model { get; } = new("--model", ["-m"], "Folder or file of the model (default: the model that comes with Tern)", null, "path");

    /// <summary>More threads than any machine has cores; far more of them the system refuses.</summary>
    const int MostThreads = 1024;

    public Flag<int> Threads { get; } = new("--threads", ["-t"], "Threads; 0 for one per core", 0, "n");

    public Flag<int> Context { get; } = new("--ctx-size", ["-c"], "Length of the context in tokens; 0 for that of the model, at most 4096", 0, "n");

    public Flag<string> CacheType { get; } = new("--cache-type", [], "How keys and values are kept: f32, f16, bf16 or q8_0", "f16", "type");

    public Option<bool> CheckTensors { get; } = new("--check-tensors") { Description = "Check first that every weight is a finite number (reads the whole file)" };

    public void AddTo(Command command, bool withContext = true)
    {
        command.Add(Model);
        command.Add(Threads);
        command.Add(CheckTensors);
        if (!withContext) return;
        command.Add(Context);
        command.Add(CacheType);
    }

    /// <exception cref="TernException">No model is named and none came with Tern.</exception>
    public string PathOf(ParseResult result) => result.GetValue(Model) ?? ShippedModel.Find()
        ?? throw new WrongUseException("no model: name one with -m (a Hugging Face folder, a .gguf, .safetensors or llama2.c .bin file)");

    /// <exception cref="TernException">The model cannot be loaded.</exception>
    public LanguageModel Load(ParseResult result, CancellationToken cancellation) => Load(result, PathOf(result), cancellation);

    /// <inheritdoc cref="Load(ParseResult, CancellationToken)"/>
    public LanguageModel Load(ParseResult result, string path, CancellationToken cancellation)
    {
        CheckIsa();
        Check(result, path, cancellation);
        return LanguageModel.Load(path, new LoadOptions { Threads = ThreadsOf(result) });
    }

    /// <summary>What --check-tensors asks for.</summary>
    /// <exception cref="TernException">A weight is not finite.</exception>
    public void Check(ParseResult result, string path, CancellationToken cancellation)
    {
        if (!result.GetValue(CheckTensors)) return;
        using var files = ModelOnDisk.Open(path);
        files.CheckTensors(cancellation);
    }

    /// <summary>Says on stderr where the model cannot have what was asked for.</summary>
    public Sequence CreateSequence(ParseResult result, LanguageModel model)
    {
        var (context, type) = (ContextOf(result), CacheTypeOf(result));
        var sequence = model.CreateSequence(context, type);
        if (sequence.CacheType != type)
            Console.Error.WriteLine($"--cache-type {CacheTypeName(type)}: the heads of this model have {model.Config.HeadDim} numbers, no multiple of 32; {CacheTypeName(sequence.CacheType)} is used");
        if (context > model.Config.MaxPositionEmbeddings)
            Console.Error.WriteLine($"--ctx-size {context}: the model was trained for {model.Config.MaxPositionEmbeddings} positions; what it writes behind them may make no sense");
        return sequence;
    }

    static string CacheTypeName(CacheType type) => type.ToString().ToLowerInvariant();

    public int ThreadsOf(ParseResult result) => Checked.Within(result.GetValue(Threads), 0, MostThreads, "--threads");

    public int ContextOf(ParseResult result) => Checked.AtLeast(result.GetValue(Context), 0, "--ctx-size");

    public CacheType CacheTypeOf(ParseResult result) => result.GetValue(CacheType)!.ToLowerInvariant() switch
    {
        "f32" => Numerics.Kernels.CacheType.F32,
        "f16" => Numerics.Kernels.CacheType.F16,
        "bf16" => Numerics.Kernels.CacheType.BF16,
        "q8_0" => Numerics.Kernels.CacheType.Q8_0,
        var other => throw new WrongUseException($"--cache-type: '{other}' is none of f32, f16, bf16, q8_0"),
    };

    /// <summary>
    /// Before anything touches <see cref="Isa.Current"/>, whose failure would come out of a type initialiser. Says on stderr if the system keeps Tern from the
    /// kernels of this processor, unless TERN_ISA names those to use.
    /// </summary>
    public static void CheckIsa()
    {
        try
        {
            var wanted = Environment.GetEnvironmentVariable(Isa.EnvironmentVariable);
            var level = NameOf(Isa.Parse(wanted));
            if (string.IsNullOrEmpty(wanted) && Isa.Refused is { } refused)
                Console.Error.WriteLine($"the system refuses executable memory: the kernels are {level} instead of {NameOf(refused)}, several times slower on quantised weights (TERN_ISA={level} silences this)");
        }
        catch (ArgumentException wrong)
        {
            throw new TernException(wrong.Message, wrong);
        }
    }

    static string NameOf(IsaLevel level) => level.ToString().ToLowerInvariant();
}
