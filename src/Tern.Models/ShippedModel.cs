namespace Tern.Cli;

/// <summary>The model that comes with Tern: the largest of models/*/ beside the program or in a folder above it.</summary>
static class ShippedModel
{
    /// <summary>Its folder, or null where there is none.</summary>
    public static string? Find()
    {
        for (var folder = new DirectoryInfo(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
        {
            var models = Path.Combine(folder.FullName, "models");
            if (Directory.Exists(models) && Directory.EnumerateDirectories(models).Where(IsModel).MaxBy(SizeOf) is { } found) return found;
        }
        return null;
    }

    /// <summary>Text that it was not trained on, or null where it did not come with this copy.</summary>
    public static string? HeldOutText() => Find() is { } model && Path.Combine(model, "held-out.txt") is var text && File.Exists(text) ? text : null;

    static bool IsModel(string folder) => File.Exists(Path.Combine(folder, "config.json"));

    static long SizeOf(string folder) => Directory.EnumerateFiles(folder, "*.safetensors").Sum(file => new FileInfo(file).Length);
}
