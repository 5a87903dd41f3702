namespace Tern.Compress.Tests;

/// <summary>What comes with Tern.</summary>
static class Repository
{
    /// <summary>The folder of the shipped model: F16, rows of 256 and 512.</summary>
    public static string Model { get; } = Find();

    /// <summary>The first pages of its held-out text.</summary>
    public static string HeldOut => File.ReadAllText(Path.Combine(Model, "held-out.txt"))[..8_000];

    static string Find()
    {
        var folder = new DirectoryInfo(AppContext.BaseDirectory);
        while (folder is not null && !File.Exists(Path.Combine(folder.FullName, "Tern.slnx"))) folder = folder.Parent;
        return Path.Combine(folder?.FullName ?? throw new InvalidOperationException("The tests run outside of the repository."), "models", "gutenberg-2m");
    }
}
