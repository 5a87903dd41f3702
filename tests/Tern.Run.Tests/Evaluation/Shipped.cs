namespace Tern.Run.Tests.Evaluation;

/// <summary>The model that comes with Tern.</summary>
static class Shipped
{
    public static string Folder { get; } = Find();

    static string Find()
    {
        var folder = new DirectoryInfo(AppContext.BaseDirectory);
        while (folder is not null && !File.Exists(Path.Combine(folder.FullName, "Tern.slnx"))) folder = folder.Parent;
        return Path.Combine(folder?.FullName ?? throw new InvalidOperationException("The tests run outside of the repository."), "models", "gutenberg-2m");
    }
}
