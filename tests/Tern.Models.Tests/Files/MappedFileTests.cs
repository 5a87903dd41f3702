using Tern.Models.Files;
using Tern.Testing;

namespace Tern.Models.Tests.Files;

public sealed class MappedFileTests : IDisposable
{
    readonly TemporaryFolder folder = new();

    public void Dispose() => folder.Dispose();

    [Fact]
    public void A_mapped_file_shows_its_bytes()
    {
        File.WriteAllBytes(folder["f"], [1, 2, 3, 4, 5]);
        using var file = MappedFile.Open(folder["f"]);
        Assert.Equal(5, file.Length);
        Assert.Equal([2, 3, 4], file.Slice(1, 3).ToArray());
        Assert.Equal([], file.Slice(5, 0).ToArray());
        file.Prefetch(1, 4);
    }

    [Theory]
    [InlineData(-1, 1)]
    [InlineData(0, -1)]
    [InlineData(3, 3)]
    [InlineData(6, 0)]
    [InlineData(long.MaxValue, int.MaxValue)]
    [InlineData(long.MinValue, int.MinValue)]
    public void A_slice_outside_the_file_is_refused(long offset, int length)
    {
        File.WriteAllBytes(folder["f"], [1, 2, 3, 4, 5]);
        using var file = MappedFile.Open(folder["f"]);
        Assert.Throws<ModelFormatException>(() => file.Slice(offset, length).Length);
    }

    [Fact]
    public void An_empty_file_opens_and_has_no_bytes()
    {
        File.WriteAllBytes(folder["f"], []);
        using var file = MappedFile.Open(folder["f"]);
        Assert.Equal(0, file.Length);
        Assert.Throws<ModelFormatException>(() => file.Slice(0, 1).Length);
    }

    [Fact]
    public void A_missing_file_and_a_folder_are_named_in_the_error()
    {
        Assert.Contains("no such file", Assert.Throws<TernException>(() => MappedFile.Open(folder["none"])).Message);
        Assert.Contains("folder", Assert.Throws<TernException>(() => MappedFile.Open(folder.Path)).Message);
    }

    [Fact]
    public void A_closed_file_refuses_access()
    {
        File.WriteAllBytes(folder["f"], [1]);
        var file = MappedFile.Open(folder["f"]);
        file.Dispose();
        file.Dispose();
        Assert.Throws<ObjectDisposedException>(() => file.Slice(0, 1).Length);
    }
}
