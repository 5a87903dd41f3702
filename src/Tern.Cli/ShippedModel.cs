namespace Tern.Cli;

/// <summary>The model that comes with Tern: models/*/ beside the program or in a folder above it.</summary>
static class ShippedModel
{
    /// <summary>Its folder, or null where there is none.</summary>
    public static string? Find()
    {
        for (var folder = new DirectoryInfo(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
        {
            var models = Path.Combine(folder.FullName, "models");
            if (!Directory.Exists(models)) continue;
            var found = Directory.EnumerateDirectories(models).Order(StringComparer.Ordinal)
                .FirstOrDefault(candidate => File.Exists(Path.Combine(candidate, "config.json")));
            if (found is not null) return found;
        }
        return null;
    }
}
