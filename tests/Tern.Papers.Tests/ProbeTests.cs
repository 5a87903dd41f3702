#pragma warning disable xUnit1051
using System.Globalization;
using Tern.Papers.Training;
using Tern.Testing;
using Tern.Train.Loop;
using Tern.Train.Recipes;

namespace Tern.Papers.Tests;

public sealed partial class ProbeTests
{
    [System.Runtime.InteropServices.LibraryImport("libc", EntryPoint = "mallopt")]
    private static partial int SetOption(int option, int value);

    [Fact]
    public void Probe()
    {
        var text = RealData.Path("text/tinyshakespeare");
        var file = Directory.Exists(text) ? Directory.GetFiles(text, "*.txt")[0] : text;
        _ = SetOption(-3, 65536); _ = SetOption(-4, 1 << 20); _ = SetOption(-1, 65536); _ = SetOption(-2, 0);
        foreach (var line in File.ReadAllLines("/tmp/probe.txt"))
        {
            if (line.Length == 0) continue;
            var p = line.Split(' ');
            var folder = Path.Combine("/tmp/probe-run"); if (Directory.Exists(folder)) Directory.Delete(folder, true);
            var recipe = RecipeFile.Parse($$"""
                output: {{folder}}
                model: { name: llama, hidden_size: {{p[0]}}, layers: {{p[1]}}, heads: 4 }
                tokenizer: { name: train_bpe, vocab_size: {{p[2]}} }
                data: { sources: [ { path: {{file}} } ], sequence_length: {{p[3]}}, cache: /tmp/probe-tokens-{{p[2]}} }
                batch: { sequences: {{p[4]}} }
                steps: 3
                precision: { name: {{p[5]}} }
                optimizer: { name: {{p[6]}} }
                activation_checkpointing: {{p[7]}}
                evaluation: { every: 0, sequences: {{p[8]}} }
                log: { tensor_board: false }
                """, "recipe.yaml");
            using (var warm = TrainingPreparation.Prepare(recipe, false)) { }
            Directory.Delete(folder, true);
            var memory = PeakMemory.Start();
            using var run = TrainingPreparation.Prepare(recipe, false);
            var prepared = memory.Bytes;
            run.Run(_ => { }, default);
            var e = run.Estimate;
            Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"PROBE {line}: peak {memory.Bytes / 1e6:F1} prepared {prepared/1e6:F1} estimate {e.TotalBytes / 1e6:F1} w {e.WeightBytes / 1e6:F1} g {e.GradientBytes / 1e6:F1} o {e.OptimizerBytes / 1e6:F1} a {e.ActivationBytes / 1e6:F1} actual act {(memory.Bytes - e.StateBytes) / 1e6:F1}"));
        }
    }
}
