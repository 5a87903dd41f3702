namespace Tern.Run.Tests.Documentation;

public sealed class LibraryExamplesTests
{
    static readonly string Root = FindRoot();

    /// <summary>The small model that Tern ships.</summary>
    static readonly string Model = Path.Combine(Root, "models", "gutenberg-2m");

    [Fact]
    public void The_examples_of_the_documentation_are_those_that_run_here()
    {
        var page = File.ReadAllText(Path.Combine(Root, "docs", "library.md"));
        var blocks = page.Split("```csharp\n").Skip(1).Select(part => part[..part.IndexOf("```", StringComparison.Ordinal)]).ToArray();
        var code = Unindented(File.ReadAllText(Path.Combine(Root, "tests", "Tern.Run.Tests", "Documentation", "LibraryExamples.cs")));
        Assert.Equal(6, blocks.Length);
        Assert.All(blocks, block => Assert.Contains(Unindented(block), code));
    }

    [Fact]
    public void Examples_without_waiting_run()
    {
        LibraryExamples.Run_tokens(Model);
        LibraryExamples.Run_a_batch(Model);
        LibraryExamples.Generate(Model);
        LibraryExamples.Answer_by_schema(Model);
    }

    [Fact]
    public Task The_chat_example_runs() => LibraryExamples.Chat(Model);

    [Fact]
    public Task The_embedding_example_runs() => LibraryExamples.Embed(Model);

    static string Unindented(string text) => string.Join('\n', text.ReplaceLineEndings("\n").Split('\n').Select(line => line.Trim()));

    static string FindRoot()
    {
        var folder = new DirectoryInfo(AppContext.BaseDirectory);
        while (!File.Exists(Path.Combine(folder.FullName, "Tern.slnx"))) folder = folder.Parent ?? throw new InvalidOperationException("no Tern.slnx above the tests");
        return folder.FullName;
    }
}
