using Xunit;

namespace Tern.Testing;

/// <summary>
/// Real weights, tokenizers and texts that some tests need and the project does not ship. They are looked for in the folder
/// named by TERN_TEST_DATA, then in <c>../shared/data</c> beside the repository; a test that finds none is skipped.
/// </summary>
public static class RealData
{
    static readonly string? Folder = Find();

    /// <summary>The full path of <paramref name="relative"/>; skips the running test where it does not exist.</summary>
    public static string Path(string relative)
    {
        var path = Folder is null ? null : System.IO.Path.Combine(Folder, relative);
        if (path is null || !(File.Exists(path) || Directory.Exists(path)))
            Assert.Skip($"test data '{relative}' not found: set TERN_TEST_DATA to the folder that holds it");
        return path;
    }

    static string? Find()
    {
        var named = Environment.GetEnvironmentVariable("TERN_TEST_DATA");
        if (!string.IsNullOrEmpty(named)) return named;
        for (var folder = new DirectoryInfo(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
        {
            if (!File.Exists(System.IO.Path.Combine(folder.FullName, "Tern.slnx"))) continue;
            var data = System.IO.Path.Combine(folder.FullName, "..", "shared", "data");
            return Directory.Exists(data) ? System.IO.Path.GetFullPath(data) : null;
        }
        return null;
    }
}
