using Tern.Models.Adapters;
using Tern.Train.Checkpoints;

namespace Tern.Train.Adapters;

/// <summary>Trained adapters as a PEFT folder, in float32.</summary>
public static class AdapterExport
{
    /// <param name="folder">Must not exist or be empty.</param>
    /// <param name="adapters">Of a model.</param>
    /// <param name="baseModel">The folder or file of the model that they were trained on.</param>
    /// <param name="cancellationToken">Cancelling removes what was written.</param>
    /// <exception cref="Tern.Models.TernException">The folder is taken or the disk is full.</exception>
    public static void Write(string folder, LowRankAdapters adapters, string baseModel, CancellationToken cancellationToken = default)
    {
        var choice = adapters.Choice;
        var config = new PeftConfig
        {
            BaseModel = baseModel,
            Rank = choice.Rank,
            Alpha = choice.Alpha,
            Dropout = choice.Dropout,
            Targets = choice.Targets,
            UseRslora = choice.UseRslora,
            UseDora = choice.UseDora,
            ModulesToSave = choice.ModulesToSave,
        };
        PeftAdapter.Write(folder, config, [.. adapters.Trained.Select(weight => TensorFile.Source(weight.Name, weight.Value))], cancellationToken);
    }
}
