using Tern.Testing;

namespace Tern.Models.Tests.Fuzzing;

public sealed class FuzzTests
{
    public static TheoryData<string> Targets => [.. FuzzTargets.Names];

    [Theory]
    [MemberData(nameof(Targets))]
    public void Damaged_files_are_read_or_refused_with_a_message(string target)
    {
        using var folder = new TemporaryFolder();
        var counts = new FuzzTargets(folder.Path).Of(target).Run(1000, seed: 1 + FuzzTargets.Names.ToList().IndexOf(target));
        // Both ends must be reached, or the damage is too weak or too strong to test anything.
        Assert.True(counts is { Accepted: > 2, Refused: > 2 }, counts.ToString());
    }

    [Fact]
    public void The_same_seed_gives_the_same_damage()
    {
        var original = "{\"a\":[1,2,3]}"u8.ToArray();
        var (first, second) = (new Mutations(5), new Mutations(5));
        for (var i = 0; i < 100; i++) Assert.Equal(first.Mutate(original), second.Mutate(original));
    }
}
