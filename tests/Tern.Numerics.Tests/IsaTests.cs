namespace Tern.Numerics.Tests;

public sealed class IsaTests
{
    [Fact]
    public void Every_rung_of_this_machine_has_a_name_in_any_case()
    {
        foreach (var level in Isa.Available)
        {
            var name = level.ToString();
            Assert.Equal(level, Isa.Parse(name));
            Assert.Equal(level, Isa.Parse(name.ToLowerInvariant()));
            Assert.Equal(level, Isa.Parse(name.ToUpperInvariant()));
        }
    }

    [Theory]
    [InlineData(null)]
    [InlineData("")]
    public void No_name_is_the_best_rung(string? name) => Assert.Equal(Isa.Best, Isa.Parse(name));

    [Theory]
    [InlineData("sse")]
    [InlineData("0")]
    [InlineData("2")]
    [InlineData("-1")]
    [InlineData("avx512x")]
    [InlineData("avx2,avx512")]
    public void Another_name_is_refused_with_the_names_there_are(string name)
    {
        var message = Assert.Throws<ArgumentException>(() => Isa.Parse(name)).Message;
        Assert.Contains($"TERN_ISA={name}", message);
        foreach (var level in Enum.GetValues<IsaLevel>()) Assert.Contains(level.ToString().ToLowerInvariant(), message);
    }

    [Fact]
    public void A_rung_that_the_machine_lacks_is_refused_with_those_it_has()
    {
        var names = string.Join(", ", Isa.Available.Select(level => level.ToString().ToLowerInvariant()));
        foreach (var level in Enum.GetValues<IsaLevel>().Except(Isa.Available))
            Assert.Contains($"this machine has {names}", Assert.Throws<ArgumentException>(() => Isa.Parse(level.ToString())).Message);
    }

    [Fact]
    public void The_rungs_begin_with_the_definition_and_end_with_the_best()
    {
        Assert.Equal(IsaLevel.Scalar, Isa.Available[0]);
        Assert.Equal(Isa.Best, Isa.Available[^1]);
        Assert.Contains(Isa.Current, Isa.Available);
    }
}
