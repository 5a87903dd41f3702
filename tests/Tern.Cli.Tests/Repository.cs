namespace Tern.Cli.Tests;

/// <summary>The files that the tests look at.</summary>
static class Repository
{
    public static string Root { get; } = Find();

    /// <summary>The smaller of the models that come with Tern, whose golden values are known.</summary>
    public static string Model => Path.Combine(Root, "models", "gutenberg-2m");

    static string Find()
    {
        var folder = new DirectoryInfo(AppContext.BaseDirectory);
        while (folder is not null && !File.Exists(Path.Combine(folder.FullName, "Tern.slnx"))) folder = folder.Parent;
        return folder?.FullName ?? throw new InvalidOperationException("The tests run outside of the repository.");
    }
}
