namespace Tern.Models;

/// <summary>The models that come with Tern, in a folder models beside the program or in a folder above it.</summary>
public static class ShippedModel
{
    /// <summary>The one that proposes auxiliary points; it writes no text.</summary>
    public const string OfProposals = "geometry-proposals";

    /// <summary>The folder of the largest model of text, or null where there is none.</summary>
    public static string? Find() => Folders().Where(folder => Path.GetFileName(folder) != OfProposals).MaxBy(SizeOf);

    /// <summary>The folder of the model of this name, or null where it did not come with this copy.</summary>
    public static string? Find(string name) => Folders().FirstOrDefault(folder => Path.GetFileName(folder) == name);

    /// <summary>Of the nearest folder that has any.</summary>
    static IEnumerable<string> Folders()
    {
        for (var folder = new DirectoryInfo(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
        {
            var models = Path.Combine(folder.FullName, "models");
            if (Directory.Exists(models) && Directory.EnumerateDirectories(models).Where(IsModel).ToList() is { Count: > 0 } found) return found;
        }
        return [];
    }

    /// <summary>Text that it was not trained on, or null where it did not come with this copy.</summary>
    public static string? HeldOutText() => Find() is { } model && Path.Combine(model, "held-out.txt") is var text && File.Exists(text) ? text : null;

    static bool IsModel(string folder) => File.Exists(Path.Combine(folder, "config.json"));

    static long SizeOf(string folder) => Directory.EnumerateFiles(folder, "*.safetensors").Sum(file => new FileInfo(file).Length);
}
