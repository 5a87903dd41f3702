using Tern.Testing;

namespace Tern.Models.Tests.Fuzzing;

public sealed class FuzzTests
{
    [Theory]
    [InlineData("safetensors", 1)]
    [InlineData("safetensors-index", 2)]
    [InlineData("config", 3)]
    [InlineData("llama2c", 4)]
    public void Damaged_files_are_read_or_refused_with_a_message(string target, int seed)
    {
        using var folder = new TemporaryFolder();
        var counts = new FuzzTargets(folder.Path).Of(target).Run(2000, seed);
        // Both ends must be reached, or the damage is too weak or too strong to test anything.
        Assert.True(counts is { Accepted: > 5, Refused: > 5 }, counts.ToString());
    }

    [Fact]
    public void The_same_seed_gives_the_same_damage()
    {
        var original = "{\"a\":[1,2,3]}"u8.ToArray();
        var (first, second) = (new Mutations(5), new Mutations(5));
        for (var i = 0; i < 100; i++) Assert.Equal(first.Mutate(original), second.Mutate(original));
    }
}
