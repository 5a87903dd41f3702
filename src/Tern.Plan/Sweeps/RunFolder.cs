using System.Security.Cryptography;
using System.Text;
using YamlDotNet.RepresentationModel;

namespace Tern.Plan.Sweeps;

/// <summary>The folder of a run: its recipe, and what is left of it.</summary>
/// <param name="sweep">The sweep.</param>
/// <param name="run">The run.</param>
sealed class RunFolder(Sweep sweep, SweepRun run)
{
    /// <summary>Intervals of a run for which metrics.jsonl has a line.</summary>
    const int LogLines = 8;

    /// <summary>Checkpoints over a run, from which it goes on after a crash of the machine.</summary>
    const int Checkpoints = 4;

    public string Path { get; } = System.IO.Path.Combine(sweep.Output, "runs", run.Name);

    public string RecipePath => In("sweep-recipe.yaml");

    public string LogPath => In("train.log");

    public string MetricsPath => In("metrics.jsonl");

    /// <summary>There is a checkpoint to go on from.</summary>
    public bool IsBegun => Directory.Exists(In("checkpoints")) && Directory.EnumerateFileSystemEntries(In("checkpoints")).Any();

    string ResultPath => In("result.json");

    /// <summary>Of the run as it would be started now, but for its folder.</summary>
    public string RecipeHash => Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(SweepYaml.Write(Evaluated()))));

    /// <summary>The result of this very recipe; null where there is none.</summary>
    public SweepResult? Result => SweepResult.Read(ResultPath) is { } result && result.RecipeHash == RecipeHash ? result : null;

    /// <summary>Writes the recipe for the next start.</summary>
    /// <param name="tokenizer">Of all runs.</param>
    /// <param name="tokens">The folder of tokens of all runs.</param>
    public void WriteRecipe(string tokenizer, string tokens)
    {
        var recipe = Evaluated();
        SweepYaml.Set(recipe, "output", Path);
        SweepYaml.Set(recipe, "tokenizer", new YamlMappingNode("name", SweepYaml.Plain("file"), "path", new YamlScalarNode(tokenizer) { Style = YamlDotNet.Core.ScalarStyle.DoubleQuoted }));
        SweepYaml.Set(recipe, "data.cache", tokens);
        sweep.PlaceText(recipe);
        if (SweepYaml.Find(recipe, "log") is null)
        {
            SweepYaml.Set(recipe, "log.every", Math.Max(1, run.Steps / LogLines));
            foreach (var costly in (string[])["tensor_board", "report", "utilization"]) SweepYaml.Set(recipe, $"log.{costly}", SweepYaml.Plain("false"));
        }
        if (SweepYaml.Find(recipe, "checkpoints") is null)
        {
            SweepYaml.Set(recipe, "checkpoints.every", Math.Max(1, (run.Steps + Checkpoints - 1) / Checkpoints));
            SweepYaml.Set(recipe, "checkpoints.keep", 1);
        }
        Directory.CreateDirectory(Path);
        Models.Files.AtomicFile.WriteText(RecipePath, SweepYaml.Write(recipe));
    }

    /// <summary>Notes the result; of a run that is done, all that takes room is deleted.</summary>
    public void Finish(SweepResult result)
    {
        result.Write(ResultPath);
        if (!result.IsFinal) return;
        Delete("checkpoints");
        if (!sweep.KeepModels) Delete("model");
        foreach (var file in (string[])["best.safetensors", "report.html"]) File.Delete(In(file));
    }

    YamlMappingNode Evaluated()
    {
        var recipe = SweepYaml.Copy(run.Recipe);
        SweepYaml.Set(recipe, "evaluation.every", run.Evaluations > 0 ? Math.Max(1, run.Steps / run.Evaluations) : 0);
        if (run.PostTrainingBits.Count > 0) SweepYaml.Set(recipe, "evaluation.post_training_bits", new YamlSequenceNode(run.PostTrainingBits.Select(bits => SweepYaml.Plain($"{bits}"))));
        return recipe;
    }

    string In(string name) => System.IO.Path.Combine(Path, name);

    void Delete(string folder)
    {
        if (Directory.Exists(In(folder))) Directory.Delete(In(folder), recursive: true);
    }
}
