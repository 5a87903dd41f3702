using Tern.Models.Files;
using Tern.Testing;

namespace Tern.Models.Tests.Files;

public sealed class AtomicFileTests : IDisposable
{
    static CancellationToken Cancel => TestContext.Current.CancellationToken;

    readonly TemporaryFolder folder = new();

    public void Dispose() => folder.Dispose();

    [Fact]
    public void Writing_replaces_the_file_and_leaves_nothing_else()
    {
        File.WriteAllText(folder["f"], "old");
        AtomicFile.Write(folder["f"], stream => stream.Write([65, 66]), Cancel);
        Assert.Equal("AB", File.ReadAllText(folder["f"]));
        Assert.Single(Directory.GetFileSystemEntries(folder.Path));
    }

    [Fact]
    public void A_writer_that_throws_leaves_the_old_file_and_no_temporary()
    {
        File.WriteAllText(folder["f"], "old");
        Assert.Throws<InvalidOperationException>(() => AtomicFile.Write(folder["f"], stream =>
        {
            stream.WriteByte(1);
            throw new InvalidOperationException();
        }, Cancel));
        Assert.Equal("old", File.ReadAllText(folder["f"]));
        Assert.Single(Directory.GetFileSystemEntries(folder.Path));
    }

    [Fact]
    public async Task A_cancelled_write_leaves_nothing()
    {
        using var cancel = new CancellationTokenSource();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => AtomicFile.WriteAsync(folder["f"], async (stream, token) =>
        {
            await stream.WriteAsync(new byte[10], token);
            await cancel.CancelAsync();
        }, cancel.Token));
        Assert.Empty(Directory.GetFileSystemEntries(folder.Path));
    }

    [Fact]
    public void A_missing_folder_and_a_full_disk_are_explained()
    {
        var missing = Assert.Throws<TernException>(() => AtomicFile.WriteText(folder["no/f"], "x", Cancel));
        Assert.Contains("does not exist", missing.Message);
        var full = Assert.Throws<TernException>(() => AtomicFile.Write(folder["f"], _ => throw new IOException("No space left on device", 28), Cancel));
        Assert.Contains("disk is full", full.Message);
    }

    [Fact]
    public void A_folder_appears_complete_or_not_at_all()
    {
        Assert.Throws<InvalidOperationException>(() => AtomicFolder.Write(folder["model"], temporary =>
        {
            File.WriteAllText(Path.Combine(temporary, "a"), "1");
            throw new InvalidOperationException();
        }, Cancel));
        Assert.Empty(Directory.GetFileSystemEntries(folder.Path));

        AtomicFolder.Write(folder["deep/model"], temporary => File.WriteAllText(Path.Combine(temporary, "a"), "1"), Cancel);
        Assert.Equal("1", File.ReadAllText(folder["deep/model/a"]));
        Assert.Single(Directory.GetFileSystemEntries(folder["deep"]));
    }

    [Fact]
    public void A_folder_that_holds_something_is_never_replaced()
    {
        Directory.CreateDirectory(folder["model"]);
        AtomicFolder.Write(folder["model"], temporary => File.WriteAllText(Path.Combine(temporary, "a"), "1"), Cancel); // empty: taken
        Assert.Contains("not empty", Assert.Throws<TernException>(() => AtomicFolder.Write(folder["model"], _ => { }, Cancel)).Message);
        Assert.Contains("is a file", Assert.Throws<TernException>(() => AtomicFolder.Write(folder["model/a"], _ => { }, Cancel)).Message);
        Assert.Equal("1", File.ReadAllText(folder["model/a"]));
    }
}
