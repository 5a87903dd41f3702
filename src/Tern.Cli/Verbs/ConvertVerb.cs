using System.CommandLine;
using Tern.Cli.Flags;
using Tern.Cli.Terminal;
using Tern.Models;
using Tern.Models.Files;
using Tern.Models.Gguf;
using Tern.Numerics.Formats;

namespace Tern.Cli.Verbs;

/// <summary>One model format into another.</summary>
sealed class ConvertVerb : Verb
{
    readonly CancellationToken _cancellation;
    readonly Argument<string> _source = new("source") { Description = "Folder or file of any readable model" };
    readonly Argument<string> _target = new("target") { Description = "A name that ends in .gguf, or a folder for Hugging Face's files" };
    readonly Flag<string?> _type = new("--type", [], "Type of the weights: f32, f16, bf16, and for GGUF also q8_0, q4_k, ... (default: as they are)", null, "type", fromEnvironment: false);

    readonly Option<bool> _checkTensors = new("--check-tensors") { Description = "Check first that every weight is a finite number; those that are written in another type always are" };

    public ConvertVerb(CancellationToken cancellation) : base("convert", "Writes a model as a GGUF file or as a Hugging Face folder; the name of the target decides.")
    {
        _cancellation = cancellation;
        Add(_source);
        Add(_target);
        Add(_type);
        Add(_checkTensors);
        SetAction(Run);
    }

    public override IReadOnlyList<string> Examples =>
    [
        "tern convert models/gutenberg-2m gutenberg.gguf --type q8_0",
        "tern convert model.gguf model-folder --type bf16",
    ];

    int Run(ParseResult result)
    {
        var (source, target) = (result.GetRequiredValue(_source), result.GetRequiredValue(_target));
        var type = WeightType.Parse(result.GetValue(_type), "--type");
        var toGguf = target.EndsWith(".gguf", StringComparison.OrdinalIgnoreCase);
        if (!toGguf) AtomicFolder.RequireFree(target);
        using var model = ModelOnDisk.Open(source);
        OutputPath.MustDifferFrom(target, source);
        if (result.GetValue(_checkTensors)) model.CheckTensors(_cancellation);
        using (var line = new ProgressLine())
        {
            if (toGguf)
                GgufExport.Write(target, model, tensor => type ?? Storable(tensor.Type), new Told<GgufProgress>(at => line.Show(at.Tensor, at.BytesWritten, at.BytesTotal)),
                    notice => Console.Error.WriteLine(notice), _cancellation);
            else
                HfFolder.Write(target, model, type, new Told<HfProgress>(at => line.Show(at.Tensor, at.BytesWritten, at.BytesTotal)), cancellationToken: _cancellation);
        }
        Console.Error.WriteLine($"written to {target}");
        return 0;
    }

    /// <summary>GGUF has no 8-bit floats; BF16 holds each of their values.</summary>
    static TensorType Storable(TensorType type) => type is TensorType.F8E4M3 or TensorType.F8E5M2 ? TensorType.BF16 : type;
}
