using System.CommandLine;
using Tern.Models;
using Tern.Plan.Budgets;

namespace Tern.Cli.Flags;

/// <summary>On what is trained and served, and at which price. Names of the scripts of arXiv 2401.00448 work, too.</summary>
sealed class DeviceFlags
{
    readonly Flag<string> _train = new("--gpu", ["--train-gpu", "--train_gpu_type"], $"Device of training: {string.Join(", ", DeviceTable.Known.Select(device => device.Name))}, or a file such as custom.yaml", "h100", "name|file");
    readonly Flag<string?> _serve = new("--serve-gpu", ["--inference_gpu_type"], "Device of serving (that of training by default)", null, "name|file");
    readonly Flag<double?> _trainPrice = new("--gpu-price", ["--train_gpu_cost"], "Dollars an hour of the training device", null, "usd");
    readonly Flag<double?> _servePrice = new("--serve-gpu-price", ["--inference_gpu_cost"], "Dollars an hour of the serving device", null, "usd");
    readonly Flag<string?> _trainFormat = new("--train-dtype", ["--train_dtype"], "Number format of training: bf16, fp8 (by --train-bits; bf16 without)", null, "type");
    readonly Flag<string?> _serveFormat = new("--serve-dtype", ["--inference_dtype"], "Number format of serving: bf16, fp8, int8 (by --serve-bits; 8 bits without)", null, "type");
    readonly Flag<double?> _trainUtilisation = new("--train-mfu", ["--train_mfu"], "Part of the peak that training reaches", null, "x");
    readonly Flag<double?> _prefillUtilisation = new("--prefill-mfu", ["--prefill_mfu"], "Part of the peak that reading prompts reaches", null, "x");
    readonly Flag<double?> _generationUtilisation = new("--generation-mfu", ["--generation_mfu"], "Part of the peak that generating reaches", null, "x");
    readonly Flag<string?> _peak = AmountFlag.Create("--peak", [], "Operations per second of the training device in bf16 (for cpu); its other formats follow in proportion", "flop/s");

    public void AddTo(Command command)
    {
        foreach (var option in All) command.Add(option);
    }

    Option[] All => [_train, _serve, _trainPrice, _servePrice, _trainFormat, _serveFormat, _trainUtilisation, _prefillUtilisation, _generationUtilisation, _peak];

    /// <summary>Anything about prices was said: dollars are meant.</summary>
    public bool AreGiven(ParseResult result) => All.Any(option => result.GetResult(option) is { Implicit: false });

    public string? TrainingFormat(ParseResult result) => result.GetValue(_trainFormat);

    public string? ServingFormat(ParseResult result) => result.GetValue(_serveFormat);

    /// <exception cref="WrongUseException">There is no such device, or a number is impossible.</exception>
    public (Device Training, Device Serving) Read(ParseResult result)
    {
        var train = result.GetValue(_train)!;
        var serve = result.GetValue(_serve);
        return AmountFlag.Refusing(() =>
        {
            var training = DeviceTable.Named(train).With(result.GetValue(_trainPrice), result.GetValue(_trainUtilisation), null, null, AmountFlag.Read(result, _peak));
            var serving = DeviceTable.Named(serve ?? train).With(result.GetValue(_servePrice) ?? (serve is null ? result.GetValue(_trainPrice) : null),
                null, result.GetValue(_prefillUtilisation), result.GetValue(_generationUtilisation), serve is null ? AmountFlag.Read(result, _peak) : null);
            return (training, serving);
        });
    }
}
