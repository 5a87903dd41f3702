using System.CommandLine;
using System.Globalization;
using Tern.Cli.Flags;
using Tern.Cli.Terminal;
using Tern.Models;
using Tern.Models.Adapters;
using Tern.Models.Files;
using Tern.Train.Adapters;

namespace Tern.Cli.Verbs;

/// <summary>LoRA adapters in PEFT's folders: into a model, out of it, and from two models.</summary>
sealed class LoraVerb : Verb
{
    public LoraVerb(CancellationToken cancellation) : base("lora", "Merges LoRA adapters (PEFT folders) into models, takes them out, or extracts them.")
    {
        Add(new MergeVerb(merges: true, cancellation));
        Add(new MergeVerb(merges: false, cancellation));
        Add(new ExtractVerb(cancellation));
    }

    public override IReadOnlyList<string> Examples =>
    [
        "tern lora merge -m base-model --adapter runs/chat/adapter -o merged-model",
        "tern lora unmerge -m merged-model --adapter runs/chat/adapter -o base-again",
        "tern lora extract --base base-model -m tuned-model --rank 16 -o adapter",
    ];

    /// <summary>W + s B A, or W - s B A.</summary>
    sealed class MergeVerb : Verb
    {
        readonly CancellationToken _cancellation;
        readonly bool _merges;
        readonly Option<string> _model;
        readonly Option<string> _adapter = new("--adapter") { Description = "The adapter's folder: adapter_config.json and adapter_model.safetensors", HelpName = "folder", Required = true };
        readonly Option<string> _output = new("--output", "-o") { Description = "The folder to write, as Hugging Face's", HelpName = "folder", Required = true };
        readonly Flag<string?> _type = new("--type", [], "Type of the weights: f32, f16, bf16 (default: as they are)", null, "type", fromEnvironment: false);
        readonly Option<bool> _json = new("--json") { Description = "Print one JSON object" };

        public MergeVerb(bool merges, CancellationToken cancellation) : base(merges ? "merge" : "unmerge", merges ? "Writes the model with the adapter in its weights." : "Writes the model without the adapter that was merged into it.")
        {
            (_cancellation, _merges) = (cancellation, merges);
            _model = new Option<string>("--model", "-m") { Description = merges ? "Folder or file of the base model" : "Folder or file of the merged model", HelpName = "path", Required = true };
            foreach (var option in (Option[])[_model, _adapter, _output, _type, _json]) Add(option);
            SetAction(Run);
        }

        public override IReadOnlyList<string> Examples => [_merges ? "tern lora merge -m base-model --adapter runs/chat/adapter -o merged-model --type bf16" : "tern lora unmerge -m merged-model --adapter runs/chat/adapter -o base-again"];

        int Run(ParseResult result)
        {
            var (source, target) = (result.GetRequiredValue(_model), result.GetRequiredValue(_output));
            var type = WeightType.Parse(result.GetValue(_type), "--type");
            OutputPath.MustDifferFrom(target, source);
            AtomicFolder.RequireFree(target);
            using var model = ModelOnDisk.Open(source);
            using var adapter = PeftAdapter.Open(result.GetRequiredValue(_adapter));
            AdapterMergeReport report;
            using (var line = new ProgressLine())
            {
                var progress = new Told<HfProgress>(at => line.Show(at.Tensor, at.BytesWritten, at.BytesTotal));
                report = _merges ? AdapterMerge.Merge(target, model, adapter, type, progress, _cancellation) : AdapterMerge.Unmerge(target, model, adapter, type, progress, _cancellation);
            }
            if (result.GetValue(_json)) JsonOutput.Print(report);
            else Console.Out.WriteLine($"{report.Matrices} matrices changed, {report.Replaced} tensors replaced; written to {target}");
            return 0;
        }
    }

    /// <summary>W1 - W0, as far as the rank allows.</summary>
    sealed class ExtractVerb : Verb
    {
        readonly CancellationToken _cancellation;
        readonly Option<string> _base = new("--base") { Description = "Folder or file of the model that was tuned", HelpName = "path", Required = true };
        readonly Option<string> _model = new("--model", "-m") { Description = "Folder or file of the tuned model", HelpName = "path", Required = true };
        readonly Flag<int> _rank = new("--rank", ["-r"], "Of the factors", 16, "n", fromEnvironment: false);
        readonly Option<string> _output = new("--output", "-o") { Description = "The adapter's folder", HelpName = "folder", Required = true };
        readonly Option<bool> _json = new("--json") { Description = "Print one JSON object" };

        public ExtractVerb(CancellationToken cancellation) : base("extract", "Writes the adapter of a given rank that comes nearest to the difference of two models.")
        {
            _cancellation = cancellation;
            foreach (var option in (Option[])[_base, _model, _rank, _output, _json]) Add(option);
            SetAction(Run);
        }

        public override IReadOnlyList<string> Examples => ["tern lora extract --base base-model -m tuned-model --rank 16 -o adapter"];

        int Run(ParseResult result)
        {
            var rank = Checked.AtLeast(result.GetValue(_rank), 1, "--rank");
            using var original = ModelOnDisk.Open(result.GetRequiredValue(_base));
            using var tuned = ModelOnDisk.Open(result.GetRequiredValue(_model));
            var target = result.GetRequiredValue(_output);
            AdapterExtractionReport report;
            using (var line = new ProgressLine())
                report = AdapterExtraction.Write(target, original, tuned, rank, new Told<HfProgress>(at => line.Show(at.Tensor, at.BytesWritten, at.BytesTotal)), _cancellation);
            if (result.GetValue(_json)) JsonOutput.Print(report);
            else Console.Out.WriteLine(string.Create(CultureInfo.InvariantCulture,
                $"{report.Matrices} matrices, {report.InFull} tensors in full; {report.Energy:P1} of the squared difference held{(report.Worst is null ? "" : $", least in {report.Worst} ({report.WorstEnergy:P1})")}; written to {target}"));
            return 0;
        }
    }
}
