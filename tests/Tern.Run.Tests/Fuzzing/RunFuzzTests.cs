using Tern.Testing;

namespace Tern.Run.Tests.Fuzzing;

public sealed class RunFuzzTests
{
    public static TheoryData<string> Targets => [.. RunFuzzTargets.Names];

    [Theory]
    [MemberData(nameof(Targets))]
    public void Damaged_files_are_read_or_refused_with_a_message(string target)
    {
        using var folder = new TemporaryFolder();
        using var targets = new RunFuzzTargets(folder.Path);
        var counts = targets.Of(target).Run(1000, seed: 11);
        // Both ends must be reached, or the damage is too weak or too strong to test anything.
        Assert.True(counts is { Accepted: > 2, Refused: > 2 }, counts.ToString());
    }
}
