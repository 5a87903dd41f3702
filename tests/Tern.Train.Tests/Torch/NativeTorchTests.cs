using Tern.Models;
using Tern.Train.Torch;
using static TorchSharp.torch;

namespace Tern.Train.Tests.Torch;

public sealed class NativeTorchTests : IDisposable
{
    readonly string _folder = Directory.CreateTempSubdirectory("tern-torch").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    static string? Library => ((string[])[AppContext.BaseDirectory, Path.Combine(AppContext.BaseDirectory, "runtimes", "linux-x64", "native")])
        .Select(folder => Path.Combine(folder, "libLibTorchSharp.so")).FirstOrDefault(File.Exists);

    static string Required => Library ?? throw new InvalidOperationException();

    [Fact]
    public void Torch_computes()
    {
        using var sum = ones(2, 3).sum();
        Assert.Equal(6, sum.item<float>());
    }

    [Fact]
    public void A_patched_copy_differs_from_the_library_in_one_flag_and_leaves_it_alone()
    {
        Assert.SkipUnless(Library is not null, "no Linux library here");
        var before = File.ReadAllBytes(Required);
        var copy = NativeTorch.PatchedCopy(Required, _folder);
        var after = File.ReadAllBytes(copy);
        Assert.Equal(before, File.ReadAllBytes(Required));
        Assert.Equal(1, before.Zip(after).Count(pair => pair.First != pair.Second));
        Assert.Contains("GLIBCXX_3.4.32", ElfVersionNeeds.Strong(before));
        Assert.Equal(ElfVersionNeeds.Strong(before).Where(version => version != "GLIBCXX_3.4.32"), ElfVersionNeeds.Strong(after));
        Assert.Equal(0, ElfVersionNeeds.MakeWeak(after, "GLIBCXX_3.4.32"));
    }

    [Fact]
    public void The_copy_is_made_once_and_repaired_when_it_is_damaged()
    {
        Assert.SkipUnless(Library is not null, "no Linux library here");
        var copy = NativeTorch.PatchedCopy(Required, _folder);
        var content = File.ReadAllBytes(copy);
        Assert.Equal(copy, NativeTorch.PatchedCopy(Required, _folder));
        File.WriteAllBytes(copy, content[..1000]);
        Assert.Equal(copy, NativeTorch.PatchedCopy(Required, _folder));
        Assert.Equal(content, File.ReadAllBytes(copy));
        Assert.Single(Directory.GetFiles(Path.GetDirectoryName(copy)!));
    }

    [Fact]
    public void Processes_that_make_the_copy_at_once_all_get_a_whole_one()
    {
        Assert.SkipUnless(Library is not null, "no Linux library here");
        var lengths = Enumerable.Range(0, 8).AsParallel().WithDegreeOfParallelism(4).Select(_ => new FileInfo(NativeTorch.PatchedCopy(Required, _folder)).Length).ToList();
        Assert.All(lengths, length => Assert.Equal(new FileInfo(Required).Length, length));
    }

    [Fact]
    public void A_folder_that_cannot_be_written_is_told_with_what_to_install()
    {
        Assert.SkipUnless(Library is not null, "no Linux library here");
        var file = Path.Combine(_folder, "file");
        File.WriteAllText(file, "");
        var refused = Assert.Throws<TernException>(() => NativeTorch.PatchedCopy(Required, file));
        Assert.Contains("libstdc++", refused.Message, StringComparison.Ordinal);
        Assert.Contains("TERN_CACHE", refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_library_that_is_cut_or_damaged_is_an_error_and_never_a_crash()
    {
        Assert.SkipUnless(Library is not null, "no Linux library here");
        var whole = File.ReadAllBytes(Required);
        Assert.Throws<InvalidDataException>(() => ElfVersionNeeds.MakeWeak(new byte[10], "GLIBCXX_3.4.32"));
        var random = new Random(1);
        for (var i = 0; i < 300; i++)
        {
            var damaged = i % 2 == 0 ? whole[..random.Next(whole.Length)] : (byte[])whole.Clone();
            for (var k = 0; k < 4 && damaged.Length > 64; k++) damaged[random.Next(0x28, 0x40)] = (byte)random.Next(256);
            try
            {
                ElfVersionNeeds.MakeWeak(damaged, "GLIBCXX_3.4.32");
            }
            catch (InvalidDataException)
            {
                // What a damaged library may end in.
            }
        }
    }
}
